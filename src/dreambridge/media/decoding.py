"""What a picture's decoder may complain of, told as one thing."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager

from dreambridge.media.probe import PictureUnusable


@contextmanager
def decoding(what: str) -> Iterator[None]:
    """Turn every way in which Pillow refuses bytes into `PictureUnusable`; the disk's own errors stay `OSError`."""
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - 15 MB that most runs never need

    broken = (
        UnidentifiedImageError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
        SyntaxError,
        ValueError,
        EOFError,
        RuntimeError,
        IndexError,
        KeyError,
        struct.error,
    )
    try:
        yield
    except broken as error:
        raise PictureUnusable(f"a {what} that cannot be decoded") from error
    except OSError as error:
        if error.errno is not None:  # the disk, not the picture: Pillow's own carry no number
            raise
        raise PictureUnusable(f"a {what} that cannot be decoded") from error
