"""A caller's picture as the sites take it: upright, in JPEG, PNG or WebP, with nothing hidden behind its end."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from dreambridge.domain.generation import Dimensions, OutputFormat
from dreambridge.media.decoding import decoding
from dreambridge.media.probe import PictureFormat, PictureUnusable, ends_well, read_header
from dreambridge.media.sniffing import InputFormat

if TYPE_CHECKING:
    from PIL.Image import Image

# 64 million pixels take 256 MB once decoded; the largest pictures the sites make have 21 million.
MAX_PIXELS: Final = 64_000_000
MAX_SIDE: Final = 16_384
_BYTES_PER_PIXEL: Final = 4
_ORIENTATION: Final = 0x0112
_QUALITY: Final = 95
# The sites' own pages take these as they are; everything else is drawn anew.
_TAKEN: Final = frozenset({InputFormat.JPEG, InputFormat.PNG, InputFormat.WEBP})
_SIZE_BOX: Final = re.compile(rb"ispe\0\0\0\0(.{8})", re.DOTALL)
_META_BYTES: Final = 1024**2


@dataclass(frozen=True, slots=True)
class Appearance:
    """What a picture is, and whether it has to be drawn anew: then `redraw` is the format to write.

    `dimensions` are those of the upright picture; `weight` the bytes that drawing it holds.
    """

    format: InputFormat
    dimensions: Dimensions
    redraw: OutputFormat | None = None

    @property
    def weight(self) -> int:
        """Estimate the bytes that drawing the picture anew holds at its peak."""
        return 2 * _BYTES_PER_PIXEL * self.dimensions.width * self.dimensions.height if self.redraw else 0


def look_at(path: Path, form: InputFormat) -> Appearance:
    """Read what a picture is from its headers, and bound it before anything is decoded.

    Raises `PictureUnusable` for one that is too large, cut short, or with other data behind its end; `OSError`.
    """
    whole = True
    if form in {InputFormat.AVIF, InputFormat.HEIC}:
        size = _told_size(path, form)
    else:
        with path.open("rb") as file:
            probed = read_header(file)
            whole, size = ends_well(file, probed), probed.dimensions
            # Telephones append films and depth maps to a JPEG: what follows the picture is left out by drawing it.
            if not whole and probed.format is not PictureFormat.JPEG:
                raise PictureUnusable(f"a {form} that is cut short, or with other data behind its end")
    _check_size(size)
    orientation, frames, transparent = _read_marks(path, form)
    if form in _TAKEN and whole and orientation == 1 and (frames == 1 or form is InputFormat.PNG):
        return Appearance(form, size)
    lossless = transparent or form in {InputFormat.PNG, InputFormat.GIF}
    upright = Dimensions(size.height, size.width) if orientation >= 5 else size
    return Appearance(form, upright, OutputFormat.PNG if lossless else OutputFormat.JPEG)


def draw_upright(source: Path, target: Path, look: Appearance) -> Dimensions:
    """Draw the first frame of a picture anew, upright, and give its size. Blocks: run it at a workbench.

    Marks with places and names (Exif, XMP, text) are left out, the colour profile is kept. Raises `PictureUnusable`.
    """
    from PIL import Image, ImageOps  # noqa: PLC0415 - 15 MB that most runs never need

    _know_heic(look.format)
    with decoding(look.format), Image.open(source, formats=[_decoder(look.format)]) as opened:
        _check_size(Dimensions(*opened.size))
        opened.seek(0)
        profile = opened.info.get("icc_profile")
        image = ImageOps.exif_transpose(opened)
        options: dict[str, Any] = {"icc_profile": profile} if profile else {}
        if look.redraw is OutputFormat.PNG:
            image = image if image.mode in {"RGB", "RGBA", "L", "LA"} else image.convert(_mode(image))
            image.save(target, "PNG", compress_level=3, **options)
        else:
            image = image if image.mode in {"RGB", "L"} else image.convert("RGB")
            image.save(target, "JPEG", quality=_QUALITY, subsampling=0, **options)
        return Dimensions(*image.size)


def _check_size(size: Dimensions) -> None:
    if size.width * size.height > MAX_PIXELS or max(size.width, size.height) > MAX_SIDE:
        raise PictureUnusable(
            f"a picture of {size}; allowed: at most {MAX_PIXELS // 10**6} million pixels and {MAX_SIDE} on a side"
        )


def _told_size(path: Path, form: InputFormat) -> Dimensions:
    """Read the largest size that any part of an AVIF or HEIC file tells, without decoding it."""
    with path.open("rb") as file:
        head = file.read(_META_BYTES)
    told = [(int.from_bytes(m[1][:4]), int.from_bytes(m[1][4:])) for m in _SIZE_BOX.finditer(head)]
    if not told or min(min(each) for each in told) < 1:
        raise PictureUnusable(f"a {form} without its size")
    return Dimensions(*max(told, key=lambda each: each[0] * each[1]))


def _read_marks(path: Path, form: InputFormat) -> tuple[int, int, bool]:
    """Read orientation (1–8), number of frames, and whether anything is transparent, from the headers."""
    from PIL import Image  # noqa: PLC0415 - as above

    _know_heic(form)
    with decoding(form), Image.open(path, formats=[_decoder(form)]) as opened:
        orientation = opened.getexif().get(_ORIENTATION, 1)
        animated = form in {InputFormat.GIF, InputFormat.WEBP} and getattr(opened, "n_frames", 1) > 1
        known = orientation if isinstance(orientation, int) and 1 <= orientation <= 8 else 1
        return known, 2 if animated else 1, opened.has_transparency_data


def _mode(image: "Image") -> str:
    return "RGBA" if image.has_transparency_data else "RGB"


def _decoder(form: InputFormat) -> str:
    """Name the only decoder that may see a file of this format: none of Pillow's many others is reachable."""
    return "HEIF" if form is InputFormat.HEIC else form.value.upper()


def _know_heic(form: InputFormat) -> None:
    if form is not InputFormat.HEIC:
        return
    try:
        from pillow_heif import register_heif_opener  # noqa: PLC0415 - an extra, for its wheels carry GPL libraries
    except ImportError:
        raise PictureUnusable(
            "a HEIC picture, which this server cannot read: install the extra `heic`, or send JPEG, PNG, WebP or AVIF"
        ) from None
    register_heif_opener()
