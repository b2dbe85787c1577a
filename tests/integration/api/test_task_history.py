"""Several tasks at once, for scripts of the task gateway: by submit id or task id, and only one's own."""

import asyncio
import uuid
from typing import Any

import httpx2
import pytest
import pytest_asyncio

pytestmark = pytest.mark.asyncio(loop_scope="session")
SMALL = {"model": "jimeng-4.5", "resolution": "2k", "n": 1}
KEYS = {"taskId", "submit_id", "status", "progress", "images", "error", "createdAt", "found"}


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def http(gateway: Any) -> Any:
    async with httpx2.AsyncClient(base_url=gateway.url, timeout=30) as client:
        yield client


class Script:
    """One caller."""

    def __init__(self, http: httpx2.AsyncClient, token: str) -> None:
        self.http = http
        self.headers = {"Authorization": f"Bearer {token}"}

    async def start(self, prompt: str = "a fox") -> dict[str, Any]:
        body = {"prompt": prompt, "async": True, **SMALL}
        answer = await self.http.post("/v1/images/generations", json=body, headers=self.headers)
        return dict(answer.json())

    async def history(self, body: dict[str, Any]) -> httpx2.Response:
        return await self.http.post("/v1/images/history", json=body, headers=self.headers)

    async def ended(self, *ids: str) -> list[dict[str, Any]]:
        """Ask until every task has ended."""
        async with asyncio.timeout(20):
            while True:
                data: list[dict[str, Any]] = (await self.history({"submit_ids": ids})).json()["data"]
                if all(entry["status"] in {"completed", "failed"} for entry in data):
                    return data
                await asyncio.sleep(0.05)


async def test_tasks_are_told_in_the_order_asked_by_the_id_that_the_start_gave(http: Any) -> None:
    script = Script(http, "sandbox-history")
    good, bad = await script.start(), await script.start("a fox [sim:refused]")
    data = await script.ended(bad["submit_id"], good["submit_id"], good["task_id"])
    assert [set(entry) for entry in data] == [KEYS] * 3
    assert [entry["taskId"] for entry in data] == [bad["task_id"], good["task_id"], good["task_id"]]
    assert [entry["status"] for entry in data] == ["failed", "completed", "completed"]
    assert data[0]["error"].startswith("content_policy_violation: ")
    assert (data[0]["images"], data[1]["error"], data[1]["progress"]) == ([], None, 100)
    assert (await http.get(data[1]["images"][0])).status_code == 200
    assert all(entry["found"] and isinstance(entry["createdAt"], int) for entry in data)
    answer = (await script.history({"submit_ids": [good["submit_id"]]})).json()
    assert set(answer) == {"created", "data"}
    assert isinstance(answer["created"], int)


async def test_a_task_is_found_by_the_id_of_its_submission_in_any_list_and_case(http: Any) -> None:
    script = Script(http, "sandbox-history-submit")
    started = await script.start()
    (done,) = await script.ended(started["task_id"])
    assert uuid.UUID(done["submit_id"]).version == 4
    spellings = {
        "submit_ids": [done["submit_id"].upper()],
        "task_ids": [started["task_id"]],
        "ids": [done["submit_id"]],
    }
    data = (await script.history(spellings)).json()["data"]
    assert data == [done] * 3


async def test_unknown_ids_and_those_of_others_are_failed_and_not_found(http: Any) -> None:
    owner, stranger = Script(http, "sandbox-history-owner"), Script(http, "sandbox-history-stranger")
    started = await owner.start()
    (done,) = await owner.ended(started["task_id"])
    unknown = str(uuid.uuid4())
    for script, ids in ((stranger, (done["submit_id"], started["task_id"], unknown)), (owner, (unknown,))):
        data = (await script.history({"submit_ids": ids})).json()["data"]
        assert [entry["submit_id"] for entry in data] == list(ids)
        for entry in data:
            assert set(entry) == KEYS
            assert (entry["found"], entry["status"], entry["images"], entry["taskId"]) == (False, "failed", [], None)
            assert entry["error"].startswith("not_found: ")


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "submit_ids"),
        ({"submit_ids": []}, "submit_ids"),
        ({"submit_ids": None}, "submit_ids"),
        ({"submit_ids": ["a"] * 60, "ids": ["b"] * 41}, "submit_ids"),
        ({"submit_ids": "a"}, "submit_ids"),
        ({"submit_ids": ["a", None]}, "submit_ids[1]"),
        ({"task_ids": ["a", 7]}, "task_ids[1]"),
        ({"submit_ids": ["a", ""]}, "submit_ids[1]"),
        ({"submit_ids": ["a\x00"]}, "submit_ids[0]"),
        ({"ids": ["x" * 65]}, "ids[0]"),
    ],
)
async def test_what_is_no_list_of_ids_is_refused_by_name(http: Any, body: dict[str, Any], param: str) -> None:
    answer = await Script(http, "sandbox-history-wrong").history(body)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)


async def test_a_hundred_ids_are_taken(http: Any) -> None:
    answer = await Script(http, "sandbox-history-many").history({"submit_ids": [f"id-{n}" for n in range(100)]})
    assert (answer.status_code, len(answer.json()["data"])) == (200, 100)
