import asyncio
import hashlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from dreambridge.domain.secret import Secret
from dreambridge.media.addresses import AddressNotAllowed
from dreambridge.media.fetch import CheckedResolver, Fetcher, FetchFailed, ResultExpired

Serve = Callable[[Callable[[web.Request], Awaitable[web.StreamResponse]]], Awaitable[str]]
MEGABYTE = 1024 * 1024


@pytest.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    fetcher = Fetcher(seconds=5)
    yield fetcher
    await fetcher.close()


def left_behind(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("size", [1, 4096, 60_000, 256 * 1024, 3 * MEGABYTE + 7])
async def test_bytes_arrive_whole_with_their_size_and_checksum(
    serve: Serve, fetcher: Fetcher, tmp_path: Path, size: int
) -> None:
    body = bytes(i * 7 % 251 for i in range(4096)) * (size // 4096 + 1)
    body = body[:size]

    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=body, content_type="image/png")

    to = tmp_path / "a.raw"
    fetched = await fetcher.fetch_result(f"{await serve(answer)}/a", to=to, max_bytes=8 * MEGABYTE, private_ok=True)
    assert to.read_bytes() == body
    assert (fetched.bytes, fetched.sha256) == (size, hashlib.sha256(body).hexdigest())
    assert (fetched.head, fetched.declared_type) == (body[:4096], "image/png")
    assert left_behind(tmp_path) == ["a.raw"]


async def test_a_signed_query_reaches_the_server_as_it_was_written(
    serve: Serve, fetcher: Fetcher, tmp_path: Path
) -> None:
    seen: list[tuple[str, str | None]] = []

    async def answer(request: web.Request) -> web.Response:
        seen.append((request.raw_path, request.headers.get("Cookie")))
        response = web.Response(body=b"x")
        response.set_cookie("a", "b")
        return response

    base = await serve(answer)
    path = "/tos-cn-i-x/a~tplv-x:2.png?x-signature=a%2Fb%2b%3D&lk3s=%7e"
    for _ in range(2):
        await fetcher.fetch_result(base + path, to=tmp_path / "a", max_bytes=10, private_ok=True)
    assert seen == [(path, None), (path, None)]


@pytest.mark.parametrize("status", [403, 404, 410])
async def test_an_expired_address_is_told_apart(serve: Serve, fetcher: Fetcher, tmp_path: Path, status: int) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status)

    with pytest.raises(ResultExpired):
        await fetcher.fetch_result(f"{await serve(answer)}/a", to=tmp_path / "a", max_bytes=10, private_ok=True)
    assert left_behind(tmp_path) == []


@pytest.mark.parametrize(("status", "permanent"), [(500, False), (503, False), (204, False), (401, True), (400, True)])
async def test_other_refusals_say_whether_another_try_makes_sense(
    serve: Serve, fetcher: Fetcher, tmp_path: Path, status: int, *, permanent: bool
) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status)

    with pytest.raises(FetchFailed) as caught:
        await fetcher.fetch_result(f"{await serve(answer)}/a", to=tmp_path / "a", max_bytes=10, private_ok=True)
    assert caught.value.permanent is permanent


@pytest.mark.parametrize("chunked", [True, False])
async def test_more_bytes_than_allowed_are_refused_and_nothing_stays(
    serve: Serve, fetcher: Fetcher, tmp_path: Path, *, chunked: bool
) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        if not chunked:
            return web.Response(body=b"x" * MEGABYTE)
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(64):
            await response.write(b"x" * 16_384)
        return response

    url = f"{await serve(answer)}/a"
    with pytest.raises(FetchFailed, match="more than 600000 bytes"):
        await fetcher.fetch_result(url, to=tmp_path / "a", max_bytes=600_000, private_ok=True)
    assert left_behind(tmp_path) == []


async def test_a_body_cut_short_leaves_nothing(serve: Serve, fetcher: Fetcher, tmp_path: Path) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b"x" * 500)
        assert request.transport is not None
        request.transport.abort()
        return response

    with pytest.raises(FetchFailed) as caught:
        await fetcher.fetch_result(f"{await serve(answer)}/a", to=tmp_path / "a", max_bytes=5000, private_ok=True)
    assert not caught.value.permanent
    assert left_behind(tmp_path) == []


async def test_a_server_that_never_ends_is_given_up(serve: Serve, tmp_path: Path) -> None:
    released = asyncio.Event()

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"x")
        await released.wait()
        return response

    fetcher = Fetcher(seconds=0.2)
    with pytest.raises(FetchFailed, match="too slow"):
        await fetcher.fetch_result(f"{await serve(answer)}/a", to=tmp_path / "a", max_bytes=10, private_ok=True)
    released.set()
    await fetcher.close()
    assert left_behind(tmp_path) == []


async def test_an_empty_body_and_a_compressed_one_are_refused(serve: Serve, fetcher: Fetcher, tmp_path: Path) -> None:
    async def answer(request: web.Request) -> web.Response:
        if request.path == "/empty":
            return web.Response(body=b"")
        return web.Response(body=b"x" * 100, headers={"Content-Encoding": "gzip"})

    base = await serve(answer)
    for path in ("/empty", "/zipped"):
        with pytest.raises(FetchFailed):
            await fetcher.fetch_result(base + path, to=tmp_path / "a", max_bytes=1000, private_ok=True)


async def test_five_redirects_are_followed_and_a_sixth_is_not(serve: Serve, fetcher: Fetcher, tmp_path: Path) -> None:
    async def answer(request: web.Request) -> web.Response:
        left = int(request.path[1:])
        return web.Response(body=b"end") if left == 0 else web.Response(status=302, headers={"Location": f"{left - 1}"})

    base = await serve(answer)
    fetched = await fetcher.fetch_result(f"{base}/5", to=tmp_path / "a", max_bytes=10, private_ok=True)
    assert fetched.head == b"end"
    with pytest.raises(FetchFailed, match="more than 5 times"):
        await fetcher.fetch_result(f"{base}/6", to=tmp_path / "a", max_bytes=10, private_ok=True)


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/latest/",
        "//169.254.169.254/x",
        "file:///etc/passwd",
        "http://2130706433/",
        "http://[::ffff:169.254.169.254]/",
        "http://user:secret@127.0.0.1/",
    ],
)
async def test_each_redirect_is_checked_again(serve: Serve, fetcher: Fetcher, tmp_path: Path, location: str) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": location})

    with pytest.raises(FetchFailed) as caught:
        await fetcher.fetch_result(f"{await serve(answer)}/a", to=tmp_path / "a", max_bytes=10, private_ok=True)
    assert caught.value.permanent
    assert "secret" not in str(caught.value)


async def test_loopback_is_refused_without_permission_and_never_asked(
    serve: Serve, fetcher: Fetcher, tmp_path: Path
) -> None:
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(body=b"x")

    port = (await serve(answer)).rpartition(":")[2]
    for url in (f"http://127.0.0.1:{port}/", f"https://127.0.0.1:{port}/", f"https://localhost:{port}/"):
        with pytest.raises(FetchFailed) as caught:
            await fetcher.fetch_result(url, to=tmp_path / "a", max_bytes=10)
        assert caught.value.permanent
    assert asked == []


async def test_a_public_name_that_resolves_to_a_private_address_is_refused(
    fetcher: Fetcher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def resolve(*_: Any, **__: Any) -> list[Any]:
        public = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", 443))
        return [public, (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.1.2.3", 443))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(FetchFailed, match=r"10\.1\.2\.3 is not a public address"):
        await fetcher.fetch_result("https://pictures.example.com/a", to=tmp_path / "a", max_bytes=10)


async def test_the_resolver_refuses_loopback_names() -> None:
    with pytest.raises(AddressNotAllowed):
        await CheckedResolver(private_ok=False).resolve("localhost", 443)
    assert await CheckedResolver(private_ok=True).resolve("localhost", 443)


async def test_the_proxy_is_used_and_never_left_out(serve: Serve, fetcher: Fetcher, tmp_path: Path) -> None:
    asked: list[str] = []

    async def proxy(request: web.Request) -> web.Response:
        asked.append(str(request.url.with_query(None)))
        return web.Response(body=b"through")

    address = Secret(await serve(proxy))
    url = "http://10.9.8.7/a?sig=1"
    fetched = await fetcher.fetch_result(url, to=tmp_path / "a", proxy=address, max_bytes=10, private_ok=True)
    assert (fetched.head, asked) == (b"through", ["http://10.9.8.7/a"])
    for dead in ("http://127.0.0.1:9", "socks5://127.0.0.1:9"):
        with pytest.raises(FetchFailed) as caught:
            await fetcher.fetch_result(url, to=tmp_path / "b", proxy=Secret(dead), max_bytes=10, private_ok=True)
        assert "sig=1" not in str(caught.value)


async def test_no_more_than_the_bound_are_open_at_once(serve: Serve, tmp_path: Path) -> None:
    now, peak = 0, 0

    async def answer(_: web.Request) -> web.Response:
        nonlocal now, peak
        now += 1
        peak = max(peak, now)
        await asyncio.sleep(0.01)
        now -= 1
        return web.Response(body=b"x")

    url = f"{await serve(answer)}/a"
    fetcher = Fetcher(max_parallel=3)
    async with asyncio.TaskGroup() as group:
        for number in range(12):
            group.create_task(fetcher.fetch_result(url, to=tmp_path / str(number), max_bytes=10, private_ok=True))
    await fetcher.close()
    assert peak == 3
    assert len(left_behind(tmp_path)) == 12


async def test_connections_through_proxies_unused_for_long_are_closed(
    serve: Serve, fetcher: Fetcher, tmp_path: Path
) -> None:
    async def proxy(_: web.Request) -> web.Response:
        return web.Response(body=b"x")

    port = (await serve(proxy)).rpartition(":")[2]
    for number in range(40):
        through = Secret(f"http://user{number}:pass@127.0.0.1:{port}")
        await fetcher.fetch_result("http://10.9.8.7/a", to=tmp_path / "a", proxy=through, max_bytes=10, private_ok=True)
    assert len(fetcher._routes) == 32
