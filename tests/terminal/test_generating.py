import re
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from tests.tmux import Screen

Open = Callable[..., AbstractContextManager[Screen]]


def test_a_bar_tells_the_place_in_the_queue_and_goes_away(screen: Screen, here: Path) -> None:
    screen.type("clear; dreambridge generate 'a red fox' -n 2 --token sandbox-bar.queued --preview none")
    screen.wait_for(r"━")
    *moments, done = screen.watch_until_idle(120)
    queue = [
        found for each in moments if (found := re.search(r"━ +(\d+)% .* (\d+)\w\w of \d+ in the site's queue", each))
    ]
    places = [int(found[2]) for found in queue]
    assert len(places) > 1, moments
    assert places == sorted(places, reverse=True)
    assert re.search(r"^a-red-fox-1\.png\na-red-fox-2\.png\n", done, re.MULTILINE), done
    assert "━" not in done
    assert sorted(each.name for each in here.iterdir()) == ["a-red-fox-1.png", "a-red-fox-2.png"]


def test_the_bar_tells_the_percent_while_the_pictures_are_made(screen: Screen) -> None:
    screen.type("clear; dreambridge generate 'a red fox' -n 2 --token sandbox-percent.slow-drawing")
    screen.wait_for(r"━ +[1-9]\d?% +0:00:\d\d +being made, about \d+ s left")
    before = int(re.findall(r"━ +(\d+)%", screen.look())[0])
    screen.wait_for(rf"━ +(?!{before}%)\d+%")
    assert int(re.findall(r"━ +(\d+)%", screen.look())[0]) > before
    screen.press("C-c")
    screen.wait_until_idle()


@pytest.mark.parametrize("columns", [40, 60, 100, 200])
def test_the_bar_keeps_to_one_line_however_narrow_the_screen(open_shell: Open, columns: int) -> None:
    with open_shell(columns=columns) as screen:
        screen.type("export DREAMBRIDGE_PREVIEW=none")
        screen.clear()
        screen.type(f"dreambridge generate fox -n 1 --token sandbox-{columns}.queued")
        screen.wait_for(r"━")
        waiting = screen.wait_for(r"0:00:0[1-9]")
        below = waiting[waiting.index("queued") :].splitlines()[1:]
        assert len(below) == 1, waiting
        done = screen.wait_until_idle(120)
        below = done[done.index("queued") :].splitlines()[1:]
        assert below[0] == "fox-1.png", done
        assert below[-1].strip() == "$"


def test_the_result_is_seen_and_the_prompt_stands_below_it(open_shell: Open) -> None:
    with open_shell(columns=80, lines=24) as screen:
        code, seen = screen.run("dreambridge generate 'a red fox' -n 2 --token sandbox-seen.plain")
    assert code == 0
    blocks = [line for line in seen.splitlines() if "▀" in line]
    assert 5 < len(blocks) <= 16, seen
    assert len({len(line.rstrip()) for line in blocks}) == 1, "the pictures have straight edges"
    after = seen[seen.rindex("▀") + 1 :].split("\n")
    assert after[1:3] == ["a-red-fox-1.png", "a-red-fox-2.png"]
    assert after[-1].strip() == "$"


def test_an_interrupt_tells_where_the_job_goes_on(screen: Screen, gateway: Any) -> None:
    token = "sandbox-interrupted.slow-drawing"
    screen.type(f"clear; dreambridge generate 'a red fox' -n 1 --token {token}; echo left:$?")
    screen.wait_for(r"━.* \d+% 0:00:0[2-9]")
    (job,) = gateway.jobs(token)
    screen.press("C-c")
    seen = screen.wait_for(r"^left:\d+")
    assert "left:130" in seen
    assert job["id"] in seen.replace("\n", "")
    assert "Traceback" not in seen
    time.sleep(1)
    assert [each["status"] for each in gateway.jobs(token)] == ["in_progress"]


def test_a_chinese_prompt_names_the_files(screen: Screen, here: Path) -> None:
    code, seen = screen.run("dreambridge generate 雪地里的红狐狸，水彩 -n 1 --preview none")
    assert code == 0
    assert "雪地里的红狐狸-水彩-1.png" in seen
    assert [each.name for each in here.iterdir()] == ["雪地里的红狐狸-水彩-1.png"]
