"""Ask the terminal what it can draw, as the protocols foresee: by control sequences that it answers to."""

import os
import re
import select
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final

from dreambridge.cli.keyboard import unseen

# A terminal here answers within a few milliseconds, one behind a line across an ocean within a third of a second.
PATIENCE: Final = 0.6

_KITTY_QUESTION: Final = b"\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\"
_CELL_QUESTION: Final = b"\x1b[16t"
# Every terminal answers this one, and answers in order: what has not come before it does not come.
_LAST_QUESTION: Final = b"\x1b[c"
_WIPE: Final = b"\r\x1b[K"

_KITTY_ANSWER: Final = re.compile(rb"\x1b_Gi=31;([^\x1b]*)\x1b\\")
_CELL_ANSWER: Final = re.compile(rb"\x1b\[6;(\d+);(\d+)t")
_LAST_ANSWER: Final = re.compile(rb"\x1b\[\?([\d;]*)c")
_SIXEL_ATTRIBUTE: Final = b"4"


@dataclass(frozen=True, slots=True)
class Answers:
    """What a terminal said of itself; `cell` is width and height of a character in pixels."""

    kitty: bool = False
    sixel: bool = False
    cell: tuple[int, int] | None = None


def ask_terminal(*, kitty: bool) -> Answers | None:
    """Ask the terminal of this process; None when it cannot be asked, or does not answer.

    The kitty question is left out on request: a multiplexer would take it for a title.
    """
    try:
        with _open_terminal() as descriptor, unseen(descriptor):
            # Somebody types already: the answer could not be told from that.
            if select.select([descriptor], [], [], 0)[0]:
                return None
            os.write(descriptor, (_KITTY_QUESTION if kitty else b"") + _CELL_QUESTION + _LAST_QUESTION)
            heard = _listen(descriptor)
            # A terminal that does not know a question may have written it out.
            os.write(descriptor, _WIPE)
            answers, typed = read_answers(heard)
            _give_back(descriptor, typed)
    except (ImportError, OSError):
        return None
    return answers


def read_answers(heard: bytes) -> tuple[Answers | None, bytes]:
    """Read what a terminal sent, and give the keys that were typed meanwhile."""
    kitty, cell, last = (each.search(heard) for each in (_KITTY_ANSWER, _CELL_ANSWER, _LAST_ANSWER))
    typed = heard
    for pattern in (_KITTY_ANSWER, _CELL_ANSWER, _LAST_ANSWER):
        typed = pattern.sub(b"", typed)
    if last is None:
        return None, typed
    size = (int(cell[2]), int(cell[1])) if cell else None
    known = size if size and all(size) else None
    return Answers(bool(kitty and kitty[1] == b"OK"), _SIXEL_ATTRIBUTE in last[1].split(b";"), known), typed


@contextmanager
def _open_terminal() -> Iterator[int]:
    """Open the terminal of this process, if it may be asked: what runs in the background would be stopped."""
    descriptor = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    try:
        if os.tcgetpgrp(descriptor) != os.getpgrp():
            raise BlockingIOError("in the background")
        yield descriptor
    finally:
        os.close(descriptor)


def _listen(descriptor: int) -> bytes:
    heard, end = b"", time.monotonic() + PATIENCE
    while not _LAST_ANSWER.search(heard):
        left = end - time.monotonic()
        if left <= 0 or not select.select([descriptor], [], [], left)[0]:
            break
        piece = os.read(descriptor, 1024)
        if not piece:
            break
        heard += piece
    return heard


def _give_back(descriptor: int, typed: bytes) -> None:
    """Put keys back where the next program reads them, if the system lets us: some Linux systems forbid it."""
    import fcntl  # noqa: PLC0415 - does not exist on every platform
    import termios  # noqa: PLC0415 - as above

    with suppress(OSError):
        for key in typed:
            fcntl.ioctl(descriptor, termios.TIOCSTI, bytes((key,)))


def measure_cell(descriptor: int) -> tuple[int, int] | None:
    """Ask the system for width and height of a character in pixels; None when it does not know."""
    try:
        import fcntl  # noqa: PLC0415 - does not exist on every platform
        import termios  # noqa: PLC0415 - as above

        told = fcntl.ioctl(descriptor, termios.TIOCGWINSZ, bytes(8))
    except (ImportError, OSError):
        return None
    lines, columns, width, height = struct.unpack("HHHH", told)
    return (width // columns, height // lines) if columns and lines and width >= columns and height >= lines else None
