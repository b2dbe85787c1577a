"""Write pictures as terminals read them: kitty's and iTerm2's protocols, and coloured half blocks for all others."""

from base64 import b64encode
from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from PIL.Image import Image
    from rich.text import Text

_CHUNK: Final = 4096
_OPAQUE: Final = 128

_Dot: TypeAlias = Sequence[int]


def encode_kitty(picture: "Image", columns: int, lines: int) -> bytes:
    """Write a picture in kitty's protocol, in pieces as it demands; the cursor stays, and nothing is answered."""
    data = b64encode(_as_png(picture))
    pieces = [data[start : start + _CHUNK] for start in range(0, len(data), _CHUNK)]
    head = b"a=T,f=100,q=2,C=1,c=%d,r=%d," % (columns, lines)
    drawing = b""
    for number, piece in enumerate(pieces, start=1):
        drawing += b"\x1b_G%bm=%d;%b\x1b\\" % (head if number == 1 else b"", number < len(pieces), piece)
    return drawing


def encode_iterm(picture: "Image", columns: int, lines: int) -> bytes:
    """Write a picture as a file that iTerm2 shows inline."""
    png = _as_png(picture)
    size = b"size=%d;width=%d;height=%d" % (len(png), columns, lines)
    return b"\x1b]1337;File=inline=1;%b;preserveAspectRatio=0:%b\x07" % (size, b64encode(png))


def build_blocks(picture: "Image") -> "Text":
    """Make characters of a picture whose dots are half a character each; what is transparent stays as it is."""
    from rich.text import Text  # noqa: PLC0415 - only what draws needs it

    text = Text(no_wrap=True, end="")
    data = picture.convert("RGBA").tobytes()
    dots = [data[place : place + 4] for place in range(0, len(data), 4)]
    width = picture.width
    for line in range(0, len(dots), 2 * width):
        for upper, lower in zip(dots[line : line + width], dots[line + width : line + 2 * width], strict=True):
            text.append(*_choose_block(upper, lower))
        text.append("\n")
    return text


def _choose_block(upper: _Dot, lower: _Dot) -> tuple[str, str]:
    above, below = (f"#{each[0]:02x}{each[1]:02x}{each[2]:02x}" for each in (upper, lower))
    if upper[3] < _OPAQUE:
        return (" ", "") if lower[3] < _OPAQUE else ("▄", below)
    return ("▀", above) if lower[3] < _OPAQUE else ("▀", f"{above} on {below}")


def _as_png(picture: "Image") -> bytes:
    file = BytesIO()
    # Small enough already; time counts more here.
    picture.save(file, "PNG", compress_level=3)
    return file.getvalue()
