import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest

from dreambridge.domain.secret import Secret
from dreambridge.upstream.failures import AnswerTooLargeError, MaybeSentError, NeverSentError
from dreambridge.upstream.transport import AiohttpTransport
from dreambridge.upstream.wire.call import Answer, Call

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Server:
    """A server on loopback that counts connections and the requests it has read whole."""

    port: int = 0
    connections: int = 0
    requests: list[bytes] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/mweb/v1/aigc_draft/generate?aid=1"

    async def read(self, reader: asyncio.StreamReader) -> bytes:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
        )
        request = head + await reader.readexactly(length)
        self.requests.append(request)
        self.arrived.set()
        return request


@asynccontextmanager
async def serving(talk: Callable[[Server], Talk]) -> AsyncIterator[Server]:
    server = Server()
    conversation = talk(server)
    writers: list[asyncio.StreamWriter] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.connections += 1
        writers.append(writer)
        try:
            await conversation(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    listener = await asyncio.start_server(handle, "127.0.0.1", 0)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
        for writer in writers:
            writer.close()
        await listener.wait_closed()


def answering(answer: bytes) -> Callable[[Server], Talk]:
    """Answer every request on a connection that stays open."""

    def talk(server: Server) -> Talk:
        async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while True:
                await server.read(reader)
                writer.write(answer)
                await writer.drain()

        return speak

    return talk


@pytest.fixture
async def transport() -> AsyncIterator[AiohttpTransport]:
    made = AiohttpTransport(connect_timeout=1, total_timeout=3, max_answer=1 << 16)
    yield made
    await made.aclose()


def call(url: str, method: str = "POST") -> Call:
    return Call(method, url, {"Cookie": "sessionid=abc"}, b'{"draft":1}')


async def free_port() -> int:
    listener = await asyncio.start_server(lambda _r, _w: None, "127.0.0.1", 0)
    port: int = listener.sockets[0].getsockname()[1]
    listener.close()
    await listener.wait_closed()
    return port


async def test_an_answer_arrives_whole_and_the_call_as_it_was_given(transport: AiohttpTransport) -> None:
    async with serving(answering(OK)) as server:
        assert await transport.send(call(server.url)) == Answer(200, b"{}")
    (request,) = server.requests
    assert request.startswith(b"POST /mweb/v1/aigc_draft/generate?aid=1 HTTP/1.1\r\n")
    assert b"Cookie: sessionid=abc\r\n" in request
    assert request.endswith(b'\r\n\r\n{"draft":1}')


async def test_a_refused_connection_was_never_sent(transport: AiohttpTransport) -> None:
    with pytest.raises(NeverSentError) as caught:
        await transport.send(call(f"http://127.0.0.1:{await free_port()}/"))
    assert isinstance(caught.value.__cause__, aiohttp.ClientConnectorError)


async def test_a_name_nobody_has_was_never_sent(transport: AiohttpTransport) -> None:
    with pytest.raises(NeverSentError):
        await transport.send(call("http://nobody.invalid/"))


async def test_a_tls_handshake_that_fails_was_never_sent(transport: AiohttpTransport) -> None:
    async with serving(answering(OK)) as server:
        with pytest.raises(NeverSentError):
            await transport.send(call(f"https://127.0.0.1:{server.port}/"))
    assert server.requests == []


async def test_a_full_pool_was_never_sent() -> None:
    def silent(server: Server) -> Talk:
        async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await server.read(reader)
            await reader.read()

        return speak

    transport = AiohttpTransport(connect_timeout=0.2, total_timeout=5, max_connections=1)
    async with serving(silent) as server:
        first = asyncio.create_task(transport.send(call(server.url)))
        await server.arrived.wait()
        with pytest.raises(NeverSentError):
            await transport.send(call(server.url))
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        await transport.aclose()
    assert len(server.requests) == 1


@pytest.mark.parametrize("read_first", [True, False], ids=["after reading", "before reading"])
async def test_a_connection_closed_after_it_stood_is_maybe_sent(transport: AiohttpTransport, read_first: bool) -> None:
    def closing(server: Server) -> Talk:
        async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            if read_first:
                await server.read(reader)

        return speak

    async with serving(closing) as server:
        with pytest.raises(MaybeSentError):
            await transport.send(call(server.url))
    assert server.connections == 1


@pytest.mark.parametrize("method", ["POST", "GET", "PUT"])
async def test_a_reused_connection_that_is_dropped_is_maybe_sent_and_nothing_is_sent_again(
    transport: AiohttpTransport, method: str
) -> None:
    def once(server: Server) -> Talk:
        async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await server.read(reader)
            writer.write(OK)
            await writer.drain()
            await server.read(reader)

        return speak

    async with serving(once) as server:
        await transport.send(call(server.url))
        with pytest.raises(MaybeSentError):
            await transport.send(call(server.url, method))
        await asyncio.sleep(0.05)
    assert len(server.requests) == 2
    assert server.connections <= 2  # a second one may be opened, but nothing is written to it


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
        b"not http at all\r\n\r\n",
    ],
    ids=["head cut", "body cut", "no http"],
)
async def test_an_answer_that_breaks_off_is_maybe_sent(transport: AiohttpTransport, answer: bytes) -> None:
    def breaking(server: Server) -> Talk:
        async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await server.read(reader)
            writer.write(answer)
            await writer.drain()

        return speak

    async with serving(breaking) as server:
        with pytest.raises(MaybeSentError):
            await transport.send(call(server.url))
    assert len(server.requests) == 1


async def test_an_answer_that_never_comes_is_maybe_sent(transport: AiohttpTransport) -> None:
    def silent(server: Server) -> Talk:
        async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await server.read(reader)
            await reader.read()

        return speak

    async with serving(silent) as server:
        with pytest.raises(MaybeSentError) as caught:
            await transport.send(call(server.url), timeout=0.2)
    assert isinstance(caught.value.__cause__, TimeoutError)
    assert len(server.requests) == 1


async def test_a_redirect_is_an_answer_and_is_not_followed(transport: AiohttpTransport) -> None:
    async with serving(answering(OK)) as target:
        moved = f"HTTP/1.1 307 Moved\r\nLocation: {target.url}\r\nContent-Length: 0\r\n\r\n".encode()
        async with serving(answering(moved)) as server:
            assert (await transport.send(call(server.url))).status == 307
    assert target.connections == 0


async def test_cookies_of_the_site_are_not_kept(transport: AiohttpTransport) -> None:
    baked = b"HTTP/1.1 200 OK\r\nSet-Cookie: sessionid=other\r\nContent-Length: 2\r\n\r\n{}"
    async with serving(answering(baked)) as server:
        await transport.send(call(server.url))
        await transport.send(call(server.url))
    assert b"other" not in b"".join(server.requests)
    assert server.connections == 1


async def test_an_answer_beyond_the_cap_is_given_up(transport: AiohttpTransport) -> None:
    async with serving(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n\r\n" + b"x" * 70000)) as server:
        with pytest.raises(AnswerTooLargeError):
            await transport.send(call(server.url))


async def test_a_call_whose_time_has_passed_is_not_written_even_to_a_warm_connection(
    transport: AiohttpTransport,
) -> None:
    async with serving(answering(OK)) as server:
        await transport.send(call(server.url), may_send=lambda: True)
        with pytest.raises(NeverSentError):
            await transport.send(call(server.url), may_send=lambda: False)
        await asyncio.sleep(0.05)
    assert len(server.requests) == 1


async def test_the_environments_proxy_is_not_used(transport: AiohttpTransport, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{await free_port()}")
    async with serving(answering(OK)) as server:
        assert (await transport.send(call(server.url))).status == 200


async def test_netrc_is_not_read(transport: AiohttpTransport, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password hidden\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    async with serving(answering(OK)) as server:
        await transport.send(call(server.url))
    assert b"uthorization" not in server.requests[0]


async def test_a_closed_transport_sends_nothing(transport: AiohttpTransport) -> None:
    await transport.aclose()
    with pytest.raises(NeverSentError):
        await transport.send(call("http://127.0.0.1:9/"))


async def test_an_http_proxy_carries_the_call_with_its_own_credentials(transport: AiohttpTransport) -> None:
    async with serving(answering(OK)) as proxy:
        secret = Secret(f"http://me:hidden@127.0.0.1:{proxy.port}")
        assert (await transport.send(call("http://site.invalid/mweb"), proxy=secret)).status == 200
    (request,) = proxy.requests
    assert request.startswith(b"POST http://site.invalid/mweb HTTP/1.1\r\n")
    assert b"Proxy-Authorization: Basic " + base64.b64encode(b"me:hidden") in request


async def test_a_tunnel_that_the_proxy_refuses_was_never_sent_and_tells_no_password(
    transport: AiohttpTransport,
) -> None:
    async with serving(answering(b"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n")) as proxy:
        secret = Secret(f"http://me:hidden@127.0.0.1:{proxy.port}")
        with pytest.raises(NeverSentError) as caught:
            await transport.send(call("https://site.invalid/mweb"), proxy=secret)
    (request,) = proxy.requests
    assert request.startswith(b"CONNECT site.invalid:443 HTTP/1.1\r\n")
    assert base64.b64encode(b"me:hidden") in request
    assert b"sessionid" not in request
    chain = repr(caught.value) + str(caught.value.__cause__) + repr(caught.value.__cause__)
    assert "hidden" not in chain


@pytest.mark.parametrize("scheme", ["http", "https", "socks5"])
async def test_a_proxy_that_is_not_there_was_never_sent_and_there_is_no_direct_way(
    transport: AiohttpTransport, scheme: str
) -> None:
    async with serving(answering(OK)) as server:
        with pytest.raises(NeverSentError) as caught:
            await transport.send(call(server.url), proxy=Secret(f"{scheme}://me:hidden@127.0.0.1:{await free_port()}"))
    assert server.connections == 0
    assert "hidden" not in repr(caught.value.__cause__) + str(caught.value.__cause__)


@pytest.mark.parametrize("address", ["ftp://127.0.0.1:1", "127.0.0.1:1", "http://", "http://[::1", ""])
async def test_a_proxy_we_cannot_use_is_refused_before_anything_is_sent(
    transport: AiohttpTransport, address: str
) -> None:
    async with serving(answering(OK)) as server:
        with pytest.raises(NeverSentError):
            await transport.send(call(server.url), proxy=Secret(address))
    assert server.connections == 0


def socks(target: Server, *, reply: int = 0) -> Callable[[Server], Talk]:
    """Speak SOCKS5 with a password and join the two sides."""

    def talk(server: Server) -> Talk:
        async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            version, methods = await reader.readexactly(2)
            assert version == 5
            assert 2 in await reader.readexactly(methods)
            writer.write(b"\x05\x02")
            _, length = await reader.readexactly(2)
            user = await reader.readexactly(length)
            password = await reader.readexactly((await reader.readexactly(1))[0])
            writer.write(b"\x01\x00")
            kind = (await reader.readexactly(4))[3]
            assert kind == 3  # a name: resolved behind the proxy
            name = await reader.readexactly((await reader.readexactly(1))[0])
            await reader.readexactly(2)
            server.requests.append(b":".join((user, password, name)))
            writer.write(bytes((5, reply, 0, 1, 0, 0, 0, 0, 0, 0)))
            if reply:
                return
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", target.port)
            while data := await reader.read(65536):
                there_writer.write(data)
                writer.write(await there_reader.read(65536))
            there_writer.close()

        return speak

    return talk


async def test_a_socks_proxy_carries_the_call_and_resolves_the_name(transport: AiohttpTransport) -> None:
    async with serving(answering(OK)) as server, serving(socks(server)) as proxy:
        secret = Secret(f"socks5://me:hidden@127.0.0.1:{proxy.port}")
        for _ in range(2):
            assert (await transport.send(call("http://site.invalid/mweb"), proxy=secret)).status == 200
    assert proxy.requests == [b"me:hidden:site.invalid"]
    assert len(server.requests) == 2


async def test_a_socks_proxy_that_refuses_was_never_sent(transport: AiohttpTransport) -> None:
    async with serving(answering(OK)) as server, serving(socks(server, reply=5)) as proxy:
        with pytest.raises(NeverSentError):
            await transport.send(call("http://site.invalid/"), proxy=Secret(f"socks5h://a:b@127.0.0.1:{proxy.port}"))
    assert server.connections == 0


async def test_sessions_with_different_proxies_share_no_connection(transport: AiohttpTransport) -> None:
    async with serving(answering(OK)) as one, serving(answering(OK)) as two:
        for proxy in (one, two, one):
            await transport.send(call("http://site.invalid/"), proxy=Secret(f"http://127.0.0.1:{proxy.port}"))
    assert (one.connections, two.connections) == (1, 1)
    assert (len(one.requests), len(two.requests)) == (2, 1)


async def test_connections_of_the_proxies_longest_unused_are_closed(transport: AiohttpTransport) -> None:
    async with serving(answering(OK)) as proxy:
        addresses = [Secret(f"http://user{number}@127.0.0.1:{proxy.port}") for number in range(65)]
        for address in (*addresses, addresses[64], addresses[0]):
            await transport.send(call("http://site.invalid/"), proxy=address)
    assert proxy.connections == 66
