import base64
import json
from collections.abc import Awaitable, Callable, Iterator
from importlib import resources
from typing import Any

import pytest

from dreambridge.simulator.server import SimulatorServer

OpenSite = Callable[..., Awaitable[SimulatorServer]]
Ask = Callable[..., Awaitable[Any]]
Move = Callable[[float], None]
Make = Callable[..., dict[str, Any]]
Fetch = Callable[[str], Awaitable[bytes]]
Told = Callable[[SimulatorServer, dict[str, Any]], str]
Probe = Callable[[bytes], tuple[str, int, int, int, float]]
Bytes = Callable[..., bytes]


PLACES: dict[str, Callable[[Any], str]] = {
    "video-url-attr": lambda item: item["common_attr"]["transcoded_video"]["origin"]["video_url"],
    "video-url-play": lambda item: item["video"]["play_url"],
    "video-url-download": lambda item: item["video"]["download_url"],
    "video-url-plain": lambda item: item["video"]["url"],
    "video-url-model": lambda item: base64.b64decode(
        json.loads(item["video"]["video_model"])["video_list"]["video_3"]["main_url"]
    ).decode(),
}


@pytest.mark.parametrize("name", PLACES)
async def test_the_address_of_a_video_stands_only_where_the_scenario_says(
    open_site: OpenSite, made: Any, film: Make, name: str
) -> None:
    site = await open_site()
    item = (await made(site, film(prompt=f"waves [sim:{name}]")))["item_list"][0]
    url = PLACES[name](item)
    assert "~video-origin.mp4" in url
    assert json.dumps(item).count("~video-origin.mp4") == (0 if name == "video-url-model" else 1)


async def test_downloads_get_another_file_and_lists_show_the_record(
    open_site: OpenSite, made: Any, film: Make, ask: Ask, submit: Any, move: Move, fetch: Fetch
) -> None:
    site = await open_site()
    await submit(site)
    move(1)
    record = await made(site, film(duration_ms=4000))
    item_id = record["item_list"][0]["common_attr"]["id"]
    wanted = {"item_id_list": [item_id, "7500000000000000000"], "is_for_video_download": True}
    items = (await ask(site, "items", wanted))["data"]["item_list"]
    url = items[0]["video"]["transcoded_video"]["origin"]["video_url"]
    preview = record["item_list"][0]["video"]["transcoded_video"]["origin"]["video_url"]
    assert len(items) == 1
    assert len(await fetch(url)) > len(await fetch(preview))
    assert (await ask(site, "items", wanted, session="bob"))["data"]["item_list"] == []
    page = (await ask(site, "assets", {"count": 1}))["data"]
    assert (page["has_more"], page["asset_list"][0]["type"]) == (True, 7)
    assert page["asset_list"][0]["video"]["history_record_id"] == record["history_record_id"]
    rest = (await ask(site, "assets", {"count": 5, "offset": page["next_offset"]}))["data"]
    assert (rest["has_more"], len(rest["asset_list"]), rest["asset_list"][0]["type"]) == (False, 1, 1)
    old = (await ask(site, "records", {"count": 20}))["data"]
    assert [one["generate_type"] for one in old["records_list"]] == [10, 1]


TOOLS: dict[str, tuple[dict[str, Any], str, str]] = {
    "insert_frame": (
        {"target_fps": 48, "origin_fps": 24, "duration_ms": 4000},
        "VideoInsertFrame",
        "frame_interpolation",
    ),
    "super_resolution": (
        {"target_width": 1920, "target_height": 1080, "origin_width": 1280, "origin_height": 720},
        "VideoSuperResolution",
        "upscale",
    ),
}


@pytest.mark.parametrize("tool", TOOLS)
async def test_a_finished_video_gets_more_frames_or_pixels(
    open_site: OpenSite, made: Any, film: Make, fetch: Fetch, tool: str, told: Told, probe: Probe
) -> None:
    site = await open_site()
    record = await made(site, film(duration_ms=4000))
    item = record["item_list"][0]
    option, feature, benefit = TOOLS[tool]
    body = film(
        benefit=f"video_{benefit}",
        draft={"min_version": "3.1.0", "min_features": [f"AIGC_GenerateType_{feature}"]},
        vid=item["video"]["video_id"],
        v2v_opt={tool: {"enable": True} | option},
        origin_history_id=record["history_record_id"],
    )
    assert told(site, body) == ""
    again = await made(site, body)
    origin = again["item_list"][0]["video"]["transcoded_video"]["origin"]
    shown = probe(await fetch(origin["video_url"]))
    assert shown[1:] == ((1280, 720, 192, 4.0) if tool == "insert_frame" else (1920, 1080, 96, 4.0))
    assert again["generate_type"] == (10 if tool == "insert_frame" else 32)
    lost = film(benefit=f"video_{benefit}", v2v_opt={tool: {"enable": True} | option}, origin_history_id="1")
    assert "no video of this account" in told(site, lost)


def lacking(wanted: Any, given: Any, place: str = "answer") -> Iterator[str]:
    """Tell where an answer lacks a name of the sample, or holds another type."""
    if isinstance(wanted, dict) and isinstance(given, dict):
        for name, value in wanted.items():
            yield from (
                lacking(value, given[name], f"{place}.{name}") if name in given else [f"{place}.{name} is missing"]
            )
    elif isinstance(wanted, list) and isinstance(given, list):
        for value in wanted[:1]:
            yield from lacking(value, given[0] if given else None, f"{place}[0]")
    elif type(wanted) is not type(given) and {type(wanted), type(given)} != {int, float}:
        yield f"{place} is {type(given).__name__}, not {type(wanted).__name__}"


def sample(name: str) -> Any:
    file = resources.files("dreambridge") / "contract" / "samples" / f"{name}.json"
    return json.loads(file.read_text(encoding="utf-8"))["answer"]


async def test_videos_are_shown_as_sampled(open_site: OpenSite, made: Any, film: Make, ask: Ask) -> None:
    site = await open_site()
    record = await made(site, film(duration_ms=4000))
    (wanted,) = sample("history/video_done")["data"].values()
    assert not list(lacking(wanted, record))
    body = {"item_id_list": [record["item_list"][0]["common_attr"]["id"]], "is_for_video_download": True}
    assert not list(lacking(sample("mweb/local_items"), await ask(site, "items", body)))
    models = await ask(site, "video_config", {"scene": "video_generate", "params": {}})
    assert not list(lacking(sample("mweb/video_models"), models))


async def test_storage_answers_as_sampled(
    open_site: OpenSite, bring: Any, ask: Ask, square: Bytes, moving: Bytes
) -> None:
    site = await open_site()
    assert not list(lacking(sample("storage/token"), await ask(site, "token", {"scene": 2})))
    for scene, content, kind in ((2, square("red"), "image"), (1, moving(), "video")):
        token = await bring.token(site, scene)
        action = "ApplyImageUpload" if scene == 2 else "ApplyUploadInner"
        applied = await bring.storage(site, token, action, FileSize=str(len(content)), FileType="video", IsInner="1")
        assert not list(lacking(sample(f"storage/apply_{kind}"), applied))
        place = await bring.apply(site, token, len(content))
        _, text = await bring.send(place, content)
        assert not list(lacking(sample("storage/bytes"), json.loads(text)))
        assert not list(lacking(sample(f"storage/commit_{kind}"), await bring.commit(site, token, place)))
        assert not list(lacking(sample("storage/error"), await bring.commit(site, token, place)))
