"""Take the pictures of the command line that the documentation shows: each command on a real screen, as SVG.

`make pictures` runs it; names of pictures as arguments take only those.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scripts.terminal_drawing import COLUMNS, draw
from tests.terminals import write_command
from tests.tmux import Screen, open_screen

ROOT: Final = Path(__file__).resolve().parents[1]
IMAGES: Final = ROOT / "docs" / "images"
LINES: Final = 100
# What is longer ends with a mark.
MOST_LINES: Final = 36


@dataclass(frozen=True)
class Machine:
    """A gateway that is served, a screen in front of it, and what of both must not be seen."""

    screen: Screen
    folder: Path
    url: str

    def tidy(self, seen: str) -> str:
        """Put in place of what is different each time what somebody would see at home."""
        seen = seen.replace(self.url, "http://127.0.0.1:8000").replace(str(self.folder), "~")
        seen = re.sub(r"[\d,]+ MB free", "120,000 MB free", seen)
        names: dict[str, str] = {}
        seen = re.sub(r"\b(job|key|acct)_[a-z2-7]{26}", lambda found: _rename(found, names), seen)
        seen = re.sub(r"\bdb-[\w-]{20,}", "db-" + "•" * 24, seen)
        lines = re.sub(r"\n\x1b\[39m\$ *$|\n\$ *$", "", seen.rstrip()).split("\n")
        return "\n".join(lines if len(lines) <= MOST_LINES else [*lines[: MOST_LINES - 1], "…"])

    def keep(self, name: str) -> None:
        """Keep what is seen now."""
        target = IMAGES / f"terminal-{name}.svg"
        target.write_text(draw(self.tidy(self.screen.look(colours=True)), "dreambridge"), encoding="utf-8")
        print(f"{target.relative_to(ROOT)}: {target.stat().st_size / 1000:.0f} kB")

    def run(self, command: str) -> None:
        """Run a command to its end."""
        self.screen.clear()
        self.screen.type(command)
        self.screen.wait_for(r"\A\$ .")
        self.screen.wait_until_idle(180)


def _rename(found: re.Match[str], names: dict[str, str]) -> str:
    letters = "mkqzc7r4tnx2vh5gpd3wbs6fjy"
    turn = names.setdefault(found[0], str(len(names)))
    return f"{found[1]}_{letters[int(turn) :]}{letters[: int(turn)]}"


def take(command: str) -> Callable[[Machine, str], None]:
    """Make a picture of a command that has ended."""

    def taking(machine: Machine, name: str) -> None:
        machine.run(command)
        machine.keep(name)

    return taking


def take_progress(machine: Machine, name: str) -> None:
    """Make a picture of a command that waits in the site's queue."""
    machine.screen.clear()
    machine.screen.type("dreambridge generate 'a red fox in snow' --token sandbox-p.queued")
    machine.screen.wait_for(r"in the site's queue, about")
    machine.keep(name)
    machine.screen.press("C-c")
    machine.screen.wait_until_idle()
    machine.keep("interrupted")


def take_completion(machine: Machine, name: str) -> None:
    """Make a picture of what Tab offers."""
    machine.run("source <(dreambridge completion bash)")
    machine.screen.clear()
    machine.screen.type("dreambridge jobs ", enter=False)
    machine.screen.press("Tab")
    machine.screen.press("Tab")
    machine.screen.wait_for(r"follow")
    machine.keep(name)
    machine.screen.press("C-u")


def take_accounts(machine: Machine, name: str) -> None:
    """Make a picture of accounts, of which there must be some."""
    for word in ("studio", "spare"):
        machine.run(f"echo sandbox-{word} | dreambridge accounts add - --name {word}")
    take("dreambridge accounts list")(machine, name)


def take_keys(machine: Machine, name: str) -> None:
    """Make a picture of a key that is made, and of all keys."""
    take("dreambridge keys create phone --rpm 6; dreambridge keys list")(machine, name)


TAKEN: Final[Mapping[str, Callable[[Machine, str], None]]] = {
    "help": take("dreambridge --help"),
    "progress": take_progress,
    "generate": take("dreambridge generate 'a red fox in snow' -n 2 --ratio 4:3"),
    "generate-zh": take("dreambridge generate '雪地里的红狐狸，水彩' -n 2 --ratio 4:3"),
    "edit": take("dreambridge edit 'the same in autumn' a-red-fox-in-snow-1.png -n 1 --ratio 16:9"),
    "video": take("dreambridge video 'waves at dusk' --first a-red-fox-in-snow-1.png --seconds 5"),
    "dry-run": take("dreambridge video 'waves at dusk' --ratio 16:9 --dry-run"),
    "jobs": take("dreambridge jobs list"),
    "models": take("dreambridge models --site sg"),
    "accounts": take_accounts,
    "keys": take_keys,
    "doctor": take("dreambridge doctor --offline"),
    "wrong": take("dreambridge generate 'a red fox' --modle jimeng-4.7"),
    "completion": take_completion,
}


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a gateway with its sandbox on a free port."""
    words = [sys.executable, "-m", "dreambridge", "serve", "--port", "0"]
    environment = {**os.environ, "HOME": str(folder), "DREAMBRIDGE_SANDBOX_SPEED": "0.1", "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment, cwd=folder
    ) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        yield next(word for word in first.split() if word.startswith("http"))
        process.terminate()
        process.stdout.read()


def main() -> None:
    """Take the pictures anew."""
    wanted = sys.argv[1:] or list(TAKEN)
    with tempfile.TemporaryDirectory() as name, served(folder := Path(name)) as url:
        (here := folder / "pictures").mkdir()
        environment = {
            "PATH": f"{write_command(folder / 'bin')}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(folder),
            "LC_ALL": "C.UTF-8",
            "COLORTERM": "truecolor",
            "DREAMBRIDGE_URL": url,
        }
        with open_screen(here, environment, columns=COLUMNS, lines=LINES) as screen:
            for each in wanted:
                TAKEN[each](Machine(screen, folder, url), each)


if __name__ == "__main__":
    main()
