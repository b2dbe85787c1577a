"""What Prometheus reads: requests, jobs and accounts in numbers, and nothing that names anybody."""

from typing import Any

import httpx2
import pytest
import pytest_asyncio
from prometheus_client.parser import text_string_to_metric_families

pytestmark = pytest.mark.asyncio(loop_scope="session")
SMALL = {"model": "jimeng-4.5", "resolution": "2k", "n": 1}


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def http(gateway: Any) -> Any:
    async with httpx2.AsyncClient(base_url=gateway.url, timeout=30) as client:
        yield client


async def read(http: httpx2.AsyncClient) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    answer = await http.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def key(name: str, **labels: str) -> tuple[str, frozenset[tuple[str, str]]]:
    return f"dreambridge_{name}", frozenset(labels.items())


async def test_requests_and_the_ends_of_jobs_are_counted(http: Any) -> None:
    before = await read(http)
    headers = {"Authorization": "Bearer sandbox-metrics"}
    answers = [
        await http.post("/v1/images/generations", json={"prompt": prompt, **SMALL}, headers=headers)
        for prompt in ("a fox", "a fox [sim:refused]")
    ]
    assert [answer.status_code for answer in answers] == [200, 400]
    after = await read(http)
    for name, labels in (
        ("jobs_ended_total", {"kind": "image", "state": "completed", "code": ""}),
        ("jobs_ended_total", {"kind": "image", "state": "failed", "code": "content_policy_violation"}),
        ("http_request_seconds_count", {"method": "POST", "route": "/v1/images/generations", "status": "200"}),
        ("http_request_seconds_count", {"method": "POST", "route": "/v1/images/generations", "status": "400"}),
    ):
        assert after[key(name, **labels)] - before.get(key(name, **labels), 0) == 1
    assert after[key("accounts", site="sandbox", health="ready")] >= 1


async def test_no_label_holds_a_path_an_id_or_a_made_up_method(http: Any) -> None:
    for method, path in (("GET", "/v1/jobs/job_secret"), ("BREW", "/v1/models"), ("GET", "/secret/path")):
        await http.request(method, path, headers={"Authorization": "Bearer sandbox-metrics"})
    text = (await http.get("/metrics")).text
    assert "secret" not in text
    assert "BREW" not in text
    assert 'route="/v1/jobs/{job_id}"' in text
    assert "acct_" not in text
