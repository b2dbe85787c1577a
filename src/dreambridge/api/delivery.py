"""Hand an answer over, and know whether it was: a paid result counts as delivered only when its last byte was sent."""

import asyncio
import binascii
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

_T = TypeVar("_T")
# A multiple of 3, so that pieces encoded one by one join to the encoding of the whole.
_PIECE: Final = 3 * 256 * 1024


async def wait_while_connected(request: Request, waiting: Coroutine[Any, Any, _T]) -> _T | None:
    """Await something for a client, and stop when the client hangs up: then the answer is `None`.

    Only the waiting is stopped; what is waited for goes on. The body of the request must have been read.
    """
    try:
        async with asyncio.TaskGroup() as group:
            result = group.create_task(waiting)
            gone = group.create_task(until_gone(request.receive))
            await asyncio.wait({result, gone}, return_when=asyncio.FIRST_COMPLETED)
            ended = result.done()
            gone.cancel()
            result.cancel()
    except BaseExceptionGroup as failed:
        # Routes and their table of errors speak of single ones.
        raise failed.exceptions[0] from failed
    return result.result() if ended else None


async def until_gone(receive: Receive) -> None:
    """Wait until the client hangs up; the body of the request must have been read."""
    while (await receive())["type"] != "http.disconnect":
        pass


def dump_json(content: object) -> bytes:
    """Write compact UTF-8 JSON."""
    return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True)
class Receipt:
    """Whom to tell what became of an answer."""

    delivered: Callable[[], Awaitable[None]]
    lost: Callable[[], None]


class Silence(Response):
    """The answer to a client that is gone: none."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send nothing."""


class Delivery(Response):
    """A JSON answer made of bytes and of files, which go into it as base64 a piece at a time.

    Whatever the size of the files, at most one piece of each answer is in memory. Exactly one of the two callbacks
    runs: `delivered` after the last byte was handed to the server, `lost` when the client was gone before that.
    """

    media_type = "application/json"

    def __init__(
        self,
        parts: Sequence[bytes | Path],
        length: int,
        headers: dict[str, str],
        receipt: Receipt,
        status_code: int = 200,
    ) -> None:
        self.parts = parts
        self.receipt = receipt
        super().__init__(None, status_code, {**headers, "content-length": str(length)})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer, stop where the client hangs up, and say which of the two it was."""
        whole = False
        try:
            whole = await self._send(Request(scope, receive), send)
        finally:
            if not whole:
                self.receipt.lost()
        if whole:
            await self.receipt.delivered()

    async def _send(self, request: Request, send: Send) -> bool:
        if await request.is_disconnected():
            return False
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async for body, last in self._bodies():
            # Asked right before the last bytes: afterwards a client that closes has everything it came for.
            if await request.is_disconnected():
                return False
            await send({"type": "http.response.body", "body": body, "more_body": not last})
        return True

    async def _bodies(self) -> AsyncIterator[tuple[bytes, bool]]:
        """Give the pieces of the body, and whether each is the last; the last part is always bytes."""
        for index, part in enumerate(self.parts):
            if isinstance(part, bytes):
                yield part, index == len(self.parts) - 1
            else:
                async for piece in encode_file(part):
                    yield piece, False


def base64_length(size: int) -> int:
    """Tell how many characters the base64 of `size` bytes has."""
    return -(-size // 3) * 4


async def encode_file(path: Path) -> AsyncIterator[bytes]:
    """Give the base64 of a file, a piece at a time."""
    with await asyncio.to_thread(path.open, "rb") as file:
        while piece := await asyncio.to_thread(_read_piece, file):
            yield piece


def _read_piece(file: BinaryIO) -> bytes:
    return binascii.b2a_base64(file.read(_PIECE), newline=False)
