from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from dreambridge.simulator.server import SimulatorServer

OpenSite = Callable[..., Awaitable[SimulatorServer]]
Ask = Callable[..., Awaitable[Any]]
Submit = Callable[..., Awaitable[dict[str, Any]]]
SCENE = {"scene": "video_generate", "params": {}}


async def keys(ask: Ask, site: SimulatorServer, session: str = "alice") -> set[str]:
    images = await ask(site, "config", session=session)
    videos = await ask(site, "video_config", SCENE, session=session)
    return {model["model_req_key"] for answer in (images, videos) for model in answer["data"]["model_list"]}


async def test_video_models_tell_what_they_take(open_site: OpenSite, ask: Ask) -> None:
    site = await open_site()
    rows = (await ask(site, "video_config", SCENE, session=""))["data"]["model_list"]
    row = next(model for model in rows if model["model_req_key"] == "dreamina_seedance_40")
    options = {option["key"]: option for option in row["options"]}
    assert options["frames"]["enum_val"]["int_value"] == [24 * seconds for seconds in range(4, 16)]
    assert options["input_media_type"]["enum_val"]["string_value"][0] == "unified_edit"
    limits = options["unified_edit"]["unified_edit_config"]["supported_materials"]
    assert [one["limit"]["max_count"] for one in limits] == [9, 3, 3]
    assert row["commercial_config"]["resolution_price_configs"][0]["price"] == {
        "benefit_type": "dreamina_seedance_20_fast"
    }
    other = next(model for model in rows if model["model_req_key"] == "dreamina_wan_30")
    assert "duration_ms" in {option["key"] for option in other["options"]}


@pytest.mark.parametrize(
    ("cluster", "has", "lacks"),
    [
        ("cn", "dreamina_wan_30", "dreamina_sora2_generate_video"),
        ("us", "dreamina_seedance_45_pro", "dreamina_wan_30"),
        ("asia", "dreamina_sora2_generate_video", "dreamina_seedance_40"),
    ],
)
async def test_video_models_differ_by_cluster(
    open_site: OpenSite, ask: Ask, cluster: str, has: str, lacks: str
) -> None:
    known = await keys(ask, await open_site(cluster=cluster))
    assert has in known
    assert lacks not in known
    assert not [key for key in known if key.endswith(("vgfm_lite", "vgfm1.0"))]


async def test_new_models_appear_and_can_be_used(open_site: OpenSite, ask: Ask, submit: Submit) -> None:
    site = await open_site()
    appeared = await keys(ask, site, "x-new-model") - await keys(ask, site)
    assert appeared == {"high_aes_general_v60_sandbox", "dreamina_seedance_60_sandbox"}
    await submit(site, session="x-new-model", model="high_aes_general_v60_sandbox")


async def test_models_that_leave_are_neither_shown_nor_sold(
    open_site: OpenSite, ask: Ask, body: Callable[..., dict[str, Any]]
) -> None:
    site = await open_site()
    left = await keys(ask, site) - await keys(ask, site, "x-model-leaves")
    assert left == {"high_aes_general_v41", "dreamina_ic_generate_video_model_vgfm_3.0_pro"}
    wanted = body(model="high_aes_general_v41")
    assert (await ask(site, "generate", wanted, session="x-model-leaves"))["ret"] == "2061"
    assert (await ask(site, "generate", wanted))["ret"] == "0"


async def test_other_lists_answer(open_site: OpenSite, ask: Ask) -> None:
    site = await open_site()
    lips = await ask(site, "video_config", {"scene": "lip_sync_image_generate_video", "params": {}})
    assert lips["data"]["model_list"] == []
    assert (await ask(site, "video_config", {"scene": "x"}))["ret"] == "1000"
    sounds = (await ask(site, "audio_config"))["data"]
    assert sounds["song"]["model_list"][0]["model_req_key"] == "seed_music_1.0"


@pytest.mark.parametrize("way", ["cancel", "remove"])
async def test_what_is_given_up_comes_back_in_the_ledger(
    open_site: OpenSite, ask: Ask, submit: Submit, move: Callable[[float], None], way: str
) -> None:
    site = await open_site(credit=100)
    record = await submit(site)
    body = (
        {"history_id": record["history_record_id"]} if way == "cancel" else {"id_list": [record["history_record_id"]]}
    )
    assert (await ask(site, way, body))["ret"] == "0"
    move(60)
    assert (await ask(site, "credit"))["data"]["credit"]["gift_credit"] == 100
    rows = (await ask(site, "ledger", {"count": 20, "cursor": "0"}))["data"]["records"]
    assert sorted((row["history_type"], row["amount"]) for row in rows) == [(1, 16), (2, 16)]
    assert {row["submit_id"] for row in rows} == {record["submit_id"]}
