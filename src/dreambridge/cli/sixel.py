"""Write a picture as sixels: bands of six lines, for each band and colour a row of characters with six dots each."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from PIL.Image import Image

_COLOURS: Final = 255
# One more entry of the palette, which is never drawn.
_NOTHING: Final = _COLOURS
_OPAQUE: Final = 128
_BAND: Final = 6
_REPEATED: Final = re.compile(rb"(.)\1{3,}", re.DOTALL)
# A sixel's six bits are written as a character from "?" on.
_AS_CHARACTERS: Final = bytes((each + 0x3F) & 0xFF for each in range(256))


def encode_sixel(picture: "Image") -> bytes:
    """Write a picture as one sixel sequence of at most 255 colours; where it is transparent nothing is drawn."""
    from PIL import Image  # noqa: PLC0415 - only what draws needs it

    plain = picture.convert("RGB")
    # The colour behind what is transparent gets into the palette, and strays: it had better be one of the picture's.
    solid = plain.resize((1, 1), Image.Resampling.BOX).resize(picture.size)
    solid.paste(plain, mask=picture.convert("RGBA").getchannel("A"))
    painted = solid.quantize(palette=solid.quantize(_COLOURS), dither=Image.Dither.FLOYDSTEINBERG)
    hidden = picture.convert("RGBA").getchannel("A").point([255 * (each < _OPAQUE) for each in range(256)])
    painted.paste(_NOTHING, mask=hidden)
    colours = painted.getpalette() or []
    parts = [b'\x1bP0;1;0q"1;1;%d;%d' % painted.size]
    for number in range(len(colours) // 3):
        shares = (round(each * 100 / 255) for each in colours[3 * number : 3 * number + 3])
        parts.append(b"#%d;2;%d;%d;%d" % (number, *shares))
    parts.append(b"-".join(_encode_bands(painted.tobytes(), painted.width)))
    return b"".join((*parts, b"\x1b\\"))


def _encode_bands(dots: bytes, width: int) -> Iterator[bytes]:
    for start in range(0, len(dots), width * _BAND):
        band = dots[start : start + width * _BAND]
        colours = sorted(set(band) - {_NOTHING})
        yield b"$".join(b"#%d%b" % (each, _encode_row(band, width, each)) for each in colours)


def _encode_row(band: bytes, width: int, colour: int) -> bytes:
    """Write the dots of one colour."""
    # A line becomes a number with a byte for each dot, shifted to the line's bit; then they are laid over each other.
    table = bytes(each == colour for each in range(256))
    drawn = 0
    for line in range(len(band) // width):
        drawn |= int.from_bytes(band[line * width : (line + 1) * width].translate(table)) << line
    row = drawn.to_bytes(width).translate(_AS_CHARACTERS).rstrip(b"?")
    return _REPEATED.sub(lambda run: b"!%d%b" % (len(run[0]), run[1]), row)
