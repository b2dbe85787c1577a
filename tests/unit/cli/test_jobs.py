"""Jobs from the command line: listed, shown, followed, saved, cancelled, removed."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def jobs(run: Run, gateway: Any) -> Run:
    """Run one of the commands against the gateway."""
    return lambda *arguments, **more: run("jobs", *arguments, DREAMBRIDGE_URL=gateway.url, **more)


def begin(run: Run, gateway: Any, token: str, prompt: str, *options: str) -> str:
    done = run("generate", prompt, "-n", "1", "--no-wait", "--url", gateway.url, "--token", token, *options)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_jobs_are_listed_by_state_and_page_by_page(run: Run, gateway: Any, jobs: Run) -> None:
    mine = {"DREAMBRIDGE_TOKEN": "sandbox-list"}
    assert jobs("list", **mine).stderr == "no jobs\n"
    good = begin(run, gateway, "sandbox-list", "a [red]fox[/red]\nin snow")
    assert jobs("follow", good, **mine).returncode == 0
    bad = begin(run, gateway, "sandbox-list", "a fox [sim:refused]")
    assert jobs("follow", bad, **mine).returncode == 1
    rows = [line.split() for line in jobs("list", **mine).stdout.splitlines() if "job_" in line]
    assert [row[:5] for row in rows] == [
        [bad, "failed", "1", "picture", "jimeng-4.5"],
        [good, "completed", "1", "picture", "jimeng-4.5"],
    ]
    assert "a [red]fox[/red] in snow" in jobs("list", **mine).stdout
    only = json.loads(jobs("list", "--status", "failed", "--json", **mine).stdout)
    assert ([each["id"] for each in only["data"]], only["has_more"]) == ([bad], False)
    page = jobs("list", "--limit", "1", **mine)
    assert f"more: dreambridge jobs list --after {bad} -n 1" in page.stderr
    rest = json.loads(jobs("list", "--after", bad, "--json", **mine).stdout)
    assert [each["id"] for each in rest["data"]] == [good]


def test_a_job_is_shown_saved_and_removed_by_id_and_by_address(
    run: Run, gateway: Any, jobs: Run, tmp_path: Path
) -> None:
    job = begin(run, gateway, "sandbox", "a fox")
    followed = jobs("follow", f"{gateway.url}/v1/jobs/{job}", "-o", "out")
    assert (followed.returncode, followed.stdout) == (0, "out/a-fox-1.png\n")
    assert jobs("save", job, "-o", "out").stdout == "out/a-fox-1.png\n"  # it is there already
    (tmp_path / "out" / "a-fox-1.png").write_text("mine")
    assert jobs("save", job, "-o", "out").stdout == "out/a-fox-1-2.png\n"
    assert (tmp_path / "out" / "a-fox-1.png").read_text() == "mine"
    told = json.loads(jobs("save", job, "--json").stdout)
    assert (told["job"]["id"], told["files"]) == (job, ["a-fox-1.png"])
    shown = jobs("show", job)
    for words in (f"id        {job}", "state     completed", "prompt    a fox", "file      http"):
        assert words in shown.stdout
    assert jobs("cancel", job).stderr == f"{job} had ended already: completed\n"
    unasked = jobs("remove", job)
    assert (unasked.returncode, "--yes" in unasked.stderr) == (2, True)
    gone = jobs("remove", job, "--yes", "--json")
    assert json.loads(gone.stdout) == {"id": job, "object": "job.deleted", "deleted": True}
    missing = jobs("show", job, "--json")
    assert (missing.returncode, json.loads(missing.stdout)["error"]["code"]) == (1, "job_not_found")


def test_a_job_that_runs_is_told_by_an_exit_code_of_its_own_and_can_be_cancelled(
    run: Run, gateway: Any, jobs: Run
) -> None:
    job = begin(run, gateway, "sandbox", "a fox [sim:stuck]")
    early = jobs("save", job, "-o", "there")
    assert (early.returncode, early.stdout) == (4, "")
    assert f"`dreambridge jobs follow {job} -o there`" in early.stderr
    told = json.loads(jobs("save", job, "--json").stdout)
    assert (told["error"]["code"], told["job"]["id"]) == ("still_running", job)
    assert jobs("remove", job, "--yes").returncode == 1
    assert job in jobs("cancel", job).stderr
    ended = jobs("follow", job, "--json")
    told = json.loads(ended.stdout)
    assert (ended.returncode, told["error"]["code"], told["files"]) == (1, "cancelled", [])


@pytest.mark.parametrize(("width", "shown"), [("60", "id state"), ("80", "id state age cost prompt")])
def test_a_narrow_terminal_shows_ids_whole_and_leaves_the_rest_out(
    run: Run, gateway: Any, environment: dict[str, str], tmp_path: Path, width: str, shown: str
) -> None:
    job = begin(run, gateway, "sandbox-narrow", "a fox " * 30)
    command = ["jobs", "list", "--url", gateway.url, "--token", "sandbox-narrow"]
    code, screen = on_a_terminal(command, b"", {**environment, "COLUMNS": width}, tmp_path)
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line).strip() for line in screen.splitlines() if line.strip()]
    assert (
        code,
        any(line.startswith(f"{job} ") for line in lines),
        shown in [" ".join(line.split()) for line in lines],
    ) == (0, True, True)
    assert max(map(len, lines)) <= int(width)


def test_an_unknown_state_is_answered_with_the_near_one(jobs: Run) -> None:
    done = jobs("list", "--status", "competed")
    assert done.returncode == 2
    assert "Did you mean completed?" in done.stderr


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_an_interrupt_while_following_leaves_the_job_alone(
    run: Run, gateway: Any, environment: dict[str, str], tmp_path: Path, options: tuple[str, ...]
) -> None:
    job = begin(run, gateway, "sandbox", "a fox [sim:stuck]")
    command = [sys.executable, "-m", "dreambridge", "jobs", "follow", job, "--url", gateway.url, "-o", "out", *options]
    process = subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    if options:
        # It says nothing: it follows once the folder is there.
        while not (tmp_path / "out").exists():
            time.sleep(0.01)
    else:
        process.stderr.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Traceback" not in err
    if options:
        assert json.loads(out)["error"]["code"] == "interrupted"
    else:
        assert out == ""
        assert f"The job goes on: {gateway.url}/v1/jobs/{job}\n" in err
        assert f"`dreambridge jobs follow {job} -o out --url {gateway.url}`" in err
    shown = json.loads(run("jobs", "show", job, "--json", "--url", gateway.url).stdout)
    assert (shown["status"], shown["cancel_requested"]) == ("in_progress", False)


def on_a_terminal(command: list[str], typed: bytes, environment: dict[str, str], folder: Path) -> tuple[int, str]:
    """Run a command on a terminal of its own, with an answer typed; give its exit code and what the screen got."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "dreambridge", *command],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**environment, "TERM": "xterm-256color"},
        cwd=folder,
    )
    os.close(theirs)
    os.write(ours, typed)
    shown = b""
    while True:
        try:
            piece = os.read(ours, 4096)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        shown += piece
    os.close(ours)
    return process.wait(30), shown.decode()


def test_removing_asks_a_person_first(
    run: Run, gateway: Any, jobs: Run, environment: dict[str, str], tmp_path: Path
) -> None:
    job = begin(run, gateway, "sandbox", "a fox")
    jobs("follow", job)
    command = ["jobs", "remove", job, "--url", gateway.url]
    code, shown = on_a_terminal(command, b"n\n", environment, tmp_path)
    assert (code, f"Remove {job} (1 file, 'a fox')" in shown, "not removed" in shown) == (1, True, True)
    assert jobs("show", job).returncode == 0
    assert on_a_terminal(command, b"y\n", environment, tmp_path)[0] == 0
    assert jobs("show", job).returncode == 1


def test_a_person_sees_a_bar_with_percent_and_words_and_it_is_gone_in_the_end(
    gateway: Any, environment: dict[str, str], tmp_path: Path
) -> None:
    command = ["generate", "a bar", "-n", "1", "--url", gateway.url]
    code, shown = on_a_terminal(command, b"", {**environment, "COLUMNS": "100"}, tmp_path)
    assert code == 0
    assert "%" in shown
    assert "━" in shown
    last = shown.rstrip().splitlines()
    assert any(line.endswith("a-bar-1.png") for line in last[-2:])
    plain = on_a_terminal(["generate", "a bar", "-n", "1", "--url", gateway.url], b"", {**environment}, tmp_path)
    assert plain[0] == 0
