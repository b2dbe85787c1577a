"""Reads videos and sounds as far as an upload's answer tells of them: MP4 and MOV, WAV, MP3. No decoder needed."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

_PARENTS = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl"})
# kbit/s of layer III, by the number in a frame's head: MPEG 1, and MPEG 2 and 2.5.
_MP3_RATES = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0)
_MP3_LOW_RATES = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0)


@dataclass(frozen=True, slots=True)
class MediaFacts:
    """What a file is: `container` is mp4, wav or mp3; sizes in pixels (0 for sounds), `seconds` may be fractions."""

    container: str
    codec: str
    width: int
    height: int
    seconds: float
    fps: float


class Unreadable(ValueError):
    """Say that a file is not what it should be, or ends too early."""


def read_media(file: BinaryIO, size: int) -> MediaFacts:
    """Read the facts of a file of `size` bytes; raise `Unreadable` for a broken or unknown one."""
    file.seek(0)
    start = file.read(12)
    try:
        if start[4:8] == b"ftyp":
            return _read_mp4(file, size)
        if start[:4] == b"RIFF" and start[8:12] == b"WAVE":
            return _read_wav(file, size)
        if start[:3] == b"ID3" or (len(start) > 1 and start[0] == 0xFF and start[1] & 0xE0 == 0xE0):
            return _read_mp3(file, size)
    except (struct.error, IndexError, ZeroDivisionError) as error:
        raise Unreadable(f"the file is broken: {error}") from error
    raise Unreadable("neither MP4, WAV nor MP3")


# ------------------------------------------------------------------ MP4


def _boxes(file: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield kind, first and last content byte of each box; a box that ends beyond its parent is a truncated file."""
    while start + 8 <= end:
        file.seek(start)
        length, kind = struct.unpack(">I4s", file.read(8))
        head = 8
        if length == 1:
            (length,) = struct.unpack(">Q", file.read(8))
            head = 16
        elif length == 0:
            length = end - start
        if length < head or start + length > end:
            raise Unreadable(f"box {kind!r} goes beyond the end of the file")
        yield kind, start + head, start + length
        start += length


@dataclass(slots=True)
class _Track:
    handler: bytes = b""
    codec: str = ""
    width: int = 0
    height: int = 0
    samples: int = 0


def _read_mp4(file: BinaryIO, size: int) -> MediaFacts:
    seconds, tracks, seen = 0.0, [_Track()], set()
    todo = list(_boxes(file, 0, size))
    while todo:
        kind, start, end = todo.pop(0)
        seen.add(kind)
        if kind in _PARENTS:
            if kind == b"trak":
                tracks.append(_Track())
            todo[:0] = list(_boxes(file, start, end))
        elif kind == b"mvhd":
            seconds = _movie_seconds(_content(file, start, end))
        else:
            _into(tracks[-1], kind, file, start, end)
    if not {b"moov", b"mdat"} <= seen:
        raise Unreadable("the file has no moov or no mdat: it was cut off")
    moving = next((track for track in tracks if track.handler == b"vide"), None)
    told = moving or next((track for track in tracks if track.handler == b"soun"), None)
    if told is None or seconds <= 0:
        raise Unreadable("the file has no track of any length")
    fps = moving.samples / seconds if moving else 0.0
    return MediaFacts("mp4", told.codec, told.width, told.height, seconds, fps)


def _content(file: BinaryIO, start: int, end: int) -> bytes:
    file.seek(start)
    return file.read(min(end - start, 4096))


def _movie_seconds(content: bytes) -> float:
    scale, duration = struct.unpack(">IQ", content[20:32]) if content[0] else struct.unpack(">II", content[12:20])
    return float(duration / scale)


def _into(track: _Track, kind: bytes, file: BinaryIO, start: int, end: int) -> None:
    if kind not in {b"tkhd", b"hdlr", b"stsd", b"stsz"}:
        return
    content = _content(file, start, end)
    if kind == b"tkhd":
        width, height = struct.unpack(">II", content[-8:])
        track.width, track.height = width >> 16, height >> 16
    elif kind == b"hdlr":
        track.handler = content[8:12]
    elif kind == b"stsd":
        track.codec = content[12:16].decode("latin-1").strip()
    else:
        (track.samples,) = struct.unpack(">I", content[8:12])


# ------------------------------------------------------------------ sounds


def _read_wav(file: BinaryIO, size: int) -> MediaFacts:
    place, rate = 12, 0
    while place + 8 <= size:
        file.seek(place)
        kind, length = struct.unpack("<4sI", file.read(8))
        if kind == b"fmt ":
            (rate,) = struct.unpack("<I", file.read(12)[8:12])
        elif kind == b"data":
            if place + 8 + length > size or not rate:
                raise Unreadable("the sound is cut off")
            return MediaFacts("wav", "pcm", 0, 0, length / rate, 0.0)
        place += 8 + length + length % 2
    raise Unreadable("the file has no sound in it")


def _read_mp3(file: BinaryIO, size: int) -> MediaFacts:
    file.seek(0)
    start = file.read(10)
    place = 0
    if start[:3] == b"ID3":
        place = 10 + (start[6] << 21 | start[7] << 14 | start[8] << 7 | start[9])
    file.seek(place)
    window = file.read(4096)
    for offset in range(len(window) - 3):
        if window[offset] != 0xFF or window[offset + 1] & 0xE6 != 0xE2:
            continue
        first_kind = window[offset + 1] & 0x18 == 0x18
        rate = (_MP3_RATES if first_kind else _MP3_LOW_RATES)[window[offset + 2] >> 4]
        if rate:
            return MediaFacts("mp3", "mp3", 0, 0, (size - place - offset) * 8 / (rate * 1000), 0.0)
    raise Unreadable("the file has no sound in it")
