"""Accounts of a running gateway, from the command line: nothing pasted is shown anywhere."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def gateway(start: Any, data: Path) -> Any:
    """Run a gateway whose data directory the tests know."""
    return start("serve", "--port", "0", "--data-dir", data, DREAMBRIDGE_SANDBOX_SPEED="0.02")


@pytest.fixture
def accounts(gateway: Any, data: Path, environment: dict[str, str], tmp_path: Path) -> Run:
    """Run one of the commands against the gateway."""

    def carry_out(*arguments: str, pasted: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "dreambridge", "accounts", *arguments],
            input=pasted,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env={**environment, "DREAMBRIDGE_URL": gateway.url, "DREAMBRIDGE_DATA_DIR": str(data), **more},
            cwd=tmp_path,
        )

    return carry_out


def listed(accounts: Run) -> dict[str, Any]:
    return {each["name"]: each for each in json.loads(accounts("list", "--json").stdout)}


def test_an_account_is_added_from_a_pipe_listed_checked_and_removed(accounts: Run) -> None:
    made = accounts("add", "-", "--name", "play", "--json", pasted="sandbox-cli-one\n")
    assert (made.returncode, made.stderr) == (0, "")
    account = json.loads(made.stdout)
    assert (account["name"], account["site"], account["health"]) == ("play", "sandbox", "ready")
    assert "sandbox-cli-one" not in made.stdout
    shown = accounts("list")
    assert any(line.split()[:3] == ["play", "sandbox", "ready"] for line in shown.stdout.splitlines())
    checked = accounts("check", "play", "--json")
    assert json.loads(checked.stdout)[0]["credit"]["total"] > 0
    assert accounts("check").returncode == 0
    assert accounts("rename", "play", "game").returncode == 0
    unasked = accounts("remove", "game")
    assert (unasked.returncode, "--yes" in unasked.stderr, "game" in listed(accounts)) == (2, True, True)
    gone = accounts("remove", "game", "--yes")
    assert (gone.returncode, gone.stderr) == (0, "removed game\n")
    assert "game" not in listed(accounts)


def test_accounts_are_paused_and_resumed(accounts: Run) -> None:
    accounts("add", "--name", "tired", pasted="sandbox-cli-two")
    paused = accounts("pause", "tired")
    assert (paused.returncode, "paused" in paused.stdout) == (0, True)
    assert listed(accounts)["tired"]["paused"] is True
    assert accounts("resume", "tired").returncode == 0
    assert listed(accounts)["tired"]["paused"] is False


def test_many_are_imported_and_one_that_is_refused_keeps_no_other_out(accounts: Run, tmp_path: Path) -> None:
    (tmp_path / "many.txt").write_text(
        "# mine\nsandbox-cli-three\n\nhunter2\ncurl https://x \\\n -b 'a=hunter2'\nsandbox-cli-four\n"
    )
    done = accounts("import", "many.txt", "--json")
    assert done.returncode == 1
    outcomes = json.loads(done.stdout)
    assert [each["error"] and each["error"]["code"] for each in outcomes] == [
        None,
        "session_unreadable",
        "session_unreadable",
        None,
    ]
    assert "entry 2: " in done.stderr
    assert "hunter2" not in done.stdout + done.stderr
    (tmp_path / "none.txt").write_text("# nothing\n")
    assert accounts("import", "none.txt").returncode == 2
    assert accounts("import", "missing.txt").returncode == 2


def test_a_refusal_says_what_and_what_to_do_and_repeats_nothing(accounts: Run) -> None:
    accounts("add", "--name", "once", pasted="sandbox-cli-five")
    for pasted, words in (("hunter2", "no session id"), ("sandbox-cli-five", "already as once"), ("", "is empty")):
        done = accounts("add", pasted=pasted)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("error: ")
        assert words in done.stderr
        assert "hunter2" not in done.stderr
    unknown = accounts("pause", "nobody")
    assert (unknown.returncode, "no such account" in unknown.stderr) == (1, True)


def test_a_session_among_the_arguments_is_wrong_usage(accounts: Run) -> None:
    done = accounts("add", "hunter2")
    assert done.returncode == 2
    assert "hunter2" not in done.stderr


def test_a_wrong_key_a_missing_one_and_a_gateway_that_is_not_there_are_told_apart(
    accounts: Run, tmp_path: Path
) -> None:
    wrong = accounts("list", DREAMBRIDGE_ADMIN_KEY="db-admin-wrong")
    assert (wrong.returncode, "db-admin-wrong" in wrong.stderr) == (1, False)
    other = accounts("pause", "x", DREAMBRIDGE_ADMIN_KEY="sandbox")
    assert (other.returncode, "admin.key" in other.stderr) == (1, True)
    missing = accounts("list", "--data-dir", str(tmp_path))
    assert (missing.returncode, str(tmp_path / "admin.key") in missing.stderr) == (1, True)
    nowhere = accounts("list", "--url", "http://127.0.0.1:9")
    assert (nowhere.returncode, "dreambridge serve" in nowhere.stderr) == (3, True)
    assert accounts("list", "--url", "nonsense").returncode == 2


def test_what_is_pasted_into_a_terminal_is_not_shown(gateway: Any, data: Path, environment: dict[str, str]) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "dreambridge", "accounts", "add", "--name", "typed"],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
        env={**environment, "DREAMBRIDGE_URL": gateway.url, "DREAMBRIDGE_DATA_DIR": str(data)},
        text=True,
    )
    os.close(theirs)
    shown = b""
    while b"Nothing of it is shown." not in shown:
        shown += os.read(ours, 4096)
    # Longer than the 4,095 bytes that a terminal's line editing takes, and over two lines.
    filler = "; ".join(f"c{n}=hunter2" for n in range(600))
    os.write(ours, f"curl 'http://localhost/' \\\n -b '{filler}; sessionid=sandbox-cli-typed'\n".encode())
    out, _ = process.communicate(timeout=30)
    while True:
        try:
            piece = os.read(ours, 4096)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        shown += piece
    os.close(ours)
    assert process.returncode == 0, shown
    assert "typed" in out
    assert b"hunter2" not in shown
    assert b"cli-typed" not in shown
