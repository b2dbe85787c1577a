"""Calls that a client gives up, in the older era of the protocol.

There a client says so in a request of its own and keeps the connection of the call open. Left alone the call would wait
on, and its answer count as delivered that nobody reads. Clients are told apart by a session id that they are given at
the handshake: it stands for nothing here, so that any replica takes any of them; a call is given up where it waits.
"""

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any, Final, TypeAlias

Message: TypeAlias = MutableMapping[str, Any]
Scope: TypeAlias = Message
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Key: TypeAlias = tuple[str, str, str | int]
"""Owner, session, and the request's id within it."""

SESSION: Final = b"mcp-session-id"
_VERSION: Final = b"mcp-protocol-version"
_METHOD: Final = "notifications/cancelled"
# Longer requests are no notifications, and are not looked into.
_LONGEST: Final = 4096


class Waits:
    """The calls under way that may be given up."""

    def __init__(self) -> None:
        self._waits: dict[Key, asyncio.Timeout] = {}

    @contextmanager
    def entered(self, key: Key | None, wait: asyncio.Timeout) -> Iterator[None]:
        """Have a wait end when its call is given up."""
        if key is None:
            yield
            return
        self._waits[key] = wait
        try:
            yield
        finally:
            if self._waits.get(key) is wait:
                del self._waits[key]

    def give_up(self, key: Key) -> None:
        """End a wait, if there is such a call here."""
        wait = self._waits.get(key)
        if wait is not None:
            wait.reschedule(asyncio.get_running_loop().time())


def session_of(scope: Scope) -> str | None:
    """Give the session that a request says it belongs to."""
    return _header(scope, SESSION)


async def read_given_up(scope: Scope, receive: Receive) -> tuple[str | int | None, Receive]:
    """Give the id of the request that a request gives up, if it does so, and what its body is read from next."""
    length = _header(scope, b"content-length") or ""
    if session_of(scope) is None or not length.isdecimal() or int(length) > _LONGEST:
        return None, receive
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            break
        body, more = body + message.get("body", b""), message.get("more_body", False)
    return _given_up(body), _again(body, receive)


def _given_up(body: bytes) -> str | int | None:
    try:
        document = json.loads(body)
    except ValueError:
        return None
    if not isinstance(document, dict) or document.get("method") != _METHOD:
        return None
    params = document.get("params")
    named = params.get("requestId") if isinstance(params, dict) else None
    return named if isinstance(named, str | int) else None


def _again(body: bytes, receive: Receive) -> Receive:
    """Give a body that was read once more, and then what follows it."""
    first = iter(({"type": "http.request", "body": body, "more_body": False},))

    async def again() -> Message:
        return next(first, None) or await receive()

    return again


def give_session(scope: Scope, send: Send) -> Send:
    """Hand out a session id with the answer to a handshake, which is what comes without a version and a session."""
    if _header(scope, _VERSION) is not None or session_of(scope) is not None:
        return send

    async def stamped(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == 200:
            name = secrets.token_hex(16).encode()
            message = {**message, "headers": [*message.get("headers", ()), (SESSION, name)]}
        await send(message)

    return stamped


def _header(scope: Scope, name: bytes) -> str | None:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), None)
