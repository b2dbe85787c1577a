import base64
import io
import json
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
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


async def test_a_video_from_text_is_real_and_has_the_size_and_length_asked(
    open_site: OpenSite, made: Any, film: Make, fetch: Fetch, told: Told, probe: Probe
) -> None:
    site = await open_site()
    body = film(ratio="9:16", duration_ms=4000)
    assert told(site, body) == ""
    record = await made(site, body)
    item = record["item_list"][0]
    origin = item["video"]["transcoded_video"]["origin"]
    assert (record["generate_type"], origin["width"], origin["height"], origin["duration"]) == (10, 720, 1280, 4000)
    content = await fetch(origin["video_url"])
    assert probe(content) == ("h264", 720, 1280, 96, 4.0)
    assert content.index(b"moov") < content.index(b"mdat")
    assert probe(await fetch(item["video"]["transcoded_video"]["480p"]["video_url"]))[1:3] == (480, 854)
    model = json.loads(item["video"]["video_model"])["video_list"]["video_3"]
    assert base64.b64decode(model["main_url"]).decode() == origin["video_url"]
    cover = Image.open(io.BytesIO(await fetch(item["common_attr"]["cover_url"])))
    assert max(cover.size) == 1080


async def test_the_picture_of_a_video_moves(open_site: OpenSite, moving: Bytes) -> None:
    with av.open(io.BytesIO(moving()), "r") as container:
        pictures = [bytes(frame.planes[0]) for frame in container.decode(video=0)]
    assert len(set(pictures)) > 40


async def test_parts_of_a_video_can_be_fetched(
    open_site: OpenSite, made: Any, film: Make, fetch: Fetch, web: aiohttp.ClientSession
) -> None:
    site = await open_site()
    record = await made(site, film(duration_ms=4000))
    url = record["item_list"][0]["video"]["transcoded_video"]["360p"]["video_url"]
    whole = await fetch(url)
    for asked, part in (("bytes=0-9", whole[:10]), ("bytes=10-", whole[10:]), ("bytes=-7", whole[-7:])):
        async with web.get(url, headers={"Range": asked}) as answer:
            assert (answer.status, await answer.read()) == (206, part)
            assert answer.headers["content-range"].endswith(f"/{len(whole)}")
    async with web.get(url, headers={"Range": f"bytes={len(whole)}-"}) as answer:
        assert answer.status == 416


BREAKS: dict[str, dict[str, Any]] = {
    "a length the model lacks": {"duration_ms": 3000},
    "half seconds": {"duration_ms": 4500},
    "another rate": {"fps": 30},
    "a resolution the model lacks": {"resolution": "480p"},
    "a benefit of another model": {"benefit": "seedance_20_mini_720p_output"},
    "a ratio the model lacks": {"ratio": "9:21"},
    "no prompt": {"prompt": " "},
    "an unknown field": {"style": "anime"},
    "an amount that is too small": {"info": {"amount": 3}},
    "a frame that was never uploaded": {
        "first_frame_image": {"type": "image", "id": "00000001-0000-4000-8000-000000000000", "image_uri": "tos/x"}
    },
}


@pytest.mark.parametrize("name", BREAKS)
async def test_strict_rules_refuse_videos_that_no_page_asks_for(
    open_site: OpenSite, film: Make, name: str, told: Told
) -> None:
    site = await open_site()
    assert told(site, film()) == ""
    assert told(site, film(**BREAKS[name])) != ""


@pytest.mark.parametrize(("model", "ret"), [("_pro_vision", "1006"), ("_vision", "4003")])
async def test_models_of_members_refuse_everybody_else(
    open_site: OpenSite, ask: Ask, film: Make, model: str, ret: str
) -> None:
    site = await open_site()
    benefit = f"seedance_20_{'pro' if 'pro' in model else 'fast'}_720p_output"
    wanted = {"model": f"dreamina_seedance_40{model}", "benefit": benefit}
    assert (await ask(site, "generate", film(**wanted)))["ret"] == ret
    assert (await ask(site, "generate", film(**wanted), session="x-member"))["ret"] == "0"
    assert (await ask(site, "member", {"scene": "vip"}, session="x-member"))["data"]["flag"] is True


async def test_a_video_waits_in_a_queue_first(open_site: OpenSite, ask: Ask, film: Make, move: Move) -> None:
    site = await open_site(generation="fixed:100")
    body = film()
    await ask(site, "generate", body)
    seen = []
    for seconds in (5, 8, 30, 60):
        move(seconds)
        record = (await ask(site, "history", {"submit_ids": [body["submit_id"]]}))["data"][body["submit_id"]]
        info = record["queue_info"]
        seen.append((record["status"], info["queue_status"], info["queue_idx"] > 0, len(record["item_list"])))
    assert seen[0] == seen[1] == (20, 1, True, 0)
    assert seen[2] == (45, 2, False, 0)
    assert seen[3][3] == 1


async def test_several_videos_come_from_several_inputs(open_site: OpenSite, made: Any, film: Make) -> None:
    site = await open_site()
    body = film()
    draft = json.loads(body["draft_content"])
    params = draft["component_list"][0]["abilities"]["gen_video"]["text_to_video_params"]
    params["video_gen_inputs"].append(params["video_gen_inputs"][0] | {"id": "00000001-0000-4000-8000-000000000000"})
    record = await made(site, body | {"draft_content": json.dumps(draft)})
    assert len(record["item_list"]) == 2
    (kept,) = site.world.records.values()
    assert kept.credits == 60
