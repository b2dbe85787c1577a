"""Answers that come later: tasks, accepted jobs, clients without patience, keys and hang-ups; nothing is made twice."""

import asyncio
from typing import Any

import httpx2
import openai
import pytest

pytestmark = pytest.mark.asyncio(loop_scope="session")
PATH = "/v1/images/generations"
SMALL = {"model": "jimeng-4.0", "n": 1, "size": "512x512"}


class Caller:
    """A plain HTTP client with one token."""

    def __init__(self, client: httpx2.AsyncClient, token: str) -> None:
        self.client = client
        self.headers = {"Authorization": f"Bearer {token}"}

    async def post(self, body: dict[str, Any], **headers: str) -> httpx2.Response:
        return await self.client.post(PATH, json=body, headers={**self.headers, **headers})

    async def get(self, path: str) -> httpx2.Response:
        return await self.client.get(path, headers=self.headers)

    async def jobs(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.get("/v1/jobs")).json()["data"]
        return found

    async def ended(self, path: str) -> dict[str, Any]:
        async with asyncio.timeout(20):
            while (found := (await self.get(path)).json())["status"] not in {"completed", "failed"}:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        return dict(found)


@pytest.fixture
async def http(gateway: Any) -> Any:
    async with httpx2.AsyncClient(base_url=gateway.url, timeout=30) as client:
        yield client


async def test_an_accepted_job_is_fetched_at_its_location(http: Any) -> None:
    caller = Caller(http, "sandbox-accepted")
    accepted = await caller.post({"prompt": "a fox", **SMALL}, Prefer="respond-async")
    assert accepted.status_code == 202
    assert accepted.headers["preference-applied"] == "respond-async"
    assert 1 <= int(accepted.headers["retry-after"]) <= 60
    job = accepted.json()
    assert (job["object"], job["status"] in {"queued", "in_progress"}) == ("job", True)
    assert accepted.headers["location"].endswith(f"/v1/jobs/{job['id']}")
    done = await caller.ended(accepted.headers["location"])
    assert (done["status"], done["progress"]["percent"], done["error"]) == ("completed", 100, None)
    assert (await http.get(done["artifacts"][0]["url"])).status_code == 200


async def test_waiting_as_long_as_preferred_gives_the_pictures(http: Any) -> None:
    caller = Caller(http, "sandbox-preferred")
    answer = await caller.post({"prompt": "a fox", **SMALL}, Prefer="respond-async, wait=25")
    assert answer.status_code == 200
    assert len(answer.json()["data"]) == 1


async def test_a_task_is_answered_and_followed_in_its_own_shape(http: Any) -> None:
    caller = Caller(http, "sandbox-task")
    started = (await caller.post({"prompt": "a fox", "async": True, **SMALL})).json()
    assert set(started) == {"task_id", "submit_id", "status", "message", "created"}
    assert started["status"] == "pending"
    done = await caller.ended(f"/v1/images/tasks/{started['task_id']}")
    assert set(done) == {"taskId", "status", "progress", "images", "createdAt"}
    assert (done["taskId"], done["status"], done["progress"]) == (started["task_id"], "completed", 100)
    assert isinstance(done["createdAt"], int)
    assert (await http.get(done["images"][0])).status_code == 200


async def test_a_failed_task_says_why(http: Any) -> None:
    caller = Caller(http, "sandbox-task-failed")
    started = (await caller.post({"prompt": "a fox [sim:refused]", "async": True, **SMALL})).json()
    done = await caller.ended(f"/v1/images/tasks/{started['task_id']}")
    assert set(done) == {"taskId", "status", "progress", "error", "createdAt"}
    assert done["error"].startswith("content_policy_violation: ")


async def test_a_client_without_patience_is_told_where_its_job_is_and_asking_again_joins_it(gateway: Any) -> None:
    async with gateway.client("sandbox-impatient", timeout=1.2, max_retries=2) as client:
        with pytest.raises(openai.InternalServerError) as caught:
            await client.images.generate(prompt="a fox [sim:slow-drawing]", **SMALL)
        answer = caught.value.response
        assert (answer.status_code, caught.value.code) == (504, "still_running")
        assert (answer.headers["x-should-retry"], answer.headers["location"][-30:]) == (
            "false",
            answer.headers["x-job-id"],
        )
        with pytest.raises(openai.InternalServerError) as again:
            await client.images.generate(prompt="a fox [sim:slow-drawing]", **SMALL)
        assert again.value.response.headers["x-job-id"] == answer.headers["x-job-id"]
        assert again.value.response.headers["x-dreambridge-joined"] == "true"
        jobs = await client.get("/jobs", cast_to=httpx2.Response)
        assert len(jobs.json()["data"]) == 1


async def test_an_idempotency_key_replays_its_answer_and_serves_one_request_only(http: Any) -> None:
    caller, key = Caller(http, "sandbox-key"), {"Idempotency-Key": "k-1"}
    first, at_once = await asyncio.gather(*(caller.post({"prompt": "a", **SMALL}, **key) for _ in range(2)))
    later = await caller.post({**SMALL, "prompt": "a", "seed": None}, **{"Idempotency-Key": '"k-1"'})
    assert first.json()["data"] == at_once.json()["data"] == later.json()["data"]
    assert later.headers["x-dreambridge-joined"] == "true"
    other = await caller.post({"prompt": "b", **SMALL}, **key)
    assert (other.status_code, other.json()["error"]["code"]) == (400, "idempotency_key_reused")
    assert len(await caller.jobs()) == 1


async def test_identical_requests_that_are_answered_are_separate_jobs(http: Any) -> None:
    caller = Caller(http, "sandbox-parallel")
    answers = await asyncio.gather(*(caller.post({"prompt": "a", **SMALL}) for _ in range(3)))
    assert len({answer.headers["x-job-id"] for answer in answers}) == 3
    assert (await caller.post({"prompt": "a", **SMALL})).headers["x-job-id"] not in {
        answer.headers["x-job-id"] for answer in answers
    }


async def test_a_client_that_hangs_up_finds_its_picture_when_it_asks_again(http: Any, gateway: Any) -> None:
    caller = Caller(http, "sandbox-hang-up")
    async with httpx2.AsyncClient(base_url=gateway.url, timeout=0.3) as hasty:
        with pytest.raises(httpx2.ReadTimeout):
            await Caller(hasty, "sandbox-hang-up").post({"prompt": "a fox", **SMALL})
    answer = await caller.post({"prompt": "a fox", **SMALL})
    assert answer.status_code == 200
    assert answer.headers["x-dreambridge-joined"] == "true"
    assert [job["id"] for job in await caller.jobs()] == [answer.headers["x-job-id"]]


async def test_a_retry_of_the_client_joins_what_it_started(http: Any) -> None:
    caller = Caller(http, "sandbox-retry")
    first, again = await asyncio.gather(
        caller.post({"prompt": "a", **SMALL}, **{"x-stainless-retry-count": "0"}),
        _later(caller.post({"prompt": "a", **SMALL}, **{"x-stainless-retry-count": "1"})),
    )
    assert first.headers["x-job-id"] == again.headers["x-job-id"]
    assert len(await caller.jobs()) == 1


async def _later(call: Any) -> httpx2.Response:
    await asyncio.sleep(0.1)
    answer: httpx2.Response = await call
    return answer


async def test_jobs_are_listed_page_by_page_to_their_owner_and_deleted(http: Any) -> None:
    caller = Caller(http, "sandbox-owner")
    made = [(await caller.post({"prompt": f"{number}", **SMALL})).headers["x-job-id"] for number in range(3)]
    page = (await caller.get("/v1/jobs?limit=2")).json()
    assert ([job["id"] for job in page["data"]], page["has_more"]) == ([made[2], made[1]], True)
    rest = (await caller.get(f"/v1/jobs?limit=2&after={page['last_id']}")).json()
    assert ([job["id"] for job in rest["data"]], rest["has_more"]) == ([made[0]], False)
    assert [job["id"] for job in (await caller.get("/v1/jobs?order=asc&state=completed")).json()["data"]] == made
    stranger = Caller(http, "sandbox-stranger")
    assert await stranger.jobs() == []
    for path in (f"/v1/jobs/{made[0]}", f"/v1/images/tasks/{made[0]}"):
        assert (await stranger.get(path)).status_code == 404
    url = (await caller.get(f"/v1/jobs/{made[0]}")).json()["artifacts"][0]["url"]
    row = (await caller.get(url.rsplit(".", 1)[0])).json()
    assert (row["object"], row["job_id"]) == ("artifact", made[0])
    assert (await stranger.get(url.rsplit(".", 1)[0])).status_code == 404
    gone = await http.delete(f"/v1/jobs/{made[0]}", headers=caller.headers)
    assert gone.json() == {"id": made[0], "object": "job.deleted", "deleted": True}
    assert (await caller.get(f"/v1/jobs/{made[0]}")).status_code == 404
    assert (await http.get(url)).status_code == 404


async def test_a_cancelled_job_reads_as_failed_and_cancelled(http: Any) -> None:
    caller = Caller(http, "sandbox-cancel")
    accepted = await caller.post({"prompt": "a [sim:stuck]", **SMALL}, Prefer="respond-async")
    job_id = accepted.json()["id"]
    refused = await http.delete(f"/v1/jobs/{job_id}", headers=caller.headers)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "job_running")
    assert (await http.post(f"/v1/jobs/{job_id}/cancel", headers=caller.headers)).status_code == 200
    done = await caller.ended(f"/v1/jobs/{job_id}")
    assert (done["status"], done["state"], done["error"]["code"]) == ("failed", "cancelled", "cancelled")
    assert (await caller.ended(f"/v1/images/tasks/{job_id}"))["error"].startswith("cancelled: ")
