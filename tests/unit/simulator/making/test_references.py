import io
from collections.abc import Awaitable, Callable
from typing import Any

import av
import pytest
from PIL import Image

from dreambridge.simulator.server import SimulatorServer

OpenSite = Callable[..., Awaitable[SimulatorServer]]
Ask = Callable[..., Awaitable[Any]]
Move = Callable[[float], None]
Make = Callable[..., dict[str, Any]]
Fetch = Callable[[str], Awaitable[bytes]]
Told = Callable[[SimulatorServer, dict[str, Any]], str]
Probe = Callable[[bytes], tuple[str, int, int, int, float]]
Bytes = Callable[..., bytes]

V3 = "dreamina_ic_generate_video_model_vgfm_3.0"
V3_BENEFIT = "basic_video_operation_vgfm_v_three"


async def test_frames_give_the_shape_and_fill_the_video(
    open_site: OpenSite,
    bring: Any,
    made: Any,
    film: Make,
    picture_node: Make,
    fetch: Fetch,
    told: Told,
    probe: Probe,
    square: Bytes,
) -> None:
    site = await open_site()
    first = await bring.picture(site, square("#ff0000", 180, 320))
    last = await bring.picture(site, square("#0000ff", 180, 320))
    body = film(
        model=V3,
        benefit=V3_BENEFIT,
        prompt="",
        first_frame_image=picture_node(first),
        end_frame_image=picture_node(last),
    )
    assert told(site, body) == ""
    record = await made(site, body)
    content = await fetch(record["item_list"][0]["video"]["transcoded_video"]["origin"]["video_url"])
    name, width, height, frames, _ = probe(content)
    assert (name, width, height, frames) == ("h264", 704, 1248, 120)
    with av.open(io.BytesIO(content), "r") as container:
        images = [frame.to_image() for frame in container.decode(video=0)]  # type: ignore[no-untyped-call]
    red, blue = images[0].getpixel((350, 20)), images[-1].getpixel((350, 20))
    assert red[0] - red[2] > 150
    assert blue[2] - blue[0] > 150
    cover = Image.open(io.BytesIO(await fetch(record["item_list"][0]["common_attr"]["cover_url"])))
    assert cover.convert("RGB").getpixel((10, 10)) == pytest.approx((255, 0, 0), abs=12)


def many(uris: list[str], picture_node: Make, *seconds: int) -> dict[str, Any]:
    frames = []
    for index, (uri, length) in enumerate(zip(uris, seconds, strict=True)):
        info = {"type": "", "id": f"0000000{index}-0000-4000-8000-000000000001", "media_type": 1}
        info["image_info"] = picture_node(uri)
        one = {"type": "", "id": f"0000000{index}-0000-4000-8000-000000000002", "idx": index}
        frames.append(one | {"duration_ms": length * 1000, "prompt": f"part {index}", "media_info": info})
    return {"multi_frames": frames, "duration_ms": sum(seconds) * 1000, "prompt": ""}


async def test_many_frames_each_have_their_length(
    open_site: OpenSite,
    bring: Any,
    made: Any,
    film: Make,
    picture_node: Make,
    fetch: Fetch,
    told: Told,
    probe: Probe,
    square: Bytes,
) -> None:
    site = await open_site()
    uris = [await bring.picture(site, square(colour)) for colour in ("red", "lime", "blue")]
    draft = {"min_features": ["AIGC_GenerateType_VideoMultiFrame"]}
    body = film(model=V3, benefit=V3_BENEFIT, draft=draft, **many(uris, picture_node, 1, 4, 2))
    assert told(site, body) == ""
    record = await made(site, body)
    content = await fetch(record["item_list"][0]["video"]["transcoded_video"]["origin"]["video_url"])
    assert probe(content)[3:] == (168, 7.0)
    with av.open(io.BytesIO(content), "r") as container:
        images = [frame.to_image() for frame in container.decode(video=0)]  # type: ignore[no-untyped-call]
    strongest = [max(range(3), key=images[number].getpixel((200, 5)).__getitem__) for number in (2, 40, 70, 160)]
    assert strongest == [0, 1, 1, 2]
    assert "sum" in told(
        site,
        body
        | film(model=V3, benefit=V3_BENEFIT, draft=draft, **many(uris, picture_node, 1, 4, 2) | {"duration_ms": 5000}),
    )
    assert "lasts" in told(site, film(model=V3, benefit=V3_BENEFIT, draft=draft, **many(uris, picture_node, 1, 7, 2)))
    assert "min_features" in told(site, film(model=V3, benefit=V3_BENEFIT, **many(uris, picture_node, 1, 4, 2)))
    assert "no video from" in told(site, film(draft=draft, **many(uris, picture_node, 1, 4, 2)))


OMNI = {"version": "3.3.9", "min_version": "3.3.9", "min_features": ["AIGC_Video_UnifiedEdit"]}


def unified(picture_node: Make, pieces: list[tuple[str, str, float]], said: list[Any]) -> dict[str, Any]:
    number = iter(range(1, 99))

    def node(kind: str = "", **fields: Any) -> dict[str, Any]:
        return {"type": kind, "id": f"{next(number):08d}-0000-4000-8000-000000000003", **fields}

    materials = []
    for kind, name, seconds in pieces:
        if kind == "image":
            info = picture_node(name)
        else:
            info = node(kind, source_from="upload", name="", vid=name, duration=round(seconds * 1000))
        materials.append(node() | {"material_type": kind, f"{kind}_info": info})
    metas = [
        {"meta_type": "text", "text": one}
        if isinstance(one, str)
        else {"meta_type": (pieces[one : one + 1] or pieces)[0][0], "text": "", "material_ref": {"material_idx": one}}
        for one in said
    ]
    return {"prompt": "", "unified_edit_input": node(material_list=materials, meta_list=metas)}


async def test_references_of_every_kind_make_a_video(
    open_site: OpenSite,
    bring: Any,
    made: Any,
    film: Make,
    picture_node: Make,
    told: Told,
    square: Bytes,
    moving: Bytes,
    sound: Bytes,
) -> None:
    site = await open_site()
    uri = await bring.picture(site, square("red"))
    clip = (await bring.brought(site, moving(2.5), scene=1))["Results"][0]
    tune = (await bring.brought(site, sound(1.5), scene=1))["Results"][0]
    meta = clip["VideoMeta"]
    assert (meta["Width"], meta["Height"], meta["Duration"], meta["Fps"]) == (320, 180, 2.5, 24.0)
    pieces = [("image", uri, 0.0), ("video", clip["Vid"], 2.5), ("audio", tune["Vid"], 1.5)]
    said = ["show ", 0, " moving like ", 1, " to ", 2]
    body = film(
        benefit="dreamina_seedance_20_fast_with_video",
        draft=OMNI,
        info={"amount": 7.5},
        **unified(picture_node, pieces, said),
    )
    assert told(site, body) == ""
    record = await made(site, body)
    assert record["status"] == 50
    (kept,) = site.world.records.values()
    assert kept.wish.prompt == "show @1 moving like @2 to @3"
    assert kept.wish.clip is not None
    assert kept.wish.clip.mode == "omni_reference"


async def test_references_beyond_the_limits_are_refused(
    open_site: OpenSite, bring: Any, film: Make, picture_node: Make, told: Told, square: Bytes, sound: Bytes
) -> None:
    site = await open_site()
    uri = await bring.picture(site, square("red"))
    tune = (await bring.brought(site, sound(), scene=1))["Results"][0]["Vid"]
    long = (await bring.brought(site, sound(16), scene=1))["Results"][0]["Vid"]
    picture, tone = ("image", uri, 0.0), ("audio", tune, 1.0)
    cases: list[tuple[list[tuple[str, str, float]], list[Any], str]] = [
        ([picture] * 10, list(range(10)), "10 pieces of image"),
        ([tone], [0], "alone"),
        ([picture, tone], ["a ", 0, 8], "names none"),
        ([picture, tone], ["a ", 0], "never referred to"),
        ([picture, ("audio", long, 16.0)], [0, 1], "16.0 s of audio"),
        ([picture, ("video", tune, 1.0)], [0, 1], "names no video"),
        ([picture, ("audio", tune, 9.0)], [0, 1], "is not the"),
    ]
    for pieces, said, words in cases:
        body = film(benefit="dreamina_seedance_20_fast_with_video", draft=OMNI, **unified(picture_node, pieces, said))
        assert words in told(site, body), words
    body = film(benefit="dreamina_seedance_20_fast_with_video", **unified(picture_node, [picture], [0]))
    assert "min_features" in told(site, body)
