"""Make small versions of pictures: once, kept beside the picture, with its marks."""

import asyncio
import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakValueDictionary

from dreambridge.media.convert import MAX_PIXELS, read_marks
from dreambridge.media.decoding import decoding
from dreambridge.media.library import Library
from dreambridge.media.probe import PictureFormat, PictureUnusable, Probed, probe_file
from dreambridge.media.workbench import Workbench

if TYPE_CHECKING:
    from PIL.Image import Image

_QUALITY: Final = 82
# Pixels are averaged in whole blocks down to twice the size wanted, and only then resampled.
_REDUCING_GAP: Final = 2.0
# A profile or description longer than this would outweigh the picture.
_LONGEST_MARK: Final = 32 * 1024
# Modes that can be resampled as they are. The others have palettes, single bits or 16 of them.
_SCALABLE: Final = frozenset({"L", "LA", "RGB", "RGBA", "CMYK"})
# A colour profile of one of these fits the others.
_COLOURED: Final = frozenset({"P", "RGB", "RGBA"})
# Pillow keeps RGB in four bytes, too.
_BYTES_PER_PIXEL: Final = 4


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A small version of a picture: where it lies and what it is."""

    path: Path
    probed: Probed


def draw_thumbnail(source: Path, target: Path, side: int) -> None:
    """Write a picture with its longer side at most `side`: as JPEG, as WebP where it is transparent somewhere.

    It is never made larger; of what moves the first image is taken. Marks that a site puts into a picture are carried
    over. Blocks for as long as decoding takes. Raises `PictureUnusable` and `OSError`.
    """
    from PIL import Image  # noqa: PLC0415 - 15 MB that most runs never need

    probed = probe_file(source)
    if probed.dimensions.width * probed.dimensions.height > MAX_PIXELS:
        raise PictureUnusable(f"a picture of {probed.dimensions} is too large to scale")
    # Only the decoder of the format we saw: no other of Pillow's many is reachable from outside.
    with decoding(probed.format), Image.open(source, formats=[probed.format.value.upper()]) as opened:
        if opened.size != (probed.dimensions.width, probed.dimensions.height):
            raise PictureUnusable("a picture whose header and content disagree about its size")
        transparent, mode = opened.has_transparency_data, opened.mode
        image = _scalable(opened)
        image.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=_REDUCING_GAP)
        image, wanted = _finish(image, transparent=transparent)
        profiled = mode == image.mode or {mode, image.mode} <= _COLOURED
        marks = _short_marks(opened, wanted, profiled=profiled)
        image.save(target, wanted.value.upper(), quality=_QUALITY, **marks)


def _scalable(image: "Image") -> "Image":
    if image.mode in _SCALABLE and "transparency" not in image.info:
        return image
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _finish(image: "Image", *, transparent: bool) -> tuple["Image", PictureFormat]:
    """Bring a scaled picture to a mode its format has; an alpha channel that hides nothing is left out."""
    if transparent:
        layers = image.convert("RGBA")
        if layers.getchannel("A").getextrema() != (255, 255):
            return layers, PictureFormat.WEBP
    return image if image.mode == "L" else image.convert("RGB"), PictureFormat.JPEG


def _short_marks(image: "Image", wanted: PictureFormat, *, profiled: bool) -> dict[str, Any]:
    return {
        name: mark
        for name, mark in read_marks(image, wanted).items()
        if len(mark) <= _LONGEST_MARK and (profiled or name != "icc_profile")
    }


class Thumbnailer:
    """Make thumbnails at a workbench and keep them in the library, which removes them with their picture."""

    def __init__(self, library: Library, bench: Workbench) -> None:
        self._library = library
        self._bench = bench
        # Whoever asks for one that is being made waits for it.
        self._under_way: WeakValueDictionary[Path, asyncio.Lock] = WeakValueDictionary()

    async def make(self, file: str, side: int) -> Thumbnail:
        """Give the small version of a picture of the library, drawn if it is not there yet.

        A JPEG that is small enough is its own. Raises `PictureUnusable`, and `OSError`: `FileNotFoundError` when the
        picture is gone.
        """
        source, target = self._library.path(file), self._library.thumbnail(file, side)
        lock = self._under_way.setdefault(target, asyncio.Lock())
        async with lock:
            # A thumbnail bears the time of the bytes it was made from: those that were fetched anew get another.
            made_at = source.stat().st_mtime_ns
            if (kept := _read_kept(target, made_at)) is not None:
                return Thumbnail(target, kept)
            probed = probe_file(source)
            if probed.format is PictureFormat.JPEG and max(probed.dimensions.width, probed.dimensions.height) <= side:
                return Thumbnail(source, probed)
            part = self._library.incoming(source.stem, f"{side}.thumb")
            try:
                await self._bench.run(partial(draw_thumbnail, source, part, side), weight=_weigh(probed))
                os.utime(part, ns=(made_at, made_at))
                drawn = probe_file(part)
                return Thumbnail(self._library.place_thumbnail(part, file, side), drawn)
            finally:
                part.unlink(missing_ok=True)


def _read_kept(target: Path, made_at: int) -> Probed | None:
    """Read what a kept thumbnail is; `None` when there is none, an older one, or what a power cut left of one."""
    try:
        return probe_file(target) if target.stat().st_mtime_ns == made_at else None
    except (FileNotFoundError, PictureUnusable):
        return None


def _weigh(source: Probed) -> int:
    """Estimate the bytes held at the peak: the picture, and one more of its size in another mode.

    JPEG needs no second one: its decoder makes the picture smaller as it reads.
    """
    copies = 1 if source.format is PictureFormat.JPEG else 2
    return _BYTES_PER_PIXEL * copies * source.dimensions.width * source.dimensions.height
