"""Addresses of OpenAI that are not here say so, and what to use instead."""

from typing import Any

import httpx2
import pytest
import pytest_asyncio

from dreambridge.api.absent import ABSENT

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def http(gateway: Any) -> Any:
    async with httpx2.AsyncClient(base_url=gateway.url, timeout=30) as client:
        yield client


@pytest.mark.parametrize("path", ABSENT)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
async def test_an_absent_address_names_another_whatever_the_method(http: Any, method: str, path: str) -> None:
    answer = await http.request(method, path.replace("{id}", "file_1"), content=b"nonsense")
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["type"]) == (404, "unknown_url", "invalid_request_error")
    assert "POST /v1/" in error["message"]
    assert path.replace("{id}", "file_1") in error["message"]
    assert answer.headers["x-should-retry"] == "false"


async def test_absent_addresses_are_not_in_the_document(http: Any) -> None:
    document = (await http.get("/openapi.json")).json()
    assert not set(ABSENT) & set(document["paths"])
    assert "/token/check" in document["paths"]


async def test_health_is_told_without_a_credential(http: Any) -> None:
    answer = (await http.get("/health")).json()
    assert set(answer) == {"status", "timestamp"}
    assert answer["status"] == "ok"
    # In milliseconds: some time after 2025 and before 2100.
    assert 1_735_689_600_000 < answer["timestamp"] < 4_102_444_800_000
