import json
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from tests.tmux import Screen

Open = Callable[..., AbstractContextManager[Screen]]

# Every command that prints something and ends, as a person calls it.
READING = ("models", "accounts list", "keys list", "jobs list", "doctor --offline", "completion bash", "--help")
SENTENCES = (
    ("generate fox --modle x", 2, "Did you mean --model?"),
    ("genrate fox", 2, "Did you mean 'generate'?"),
    ("generate fox --preview sixels", 2, "'sixel'"),
    ("generate fox --model jimeng-9", 1, "jimeng-9"),
    ("generate fox --token sandbox-no-credit", 1, "credit"),
    ("generate fox --url http://127.0.0.1:9", 3, "dreambridge serve"),
    ("jobs show job_unknown", 1, "job_unknown"),
    ("video fox --last fox.png", 2, "--first"),
    ("edit fox nothing.png", 2, "nothing.png"),
    ("keys usage nobody", 1, "dreambridge keys list"),
    ("models --site mars", 2, "Sites: cn"),
    ("simulate --cluster mars", 2, "mars"),
)


@pytest.mark.parametrize(("command", "code", "words"), SENTENCES)
def test_what_goes_wrong_is_said_with_what_would_be_right(
    screen: Screen, here: Path, command: str, code: int, words: str
) -> None:
    left, seen = screen.run(f"dreambridge {command}")
    assert left == code, seen
    assert words in " ".join(seen.split()), seen
    assert "Traceback" not in seen
    assert list(here.iterdir()) == []


@pytest.mark.parametrize("command", READING)
def test_nothing_but_words_goes_into_a_file(screen: Screen, here: Path, command: str) -> None:
    code, seen = screen.run(f"dreambridge {command} > out 2> err")
    assert code == 0, (here / "err").read_text()
    assert seen.count("\n") == 1, "all of it went into the files"
    for name in ("out", "err"):
        assert not re.search(rb"[\x00-\x08\x0b-\x1f]", (here / name).read_bytes())
    assert sum(each.stat().st_size for each in here.iterdir()) > 0


@pytest.mark.parametrize("command", ["generate fox -n 1", "jobs list", "models", "accounts list", "doctor --offline"])
def test_json_is_all_there_is_on_standard_output(screen: Screen, here: Path, command: str) -> None:
    code, seen = screen.run(f"dreambridge {command} --json > out")
    assert code == 0, seen
    assert isinstance(json.loads((here / "out").read_text()), (dict, list))
    assert seen.count("\n") == 1, "nor does anything else come up"


@pytest.mark.parametrize("command", ["models", "jobs list", "--help", "generate --help"])
@pytest.mark.parametrize("columns", [60, 160])
def test_a_table_keeps_to_the_screen_and_has_colours_only_there(
    open_shell: Open, command: str, columns: int, gateway: Any
) -> None:
    with open_shell(columns=columns, lines=200) as screen:
        code, seen = screen.run(f"dreambridge {command}")
        coloured = screen.look(colours=True)
    assert code == 0, seen
    lines = seen.splitlines()
    assert max(map(len, lines)) <= columns
    assert lines[-1].strip() == "$"
    assert "\x1b[" in coloured
    assert not any(line.startswith(("m ", "[")) for line in lines), "no control sequence is seen as text"


def test_a_video_and_its_still_are_there(screen: Screen, here: Path) -> None:
    code, seen = screen.run("dreambridge video 'waves at dusk' --token sandbox-video.plain", 120)
    assert code == 0, seen
    assert [each.suffix for each in here.iterdir()] == [".mp4"]
    assert re.search(r"^waves-at-dusk\.mp4$", seen, re.MULTILINE), seen
    assert "▀" in seen


def test_a_picture_is_edited_and_its_job_found_followed_and_saved_again(screen: Screen, here: Path) -> None:
    screen.type("export DREAMBRIDGE_TOKEN=sandbox-edit.plain DREAMBRIDGE_PREVIEW=none")
    assert screen.run("dreambridge generate 'a red fox' -n 1 -o in")[0] == 0
    code, seen = screen.run("dreambridge edit 'the same in autumn' in/a-red-fox-1.png -n 1 -o out")
    assert (code, [each.name for each in (here / "out").iterdir()]) == (0, ["the-same-in-autumn-1.png"]), seen
    code, seen = screen.run("dreambridge jobs list")
    (job,) = re.findall(r"job_\w+(?=.*autumn)", seen)
    code, seen = screen.run(f"dreambridge jobs save {job} -o again --preview blocks")
    assert (code, "▀" in seen) == (0, True), seen
    assert [each.name for each in (here / "again").iterdir()] == ["the-same-in-autumn-1.png"]


def test_a_job_is_started_followed_on_another_screen_and_interrupted_again(screen: Screen) -> None:
    screen.type("export DREAMBRIDGE_TOKEN=sandbox-follow.slow-drawing")
    code, seen = screen.run("dreambridge generate 'a red fox' -n 1 --no-wait")
    (job,) = re.findall(r"^job_\w+$", seen, re.MULTILINE)
    assert code == 0
    screen.type(f"clear; dreambridge jobs follow {job}; echo left:$?")
    screen.wait_for(r"━ +\d+%")
    screen.press("C-c")
    seen = screen.wait_for(r"^left:\d+")
    assert "left:130" in seen
    assert f"dreambridge jobs follow {job}" in " ".join(seen.split())
