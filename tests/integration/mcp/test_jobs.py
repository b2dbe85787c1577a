"""Jobs of agents: started, waited for, cancelled, lost on the way and found again, each paid for once."""

import re

import anyio
import httpx2
import pytest
from mcp import types
from tests.agents import HANDSHAKE, STATELESS, Connect, call, texts
from tests.running import Running

pytestmark = pytest.mark.asyncio(loop_scope="session")
ERAS = pytest.mark.parametrize("era", [HANDSHAKE, STATELESS])


async def answered(gateway: Running) -> int:
    """Count the requests of agents that are over, however they ended."""
    async with httpx2.AsyncClient() as http:
        figures = (await http.get(f"{gateway.url}/metrics")).text
    return sum(int(float(each)) for each in re.findall(r'_request_seconds_count\{[^}]*"/mcp"[^}]*\} (\S+)', figures))


async def until_answered(gateway: Running, count: int) -> None:
    with anyio.fail_after(30):
        while await answered(gateway) < count:
            pass


@ERAS
async def test_a_submitted_job_is_answered_at_once_and_waited_for_later(connect: Connect, era: str) -> None:
    async with connect(era=era) as client:
        job = await call(client, "submit", kind="image", prompt=f"a heron in {era}", n=1)
        assert job["state"] == "queued"
        done = await call(client, "wait_job", job_id=job["job_id"])
        assert (done["state"], len(done["artifacts"])) == ("completed", 1)
        assert (await call(client, "get_job", job_id=job["job_id"]))["artifacts"] == done["artifacts"]


@ERAS
async def test_the_place_in_the_sites_queue_is_told(connect: Connect, era: str) -> None:
    told: list[str] = []
    place = anyio.Event()

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        told.append(message or "")
        if "place" in told[-1]:
            place.set()

    wish = {"prompt": f"a heron in line [sim:stuck-in-queue] {era}", "n": 1}
    async with connect(era=era) as client, anyio.create_task_group() as group:
        group.start_soon(lambda: client.call_tool("generate_image", wish, progress_callback=hear))
        with anyio.fail_after(30):
            await place.wait()
        await call(client, "cancel_job", job_id=told[0].rpartition("Job ")[2].rstrip("."))
    assert told[0].startswith("Accepted.")


@ERAS
async def test_a_job_is_cancelled(connect: Connect, era: str) -> None:
    async with connect(era=era) as client:
        job = await call(client, "submit", kind="image", prompt=f"a heron [sim:stuck-in-queue] {era}", n=1)
        await call(client, "cancel_job", job_id=job["job_id"])
        result = await client.call_tool("wait_job", {"job_id": job["job_id"]})
        again = await call(client, "cancel_job", job_id=job["job_id"])
    assert result.is_error
    assert result.structured_content["error"]["code"] == "cancelled"
    assert again["state"] == "cancelled"


@ERAS
async def test_a_call_that_is_given_up_stops_nothing_and_its_repetition_is_given_the_same_job(
    connect: Connect, gateway: Running, era: str
) -> None:
    wish = {"prompt": f"a heron that nobody waits for {era} [sim:slow-drawing]", "n": 1}
    heard = anyio.Event()
    told: list[str] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        told.append(message or "")
        heard.set()

    async with connect(era=era) as client:
        async with anyio.create_task_group() as group:

            async def wait() -> None:
                await client.call_tool("generate_image", wish, progress_callback=hear)

            group.start_soon(wait)
            await heard.wait()
            before = await answered(gateway)
            group.cancel_scope.cancel()
        # The call itself, and in the older era the request that gives it up.
        await until_answered(gateway, before + (2 if era == HANDSHAKE else 1))
        result = await client.call_tool("generate_image", wish)
        assert not result.is_error, texts(result)
        assert result.structured_content["job_id"] in told[0]
        found = await call(client, "search_gallery", text=f"nobody waits {era}")
        assert len(found["jobs"]) == 1
        # Delivered now: the same wish once more is a new one.
        other = await call(client, "submit", kind="image", **wish)
        assert other["job_id"] != result.structured_content["job_id"]
        await call(client, "cancel_job", job_id=other["job_id"])


async def test_looking_at_a_job_takes_its_answer_from_nobody(connect: Connect) -> None:
    wish = {"prompt": "a heron that is looked at [sim:stuck-in-queue]", "n": 1}
    started: list[str] = []
    heard = anyio.Event()

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        started.append((message or "").rpartition("Job ")[2].rstrip("."))
        heard.set()

    async with connect() as client, anyio.create_task_group() as group:
        group.start_soon(lambda: client.call_tool("generate_image", wish, progress_callback=hear))
        await heard.wait()
        assert (await call(client, "get_job", job_id=started[0]))["state"] != "completed"
        # Still awaited by the first call: the same wish at the same time is another job.
        other = await call(client, "submit", kind="image", **wish)
        assert other["job_id"] != started[0]
        for job_id in (started[0], other["job_id"]):
            await call(client, "cancel_job", job_id=job_id)


async def test_a_wait_that_ends_first_says_so_and_is_no_error(connect: Connect) -> None:
    async with connect() as client:
        result = await client.call_tool(
            "generate_image", {"prompt": "a heron [sim:stuck-in-queue] in no hurry", "n": 1, "wait_seconds": 0}
        )
        assert not result.is_error
        job_id = result.structured_content["job_id"]
        assert job_id in texts(result)
        assert "wait_job" in texts(result)
        await call(client, "cancel_job", job_id=job_id)


async def test_the_same_key_joins_the_same_job_and_refuses_another_wish(connect: Connect) -> None:
    async with connect() as client:
        wish = {"prompt": "a heron with a key", "n": 1, "idempotency_key": "heron-1"}
        first = await call(client, "generate_image", **wish)
        assert (await call(client, "submit", kind="image", **wish))["job_id"] == first["job_id"]
        result = await client.call_tool("generate_image", {**wish, "prompt": "another heron"})
    assert result.is_error
    assert result.structured_content["error"]["code"] == "idempotency_key_reused"


@pytest.mark.parametrize(
    ("scenario", "code", "charged"), [("no-credit", "insufficient_quota", "no"), ("refused", None, None)]
)
async def test_what_fails_says_what_to_do_and_whether_it_was_charged(
    connect: Connect, scenario: str, code: str | None, charged: str | None
) -> None:
    async with connect() as client:
        result = await client.call_tool("generate_image", {"prompt": f"a heron [sim:{scenario}]", "n": 1})
    assert result.is_error
    error = result.structured_content["error"]
    assert error["remedy"] in texts(result)
    assert error["message"] in texts(result)
    assert error["job_id"].startswith("job_")
    assert code in {None, error["code"]}
    assert charged in {None, error["charged"]}


async def test_an_agents_job_is_the_callers_job_over_http_too(connect: Connect, gateway: Running) -> None:
    async with connect("sandbox-mcp-shared") as client:
        job = await call(client, "submit", kind="video", prompt="a heron flies", model="jimeng-video-3.0")
        done = await call(client, "wait_job", job_id=job["job_id"])
    assert done["artifacts"][0]["kind"] == "video"
    async with gateway.client("sandbox-mcp-shared") as openai:
        seen = await openai.get(f"/jobs/{job['job_id']}", cast_to=dict[str, object])
    assert seen["status"] == "completed"
    async with connect("sandbox-mcp-stranger") as client:
        for tool in ("get_job", "wait_job", "cancel_job"):
            result = await client.call_tool(tool, {"job_id": job["job_id"]})
            assert result.structured_content["error"]["code"] == "job_not_found"
        assert (await call(client, "search_gallery"))["jobs"] == []


async def test_a_video_begins_with_a_picture_made_before(connect: Connect) -> None:
    async with connect() as client:
        made = await call(client, "generate_image", prompt="a heron to begin with", n=1)
        (picture,) = made["artifacts"]
        for reference in (picture["uri"], picture["url"], picture["id"], made["job_id"]):
            result = await client.call_tool(
                "generate_video", {"prompt": f"it flies {reference[:9]}", "references": [reference]}
            )
            assert not result.is_error, texts(result)
            (link,) = [each for each in result.content if isinstance(each, types.ResourceLink)]
            assert link.mime_type == "video/mp4"
            assert [each for each in result.content if isinstance(each, types.ImageContent)]
