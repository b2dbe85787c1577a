"""An answer that is read while it comes, from a server on loopback that pours it out piece by piece."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from dreambridge.upstream.failures import AnswerTooLargeError, MaybeSentError, NeverSentError
from dreambridge.upstream.transport import AiohttpTransport
from dreambridge.upstream.wire.call import Call


@dataclass
class Server:
    port: int = 0
    connections: int = 0
    requests: int = 0


@asynccontextmanager
async def pouring(*pieces: bytes, hold: bool = False) -> AsyncIterator[Server]:
    """Answer with an endless body, piece by piece, then fall silent or hang up."""
    server = Server()

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.connections += 1
        try:
            await reader.readuntil(b"\r\n\r\n")
            server.requests += 1
            writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            for piece in pieces:
                writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
                await writer.drain()
                await asyncio.sleep(0.01)
            if hold:
                await reader.read()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    listener = await asyncio.start_server(speak, "127.0.0.1", 0)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
        await listener.wait_closed()


@pytest.fixture
async def transport() -> AsyncIterator[AiohttpTransport]:
    made = AiohttpTransport(connect_timeout=1, total_timeout=3, max_answer=1 << 16)
    yield made
    await made.aclose()


def call(port: int) -> Call:
    return Call("POST", f"http://127.0.0.1:{port}/mweb/v1/creation_agent/v2/conversation", {})


async def free_port() -> int:
    listener = await asyncio.start_server(lambda _r, _w: None, "127.0.0.1", 0)
    port: int = listener.sockets[0].getsockname()[1]
    listener.close()
    await listener.wait_closed()
    return port


async def test_a_stream_is_read_as_it_comes_and_hanging_up_early_closes_it(transport: AiohttpTransport) -> None:
    async with pouring(b"one", b"two", hold=True) as server:
        async with transport.stream(call(server.port)) as answer:
            chunks = [await anext(answer.chunks), await anext(answer.chunks)]
        await asyncio.sleep(0.02)
        async with transport.stream(call(server.port)) as answer:
            chunks.append(await anext(answer.chunks))
    assert chunks == [b"one", b"two", b"one"]
    assert server.connections == 2


async def test_a_silent_stream_is_maybe_sent_after_its_idle_time(transport: AiohttpTransport) -> None:
    async with (
        pouring(b"one", hold=True) as server,
        transport.stream(call(server.port), idle_timeout=0.1) as answer,
    ):
        assert await anext(answer.chunks) == b"one"
        with pytest.raises(MaybeSentError):
            await anext(answer.chunks)
    assert server.requests == 1


async def test_a_stream_that_breaks_off_is_maybe_sent(transport: AiohttpTransport) -> None:
    async with pouring(b"one") as server, transport.stream(call(server.port)) as answer:
        with pytest.raises(MaybeSentError):
            _ = [chunk async for chunk in answer.chunks]


async def test_a_stream_beyond_the_cap_is_given_up(transport: AiohttpTransport) -> None:
    async with pouring(b"x" * 40_000, b"x" * 40_000) as server, transport.stream(call(server.port)) as answer:
        with pytest.raises(AnswerTooLargeError):
            _ = [chunk async for chunk in answer.chunks]


async def test_what_the_reader_of_a_stream_raises_is_not_taken_for_the_networks(transport: AiohttpTransport) -> None:
    async with pouring(b"one", hold=True) as server:
        with pytest.raises(OSError, match="disk"):
            async with transport.stream(call(server.port)):
                raise OSError("the disk is full")


async def test_a_stream_that_finds_nobody_or_comes_too_late_was_never_sent(transport: AiohttpTransport) -> None:
    with pytest.raises(NeverSentError):
        await transport.stream(call(await free_port())).__aenter__()
    async with pouring(b"one") as server:
        with pytest.raises(NeverSentError):
            await transport.stream(call(server.port), may_send=lambda: False).__aenter__()
    assert server.requests == 0
