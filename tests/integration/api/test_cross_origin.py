"""Pages of other origins: kept out, until the operator names them."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from tests.running import Running, serve_gateway

PAGE = "https://chat.example.com"
WINDOW = "file://"
CREDENTIAL = {"Authorization": "Bearer sandbox-elsewhere"}
BODY = {"prompt": "a fox", "n": 1}
ASKED = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,content-type,x-stainless-retry-count",
}


@pytest.fixture
async def named(tmp_path: Path) -> AsyncIterator[Running]:
    async with serve_gateway(tmp_path, allowed_origins=(PAGE, WINDOW)) as running:
        yield running


@pytest.mark.parametrize("origin", [PAGE, WINDOW])
async def test_a_named_origin_may_ask_call_and_read(named: Running, origin: str) -> None:
    async with httpx2.AsyncClient(base_url=named.url, headers={"Origin": origin}, timeout=30) as page:
        asked = await page.request("OPTIONS", "/v1/images/generations", headers=ASKED)
        answer = await page.post("/v1/images/generations", headers=CREDENTIAL, json=BODY)
        refused = await page.post("/v1/images/generations", headers=CREDENTIAL, json={"prompt": 7})
    assert asked.status_code == 200
    assert asked.headers["access-control-allow-headers"] == ASKED["Access-Control-Request-Headers"]
    assert answer.status_code == 200
    assert refused.status_code == 400
    for each in (asked, answer, refused):
        assert each.headers["access-control-allow-origin"] == origin
        assert "origin" in each.headers["vary"].lower()
        assert "access-control-allow-credentials" not in each.headers
    assert "x-job-id" in answer.headers["access-control-expose-headers"]


async def test_another_origin_is_refused_as_before(named: Running) -> None:
    async with httpx2.AsyncClient(base_url=named.url, headers={"Origin": "https://evil.example"}) as page:
        asked = await page.request("OPTIONS", "/v1/images/generations", headers=ASKED)
        answer = await page.post("/v1/images/generations", headers=CREDENTIAL, json=BODY)
    assert asked.status_code == 400
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "origin_not_allowed")
    assert "DREAMBRIDGE_ALLOWED_ORIGINS" in answer.json()["error"]["message"]
    for each in (asked, answer):
        assert "access-control-allow-origin" not in each.headers


async def test_a_named_origin_does_not_make_a_strange_host_ours(named: Running) -> None:
    async with httpx2.AsyncClient(base_url=named.url, headers={"Origin": PAGE, "Host": "evil.example"}) as page:
        answer = await page.post("/v1/images/generations", headers=CREDENTIAL, json=BODY)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "host_not_allowed")


async def test_by_itself_the_server_speaks_to_no_other_origin(tmp_path: Path) -> None:
    async with (
        serve_gateway(tmp_path) as running,
        httpx2.AsyncClient(base_url=running.url, headers={"Origin": PAGE}) as page,
    ):
        asked = await page.request("OPTIONS", "/v1/images/generations", headers=ASKED)
        read = await page.get("/v1/models", headers=CREDENTIAL)
    assert asked.status_code == 405
    for each in (asked, read):
        assert not [name for name in each.headers if name.startswith("access-control")]


async def test_a_star_lets_every_page_in(tmp_path: Path) -> None:
    async with (
        serve_gateway(tmp_path, allowed_origins=("*",)) as running,
        httpx2.AsyncClient(base_url=running.url, headers={"Origin": "null"}, timeout=30) as page,
    ):
        answer = await page.post("/v1/images/generations", headers=CREDENTIAL, json=BODY)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "*")
