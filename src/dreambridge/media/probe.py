"""Read what a file is from its own bytes: kind, format, dimensions. What a server or a name says decides nothing."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, Final

from dreambridge.domain.generation import Dimensions, Kind

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_PNG_END: Final = b"\x00\x00\x00\x00IEND\xaeB`\x82"
# Start-of-frame markers: C0–CF without the tables C4, C8 and CC.
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_GENERIC: Final = frozenset(
    {"", "application/octet-stream", "binary/octet-stream", "application/x-www-form-urlencoded"}
)
_TAIL_BYTES: Final = 4096


class PictureUnusable(Exception):
    """Report bytes that are no whole picture of a kind we deliver."""


class PictureFormat(StrEnum):
    """Every format of a picture that we keep and serve: the allow-list of media types."""

    PNG = "png"
    JPEG = "jpeg"
    WEBP = "webp"
    GIF = "gif"

    @property
    def media_type(self) -> str:
        """Name the media type."""
        return f"image/{self.value}"

    @property
    def extension(self) -> str:
        """Name the file extension, without the dot."""
        return "jpg" if self is PictureFormat.JPEG else self.value


@dataclass(frozen=True, slots=True)
class Probed:
    """What a file is, by its own bytes."""

    format: PictureFormat
    dimensions: Dimensions
    bytes: int
    kind: Kind = Kind.IMAGE


def read_format(head: bytes) -> PictureFormat | None:
    """Tell the format from the first bytes (12 suffice); None for anything not on the allow-list."""
    if head.startswith(_PNG):
        return PictureFormat.PNG
    if head.startswith(b"\xff\xd8\xff"):
        return PictureFormat.JPEG
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return PictureFormat.WEBP
    if head.startswith((b"GIF87a", b"GIF89a")):
        return PictureFormat.GIF
    return None


def probe_file(path: Path, *, declared_type: str | None = None) -> Probed:
    """Read format and dimensions of a picture, and check that it ends where its format says.

    Bytes after the end (a second file hidden behind the first) and a missing end (a download cut short) are refused,
    and so is a `declared_type` of another kind, such as text/html for a picture. Reads a few kilobytes.
    Raises `PictureUnusable`, and `OSError` when the file cannot be read.
    """
    declared = (declared_type or "").partition(";")[0].strip().lower()
    if declared not in _GENERIC and not declared.startswith("image/"):
        raise PictureUnusable(f"a picture that is declared as {declared[:60]}")
    with path.open("rb") as file:
        probed = read_header(file)
        if not ends_well(file, probed):
            raise PictureUnusable(f"a {probed.format} that is cut short, or with other data behind its end")
    return probed


def read_header(file: IO[bytes]) -> Probed:
    """Read format and dimensions from the header alone; raises `PictureUnusable`."""
    file.seek(0)
    head = file.read(64)
    kind = read_format(head)
    if kind is None:
        raise PictureUnusable("neither PNG, JPEG, WebP nor GIF")
    size = file.seek(0, 2)
    match kind:
        case PictureFormat.PNG:
            dimensions = _png(head)
        case PictureFormat.JPEG:
            dimensions = _jpeg(file)
        case PictureFormat.WEBP:
            dimensions = _webp(head)
        case PictureFormat.GIF:
            dimensions = _little(head, 6, 2), _little(head, 8, 2)
    if min(dimensions) < 1:
        raise PictureUnusable(f"a {kind} without width or height")
    return Probed(kind, Dimensions(*dimensions), size)


def ends_well(file: IO[bytes], probed: Probed) -> bool:
    """Tell whether a picture ends where its format says: neither cut short nor with other data behind it."""
    kind, size = probed.format, probed.bytes
    if kind is PictureFormat.WEBP:
        file.seek(4)
        told = _little(file.read(4), 0, 4) + 8
        return told <= size <= told + 1  # an odd length is padded to even, by some writers only
    file.seek(max(0, size - _TAIL_BYTES))
    tail = file.read()
    if kind is PictureFormat.PNG:
        return tail.endswith(_PNG_END)
    # Cameras and some encoders pad with zeros behind the end.
    return tail.rstrip(b"\0").endswith(b"\xff\xd9" if kind is PictureFormat.JPEG else b";")


def _png(head: bytes) -> tuple[int, int]:
    if head[12:16] != b"IHDR" or len(head) < 33:
        raise PictureUnusable("a png without its header")
    return int.from_bytes(head[16:20]), int.from_bytes(head[20:24])


def _webp(head: bytes) -> tuple[int, int]:
    form, body = head[12:16], head[20:]
    if form == b"VP8X" and len(body) >= 10:
        return _little(body, 4, 3) + 1, _little(body, 7, 3) + 1
    if form == b"VP8L" and len(body) >= 5 and body[0] == 0x2F:
        bits = _little(body, 1, 4)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if form == b"VP8 " and body[3:6] == b"\x9d\x01\x2a":
        return _little(body, 6, 2) & 0x3FFF, _little(body, 8, 2) & 0x3FFF
    raise PictureUnusable("a webp without its header")


def _jpeg(file: IO[bytes]) -> tuple[int, int]:
    file.seek(2)
    while True:
        mark = file.read(2)
        while mark[1:] == b"\xff":  # fill bytes may precede any marker
            mark = mark[1:] + file.read(1)
        if len(mark) < 2 or mark[0] != 0xFF or mark[1] in {0xD9, 0xDA}:
            raise PictureUnusable("a jpeg without its frame header")
        if mark[1] == 0x01 or 0xD0 <= mark[1] <= 0xD7:
            continue
        length = int.from_bytes(file.read(2))
        if mark[1] in _FRAMES:
            frame = file.read(5)
            if len(frame) < 5:
                raise PictureUnusable("a jpeg cut short in its frame header")
            return int.from_bytes(frame[3:5]), int.from_bytes(frame[1:3])
        if length < 2:
            raise PictureUnusable("a jpeg with a broken segment")
        file.seek(length - 2, 1)


def _little(data: bytes, start: int, count: int) -> int:
    return int.from_bytes(data[start : start + count], "little")
