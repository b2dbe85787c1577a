"""Answers as server-sent events: the head at once, comments while nothing happens, and a true end."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final, TypeAlias

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from dreambridge.api.delivery import Receipt, dump_json, encode_file, until_gone
from dreambridge.api.errors import guard, render_error
from dreambridge.domain.errors import GatewayError
from dreambridge.domain.remedies import Language

KEEP_ALIVE: Final = 10.0
"""Seconds of silence after which a comment shows that the connection lives."""
_HEADERS: Final = MappingProxyType(
    {
        "cache-control": "no-cache, no-transform",
        # nginx holds answers back otherwise.
        "x-accel-buffering": "no",
    }
)
# Finished events that wait for a slow reader.
_WAITING: Final = 2

Event: TypeAlias = bytes | Sequence[bytes | Path]
"""One event as bytes, or in parts of which files go in as base64 while they are sent."""
Events: TypeAlias = AsyncGenerator[Event]


def format_event(data: object, name: str | None = None) -> bytes:
    """Write one event: no id and no retry, which some clients choke on; no name where clients know none."""
    return (f"event: {name}\n".encode() if name else b"") + b"data: " + dump_json(data) + b"\n\n"


def comment(text: str) -> bytes:
    """Write a comment in a block of its own, so that no parser takes it for part of an event."""
    return f": {text}\n\n".encode()


@dataclass(frozen=True, slots=True)
class Ending:
    """What follows an event stream: whom to tell of the delivery, and how an error is told inside it.

    `fail` settles what becomes of the job's answer, and gives the last event.
    """

    receipt: Receipt
    fail: Callable[[GatewayError], Awaitable[bytes]]


class EventStream(Response):
    """Send events as they come.

    The head and a first comment leave at once. A client that goes away ends the stream and nothing else. A failure is
    the last event. The receipt says whether everything was handed over.
    """

    media_type = "text/event-stream"

    def __init__(self, events: Events, headers: dict[str, str], ending: Ending) -> None:
        self._events = events
        self._ending = ending
        super().__init__(None, 200, {**headers, **_HEADERS})
        del self.headers["content-length"]

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Send the stream, to its end or to the client's."""
        settled = False
        try:
            settled = await self._stream(receive, send)
        finally:
            if not settled:
                self._ending.receipt.lost()

    async def _stream(self, receive: Receive, send: Send) -> bool:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": comment("connected"), "more_body": True})
        queue: asyncio.Queue[Event | GatewayError | None] = asyncio.Queue(_WAITING)
        async with asyncio.TaskGroup() as group:
            gone = group.create_task(until_gone(receive))
            pump = group.create_task(self._pump(queue))
            try:
                return await self._relay(queue, gone, send)
            finally:
                gone.cancel()
                pump.cancel()

    async def _pump(self, queue: "asyncio.Queue[Event | GatewayError | None]") -> None:
        async with aclosing(guard(self._events)) as events:
            async for event in events:
                await queue.put(event)
        await queue.put(None)

    async def _relay(
        self, queue: "asyncio.Queue[Event | GatewayError | None]", gone: "asyncio.Task[None]", send: Send
    ) -> bool:
        """Send what comes until the end (then the answer is settled) or until the client is gone."""
        getting: asyncio.Task[Event | GatewayError | None] | None = None
        try:
            while True:
                getting = getting or asyncio.create_task(queue.get())
                await asyncio.wait({getting, gone}, timeout=KEEP_ALIVE, return_when=asyncio.FIRST_COMPLETED)
                if gone.done():
                    return False
                if not getting.done():
                    await send({"type": "http.response.body", "body": comment("keep-alive"), "more_body": True})
                    continue
                event, getting = getting.result(), None
                if event is None or isinstance(event, GatewayError):
                    await self._end(event, send)
                    return True
                async for piece in _pieces(event):
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
        finally:
            if getting is not None:
                getting.cancel()

    async def _end(self, error: GatewayError | None, send: Send) -> None:
        last = b"" if error is None else await self._ending.fail(error)
        await send({"type": "http.response.body", "body": last, "more_body": False})
        if error is None:
            await self._ending.receipt.delivered()


async def _pieces(event: Event) -> AsyncGenerator[bytes]:
    for part in (event,) if isinstance(event, bytes) else event:
        if isinstance(part, bytes):
            yield part
        else:
            async for piece in encode_file(part):
                yield piece


def telling(language: Language = Language.EN) -> Ending:
    """End a stream that only tells: whether it arrived changes nothing."""

    async def nothing() -> None:
        pass

    async def fail(error: GatewayError) -> bytes:
        return format_event({"error": render_error(error, language)}, "error")

    return Ending(Receipt(nothing, lambda: None), fail)
