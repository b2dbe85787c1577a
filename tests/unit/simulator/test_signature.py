import json
from collections.abc import Awaitable, Callable
from importlib import resources
from typing import Any

import aiohttp
import pytest

from dreambridge.simulator.server import SimulatorServer
from dreambridge.simulator.signature import expected_sign, media_signature, media_signature_holds

OpenSite = Callable[..., Awaitable[SimulatorServer]]
VECTORS = json.loads((resources.files("dreambridge") / "contract" / "samples" / "sign.json").read_text("utf-8"))


def page_headers(path: str, *, aid: str = "513695", origin: str = "https://jimeng.jianying.com") -> dict[str, str]:
    """Build what the site's own page sends."""
    return {
        "Appid": aid,
        "Appvr": "8.4.0",
        "Pf": "7",
        "Device-Time": "1771893826",
        "Sign-Ver": "1",
        "Sign": expected_sign(path, platform="7", version="8.4.0", device_time="1771893826"),
        "Tdid": "",
        "Origin": origin,
        "Referer": f"{origin}/ai-tool/generate",
        "Cookie": "sessionid=alice; sessionid_ss=alice; sid_tt=alice",
    }


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda vector: vector["sign"][:8])
def test_sign_is_what_browsers_sent(vector: dict[str, Any]) -> None:
    told = expected_sign(
        vector["path"], platform="7", version=vector["appvr"], device_time=vector["device_time"], device=""
    )
    assert told == vector["sign"]


def test_a_media_signature_belongs_to_one_address_and_one_expiry() -> None:
    given = media_signature("bucket/a", 100)
    assert media_signature_holds("bucket/a", 100, given)
    assert not media_signature_holds("bucket/b", 100, given)
    assert not media_signature_holds("bucket/a", 101, given)


async def _call(web: aiohttp.ClientSession, site: SimulatorServer, path: str, headers: dict[str, str]) -> Any:
    async with web.post(f"{site.base_url}{path}", json={"submit_ids": ["x"]}, headers=headers) as answer:
        return json.loads(await answer.text())


async def test_the_pages_own_headers_pass_strict_mode(open_site: OpenSite, web: aiohttp.ClientSession) -> None:
    site = await open_site(strict=True)
    path = "/mweb/v1/get_history_by_ids"
    assert (await _call(web, site, path, page_headers(path)))["ret"] == "0"
    assert not site.world.refusals


async def test_loopback_counts_as_the_sites_origin(open_site: OpenSite, web: aiohttp.ClientSession) -> None:
    site = await open_site(strict=True)
    path = "/mweb/v1/get_history_by_ids"
    assert (await _call(web, site, path, page_headers(path, origin=site.base_url)))["ret"] == "0"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Sign", "0" * 32),
        ("Sign", ""),
        ("Appid", "513641"),
        ("Pf", "8"),
        ("Device-Time", "soon"),
        ("Origin", "https://dreamina.capcut.com"),
        ("Referer", ""),
        ("Cookie", "sessionid=alice"),
        ("Cookie", "sessionid=alice; sessionid_ss=bob; sid_tt=alice"),
        ("Content-Type", "text/plain"),
    ],
)
async def test_strict_mode_refuses_what_the_page_does_not_send(
    open_site: OpenSite, web: aiohttp.ClientSession, name: str, value: str
) -> None:
    site = await open_site(strict=True)
    path = "/mweb/v1/get_history_by_ids"
    answer = await _call(web, site, path, page_headers(path) | {name: value})
    assert answer["ret"] == "1000"
    assert [refusal["call"] for refusal in site.world.refusals] == ["history"]


@pytest.mark.parametrize(
    ("path", "ret"),
    [
        ("/commerce/v1/benefits/user_credit", "1014"),
        ("/mweb/v1/aigc_draft/generate", "3018"),
        ("/mweb/v1/get_history_queue_info", "1000"),
    ],
)
async def test_each_part_of_the_site_has_its_own_code_for_a_false_signature(
    open_site: OpenSite, web: aiohttp.ClientSession, path: str, ret: str
) -> None:
    site = await open_site(strict=True)
    answer = await _call(web, site, path, page_headers(path) | {"Sign": "0" * 32})
    assert answer["ret"] == ret


async def test_a_wrong_aid_in_the_query_is_refused(open_site: OpenSite, web: aiohttp.ClientSession) -> None:
    site = await open_site(strict=True)
    path = "/mweb/v1/get_history_by_ids"
    assert (await _call(web, site, f"{path}?aid=513641", page_headers(path)))["ret"] == "1000"
    assert (await _call(web, site, f"{path}?aid=513695&region=cn", page_headers(path)))["ret"] == "0"


async def test_lax_mode_takes_a_call_without_any_of_it(open_site: OpenSite, web: aiohttp.ClientSession) -> None:
    site = await open_site()
    answer = await _call(web, site, "/mweb/v1/get_history_by_ids", {"Cookie": "sessionid=alice"})
    assert answer["ret"] == "0"
