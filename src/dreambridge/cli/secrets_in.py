"""Read what must not be seen: from a pipe, or typed and pasted into a terminal that shows nothing."""

import getpass
import os
import select
import sys
from typing import Final

from dreambridge.cli.keyboard import unseen
from dreambridge.cli.terminal import note

_MOST: Final = 64 * 1024
# A paste comes in pieces; what follows a line within this time belongs to it.
_PAUSE: Final = 0.3
_END: Final = b"\x04"
_CONTINUED: Final = (b"\\", b"^")


def read_secret(prompt: str) -> str:
    """Read standard input to its end, or from a terminal what is pasted, until Enter and a moment of silence."""
    if not sys.stdin.isatty():
        return sys.stdin.read(_MOST + 1)
    try:
        import termios  # noqa: F401, PLC0415 - does not exist on every platform
    except ImportError:
        return getpass.getpass(f"{prompt}\n")
    with unseen(sys.stdin.fileno()):
        note(prompt)
        text = _read_paste(sys.stdin.fileno())
    return text.decode(errors="replace")


def _read_paste(descriptor: int) -> bytes:
    text = b""
    while len(text) <= _MOST:
        piece = os.read(descriptor, 4096)
        text += piece
        if not piece or _END in piece:
            return text.partition(_END)[0]
        lines = text.rstrip(b" ").replace(b"\r", b"\n").rstrip(b"\n")
        whole = text.endswith((b"\n", b"\r")) and lines and not lines.endswith(_CONTINUED)
        if whole and not select.select([descriptor], [], [], _PAUSE)[0]:
            return text
    return text
