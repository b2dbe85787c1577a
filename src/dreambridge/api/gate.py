"""The first and last step of every request: its id, who may come in, and one log line."""

import base64
import secrets
import time
from collections.abc import Callable
from typing import Final, TypeAlias

import structlog
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dreambridge.api.addresses import Addresses
from dreambridge.api.errors import error_response
from dreambridge.api.reader import refuse_large
from dreambridge.domain.errors import BodyTooLarge, NotPermitted
from dreambridge.engine.quota import Standing, render_headers

_log: Final = structlog.get_logger(__name__)

Observe: TypeAlias = Callable[[str, str | None, int, float], None]
"""Is told of each request: method, the route's template, status, seconds until the last byte."""
TellStanding: TypeAlias = Callable[[], Standing]
QUOTA: Final = "quota"
"""The name, in a request's state, of what tells how its key stands against its limits when the answer leaves."""
_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
# What nginx calls a client that went away before its answer.
_GONE: Final = 499


def _quota_headers(scope: Scope) -> dict[str, str]:
    """Say how the key of a request that makes something stands now; the route left in the state what tells it."""
    tell: TellStanding | None = scope["state"].get(QUOTA)
    return {} if tell is None else render_headers(tell())


class Gate:
    """Give each request an id and check Host, Origin and announced size before anything else looks at it."""

    def __init__(self, app: ASGIApp, addresses: Addresses, max_body_bytes: int, observe: Observe | None = None) -> None:
        self.app = app
        self.observe = observe
        self.addresses = addresses
        self.max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer why not; either way with x-request-id."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = "req_" + base64.b32encode(secrets.token_bytes(15)).decode().lower()
        scope.setdefault("state", {})["request_id"] = request_id
        began, status, job = time.perf_counter(), _GONE, None

        async def stamp(message: Message) -> None:
            nonlocal status, job
            if message["type"] == "http.response.start":
                status = message["status"]
                raw = list(message.get("headers", ()))
                job = next((value.decode("latin-1") for name, value in raw if name == b"x-job-id"), None)
                own = {"x-request-id": request_id, **_quota_headers(scope)}
                message = {**message, "headers": [*raw, *((k.encode(), v.encode()) for k, v in own.items())]}
            await send(message)

        try:
            refusal = self._refuse(scope)
            if refusal is None:
                await self.app(scope, receive, stamp)
            else:
                await error_response(refusal, Request(scope))(scope, receive, stamp)
        finally:
            seconds = time.perf_counter() - began
            # The template and never the path: the id of an artifact is its credential.
            route = getattr(scope.get("route"), "path", None)
            if self.observe is not None:
                self.observe(scope["method"], route, status, seconds)
            _log.info(
                "request_handled",
                request=request_id,
                method=scope["method"],
                route=route,
                status=status,
                ms=round(seconds * 1000, 1),
                **({"job": job} if job else {}),
            )

    def _refuse(self, scope: Scope) -> NotPermitted | BodyTooLarge | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        server = scope.get("server")
        if not self.addresses.permits_host(host, server[0] if server else None):
            return NotPermitted(
                "This server does not answer to the host name of the request; the operator can add it to "
                "DREAMBRIDGE_ALLOWED_HOSTS.",
                code="host_not_allowed",
            )
        origin = headers.get("origin")
        if origin is not None and scope["method"] not in _READING and not self.addresses.permits_origin(origin, host):
            return NotPermitted(
                "A page of this origin may not change anything here; the operator can add it to "
                "DREAMBRIDGE_ALLOWED_ORIGINS.",
                code="origin_not_allowed",
            )
        try:
            refuse_large(headers.get("content-length"), self.max_body_bytes)
        except BodyTooLarge as refusal:
            return refusal
        return None
