"""Save files under names a person recognises, and never over another file."""

import hashlib
import re
import unicodedata
from collections.abc import AsyncIterator, Iterator, Mapping
from itertools import count
from pathlib import Path
from types import MappingProxyType
from typing import IO, Final

_EXTENSIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "image/png": "png",
        "image/jpeg": "jpg",
        "image/webp": "webp",
        "image/gif": "gif",
        "video/mp4": "mp4",
        "video/webm": "webm",
        "video/quicktime": "mov",
        "audio/mpeg": "mp3",
        "audio/mp4": "m4a",
        "audio/wav": "wav",
    }
)
_LONGEST: Final = 48


def build_stem(prompt: str, nameless: str = "picture") -> str:
    """Make a file name of a prompt: its words in lower case, joined by hyphens, at most 48 characters.

    What has no words is `nameless`.
    """
    words = re.findall(r"\w+", unicodedata.normalize("NFC", prompt).lower())
    stem = ""
    for word in words:
        longer = f"{stem}-{word}" if stem else word[:_LONGEST]
        if len(longer) > _LONGEST or len(longer.encode()) > 3 * _LONGEST:
            break
        stem = longer
    return stem or nameless


def choose_extension(media_type: str | None, url: str) -> str:
    """Choose a file extension by the type of the bytes, or else by their address."""
    named = _EXTENSIONS.get((media_type or "").partition(";")[0].strip().lower())
    if named:
        return named
    match = re.search(r"\.(png|jpe?g|webp|gif|mp4|webm|mov|mp3|m4a|wav)(?:[?#]|$)", url, re.IGNORECASE)
    return match[1].lower() if match else "bin"


def find_same(folder: Path, stem: str, extension: str, sha256: str | None) -> Path | None:
    """Find the file that an earlier `save_new` made of the same bytes; None without their digest. Raises `OSError`."""
    if sha256 is None:
        return None
    for path in _names(folder, stem, extension):
        if not path.exists():
            return None
        if path.is_file():
            with path.open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() == sha256:
                    return path
    raise AssertionError("the names never end")


async def save_new(folder: Path, stem: str, extension: str, pieces: AsyncIterator[bytes]) -> Path:
    """Write pieces into a file that did not exist, and return it; half a file does not stay. Raises `OSError`."""
    file = _open_new(folder, stem, extension)
    path = Path(file.name)
    try:
        with file:
            async for piece in pieces:
                file.write(piece)
    except BaseException:
        path.unlink()  # noqa: ASYNC240 - a command line with nothing else to do
        raise
    return path


def _open_new(folder: Path, stem: str, extension: str) -> IO[bytes]:
    folder.mkdir(parents=True, exist_ok=True)
    for path in _names(folder, stem, extension):
        try:
            return path.open("xb")
        except FileExistsError:
            continue
    raise AssertionError("the names never end")


def _names(folder: Path, stem: str, extension: str) -> Iterator[Path]:
    return (folder / f"{stem}{'' if number == 1 else f'-{number}'}.{extension}" for number in count(1))
