"""Bring the bytes of a result, or of a caller's input, to disk: the only place such an address is opened."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp_socks import ProxyConnectionError, ProxyConnector, ProxyError, ProxyTimeoutError
from yarl import URL

from dreambridge.domain.secret import Secret
from dreambridge.media.addresses import AddressNotAllowed, check_ip, check_url
from dreambridge.media.streams import Bound, Saved, TooManyBytes, save_stream

_MAX_REDIRECTS: Final = 5
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
# Results through different proxies keep their connections apart; the ones longest unused are closed beyond this many.
_ROUTES_KEPT: Final = 32
_EXPIRED: Final = frozenset({403, 404, 410})
_HEADERS: Final[Mapping[str, str]] = {"Accept": "image/*,video/*;q=0.9,*/*;q=0.1", "Accept-Encoding": "identity"}


class FetchError(Exception):
    """Report bytes that could not be brought; the message holds neither path nor query of the address."""


class ResultExpired(FetchError):
    """Report an address that no longer answers (403, 404, 410): ask the site for a new one."""


class FetchFailed(FetchError):
    """Report any other failure; `permanent` says that trying the same address again is no use."""

    def __init__(self, message: str, *, permanent: bool = False) -> None:
        super().__init__(message)
        self.permanent = permanent


class FetchTooLarge(FetchFailed):
    """Report more bytes than the bound, which is `limit`."""

    def __init__(self, message: str, *, limit: int) -> None:
        super().__init__(message, permanent=True)
        self.limit = limit


class Fetcher:
    """Hold the connections over which results are fetched, with a bound on how many are open at once.

    `seconds` bounds one whole fetch, redirects included, once it had its turn. Cookies are neither kept nor sent.
    """

    def __init__(self, *, max_parallel: int = 32, seconds: float = 180.0) -> None:
        self._max_parallel = max_parallel
        self._seconds = seconds
        self._turns = asyncio.Semaphore(max_parallel)
        self._routes: dict[tuple[Secret | None, bool], _Route] = {}

    async def close(self) -> None:
        """Close every connection."""
        routes = list(self._routes.values())
        self._routes.clear()
        for route in routes:
            await route.client.close()

    async def fetch_result(
        self,
        url: str,
        *,
        to: Path,
        proxy: Secret | None = None,
        max_bytes: int,
        private_ok: bool = False,
        seconds: float | None = None,
    ) -> Saved:
        """Stream what lies at `url` into the file `to`, which appears complete or not at all.

        Touches the network, never spends. Only https and public addresses are opened; `private_ok` (the sandbox, sites
        overridden to loopback) admits http, loopback and private networks. Through a proxy the proxy resolves names.
        `seconds` is for results that take longer than others. Raises `ResultExpired` and `FetchFailed`.
        """
        guard = _Guard(proxy, private_ok=private_ok)
        return await self._fetch(url, to, guard, lambda _: max_bytes, seconds or self._seconds)

    async def fetch_input(self, url: str, *, to: Path, bound: Bound, private_ok: bool = False) -> Saved:
        """Stream what a caller's `url` names into the file `to`, as `fetch_result` does; http is admitted as well.

        `bound` sees the first bytes and may refuse them. Raises `FetchFailed`, `ResultExpired`, what `bound` raises.
        """
        return await self._fetch(url, to, _Guard(None, private_ok=private_ok, plain_ok=True), bound, self._seconds)

    async def _fetch(self, url: str, to: Path, guard: "_Guard", bound: Bound, seconds: float) -> Saved:
        part = to.with_name(f"{to.name}.part")
        async with self._turns:
            try:
                async with asyncio.timeout(seconds), self._open(url, guard) as answer:
                    fetched = await _save(answer, part, bound)
                part.replace(to)
            except AddressNotAllowed as error:
                raise FetchFailed(str(error), permanent=True) from error
            except TimeoutError as error:
                raise FetchFailed(f"{_host(url)} was too slow") from error
            except (aiohttp.ClientError, ProxyConnectionError, ProxyTimeoutError, ProxyError, OSError) as error:
                # The text of a client error may carry the whole address: only its class is told.
                raise FetchFailed(f"fetching from {_host(url)} failed: {type(error).__name__}") from error
            finally:
                part.unlink(missing_ok=True)
        return fetched

    @contextlib.asynccontextmanager
    async def _open(self, url: str, guard: "_Guard") -> AsyncIterator[aiohttp.ClientResponse]:
        proxy = guard.proxy
        route = await self._route(proxy, private_ok=guard.private_ok)
        route.users += 1
        try:
            for _ in range(_MAX_REDIRECTS + 1):
                check_url(url, private_ok=guard.private_ok, plain_ok=guard.plain_ok)
                # encoded=True: a signature covers the query as written; quoting it anew would break it.
                address = URL(url, encoded=True)
                async with route.client.get(address, proxy=_http_proxy(proxy), allow_redirects=False) as answer:
                    if answer.status not in _REDIRECTS:
                        _check_status(answer)
                        yield answer
                        return
                    url = str(address.join(URL(_location(answer), encoded=True)))
            raise FetchFailed(f"{_host(url)} redirects more than {_MAX_REDIRECTS} times", permanent=True)
        finally:
            route.users -= 1

    async def _route(self, proxy: Secret | None, *, private_ok: bool) -> "_Route":
        key = (proxy, private_ok)
        route = self._routes.pop(key, None) or _Route(
            aiohttp.ClientSession(
                connector=_connector(proxy, limit=self._max_parallel, private_ok=private_ok),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers=_HEADERS,
                auto_decompress=False,
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=15, sock_read=60),
            )
        )
        self._routes[key] = route  # now the one used last
        if len(self._routes) > _ROUTES_KEPT:
            unused = next((key for key, kept in self._routes.items() if kept is not route and not kept.users), None)
            if unused is not None:
                await self._routes.pop(unused).client.close()
        return route


@dataclass(frozen=True, slots=True)
class _Guard:
    """What may be opened, and through which proxy."""

    proxy: Secret | None
    private_ok: bool
    plain_ok: bool = False


@dataclass(slots=True)
class _Route:
    """The connections through one proxy, or through none."""

    client: aiohttp.ClientSession
    users: int = 0


class CheckedResolver(AbstractResolver):
    """Resolve names to addresses that may be opened; the connection is made to exactly these."""

    def __init__(self, *, private_ok: bool) -> None:
        self._private_ok = private_ok
        self._inner = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Resolve a name; raises `AddressNotAllowed` when any of its addresses may not be opened."""
        found = await self._inner.resolve(host, port, family)
        for each in found:
            check_ip(each["host"], private_ok=self._private_ok)
        return found

    async def close(self) -> None:
        """Let go of the inner resolver."""
        await self._inner.close()


def _connector(proxy: Secret | None, *, limit: int, private_ok: bool) -> aiohttp.BaseConnector:
    if proxy is None:
        return aiohttp.TCPConnector(limit=limit, resolver=CheckedResolver(private_ok=private_ok))
    if _http_proxy(proxy) is not None:
        return aiohttp.TCPConnector(limit=limit)
    connector: aiohttp.BaseConnector = ProxyConnector.from_url(proxy.reveal(), limit=limit, rdns=True)
    return connector


def _http_proxy(proxy: Secret | None) -> str | None:
    if proxy is None or not proxy.reveal().startswith(("http://", "https://")):
        return None
    return proxy.reveal()


def _location(answer: aiohttp.ClientResponse) -> str:
    location = answer.headers.get("Location")
    if not location:
        raise FetchFailed(f"{answer.url.host} redirects to nowhere", permanent=True)
    return location


def _check_status(answer: aiohttp.ClientResponse) -> None:
    host = answer.url.host
    if answer.status in _EXPIRED:
        raise ResultExpired(f"{host} answers {answer.status}: the address has expired")
    if answer.status != 200:
        raise FetchFailed(f"{host} answers {answer.status}", permanent=400 <= answer.status < 500)
    if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise FetchFailed(f"{host} compresses what it was asked to send as it is", permanent=True)


async def _save(answer: aiohttp.ClientResponse, part: Path, bound: Bound) -> Saved:
    told, host = answer.content_length or 0, answer.url.host

    def told_too(head: bytes) -> int:
        limit = bound(head)
        if told > limit:
            raise TooManyBytes(limit)
        return limit

    try:
        saved = await save_stream(answer.content.iter_any(), part, told_too)
    except TooManyBytes as error:
        raise FetchTooLarge(f"{host} sends more than {error.limit} bytes", limit=error.limit) from error
    if saved.bytes == 0:
        raise FetchFailed(f"{host} sent an empty body")
    return replace(saved, declared_type=answer.headers.get("Content-Type"))


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or "the address"
    except ValueError:
        return "the address"
