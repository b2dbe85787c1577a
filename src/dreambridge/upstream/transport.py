"""The way to the sites: sends a call once and tells *never sent* from *maybe sent*."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Final

import aiohttp
from aiohttp.connector import Connection
from aiohttp_socks import ProxyConnectionError, ProxyConnector, ProxyError, ProxyTimeoutError, ProxyType
from yarl import URL

from dreambridge.domain.secret import Secret
from dreambridge.upstream.failures import AnswerTooLargeError, MaybeSentError, NeverSentError
from dreambridge.upstream.proxies import SOCKS, build_proxy_header, read_proxy
from dreambridge.upstream.seam import StreamedAnswer, StreamingTransport, Transport
from dreambridge.upstream.wire.call import Answer, Call

__all__ = ["AiohttpTransport", "StreamedAnswer", "StreamingTransport", "Transport"]

_CHUNK: Final = 1 << 16
# Sessions through different proxies keep their connections apart; the ones longest unused are closed beyond this many.
_ROUTES_KEPT: Final = 64
_LOST: Final = (
    aiohttp.ClientError,
    ProxyConnectionError,
    ProxyError,
    ProxyTimeoutError,
    OSError,  # TimeoutError is one
    EOFError,
    ValueError,  # an address that cannot be encoded
)


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

    def loss(self, error: Exception) -> NeverSentError | MaybeSentError:
        """Say whether a failure came before or after the first byte left."""
        # The library's own text may hold addresses with credentials; its class says enough.
        reason = type(error).__name__
        if self.begun:
            return MaybeSentError(f"lost after sending began ({reason})")
        return NeverSentError(f"no connection ({reason})")


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
    """A `StreamingTransport` over aiohttp: no redirects, retries or cookies of its own, no proxy from the environment.

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
        async with self.stream(call, proxy=proxy, may_send=may_send, timeout=timeout) as answer:
            return Answer(answer.status, b"".join([chunk async for chunk in answer.chunks]))

    @asynccontextmanager
    async def stream(
        self,
        call: Call,
        *,
        proxy: Secret | None = None,
        may_send: Callable[[], bool] | None = None,
        timeout: float | None = None,
        idle_timeout: float | None = None,
    ) -> AsyncGenerator[StreamedAnswer]:
        """Send `call` once over the network and read its answer as it comes; see `StreamingTransport.stream`."""
        route = await self._route(proxy)
        attempt = _Attempt(may_send)
        limits = aiohttp.ClientTimeout(
            total=timeout or self._total_timeout,
            connect=self._connect_timeout,
            sock_connect=self._connect_timeout,
            sock_read=idle_timeout,
        )
        route.users += 1
        try:
            try:
                response = await self._begin(call, route, attempt, limits)
            except _LOST as error:
                raise attempt.loss(error) from error
            try:
                async with aclosing(self._chunks(response, attempt)) as chunks:
                    yield StreamedAnswer(response.status, chunks)
            finally:
                response.close()
        finally:
            route.users -= 1

    async def aclose(self) -> None:
        """Close every connection; calls made afterwards are `NeverSentError`."""
        self._closed = True
        routes = list(self._routes.values())
        self._routes.clear()
        await asyncio.gather(*(route.client.close() for route in routes))

    async def _begin(
        self, call: Call, route: _Route, attempt: _Attempt, limits: aiohttp.ClientTimeout
    ) -> aiohttp.ClientResponse:
        headers = dict(call.headers)
        proxy_headers = None
        if route.proxy_header is not None:
            # In a tunnel the proxy reads the CONNECT request, else the request itself.
            if call.url.startswith("https:"):
                proxy_headers = {"Proxy-Authorization": route.proxy_header}
            else:
                headers["Proxy-Authorization"] = route.proxy_header
        return await route.client.request(
            call.method,
            URL(call.url, encoded=True),
            headers=headers,
            data=call.body() if callable(call.body) else call.body,
            allow_redirects=False,
            proxy=route.proxy,
            proxy_headers=proxy_headers,
            timeout=limits,
            middlewares=(attempt.attach,),
        )

    async def _chunks(self, response: aiohttp.ClientResponse, attempt: _Attempt) -> AsyncGenerator[bytes]:
        size = 0
        try:
            async for chunk in response.content.iter_chunked(_CHUNK):
                size += len(chunk)
                if size > self._max_answer:
                    raise AnswerTooLargeError(f"the answer is larger than {self._max_answer} bytes")
                yield chunk
        except _LOST as error:
            raise attempt.loss(error) from error

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
        address = read_proxy(proxy)
        if address is not None and address.scheme in SOCKS:
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
        return _Route(self._session(connector), address.with_user(None), build_proxy_header(address))

    def _session(self, connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            request_class=_WatchedRequest,
            trust_env=False,
            auto_decompress=True,
        )
