"""Read the boxes of an MP4 or QuickTime file: how long it is, how large its picture, whether it is all there."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Final

from dreambridge.domain.generation import Dimensions

_MOST_BOXES: Final = 20_000
# The index of half an hour of video is well below this.
_MOST_INDEX: Final = 16 * 1024**2
_CONTAINERS: Final = frozenset({b"trak", b"mdia", b"minf", b"stbl", b"mvex"})


class MovieUnreadable(Exception):
    """Report what is wrong with a file, as a phrase that follows its name."""


@dataclass(frozen=True, slots=True)
class Movie:
    """What the index of a file says: seconds (0 when it does not), and the size in which its picture is shown."""

    seconds: float
    dimensions: Dimensions | None


@dataclass(slots=True)
class _Track:
    picture: bool = False
    turned: bool = False
    shown: tuple[int, int] = (0, 0)
    coded: tuple[int, int] = (0, 0)
    last_chunk: int = 0


@dataclass(slots=True)
class _Index:
    seconds: float = 0.0
    scale: int = 0


def read_movie(file: IO[bytes]) -> Movie:
    """Read the index, wherever it lies; raise `MovieUnreadable` for a file that is cut short or has none."""
    size = file.seek(0, 2)
    index: bytes | None = None
    media = False
    for name, start, end in _outer(file, size):
        if name == b"moov":
            if end - start > _MOST_INDEX:
                raise MovieUnreadable("with an index larger than any video needs")
            file.seek(start)
            index = file.read(end - start)
        media = media or name in {b"mdat", b"moof"}
    if index is None:
        raise MovieUnreadable("that is cut short: its index is missing")
    if not media:
        raise MovieUnreadable("that is cut short: it has an index and nothing else")
    facts = _Index()
    tracks: list[_Track] = []
    _read_index(index, facts, tracks)
    if any(track.last_chunk >= size for track in tracks):
        raise MovieUnreadable("that is cut short")
    return Movie(facts.seconds, next((found for track in tracks if (found := _size(track))), None))


def _outer(file: IO[bytes], size: int) -> Iterator[tuple[bytes, int, int]]:
    """Walk the boxes of the file; each has to end within it."""
    at = 0
    for _ in range(_MOST_BOXES):
        if at >= size:
            return
        file.seek(at)
        head = file.read(16)
        if len(head) < 8:
            raise MovieUnreadable("that is cut short")
        length, start = int.from_bytes(head[:4]), at + 8
        if length == 1:
            length, start = int.from_bytes(head[8:16]), at + 16
        elif length == 0:  # to the end of the file
            length = size - at
        if length < start - at:
            raise MovieUnreadable("with a broken box")
        if at + length > size:
            raise MovieUnreadable("that is cut short")
        yield head[4:8], start, at + length
        at += length
    raise MovieUnreadable("in too many pieces")


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(data):
        length = int.from_bytes(data[at : at + 4])
        start = at + 8
        if length == 1:
            length, start = int.from_bytes(data[at + 8 : at + 16]), at + 16
        length = length or len(data) - at
        if length < start - at or at + length > len(data):
            return
        yield data[at + 4 : at + 8], data[start : at + length]
        at += length


def _read_index(data: bytes, facts: _Index, tracks: list[_Track]) -> None:
    for name, body in _boxes(data):
        if name == b"mvhd":
            facts.scale, length = _time(body)
            facts.seconds = length / facts.scale if facts.scale else 0.0
        elif name == b"mehd" and not facts.seconds and facts.scale:
            # A fragmented file is indexed piece by piece, and tells its whole length here.
            facts.seconds = int.from_bytes(body[4 : 12 if body[:1] == b"\1" else 8]) / facts.scale
        elif name == b"trak":
            tracks.append(_Track())
            _read_track(body, tracks[-1])
        elif name in _CONTAINERS:
            _read_index(body, facts, tracks)


def _read_track(data: bytes, track: _Track) -> None:
    for name, body in _boxes(data):
        if name == b"tkhd" and len(body) >= 84:
            matrix = body[52:88] if body[:1] == b"\1" else body[40:76]
            # Telephones film lying down: a quarter turn has nothing on the diagonal.
            track.turned = not any(matrix[0:4]) and not any(matrix[16:20])
            track.shown = int.from_bytes(body[-8:-4]) >> 16, int.from_bytes(body[-4:]) >> 16
        elif name == b"hdlr":
            track.picture = track.picture or body[8:12] == b"vide"
        elif name == b"stsd" and len(body) >= 44:
            track.coded = int.from_bytes(body[40:42]), int.from_bytes(body[42:44])
        elif name in {b"stco", b"co64"}:
            width = 8 if name == b"co64" else 4
            ends = (int.from_bytes(body[at : at + width]) for at in range(8, len(body) - width + 1, width))
            track.last_chunk = max((track.last_chunk, *ends))
        elif name in _CONTAINERS:
            _read_track(body, track)


def _time(body: bytes) -> tuple[int, int]:
    """Read scale and length of a header that comes with times of four or of eight bytes."""
    if body[:1] == b"\1":
        return int.from_bytes(body[20:24]), int.from_bytes(body[24:32])
    scale, length = int.from_bytes(body[12:16]), int.from_bytes(body[16:20])
    return scale, 0 if length == 0xFFFFFFFF else length


def _size(track: _Track) -> Dimensions | None:
    width, height = track.shown if all(track.shown) else track.coded
    if not track.picture or width < 1 or height < 1:
        return None
    return Dimensions(height, width) if track.turned else Dimensions(width, height)
