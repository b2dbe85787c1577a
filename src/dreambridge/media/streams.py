"""Bring bytes to disk piece by piece, bounded while they come."""

import asyncio
import builtins
import hashlib
from collections.abc import AsyncIterable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, TypeAlias

HEAD_BYTES: Final = 4096
# Bodies up to this size are written in one piece on the event loop: cheaper than handing them to a thread.
_BLOCK_BYTES: Final = 256 * 1024


class TooManyBytes(Exception):
    """Report a body beyond its bound, which is `limit` bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"more than {limit} bytes")
        self.limit = limit


# From the first bytes of a body (up to `HEAD_BYTES`), the most bytes it may have; it may raise to refuse it at once.
Bound: TypeAlias = Callable[[bytes], int]


@dataclass(frozen=True, slots=True)
class Saved:
    """What was brought: size in bytes, SHA-256 in hex, the first bytes (up to 4096), the type a server declared."""

    bytes: int
    sha256: str
    head: builtins.bytes
    declared_type: str | None = None


async def save_stream(pieces: AsyncIterable[bytes], part: Path, bound: Bound) -> Saved:
    """Write a body to `part` as it comes; the caller removes what is left there when this raises.

    Holds a quarter of a megabyte. Raises `TooManyBytes`, what `bound` and `pieces` raise, and `OSError`.
    """
    digest = hashlib.sha256()
    block, head, size = bytearray(), b"", 0
    limit: int | None = None
    file: IO[bytes] | None = None
    try:
        async for piece in pieces:
            size += len(piece)
            block += piece
            if limit is None and size >= HEAD_BYTES:
                head = bytes(block[:HEAD_BYTES])
                limit = bound(head)
            if limit is not None and size > limit:
                raise TooManyBytes(limit)
            if len(block) >= _BLOCK_BYTES:
                file = file or part.open("wb")
                await asyncio.to_thread(_write, file, block, digest)
                block = bytearray()
        if limit is None:
            head = bytes(block)
            limit = bound(head)
            if size > limit:
                raise TooManyBytes(limit)
        file = file or part.open("wb")
        _write(file, block, digest)
    finally:
        if file is not None:
            file.close()
    return Saved(size, digest.hexdigest(), head)


def _write(file: IO[bytes], block: bytearray, digest: "hashlib._Hash") -> None:
    digest.update(block)
    file.write(block)
