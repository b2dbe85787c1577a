"""Tell what a caller's file is from its first bytes. What a server or a name says of it decides nothing."""

from enum import StrEnum
from typing import Final

from dreambridge.domain.generation import InputKind
from dreambridge.media.probe import PictureFormat, read_format

# Enough for every signature below, with a few brands of an ISO file behind them.
HEAD_BYTES: Final = 64
_AVIF: Final = frozenset({b"avif", b"avis"})
_HEIC: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"})
_SOUND: Final = frozenset({b"M4A ", b"M4B ", b"M4P "})
# Boxes with which old QuickTime files begin, before there were brands.
_QUICKTIME: Final = frozenset({b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"})
_OTHERS: Final = (
    (b"%PDF", "a PDF document"),
    (b"BM", "a BMP picture"),
    (b"II*\0", "a TIFF picture"),
    (b"MM\0*", "a TIFF picture"),
    (b"\0\0\1\0", "an icon"),
    (b"8BPS", "a Photoshop file"),
    (b"PK\3\4", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x1aE\xdf\xa3", "a WebM or Matroska video"),
    (b"OggS", "an Ogg file"),
    (b"fLaC", "a FLAC sound"),
    (b"FLV", "a Flash video"),
    (b"\xff\x0a", "a JPEG XL picture"),
)


class InputFormat(StrEnum):
    """Every format that a caller may hand in."""

    PNG = "png"
    JPEG = "jpeg"
    WEBP = "webp"
    GIF = "gif"
    AVIF = "avif"
    HEIC = "heic"
    MP4 = "mp4"
    MOV = "mov"
    WAV = "wav"
    MP3 = "mp3"

    @property
    def kind(self) -> InputKind:
        """Tell whether it is a picture, a video or a sound."""
        if self in {InputFormat.MP4, InputFormat.MOV}:
            return InputKind.VIDEO
        return InputKind.AUDIO if self in {InputFormat.WAV, InputFormat.MP3} else InputKind.IMAGE

    @property
    def media_type(self) -> str:
        """Name the media type."""
        named = {InputFormat.MOV: "video/quicktime", InputFormat.MP3: "audio/mpeg"}
        return named.get(self, f"{self.kind}/{self}")

    @property
    def extension(self) -> str:
        """Name the file extension, without the dot."""
        return "jpg" if self is InputFormat.JPEG else self.value


def sniff(head: bytes) -> InputFormat | None:
    """Tell the format from the first bytes (`HEAD_BYTES` suffice); `None` for anything we do not take."""
    picture = read_format(head)
    if picture is not None:
        return InputFormat(PictureFormat(picture).value)
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return InputFormat.WAV
    if head.startswith(b"ID3") or _is_mp3_frame(head):
        return InputFormat.MP3
    if head[4:8] == b"ftyp":
        return _branded(head)
    return InputFormat.MOV if head[4:8] in _QUICKTIME else None


def describe(head: bytes) -> str:
    """Say in words what bytes that `sniff` does not take seem to be."""
    for mark, words in _OTHERS:
        if head.startswith(mark):
            return words
    if head[4:8] == b"ftyp":
        return "a sound in an MP4 container"
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<svg", b"<?xml")):
        return "an SVG or XML document"
    if start.startswith((b"<!doctype", b"<html")):
        return "a web page"
    printable = sum(byte >= 0x20 or byte in b"\t\r\n" for byte in head)
    return "text" if head and printable == len(head) else "of an unknown kind"


def _branded(head: bytes) -> InputFormat | None:
    size = int.from_bytes(head[:4])
    major = head[8:12]
    brands = {major, *(head[at : at + 4] for at in range(16, min(size, len(head)), 4))}
    # A still picture names its codec among the brands; mif1 alone may be either.
    if brands & _AVIF and major in _AVIF | _HEIC:
        return InputFormat.AVIF
    if major in _HEIC:
        return InputFormat.HEIC
    if major in _SOUND:
        return None
    return InputFormat.MOV if major == b"qt  " else InputFormat.MP4


def _is_mp3_frame(head: bytes) -> bool:
    """Recognise the header of a layer III frame: eleven set bits, a version, the layer, a bit rate, a sample rate."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    version, layer, rate, samples = head[1] >> 3 & 3, head[1] >> 1 & 3, head[2] >> 4, head[2] >> 2 & 3
    return version != 1 and layer == 1 and rate not in {0, 15} and samples != 3
