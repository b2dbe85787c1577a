"""Looks into an uploaded file: what it is, and a small picture of it. Runs in a thread."""

import io
from dataclasses import dataclass
from importlib import util
from typing import BinaryIO

from dreambridge.simulator.uploads.containers import MediaFacts, Unreadable, read_media

_PROOF_SIDE = 384


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """What an uploaded picture is; `proof` is a small JPEG of it, all that the simulator keeps of its pixels."""

    width: int
    height: int
    form: str
    proof: bytes


def read_image(file: BinaryIO) -> ImageFacts:
    """Read a picture; raise `Unreadable` for what is none, or too large to be opened safely."""
    from PIL import Image, ImageOps  # noqa: PLC0415 -- heavy: loaded with the first picture

    file.seek(0)
    try:
        with Image.open(file) as image:
            size, form = image.size, (image.format or "").lower()
            image.draft("RGB", (_PROOF_SIDE * 2, _PROOF_SIDE * 2))
            small = ImageOps.exif_transpose(image).convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Unreadable(str(error)) from error
    small.thumbnail((_PROOF_SIDE, _PROOF_SIDE))
    proof = io.BytesIO()
    small.save(proof, "JPEG", quality=82)
    return ImageFacts(*size, form, proof.getvalue())


def read_moving(file: BinaryIO, size: int) -> tuple[MediaFacts, bytes]:
    """Read a video or a sound, with its first picture when there is one and PyAV can be had (else empty)."""
    facts = read_media(file, size)
    return facts, _first_picture(file) if facts.width else b""


def _first_picture(file: BinaryIO) -> bytes:
    if util.find_spec("av") is None:
        return b""
    import av  # noqa: PLC0415 -- an extra, and heavy

    file.seek(0)
    try:
        with av.open(file, "r") as container:
            for frame in container.decode(video=0):
                image = frame.to_image()  # type: ignore[no-untyped-call]
                image.thumbnail((_PROOF_SIDE, _PROOF_SIDE))
                proof = io.BytesIO()
                image.save(proof, "JPEG", quality=82)
                return proof.getvalue()
    except (av.FFmpegError, ValueError):
        # Containers are read with our own eyes; a codec that PyAV lacks only costs the picture.
        return b""
    return b""
