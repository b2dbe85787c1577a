"""A job is followed to its end, whatever happens to the gateway or to the stream of its events."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.running import serve_gateway

from dreambridge.cli.following import SilentView
from dreambridge.cli.gateway import Gateway, open_gateway
from dreambridge.cli.watching import watch
from dreambridge.domain.job import JobState

ROUTE = "/v1/images/generations"


class Remembering(SilentView):
    """Keeps what it is shown."""

    def __init__(self) -> None:
        self.states: list[str] = []

    def show(self, job: Mapping[str, Any]) -> None:
        self.states.append(job["state"])

    def say(self, what: str, more: str = "") -> None:
        self.states.append(what + more)


async def begin(gateway: Gateway, prompt: str = "a fox", count: int = 1) -> dict[str, Any]:
    return (await gateway.create(ROUTE, {"prompt": prompt, "n": count}, key=prompt)).document


async def follow(gateway: Gateway, job: dict[str, Any], **more: float) -> tuple[dict[str, Any], list[str], list[str]]:
    """Follow a job; give it as it ended, the states that were shown, and the artifacts that were told."""
    view, told = Remembering(), list[str]()

    async def land(artifact: Mapping[str, Any]) -> None:
        told.append(artifact["id"])

    ended = await watch(gateway, job, view, land, **more)
    return ended, view.states, told


async def test_pictures_are_told_as_they_land(tmp_path: Path) -> None:
    async with serve_gateway(tmp_path, sandbox_speed=0.1) as running, open_gateway(running.url, "sandbox") as gateway:
        landed_before_end = list[str]()
        view = Remembering()

        async def land(artifact: Mapping[str, Any]) -> None:
            if view.states[-1] != "completed":
                landed_before_end.append(artifact["id"])

        job = await watch(gateway, await begin(gateway, "a fox [sim:staggered]", 4), view, land)
    assert job["status"] == "completed"
    assert landed_before_end
    assert set(landed_before_end) <= {each["id"] for each in job["artifacts"]}


async def test_a_gateway_that_restarts_is_waited_for_and_its_silence_is_told(tmp_path: Path) -> None:
    async with serve_gateway(tmp_path, sandbox_speed=0.15) as running:
        port = int(running.url.rpartition(":")[2])
        gateways = open_gateway(running.url, "sandbox")
        gateway = await gateways.__aenter__()
        following = asyncio.create_task(follow(gateway, await begin(gateway)))
        await asyncio.sleep(0.5)
    # Longer than it takes to find out.
    await asyncio.sleep(2)
    assert not following.done()
    async with serve_gateway(tmp_path, port=port, sandbox_speed=0.05):
        job, states, _ = await asyncio.wait_for(following, 60)
    await gateways.__aexit__(None, None, None)
    assert (job["status"], states[-1]) == ("completed", "completed")
    silent = states.index("the gateway does not answer; asking again")
    assert silent > 0
    # Nothing else is shown until it answers again, and then that is not said any more.
    back = next(number for number in range(silent, len(states)) if states[number] in set(JobState))
    assert not any("answer" in each for each in [*states[:silent], *states[back:]])


async def test_a_submission_without_a_clear_answer_is_said_to_be_looked_for(tmp_path: Path) -> None:
    async with serve_gateway(tmp_path, sandbox_speed=0.03) as running, open_gateway(running.url, "sandbox") as gateway:
        began = await begin(gateway, "a fox [sim:late-and-lost]")
        job, states, _ = await asyncio.wait_for(follow(gateway, began, doubt_after=0.3), 60)
    (doubted,) = (number for number, each in enumerate(states) if "never pays twice" in each)
    assert (job["status"], states[-1]) == ("completed", "completed")
    # From then on nothing says that it is being sent, and once it is found nothing says otherwise.
    assert "submitting" in states[:doubted]
    assert "submitting" not in states[doubted:]
    assert not any("no clear answer" in each for each in states[states.index("generating") :])


Handler = Callable[[bytes], Awaitable[bytes | None]]


@asynccontextmanager
async def between(port: int, answer: Handler) -> AsyncIterator[tuple[str, list[bytes]]]:
    """Stand between command and gateway; `answer` may answer the head of a request itself."""
    seen = list[bytes]()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", port)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                seen.append(head.partition(b"\r\n")[0])
                if (own := await answer(head)) is not None:
                    writer.write(own)
                    break
                length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
                # One request on each connection, so that the answer's end is the connection's.
                back.write(head.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
                back.write(await reader.readexactly(int(length[1]) if length else 0))
                writer.write(await there.read(-1))
                break
        except asyncio.IncompleteReadError:
            pass
        finally:
            for each in (back, writer):
                each.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", seen


async def test_where_no_stream_comes_through_the_job_is_asked_for(tmp_path: Path) -> None:
    async def refuse_streams(head: bytes) -> bytes | None:
        if b"/events" not in head.partition(b"\r\n")[0]:
            return None
        return b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 5\r\nConnection: close\r\n\r\nsorry"

    async with (
        serve_gateway(tmp_path, sandbox_speed=0.1) as running,
        between(int(running.url.rpartition(":")[2]), refuse_streams) as (url, seen),
        open_gateway(url, "sandbox") as gateway,
    ):
        job, states, told = await asyncio.wait_for(follow(gateway, await begin(gateway)), 60)
    assert job["status"] == "completed"
    assert states[-1] == "completed"
    assert told == [each["id"] for each in job["artifacts"]]
    streams = [line for line in seen if b"/events" in line]
    assert len(streams) == 2  # and no third attempt
