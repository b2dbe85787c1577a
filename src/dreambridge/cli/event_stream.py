"""Read server-sent events, as the gateway writes them: JSON, whose `type` says what it is."""

import json
from collections.abc import AsyncIterable, AsyncIterator
from typing import Any, Final

# A whole job comes as one event; what is far larger is no stream of ours.
_LARGEST: Final = 16 * 1024 * 1024


class NoEventStream(ValueError):
    """Report bytes that are not the gateway's events."""


async def read_events(pieces: AsyncIterable[bytes]) -> AsyncIterator[dict[str, Any]]:
    """Give the events of a stream as they come, comments left out. Raises `NoEventStream`."""
    rest = b""
    async for piece in pieces:
        *blocks, rest = (rest + piece).replace(b"\r\n", b"\n").split(b"\n\n")
        if len(rest) > _LARGEST:
            raise NoEventStream("an event has no end")
        for block in blocks:
            if (event := _read_block(block)) is not None:
                yield event


def _read_block(block: bytes) -> dict[str, Any] | None:
    lines = [line[5:] for line in block.split(b"\n") if line.startswith(b"data:")]
    if not lines:
        return None
    try:
        event = json.loads(b"\n".join(lines))
    except ValueError as error:
        raise NoEventStream("an event is no JSON") from error
    if not isinstance(event, dict):
        raise NoEventStream("an event is no object")
    return event
