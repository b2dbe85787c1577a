"""A terminal whose screen can be looked at: tmux, with a shell in it."""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

PROMPT: Final = "$ "
# The prompt by itself on the last line that has something: the command before it has ended.
_IDLE: Final = re.compile(r"(?:^|\n)\$\s*$")


class Screen:
    """A shell on a screen of its own."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket

    def _tmux(self, *words: str) -> str:
        command = ["tmux", "-S", str(self._socket), *words]
        return subprocess.run(command, capture_output=True, text=True, check=True, encoding="utf-8").stdout

    def type(self, text: str, *, enter: bool = True) -> None:
        """Type a text, and Enter."""
        self._tmux("send-keys", "-l", text)
        if enter:
            self.press("Enter")

    def press(self, key: str) -> None:
        """Press a key by its name, such as C-c."""
        self._tmux("send-keys", key)

    def look(self, *, colours: bool = False) -> str:
        """Give what is seen, without the empty lines below it; with `colours` as a terminal would be told it."""
        return self._tmux("capture-pane", "-p", *(["-e"] if colours else [])).rstrip("\n")

    def clear(self) -> None:
        """Empty the screen."""
        self.type("clear")
        self.wait_for(r"\A\$\s*\Z")

    def wait_for(self, pattern: str, seconds: float = 60) -> str:
        """Wait until something is seen, and give the screen."""
        return self._wait(re.compile(pattern, re.MULTILINE), seconds)

    def wait_until_idle(self, seconds: float = 60) -> str:
        """Wait until the shell waits for a command, and give the screen."""
        return self._wait(_IDLE, seconds)

    def watch_until_idle(self, seconds: float = 60) -> list[str]:
        """Give every screen that was seen until the shell waits for a command."""
        seen, end = [self.look()], time.monotonic() + seconds
        while not _IDLE.search(seen[-1]):
            if time.monotonic() > end:
                raise TimeoutError(f"the command goes on:\n{seen[-1]}")
            time.sleep(0.05)
            if (now := self.look()) != seen[-1]:
                seen.append(now)
        return seen

    def _wait(self, pattern: re.Pattern[str], seconds: float) -> str:
        end = time.monotonic() + seconds
        while not pattern.search(seen := self.look()):
            if time.monotonic() > end:
                raise TimeoutError(f"{pattern.pattern!r} was not seen:\n{seen}")
            time.sleep(0.05)
        return seen

    def run(self, command: str, seconds: float = 60) -> tuple[int, str]:
        """Clear the screen, run a command to its end, and give its exit code and the screen."""
        self.clear()
        self.type(command)
        self.wait_for(r"\A\$ .")
        seen = self.wait_until_idle(seconds)
        self.type("echo left:$?")
        return int(self.wait_for(r"^left:\d+").rpartition("left:")[2].split()[0]), seen


def is_there() -> bool:
    """Tell whether this machine has tmux."""
    return shutil.which("tmux") is not None


@contextmanager
def open_screen(
    folder: Path, environment: Mapping[str, str], *, columns: int = 100, lines: int = 40
) -> Iterator[Screen]:
    """Open a screen of so many characters with a shell in a folder, until the block ends."""
    # A socket's path may have no more than about a hundred characters.
    with TemporaryDirectory(prefix="tmux-") as room:
        screen = Screen(Path(room) / "socket")
        size = ["-x", str(columns), "-y", str(lines)]
        surroundings = {**os.environ, **environment, "HISTFILE": "", "TERM": "xterm-256color"}
        for name in ("TMUX", "NO_COLOR", "COLUMNS", "LINES"):
            surroundings.pop(name, None)
        # -u: characters are UTF-8 whatever the locale says.
        start = ["tmux", "-u", "-S", str(screen._socket), "-f", os.devnull]
        options = ["set", "-g", "default-terminal", "tmux-256color", ";"]
        shell = ["new-session", "-d", *size, f"exec env PS1='{PROMPT}' bash --norc --noprofile"]
        subprocess.run([*start, *options, *shell], env=surroundings, cwd=folder, check=True)
        try:
            screen.wait_for(r"\A\$", 20)
            yield screen
        finally:
            screen._tmux("kill-server")
