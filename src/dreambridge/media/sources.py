"""The ways in which a caller hands a file in: bytes, a file, text that is or names one, or bytes as they arrive."""

import asyncio
import binascii
import re
from collections.abc import AsyncIterable, AsyncIterator, Iterator
from pathlib import Path
from typing import Final, TypeAlias

from dreambridge.media.streams import TooManyBytes

_PIECE: Final = 1024**2
# Base64 of 150 MB: more than anything that may be handed in.
_MOST_TEXT: Final = 200 * 1024**2
_DATA_URL: Final = re.compile(r"data:[^,]{0,200};base64,", re.IGNORECASE)

# Bytes; a file to copy; text that is an http(s) address, a data URL or bare base64; or bytes as they arrive.
Source: TypeAlias = bytes | Path | str | AsyncIterable[bytes]


class BadSource(Exception):
    """Report text that names no file and holds none; the message is a phrase, `code` OpenAI's word for it."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


def is_address(text: str) -> bool:
    """Tell whether text is an http(s) address."""
    return text[:8].lower().startswith(("http://", "https://"))


async def read_pieces(source: Source) -> AsyncIterator[bytes]:
    """Give the bytes of anything but an address, piece by piece; raise `BadSource`, `TooManyBytes`, `OSError`."""
    if isinstance(source, bytes):
        for at in range(0, len(source), _PIECE):
            yield source[at : at + _PIECE]
    elif isinstance(source, Path):
        with source.open("rb") as file:
            while piece := await asyncio.to_thread(file.read, _PIECE):
                yield piece
    elif isinstance(source, str):
        for piece in _decoded(source):
            yield piece
    else:
        async for piece in source:
            yield piece


def _decoded(text: str) -> Iterator[bytes]:
    """Decode a data URL or bare base64 (either alphabet, line breaks, padding or none) without a second copy of it."""
    found = _DATA_URL.match(text)
    if found is None and text[:5].lower() == "data:":
        raise BadSource("a data URL that is not in base64", "invalid_image_url")
    at = found.end() if found else 0
    if len(text) - at > _MOST_TEXT:
        raise TooManyBytes(_MOST_TEXT // 2)
    rest = ""
    while at < len(text):
        clean = rest + "".join(text[at : at + _PIECE].split()).replace("-", "+").replace("_", "/")
        at += _PIECE
        whole = len(clean) // 4 * 4 if at < len(text) else len(clean)
        rest = clean[whole:]
        piece = clean[:whole]
        if at >= len(text):
            piece = piece.rstrip("=") + "=" * (-len(piece.rstrip("=")) % 4)
        try:
            yield binascii.a2b_base64(piece, strict_mode=True)
        except (binascii.Error, ValueError) as error:
            raise BadSource("neither an http(s) address, a data URL nor base64", "invalid_base64_image") from error
