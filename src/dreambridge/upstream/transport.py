"""The way to the sites: sends a call once and tells *never sent* from *maybe sent*."""

import asyncio
import base64
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Protocol

import aiohttp
from aiohttp.connector import Connection
from aiohttp_socks import ProxyConnectionError, ProxyConnector, ProxyError, ProxyTimeoutError, ProxyType
from yarl import URL

from dreambridge.domain.secret import Secret
from dreambridge.upstream.failures import AnswerTooLargeError, MaybeSentError, NeverSentError
from dreambridge.upstream.wire.call import Answer, Call

_CHUNK: Final = 1 << 16
# Sessions through different proxies keep their connections apart; the ones longest unused are closed beyond this many.
_ROUTES_KEPT: Final = 64
_SOCKS: Final = frozenset({"socks5", "socks5h"})
_HTTP: Final = frozenset({"http", "https"})
_LOST: Final = (
    aiohttp.ClientError,
    ProxyConnectionError,
    ProxyError,
    ProxyTimeoutError,
    OSError,  # TimeoutError is one
    EOFError,
    ValueError,  # an address that cannot be encoded
)


class Transport(Protocol):
    """Carry one call to a site and its answer back."""

    async def send(
        self,
        call: Call,
        *,
        proxy: Secret | None = None,
        may_send: Callable[[], bool] | None = None,
        timeout: float | None = None,
    ) -> Answer:
        """Send `call` once over the network and read the whole answer, whatever its status.

        `may_send` is asked when a connection stands and before its first byte leaves; "no" is `NeverSentError`.
        `timeout` bounds the whole exchange, in seconds. Raises `NeverSentError` or `MaybeSentError`, with their cause.
        """
        ...

    async def aclose(self) -> None:
        """Close every connection."""
        ...


@dataclass(slots=True)
class _Attempt:
    """Remember of one call whether its bytes were handed to a connection."""

    may_send: Callable[[], bool] | None
    begun: bool = False

    async def attach(
        self,
        request: aiohttp.ClientRequest,
        handler: Callable[[aiohttp.ClientRequest], Awaitable[aiohttp.ClientResponse]],
    ) -> aiohttp.ClientResponse:
        """Tie this attempt to the request that aiohttp made for it (a client middleware)."""
        if isinstance(request, _WatchedRequest):
            request.attempt = self
        return await handler(request)


class _WatchedRequest(aiohttp.ClientRequest):
    """Mark the moment between "a connection stands" and "bytes leave".

    Every failure before `send` (pool, name, TCP, proxy CONNECT, TLS) is surely *never sent*, whatever exception class
    the library chooses for it; every failure from here on is *maybe sent*: a reused connection that the server drops
    looks the same whether or not the server read the request. aiohttp itself re-sends only idempotent methods; the
    guard here holds for every method.
    """

    attempt: _Attempt | None = None

    async def send(self, conn: Connection) -> aiohttp.ClientResponse:
        """Write the request to `conn`, unless its time has passed or it was written before."""
        attempt = self.attempt
        if attempt is None:
            raise NeverSentError("the request lost its attempt")
        if attempt.begun:
            raise MaybeSentError("the connection was lost after the request was written")
        if attempt.may_send is not None and not attempt.may_send():
            raise NeverSentError("the time to send it had passed")
        attempt.begun = True
        return await super().send(conn)


@dataclass(slots=True)
class _Route:
    """The connections that share one way out, and what aiohttp needs to use it."""

    client: aiohttp.ClientSession
    proxy: URL | None = None
    proxy_header: str | None = None
    users: int = 0


class AiohttpTransport:
    """A `Transport` over aiohttp: no redirects, no retries, no cookies of its own, no proxy from the environment.

    `connect_timeout` bounds waiting for a free connection, name, TCP, proxy and TLS; `total_timeout` the whole
    exchange (seconds); `max_answer` is the largest answer in bytes after decompression; `max_connections` is per proxy.
    """

    def __init__(
        self,
        *,
        connect_timeout: float = 10.0,
        total_timeout: float = 45.0,
        max_answer: int = 32 * 1024 * 1024,
        max_connections: int = 1024,
    ) -> None:
        self._connect_timeout = connect_timeout
        self._total_timeout = total_timeout
        self._max_answer = max_answer
        self._max_connections = max_connections
        self._routes: dict[Secret | None, _Route] = {}
        self._closed = False

    async def send(
        self,
        call: Call,
        *,
        proxy: Secret | None = None,
        may_send: Callable[[], bool] | None = None,
        timeout: float | None = None,
    ) -> Answer:
        """Send `call` once over the network and read the whole answer; see `Transport.send`."""
        route = await self._route(proxy)
        attempt = _Attempt(may_send)
        route.users += 1
        try:
            return await self._exchange(call, route, attempt, timeout or self._total_timeout)
        except _LOST as error:
            # The library's own text may hold addresses with credentials; its class says enough.
            reason = type(error).__name__
            if attempt.begun:
                raise MaybeSentError(f"lost after sending began ({reason})") from error
            raise NeverSentError(f"no connection ({reason})") from error
        finally:
            route.users -= 1

    async def aclose(self) -> None:
        """Close every connection; calls made afterwards are `NeverSentError`."""
        self._closed = True
        routes = list(self._routes.values())
        self._routes.clear()
        await asyncio.gather(*(route.client.close() for route in routes))

    async def _exchange(self, call: Call, route: _Route, attempt: _Attempt, timeout: float) -> Answer:
        headers = dict(call.headers)
        proxy_headers = None
        if route.proxy_header is not None:
            # In a tunnel the proxy reads the CONNECT request, else the request itself.
            if call.url.startswith("https:"):
                proxy_headers = {"Proxy-Authorization": route.proxy_header}
            else:
                headers["Proxy-Authorization"] = route.proxy_header
        async with route.client.request(
            call.method,
            URL(call.url, encoded=True),
            headers=headers,
            data=call.body,
            allow_redirects=False,
            proxy=route.proxy,
            proxy_headers=proxy_headers,
            timeout=aiohttp.ClientTimeout(
                total=timeout, connect=self._connect_timeout, sock_connect=self._connect_timeout
            ),
            middlewares=(attempt.attach,),
        ) as response:
            body = bytearray()
            async for chunk in response.content.iter_chunked(_CHUNK):
                body += chunk
                if len(body) > self._max_answer:
                    raise AnswerTooLargeError(f"the answer is larger than {self._max_answer} bytes")
            return Answer(response.status, bytes(body))

    async def _route(self, proxy: Secret | None) -> _Route:
        if self._closed:
            raise NeverSentError("the transport is closed")
        route = self._routes.pop(proxy, None) or self._open(proxy)
        self._routes[proxy] = route  # now the one used last
        if len(self._routes) > _ROUTES_KEPT:
            unused = next((key for key, kept in self._routes.items() if kept is not route and not kept.users), None)
            if unused is not None:
                await self._routes.pop(unused).client.close()
        return route

    def _open(self, proxy: Secret | None) -> _Route:
        address = _read_proxy(proxy)
        if address is not None and address.scheme in _SOCKS:
            connector: aiohttp.TCPConnector = ProxyConnector(
                host=address.host or "",
                port=address.port or 1080,
                proxy_type=ProxyType.SOCKS5,
                username=address.user,
                password=address.password,
                rdns=True,  # names are resolved behind the proxy, so that they do not leak
                limit=self._max_connections,
                limit_per_host=0,
            )
            return _Route(self._session(connector))
        connector = aiohttp.TCPConnector(limit=self._max_connections, limit_per_host=0, ttl_dns_cache=60)
        if address is None:
            return _Route(self._session(connector))
        header = None
        if address.user is not None:
            pair = f"{address.user}:{address.password or ''}".encode()
            header = "Basic " + base64.b64encode(pair).decode()
        return _Route(self._session(connector), address.with_user(None), header)

    def _session(self, connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            request_class=_WatchedRequest,
            trust_env=False,
            auto_decompress=True,
        )


def _read_proxy(proxy: Secret | None) -> URL | None:
    """Read a proxy's address; raises `NeverSentError` for one we cannot use, without showing it."""
    if proxy is None:
        return None
    try:
        address = URL(proxy.reveal())
    except ValueError:
        raise NeverSentError("the proxy's address cannot be read") from None
    if address.scheme not in _SOCKS | _HTTP or not address.host:
        raise NeverSentError("the proxy's address is not http, https or socks5")
    return address
