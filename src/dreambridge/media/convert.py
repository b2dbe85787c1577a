"""Fit a picture to the size and format asked for, with memory that follows the bytes being worked on."""

import hashlib
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from dreambridge.domain.generation import Dimensions, OutputFormat
from dreambridge.media.decoding import decoding
from dreambridge.media.probe import PictureFormat, PictureUnusable, Probed, probe_file
from dreambridge.media.workbench import Workbench

if TYPE_CHECKING:
    from PIL.Image import Image

# More than this is not decoded.
MAX_PIXELS: Final = 64_000_000
_MOST_CROPPED: Final = Fraction(2, 100)
_BYTES_PER_PIXEL: Final = 4  # Pillow keeps RGB in four bytes, too
_QUALITY: Final = 92
_PNG_LEVEL: Final = 3


@dataclass(frozen=True, slots=True)
class Converted:
    """What is delivered: true dimensions, media type and extension, size in bytes, SHA-256 in hex."""

    dimensions: Dimensions
    format: PictureFormat
    bytes: int
    sha256: str
    changed: bool

    @property
    def media_type(self) -> str:
        """Name the media type."""
        return self.format.media_type


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do with a picture: cut `box` out of it and scale that to `size`; write it as `format`."""

    box: tuple[float, float, float, float] | None
    size: Dimensions
    format: PictureFormat


def plan_conversion(source: Probed, *, exact: Dimensions | None, output_format: OutputFormat | None) -> Plan | None:
    """Decide how a picture becomes what was asked; None when it already is.

    It is scaled down and cut at the centre by at most 2 %, to exactly `exact`. Where that would mean making it larger
    or cutting more, it keeps its own size. A GIF that has to be drawn anew becomes a PNG.
    """
    box = _choose_box(source.dimensions, exact) if exact and exact != source.dimensions else None
    wanted = PictureFormat(output_format) if output_format else source.format
    if box is None and wanted is source.format:
        return None
    if wanted is PictureFormat.GIF:
        wanted = PictureFormat.PNG
    return Plan(box, exact if box and exact else source.dimensions, wanted)


def _choose_box(source: Dimensions, exact: Dimensions) -> tuple[float, float, float, float] | None:
    if exact.width > source.width or exact.height > source.height:
        return None
    scale = max(Fraction(exact.width, source.width), Fraction(exact.height, source.height))
    width, height = exact.width / scale, exact.height / scale
    if 1 - width / source.width > _MOST_CROPPED or 1 - height / source.height > _MOST_CROPPED:
        return None
    left, top = (source.width - width) / 2, (source.height - height) / 2
    return float(left), float(top), float(left + width), float(top + height)


def convert_picture(
    source: Path, target: Path, *, exact: Dimensions | None, output_format: OutputFormat | None
) -> Converted:
    """Make `target` from `source`, which is gone afterwards; `target` appears complete or not at all.

    A picture that already fits is moved without being decoded. Marks that a site puts into a picture (Exif, XMP, text,
    colour profile) are carried over where the format has a place for them. Blocks for as long as decoding takes: use
    `Converter` on an event loop. Raises `PictureUnusable` and `OSError`.
    """
    probed = probe_file(source)
    plan = plan_conversion(probed, exact=exact, output_format=output_format)
    if plan is None:
        with source.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return _keep(source, target, probed, digest)
    if probed.dimensions.width * probed.dimensions.height > MAX_PIXELS:
        raise PictureUnusable(f"a picture of {probed.dimensions} is too large to convert")
    part = target.with_name(f"{target.name}.part")
    try:
        _draw(source, part, probed, plan)
        with part.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        size = part.stat().st_size
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    source.unlink(missing_ok=True)
    return Converted(plan.size, plan.format, size, digest, changed=True)


def _keep(source: Path, target: Path, probed: Probed, digest: str) -> Converted:
    source.replace(target)
    return Converted(probed.dimensions, probed.format, probed.bytes, digest, changed=False)


def _draw(source: Path, part: Path, probed: Probed, plan: Plan) -> None:
    from PIL import Image  # noqa: PLC0415 - 15 MB that most runs never need

    # Only the decoder of the format we saw: no other of Pillow's many is reachable from outside.
    with decoding(probed.format), Image.open(source, formats=[probed.format.value.upper()]) as opened:
        if opened.size != (probed.dimensions.width, probed.dimensions.height):
            raise PictureUnusable("a picture whose header and content disagree about its size")
        extras = read_marks(opened, plan.format)
        image = _reduce(opened, plan.format)
        if plan.box is not None:
            size = (plan.size.width, plan.size.height)
            image = image.resize(size, Image.Resampling.LANCZOS, box=plan.box)
        image.save(part, plan.format.value.upper(), **extras, **_options(plan.format))


def _reduce(image: "Image", wanted: PictureFormat) -> "Image":
    """Bring the mode to one that can be resampled and written; transparency becomes white where JPEG is wanted."""
    transparent = image.has_transparency_data
    if wanted is not PictureFormat.JPEG or not transparent:
        keep = {"RGB", "L"} | ({"RGBA", "LA"} if wanted is PictureFormat.PNG else {"RGBA"})
        if wanted is PictureFormat.JPEG:
            keep = {"RGB", "L"}
        return image if image.mode in keep else image.convert("RGBA" if transparent else "RGB")
    layers = image.convert("RGBA")
    from PIL import Image as pillow  # noqa: N813, PLC0415 - as above

    flat = pillow.new("RGB", layers.size, "white")
    flat.paste(layers, mask=layers.getchannel("A"))
    return flat


def read_marks(image: "Image", wanted: PictureFormat) -> dict[str, Any]:
    """Collect the marks a picture carries, as options of the format it is written in."""
    xmp = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp")
    extras = {name: image.info[name] for name in ("exif", "icc_profile") if image.info.get(name)}
    if wanted is not PictureFormat.PNG:
        return {**extras, "xmp": xmp.encode() if isinstance(xmp, str) else xmp} if xmp else extras
    from PIL.PngImagePlugin import PngInfo  # noqa: PLC0415 - as above

    texts = PngInfo()
    for name, text in getattr(image, "text", {}).items():
        texts.add_itxt(name, text)
    if xmp and "XML:com.adobe.xmp" not in getattr(image, "text", {}):
        texts.add_itxt("XML:com.adobe.xmp", xmp.decode("utf-8", "replace") if isinstance(xmp, bytes) else xmp)
    return {**extras, "pnginfo": texts}


def _options(wanted: PictureFormat) -> dict[str, Any]:
    if wanted is PictureFormat.PNG:
        return {"compress_level": _PNG_LEVEL}
    if wanted is PictureFormat.JPEG:
        return {"quality": _QUALITY, "subsampling": 0}
    return {"quality": _QUALITY, "method": 2}


def _weigh(source: Probed, plan: Plan) -> int:
    """Estimate the bytes a conversion holds at its peak: the source, one pass of the resampling, the result."""
    width, height = source.dimensions.width, source.dimensions.height
    between = plan.size.width * height if plan.box else width * height
    return _BYTES_PER_PIXEL * (width * height + between + plan.size.width * plan.size.height)


class Converter:
    """Run conversions at a workbench, which bounds the bytes they hold together."""

    def __init__(self, bench: Workbench) -> None:
        self._bench = bench

    async def convert(
        self,
        source: Path,
        target: Path,
        *,
        exact: Dimensions | None,
        output_format: OutputFormat | None,
        sha256: str | None = None,
    ) -> Converted:
        """Do what `convert_picture` does, off the event loop. A cancelled caller still waits for its thread to end.

        With the digest of the source, a picture that already fits is moved at once: no thread is worth a rename.
        """
        probed = probe_file(source)
        plan = plan_conversion(probed, exact=exact, output_format=output_format)
        if plan is None and sha256 is not None:
            return _keep(source, target, probed, sha256)
        return await self._bench.run(
            lambda: convert_picture(source, target, exact=exact, output_format=output_format),
            weight=_weigh(probed, plan) if plan else 0,
        )
