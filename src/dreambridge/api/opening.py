"""Begin an event stream soon, even when what goes in has to be fetched from afar first."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Final

from dreambridge.api.calls import Call
from dreambridge.api.client_hints import read_language
from dreambridge.api.delivery import Receipt
from dreambridge.api.forms import Form
from dreambridge.api.sse import Ending, Events, EventStream
from dreambridge.domain.errors import GatewayError
from dreambridge.domain.remedies import Language

PATIENCE: Final = 0.7
"""Seconds that a stream's head waits for inputs from afar: what is wrong with them by then is a plain HTTP error."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A stream whose job exists: its events, its headers, what follows it."""

    events: Events
    headers: dict[str, str]
    ending: Ending


async def open_stream(
    call: Call, opening: Coroutine[Any, Any, Opened], write_error: Callable[[GatewayError, Language], bytes]
) -> EventStream:
    """Give the stream once its job exists, or after `PATIENCE` with the head first and the job later.

    `write_error` tells, in the stream's words, what went wrong before there was a job. Raises what `opening` raises in
    time.
    """
    task = asyncio.ensure_future(opening)
    # The files of a form are there for as long as its request is being taken in.
    patience = None if isinstance(call.body, Form) and call.body.files else PATIENCE
    try:
        await asyncio.wait({task}, timeout=patience)
    except asyncio.CancelledError:
        task.add_done_callback(_abandon)
        raise
    if task.done():
        opened = task.result()
        return EventStream(opened.events, opened.headers, opened.ending)
    language = read_language(call.request.headers)
    late = _Late(task, lambda error: write_error(error, language))
    return EventStream(late.events(), call.reading_headers(), Ending(Receipt(late.delivered, late.lost), late.fail))


def _abandon(task: "asyncio.Task[Opened]") -> None:
    """Let go of an answer that nobody waits for: the job goes on, and the next identical request is given it."""
    if not task.cancelled() and task.exception() is None:
        task.result().ending.receipt.lost()


@dataclass(frozen=True, slots=True)
class _Late:
    """A stream whose head is out before its job exists."""

    task: "asyncio.Task[Opened]"
    write_error: Callable[[GatewayError], bytes]

    async def events(self) -> Events:
        opened = await asyncio.shield(self.task)
        async with aclosing(opened.events) as events:
            async for event in events:
                yield event

    async def delivered(self) -> None:
        await self.task.result().ending.receipt.delivered()

    def lost(self) -> None:
        if self.task.done():
            _abandon(self.task)
        else:
            self.task.add_done_callback(_abandon)

    async def fail(self, error: GatewayError) -> bytes:
        if self.task.done() and self.task.exception() is None:
            return await self.task.result().ending.fail(error)
        return self.write_error(error)
