"""Take the keyboard of a terminal for a moment: nothing typed is shown, and it comes at once instead of by lines."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def unseen(descriptor: int) -> Iterator[None]:
    """Turn the echo off, and the line editing, which cuts lines after 4,095 bytes. Ctrl-C goes on working.

    Raises `ImportError` on a platform without terminals of this kind, and `OSError`.
    """
    import termios  # noqa: PLC0415 - does not exist on every platform

    before = termios.tcgetattr(descriptor)
    changed = termios.tcgetattr(descriptor)
    changed[3] &= ~(termios.ECHO | termios.ICANON)
    try:
        termios.tcsetattr(descriptor, termios.TCSANOW, changed)
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSANOW, before)
