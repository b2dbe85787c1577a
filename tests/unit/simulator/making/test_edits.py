import io
import json
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from PIL import Image

from dreambridge.simulator.contract import Contract
from dreambridge.simulator.draft import read_wish
from dreambridge.simulator.envelope import Refusal
from dreambridge.simulator.server import SimulatorServer

OpenSite = Callable[..., Awaitable[SimulatorServer]]
Ask = Callable[..., Awaitable[Any]]
Move = Callable[[float], None]
Make = Callable[..., dict[str, Any]]


def square(colour: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (300, 300), colour).save(file, "PNG")
    return file.getvalue()


async def uploaded(site: SimulatorServer, bring: Any, count: int) -> list[str]:
    return [await bring.picture(site, square("red")) for _ in range(count)]


def strictly(site: SimulatorServer, body: dict[str, Any]) -> int:
    """Return the `ret` of strict rules for a draft, the envelope aside."""
    schema = "draft_edit" if "blend" in body["draft_content"] else "draft_video"
    if Contract().complaint(schema, json.loads(body["draft_content"])) or Contract().complaint("generate", body):
        return 1002
    belongings = site.world.belongings(site.world.accounts["alice"])
    try:
        read_wish(body, site.world.market, strict=True, cinema=site.world.cinema, belongings=belongings)
    except Refusal as refusal:
        return refusal.ret
    return 0


@pytest.mark.parametrize("count", [1, 2, 10])
@pytest.mark.parametrize("together", [False, True])
async def test_one_to_ten_pictures_can_be_edited(
    open_site: OpenSite, bring: Any, edit: Make, ask: Ask, count: int, together: bool
) -> None:
    site = await open_site()
    body = edit(await uploaded(site, bring, count), together=together)
    assert strictly(site, body) == 0
    record = (await ask(site, "generate", body))["data"]["aigc_data"]
    assert record["generate_type"] == 12
    (kept,) = site.world.records.values()
    assert (len(kept.wish.inputs), kept.wish.prompt, kept.wish.count) == (count, "put the hat on the cat", 4)


@pytest.mark.parametrize(("marks", "ret"), [("####", 0), ("##", 0), ("", 0), ("######", 1000), ("########", 1000)])
async def test_every_seen_prefix_is_taken_and_others_are_not(
    open_site: OpenSite, bring: Any, edit: Make, ask: Ask, marks: str, ret: int
) -> None:
    site = await open_site()
    uris = await uploaded(site, bring, 2)
    assert strictly(site, edit(uris, prompt=f"{marks}a cat")) == ret
    assert (await ask(site, "generate", edit(uris, prompt=f"{marks}a cat")))["ret"] == "0"


async def test_more_pictures_than_the_model_takes_are_refused(
    open_site: OpenSite, bring: Any, edit: Make, ask: Ask
) -> None:
    site = await open_site()
    uris = await uploaded(site, bring, 1)
    assert (await ask(site, "generate", edit(uris * 11)))["ret"] == "1000"
    assert (await ask(site, "generate", edit(uris * 20, model="jm_image_model_yc_mj82")))["ret"] == "0"
    assert (await ask(site, "generate", edit(uris * 21, model="jm_image_model_yc_mj82")))["ret"] == "1000"
    bare = "high_aes_general_v30l_art_fangzhou:general_v3.0_18b"
    assert (await ask(site, "generate", edit(uris, model=bare)))["ret"] == "1000"


async def test_foreign_and_unknown_pictures_are_refused(open_site: OpenSite, bring: Any, edit: Make, ask: Ask) -> None:
    site = await open_site()
    uris = await uploaded(site, bring, 1)
    assert (await ask(site, "generate", edit(uris), session="bob"))["ret"] == "1000"
    assert (await ask(site, "generate", edit(["tos-cn-i-tb4s082cfz/unknown"])))["ret"] == "1000"
    assert (await ask(site, "generate", edit(uris)))["ret"] == "0"


async def test_what_no_page_sends_is_refused(open_site: OpenSite, bring: Any, edit: Make) -> None:
    site = await open_site()
    uris = await uploaded(site, bring, 2)

    def broken(change: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
        body = edit(uris)
        draft = json.loads(body["draft_content"])
        change(draft["component_list"][0]["abilities"]["blend"])
        return body | {"draft_content": json.dumps(draft)}

    changes: list[Callable[[dict[str, Any]], Any]] = [
        lambda blend: blend["ability_list"][0].update(image_uri_list=[uris[1]]),
        lambda blend: blend["ability_list"][0].update(name="control_net"),
        lambda blend: blend["ability_list"][0]["image_list"][0].update(uri=uris[1]),
        lambda blend: blend.update(prompt_placeholder_info_list=[]),
        lambda blend: blend["prompt_placeholder_info_list"][0].update(ability_index=7),
        lambda blend: blend["core_param"].update(prompt="####"),
        lambda blend: blend["ability_list"][0].update(strength=2),
    ]
    assert all(strictly(site, broken(change)) for change in changes)


async def test_uploaded_pictures_appear_in_the_result(
    open_site: OpenSite, bring: Any, edit: Make, ask: Ask, move: Move, web: aiohttp.ClientSession
) -> None:
    site = await open_site()
    uris = [await bring.picture(site, square(colour)) for colour in ("#ff00ff", "#00ffff")]
    record = (await ask(site, "generate", edit(uris)))["data"]["aigc_data"]
    move(60)
    shown = (await ask(site, "history", {"submit_ids": [record["submit_id"]]}))["data"][record["submit_id"]]
    async with web.get(shown["item_list"][0]["image"]["large_images"][0]["image_url"]) as answer:
        image = Image.open(io.BytesIO(await answer.read())).convert("RGB")
    assert image.size == (2048, 2048)
    assert image.getpixel((150, 150)) == pytest.approx((255, 0, 255), abs=4)
    assert image.getpixel((560, 150)) == pytest.approx((0, 255, 255), abs=4)


async def test_an_own_result_can_be_edited_and_enlarged(
    open_site: OpenSite, submit: Any, edit: Make, ask: Ask, move: Move
) -> None:
    site = await open_site()
    record = await submit(site)
    move(60)
    shown = (await ask(site, "history", {"submit_ids": [record["submit_id"]]}))["data"][record["submit_id"]]
    item = shown["item_list"][1]
    uri = item["image"]["large_images"][0]["image_uri"]
    assert (await ask(site, "generate", edit([uri])))["ret"] == "0"
    body = edit([uri])
    draft = json.loads(body["draft_content"])
    blend = draft["component_list"][0]["abilities"]["blend"]
    blend["ability_list"][0]["name"] = "normal_hd"
    blend["postedit_param"] |= {
        "generate_type": 13,
        "item_id": item["common_attr"]["id"],
        "origin_history_id": record["history_record_id"],
    }
    body["draft_content"] = json.dumps(draft)
    assert strictly(site, body) == 0
    credit = site.world.accounts["alice"].total
    assert (await ask(site, "generate", body))["ret"] == "0"
    del blend["ability_list"][0]["image_list"], blend["ability_list"][0]["image_uri_list"]
    again = body | {"draft_content": json.dumps(draft), "submit_id": edit([uri])["submit_id"]}
    assert (await ask(site, "generate", again))["ret"] == "0"
    big = list(site.world.records.values())[-2:]
    assert [(one.wish.size, one.wish.count, one.wish.kind) for one in big] == [((4096, 4096), 1, 13)] * 2
    assert site.world.accounts["alice"].total == credit


async def test_a_series_comes_one_picture_after_the_other(
    open_site: OpenSite, submit: Any, look: Any, move: Move
) -> None:
    site = await open_site()
    record = await submit(site, prompt="画6张连续的绘本", outer={"metrics_extra": '[{"scene":"ImageMultiGenerate"}]'})
    counts = []
    for _ in range(12):
        move(1)
        shown = await look(site, record["submit_id"])
        counts.append((shown["finished_image_count"], shown["total_image_count"]))
    assert counts[-1] == (6, 6)
    assert any(0 < made < 6 for made, _ in counts)
