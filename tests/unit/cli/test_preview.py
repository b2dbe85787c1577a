import os
import re
import sys
import time
from base64 import b64decode
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from tests.terminals import Terminal, open_terminal

from dreambridge.cli.terminal_query import PATIENCE, Answers, read_answers

KITTY, CELL, LAST = b"\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\", b"\x1b[16t", b"\x1b[c"
# What terminals answer: kitty, foot, xterm without sixels, tmux.
LIKE_KITTY = {KITTY: b"\x1b_Gi=31;OK\x1b\\", CELL: b"\x1b[6;40;20t", LAST: b"\x1b[?62;c"}
LIKE_FOOT = {CELL: b"\x1b[6;21;9t", LAST: b"\x1b[?62;4;22;28c"}
LIKE_XTERM = {LAST: b"\x1b[?64;1;2;6;9;15;22c"}
LIKE_TMUX = {LAST: b"\x1b[?1;2c"}

SHOW = """
import sys
from dreambridge.cli.preview import Preview, show_stills
pictures = [open(name, "rb").read() for name in sys.argv[2:]]
print("before")
show_stills(pictures, Preview(sys.argv[1]))
print("after")
"""


@pytest.fixture
def still(tmp_path: Path) -> Path:
    Image.radial_gradient("L").convert("RGB").resize((512, 288)).save(tmp_path / "still.webp")
    return tmp_path / "still.webp"


@pytest.fixture
def show(environment: dict[str, str], still: Path) -> Any:
    """Show a picture in a terminal that answers so; a name of the environment with nothing is taken away."""
    plain = {each: word for each, word in environment.items() if each not in {"NO_COLOR", "COLUMNS", "TMUX", "STY"}}
    plain = {each: word for each, word in plain.items() if each not in {"LC_TERMINAL", "TERM_PROGRAM"}}

    @contextmanager
    def begin(answers: Mapping[bytes, bytes], *arguments: str, script: str = SHOW, **more: str) -> Iterator[Terminal]:
        surroundings = {**plain, "TERM": "xterm-256color", "COLORTERM": "truecolor", **more}
        words = [sys.executable, "-c", script, *(arguments or ("auto", str(still)))]
        with open_terminal(words, environment=surroundings, answers=answers) as terminal:
            yield terminal

    return begin


def shown(opened: AbstractContextManager[Terminal]) -> bytes:
    """Give what was written between the two words."""
    with opened as terminal:
        assert terminal.finish() == 0, terminal.shown
    found = re.search(rb"before\r\n(.*)after\r\n", terminal.shown, re.DOTALL)
    assert found, terminal.shown
    return found[1]


def ways(written: bytes) -> set[str]:
    marks = {"kitty": b"\x1b_Ga=T", "sixel": b"\x1bP0;1;0q", "iterm": b"\x1b]1337;", "blocks": "▀".encode()}
    return {way for way, mark in marks.items() if mark in written}


@pytest.mark.parametrize(
    ("answers", "given", "way"),
    [
        (LIKE_KITTY, {}, "kitty"),
        ({**LIKE_KITTY, **LIKE_FOOT}, {}, "kitty"),
        (LIKE_FOOT, {}, "sixel"),
        ({**LIKE_KITTY, KITTY: b"\x1b_Gi=31;ENOTSUPPORTED\x1b\\"}, {}, "blocks"),
        (LIKE_XTERM, {}, "blocks"),
        (LIKE_XTERM, {"COLORTERM": ""}, "blocks"),
        (LIKE_XTERM, {"LC_TERMINAL": "iTerm2"}, "iterm"),
        (LIKE_XTERM, {"TERM_PROGRAM": "iTerm.app"}, "iterm"),
        ({}, {"TERM": "xterm-kitty"}, "kitty"),
        ({}, {"TERM": "foot"}, "sixel"),
        ({}, {}, "blocks"),
        (LIKE_TMUX, {"TERM": "tmux-256color", "LC_TERMINAL": "iTerm2"}, "blocks"),
        (LIKE_FOOT, {"TERM": "tmux-256color"}, "sixel"),
    ],
)
def test_a_terminal_is_shown_what_it_says_it_can(
    show: Any, answers: dict[bytes, bytes], given: dict[str, str], way: str
) -> None:
    assert ways(shown(show(answers, **given))) == {way}


@pytest.mark.parametrize(
    "given",
    [{"TERM": "dumb"}, {"TERM": "linux"}, {"NO_COLOR": "1"}, {"TERM": ""}],
    ids=lambda given: "=".join(*given.items()),
)
def test_a_plain_terminal_is_not_even_asked(show: Any, given: dict[str, str]) -> None:
    assert shown(show(LIKE_KITTY, **given)) == b""


def test_a_terminal_of_few_colours_shows_no_picture(show: Any) -> None:
    assert ways(shown(show(LIKE_XTERM, TERM="xterm", COLORTERM=""))) == set()


@pytest.mark.parametrize("given", [{"TMUX": "/run/tmux,1,0"}, {"STY": "1.screen"}, {"TERM": "screen"}])
def test_a_multiplexer_is_not_asked_what_it_would_take_for_a_title(show: Any, given: dict[str, str]) -> None:
    written = shown(show(LIKE_TMUX, **given))
    assert (b"\x1b_G" in written, LAST in written) == (False, True)


@pytest.mark.parametrize("way", ["kitty", "iterm", "sixel", "blocks", "none"])
def test_a_way_that_was_said_is_taken_without_asking(show: Any, still: Path, way: str) -> None:
    written = shown(show({}, way, str(still), NO_COLOR=""))
    assert ways(written) == ({way} - {"none"})
    assert LAST not in written


def test_nothing_is_written_into_a_pipe(run_python: Any, still: Path) -> None:
    for way in ("auto", "kitty", "sixel", "blocks"):
        assert run_python(SHOW, way, still) == "before\nafter\n"


def test_the_picture_gets_room_of_its_own_and_the_prompt_stands_below(show: Any) -> None:
    written = shown(show(LIKE_KITTY))
    found = re.search(
        rb"(\n+)\x1b\[(\d+)A\x1b7(\x1b_G.*)\x1b8\x1b\[(\d+)B\r$", written.replace(b"\r\n", b"\n"), re.DOTALL
    )
    assert found, written
    lines = len(found[1])
    assert int(found[2]) == int(found[4]) == lines
    data = b"".join(re.findall(rb"\x1b_G[^;]*;([^\x1b]*)\x1b\\", found[3]))
    size = re.search(rb"c=(\d+),r=(\d+)", found[3])
    assert size
    assert int(size[2]) == lines == 16
    assert Image.open(BytesIO(b64decode(data))).size == (int(size[1]) * 20, lines * 40), "as its cells were told"


def test_a_terminal_that_says_nothing_is_not_waited_for(show: Any) -> None:
    with show({}) as terminal:
        terminal.wait_for(re.escape(LAST))
        began = time.monotonic()
        terminal.wait_for(b"after")
    assert PATIENCE / 2 < time.monotonic() - began < PATIENCE + 5


TYPED = SHOW + "print('read', repr(sys.stdin.readline()))\n"


def test_keys_that_were_typed_before_stay_where_they_are(show: Any, still: Path) -> None:
    with show(LIKE_KITTY, "auto", str(still), script="input()\n" + TYPED) as terminal:
        terminal.type(b"\nls -l")
        terminal.wait_for(b"after")
        assert KITTY not in terminal.shown, "an answer could not be told from the keys"
        terminal.type(b"\n")
        terminal.wait_for(rb"read 'ls -l\\n'")


def test_keys_that_come_with_the_answer_are_given_back(show: Any, still: Path) -> None:
    if not _may_give_back():
        pytest.skip("this system forbids to put keys back (TIOCSTI)")
    answers = {LAST: b"ls\x1b[?62;4c -l"}
    with show(answers, "auto", str(still), script=TYPED) as terminal:
        terminal.wait_for(b"after")
        terminal.type(b"\n")
        terminal.wait_for(rb"read '(ls -l| -lls)\\n'")


def _may_give_back() -> bool:
    setting = Path("/proc/sys/dev/tty/legacy_tiocsti")
    return os.geteuid() == 0 or not setting.exists() or setting.read_text().strip() == "1"


IN_BACKGROUND = """
import os, signal
child = os.fork()
if child:
    _, status = os.waitpid(child, os.WUNTRACED)
    print("stopped" if os.WIFSTOPPED(status) else "ended", flush=True)
    os.kill(child, signal.SIGKILL) if os.WIFSTOPPED(status) else None
    raise SystemExit
os.setpgid(0, 0)
"""


def test_in_the_background_nothing_is_asked(show: Any, still: Path) -> None:
    with show(LIKE_KITTY, "auto", str(still), script=IN_BACKGROUND + SHOW) as terminal:
        terminal.wait_for(b"ended")
    assert LAST not in terminal.shown
    assert ways(terminal.shown) == {"blocks"}


@pytest.mark.parametrize("bad", [b"", b"no picture", b"\x89PNG\r\n\x1a\n half"])
def test_what_is_no_picture_is_passed_over(show: Any, still: Path, tmp_path: Path, bad: bytes) -> None:
    (tmp_path / "bad").write_bytes(bad)
    assert ways(shown(show(LIKE_KITTY, "auto", str(tmp_path / "bad")))) == set()
    assert ways(shown(show(LIKE_KITTY, "auto", str(tmp_path / "bad"), str(still)))) == {"kitty"}


@pytest.mark.parametrize(
    ("heard", "answers", "typed"),
    [
        (b"", None, b""),
        (b"ls\n", None, b"ls\n"),
        (b"\x1b_Gi=31;OK\x1b\\", None, b""),
        (b"\x1b_Gi=31;OK\x1b\\\x1b[?62;c", Answers(kitty=True), b""),
        (b"\x1b_Gi=31;EINVAL:x\x1b\\\x1b[?62;14;24c", Answers(), b""),
        (b"a\x1b[6;20;10tb\x1b[?4;6cc", Answers(sixel=True, cell=(10, 20)), b"abc"),
        (b"\x1b[6;0;0t\x1b[?62c", Answers(), b""),
    ],
)
def test_answers_are_told_from_keys(heard: bytes, answers: Answers | None, typed: bytes) -> None:
    assert read_answers(heard) == (answers, typed)


def test_generate_shows_what_it_saved(show: Any, gateway: Any, tmp_path: Path) -> None:
    words = ("generate", "a red fox", "-n", "2", "-o", str(tmp_path), "--url", gateway.url)
    with show(LIKE_KITTY, *words, script="from dreambridge.cli.main import main; main()") as terminal:
        assert terminal.finish() == 0, terminal.shown
    assert ways(terminal.shown) == {"kitty"}
    assert terminal.shown.index(b"\x1b_Ga=T") < terminal.shown.index(b"a-red-fox-1.png\r\n")


@pytest.mark.parametrize("more", [("--json",), ("--preview", "none"), ("--no-wait",)])
def test_generate_shows_nothing_where_that_would_disturb(show: Any, gateway: Any, tmp_path: Path, more: Any) -> None:
    words = ("generate", "a red fox", "-n", "1", "-o", str(tmp_path), "--url", gateway.url, *more)
    with show(LIKE_KITTY, *words, script="from dreambridge.cli.main import main; main()") as terminal:
        assert terminal.finish() == 0, terminal.shown
    assert (ways(terminal.shown), LAST in terminal.shown) == (set(), False)
