"""Read how long a video or a sound is, and how large, from its container; nothing of it is decoded.

Read with our own eyes rather than with a decoder: what a stranger sends should meet as little native code as possible.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from dreambridge.domain.generation import Dimensions
from dreambridge.media.isomedia import MovieUnreadable, read_movie
from dreambridge.media.sniffing import InputFormat

_STREAMED: Final = 0xFFFFFFFF
_MOST_CHUNKS: Final = 1000
# The site cuts sounds by the millisecond; a Xing header counts bytes to within one frame.
_WHOLE: Final = 0.98


class ClipUnusable(Exception):
    """Report bytes that are no whole video or sound of a kind the sites take."""


@dataclass(frozen=True, slots=True)
class Clip:
    """What a video or a sound is: its length in seconds, and for videos the size in which it is shown."""

    seconds: float
    dimensions: Dimensions | None = None


def read_clip(path: Path, form: InputFormat, *, length_told: bool = True) -> Clip:
    """Read a whole MP4, MOV, WAV or MP3 file's facts; reads a few megabytes at the most.

    Raises `ClipUnusable` for files cut short, without a length (unless `length_told` is false: then it is 0), or (as
    videos) without a picture; `OSError`.
    """
    if form is InputFormat.MP3:
        seconds, size = _mp3_seconds(path), None
    else:
        with path.open("rb") as file:
            seconds, size = (_wav_seconds(file), None) if form is InputFormat.WAV else _movie(file, form)
    if length_told and not 0 < seconds < 24 * 3600:
        raise ClipUnusable(f"{_named(form)} that does not tell its length")
    return Clip(round(seconds, 3), size)


def _named(form: InputFormat) -> str:
    return f"{'an' if form.value.startswith('mp') else 'a'} {form.value.upper()}"


def _movie(file: IO[bytes], form: InputFormat) -> tuple[float, Dimensions]:
    try:
        movie = read_movie(file)
    except MovieUnreadable as error:
        raise ClipUnusable(f"{_named(form)} {error}") from error
    if movie.dimensions is None:
        raise ClipUnusable(f"{_named(form)} without a video track")
    return movie.seconds, movie.dimensions


def _wav_seconds(file: IO[bytes]) -> float:
    size = file.seek(0, 2)
    at, rate = 12, 0
    for _ in range(_MOST_CHUNKS):
        file.seek(at)
        head = file.read(8)
        if len(head) < 8:
            break
        length = int.from_bytes(head[4:], "little")
        if head[:4] == b"fmt ":
            body = file.read(16)
            rate = int.from_bytes(body[8:12], "little") if len(body) == 16 else 0
        if head[:4] == b"data":
            if not rate:
                break
            # A recorder that writes to a pipe does not know the length when it begins.
            length = size - at - 8 if length == _STREAMED else length
            if at + 8 + length > size:
                raise ClipUnusable("a WAV that is cut short")
            return length / rate
        at += 8 + length + length % 2
    raise ClipUnusable("a WAV without sound in it")


def _mp3_seconds(path: Path) -> float:
    from tinytag import TinyTag, TinyTagException  # noqa: PLC0415 - only for those who hand in a sound

    try:
        tag = TinyTag.get(path, tags=False, duration=True)
    except TinyTagException as error:
        raise ClipUnusable("an MP3 that cannot be read") from error
    seconds, rate = tag.duration or 0.0, tag.bitrate or 0.0
    if not seconds:
        raise ClipUnusable("an MP3 without sound in it")
    # The header of a variable rate tells how many bytes there are: fewer mean that the end is missing.
    if path.stat().st_size < _WHOLE * seconds * rate * 125:
        raise ClipUnusable("an MP3 that is cut short")
    return seconds
