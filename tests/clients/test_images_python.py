"""The official client for Python, unmodified: its error classes, and what it does when an answer is lost."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import openai
import pytest
from openai import OpenAI
from openai.types import ImagesResponse
from tests.clients.counting import jobs_of
from tests.running import Running

pytestmark = pytest.mark.asyncio(loop_scope="session")
SMALL: dict[str, Any] = {"model": "jimeng-4.0", "n": 1, "size": "512x512"}


@pytest.mark.parametrize(
    ("token", "prompt", "model", "kind", "status"),
    [
        ("sandbox-class", "", "jimeng-4.0", openai.BadRequestError, 400),
        ("nonsense", "a fox", "jimeng-4.0", openai.AuthenticationError, 401),
        ("sandbox-class.punished", "a fox", "jimeng-4.0", openai.PermissionDeniedError, 403),
        ("sandbox-class", "a fox", "jimeng-9", openai.NotFoundError, 404),
        ("sandbox-class.no-credit", "a fox", "jimeng-4.0", openai.RateLimitError, 429),
        ("sandbox-class.failed", "a fox", "jimeng-4.0", openai.InternalServerError, 502),
    ],
)
async def test_each_refusal_is_its_class_and_carries_an_id_in_both_clients(
    gateway: Running, token: str, prompt: str, model: str, kind: type[openai.APIStatusError], status: int
) -> None:
    def synchronous() -> ImagesResponse:
        with OpenAI(base_url=f"{gateway.url}/v1", api_key=token, max_retries=0) as client:
            return client.images.generate(prompt=prompt, model=model, n=1, size="512x512")

    async def asynchronous() -> ImagesResponse:
        async with gateway.client(token, max_retries=0) as client:
            return await client.images.generate(prompt=prompt, model=model, n=1, size="512x512")

    for call in (asyncio.to_thread(synchronous), asynchronous()):
        with pytest.raises(openai.APIStatusError) as caught:
            await call
        assert (type(caught.value), caught.value.status_code) == (kind, status)
        assert caught.value.request_id
        assert caught.value.code
        assert caught.value.message


@contextlib.asynccontextmanager
async def cutting_the_first_connection(url: str, token: str) -> AsyncIterator[tuple[str, list[str]]]:
    """Pass requests on to the gateway; the first one's connection is cut once the gateway has a job for it."""
    host, port = url.removeprefix("http://").split(":")
    outcomes: list[str] = []
    served: list[asyncio.Event] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        end = asyncio.Event()
        served.append(end)
        there, back = await asyncio.open_connection(host, int(port))
        first = not outcomes
        outcomes.append("cut" if first else "passed on")
        ways = [_pass_on(reader, back), _until_there_is_a_job(url, token) if first else _pass_on(there, writer)]
        tasks = [asyncio.ensure_future(way) for way in ways]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        for each in (back, writer):
            each.transport.abort()
            with contextlib.suppress(OSError):
                await each.wait_closed()
        end.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", outcomes
    server.close()
    for end in served:
        await end.wait()


async def _until_there_is_a_job(url: str, token: str) -> None:
    while not await jobs_of(url, token):  # noqa: ASYNC110
        await asyncio.sleep(0.02)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()


async def test_the_clients_own_retry_after_a_cut_connection_is_given_what_was_made(gateway: Running) -> None:
    token = "sandbox-cut"
    async with (
        cutting_the_first_connection(gateway.url, token) as (url, outcomes),
        openai.AsyncOpenAI(base_url=f"{url}/v1", api_key=token, max_retries=2) as client,
    ):
        response = await client.images.generate(prompt="a fox [sim:slow-drawing]", **SMALL)
    assert len(response.data or []) == 1
    assert outcomes == ["cut", "passed on"]
    (job,) = await jobs_of(gateway.url, token)
    assert job["submissions"] == 1


async def test_twenty_identical_calls_at_once_with_one_key_are_one_generation(gateway: Running) -> None:
    async with gateway.client("sandbox-twenty") as client:
        answers = await asyncio.gather(
            *(
                client.images.generate(prompt="a fox", extra_headers={"Idempotency-Key": "one-fox"}, **SMALL)
                for _ in range(20)
            )
        )
    assert len({(answer.data or [])[0].url for answer in answers}) == 1
    (job,) = await jobs_of(gateway.url, "sandbox-twenty")
    assert (job["submissions"], len(job["artifacts"])) == (1, 1)
