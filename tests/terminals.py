"""A terminal for tests: a real pty whose other end is not shown to anybody, and answers questions as it is told."""

import fcntl
import os
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

# Makes the terminal the process's own, as a shell's is, and becomes the command.
_TAKE_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execvp(sys.argv[1], sys.argv[1:])"
)


class Terminal:
    """A command in a terminal: what it wrote so far, what it asked, and the keys."""

    def __init__(self, descriptor: int, process: subprocess.Popen[bytes], answers: Mapping[bytes, bytes]) -> None:
        self._descriptor = descriptor
        self._answers = dict(answers)
        self._process = process
        self.shown = b""

    def type(self, keys: bytes) -> None:
        os.write(self._descriptor, keys)

    def wait_for(self, pattern: bytes, seconds: float = 30) -> re.Match[bytes]:
        """Read until something was shown."""
        end = time.monotonic() + seconds
        while not (found := re.search(pattern, self.shown, re.DOTALL)):
            assert time.monotonic() < end, self.shown
            if not self._read(end):
                break
        assert found, self.shown
        return found

    def finish(self, seconds: float = 60) -> int:
        """Read until the command ends, and give its exit code."""
        end = time.monotonic() + seconds
        while self._read(end):
            assert time.monotonic() < end, self.shown
        return self._process.wait(timeout=10)

    def _read(self, end: float) -> bool:
        if not select.select([self._descriptor], [], [], max(0.0, end - time.monotonic()))[0]:
            return True
        try:
            piece = os.read(self._descriptor, 1 << 16)
        except OSError:  # Linux's way of saying that the other end is closed
            return False
        self.shown += piece
        for question in [each for each in self._answers if each in self.shown]:
            os.write(self._descriptor, self._answers.pop(question))
        return bool(piece)


def write_command(folder: Path) -> Path:
    """Make `dreambridge` a command in a folder, as an installation does, and give the folder."""
    folder.mkdir(exist_ok=True)
    script = folder / "dreambridge"
    lines = ("import sys", "from dreambridge.cli.main import main", "sys.argv[0] = 'dreambridge'", "main()")
    script.write_text("\n".join((f"#!{sys.executable}", *lines, "")), encoding="utf-8")
    script.chmod(0o755)
    return folder


@contextmanager
def open_terminal(
    command: Sequence[str | Path],
    *,
    environment: Mapping[str, str],
    answers: Mapping[bytes, bytes] = MappingProxyType({}),
    folder: Path | None = None,
    size: tuple[int, int] = (80, 24),
) -> Iterator[Terminal]:
    """Start a command in a terminal of so many columns and lines."""
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-c", _TAKE_TERMINAL, *map(str, command)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment,
        cwd=folder,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        yield Terminal(ours, process, answers)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(timeout=10)
        os.close(ours)
