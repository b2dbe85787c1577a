import json
import shlex
import signal
import socket
import stat
import subprocess
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]


def ask(url: str, body: dict[str, Any] | None = None) -> Any:
    headers = {"Authorization": "Bearer sandbox", "Content-Type": "application/json"}
    data = json.dumps(body).encode() if body else None
    with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=30) as answer:  # noqa: S310
        return answer.read()


def assert_refused(done: subprocess.CompletedProcess[str], words: str) -> None:
    assert done.returncode == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("error: ")
    assert done.stdout == ""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_tells_where_it_is_and_stops_politely(start: Any, tmp_path: Path, number: int) -> None:
    gateway = start("serve", "--port", "0", "--data-dir", tmp_path / "data")
    assert ask(f"{gateway.url}/ping")
    code, out, err = gateway.stop(number)
    assert code == 0
    assert "Traceback" not in err
    assert f"data  {tmp_path / 'data'}" in out
    key = tmp_path / "data" / "secret.key"
    assert f"key   {key}" in out
    admin = tmp_path / "data" / "admin.key"
    assert f"admin {admin}" in out
    for each in (key, admin):
        assert each.read_text().strip() not in out + err
        assert stat.S_IMODE(each.stat().st_mode) == 0o600


def test_the_line_it_prints_makes_a_picture(start: Any, tmp_path: Path) -> None:
    gateway = start("serve", "--port", "0", "--data-dir", tmp_path / "data", DREAMBRIDGE_SANDBOX_SPEED="0.02")
    lines = [gateway.process.stdout.readline() for _ in range(4)]
    call = shlex.split(lines[-1].partition("curl")[2])
    assert call[1:5] == ["-H", "Authorization: Bearer sandbox", "-H", "Content-Type: application/json"]
    picture = json.loads(ask(call[0], json.loads(call[-1])))["data"][0]["url"]
    assert ask(picture).startswith((b"\x89PNG", b"\xff\xd8", b"RIFF"))


def test_the_sandbox_line_is_left_out_when_the_sandbox_is_off(start: Any, tmp_path: Path) -> None:
    gateway = start("serve", "--port", "0", "--data-dir", tmp_path / "data", DREAMBRIDGE_SANDBOX="false")
    _, out, _ = gateway.stop()
    assert "curl" not in out


def test_a_second_process_on_the_same_data_is_refused_in_one_line(run: Run, start: Any, tmp_path: Path) -> None:
    first = start("serve", "--port", "0", "--data-dir", tmp_path / "data")
    done = run("serve", "--port", "0", "--data-dir", tmp_path / "data")
    assert_refused(done, f"in use by process {first.process.pid}")
    assert done.stderr.count("\n") == 1


def test_an_address_that_is_taken_is_named(run: Run, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run("serve", "--port", str(port), "--data-dir", tmp_path / "data")
    assert_refused(done, f"cannot serve on 127.0.0.1:{port}: Address already in use\n  Take another with --port")


def test_listening_beyond_loopback_is_refused_without_permission(run: Run, tmp_path: Path) -> None:
    done = run("serve", "--host", "0.0.0.0", "--data-dir", tmp_path / "data")  # noqa: S104 - refused
    assert_refused(done, "DREAMBRIDGE_ALLOW_SESSION_TOKENS")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("DREAMBRIDGE_PORT", "many", "PORT: input should be a valid integer"),
        ("DREAMBRIDGE_LOG_LEVEL", "loud", "LOG_LEVEL"),
        ("DREAMBRIDGE_SECRET_KEY", "short-and-sweet", "needs at least 32"),
        ("DREAMBRIDGE_CATALOG_DIR", "/nowhere/at/all", "is not a folder"),
    ],
)
def test_a_wrong_setting_is_named_and_its_secret_is_not(
    run: Run, tmp_path: Path, name: str, value: str, words: str
) -> None:
    done = (
        run("serve", "--data-dir", tmp_path / "data", "--port", "0", **{name: value})
        if name != ("DREAMBRIDGE_PORT")
        else run("serve", **{name: value})
    )
    assert_refused(done, words)
    assert "short-and-sweet" not in done.stderr


def test_a_broken_settings_file_is_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "dreambridge.toml").write_text("port = ")
    assert_refused(run("serve"), "the settings cannot be read")


def test_a_used_directory_without_its_key_file_is_refused_and_the_key_brings_it_back(
    run: Run, start: Any, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    start("serve", "--port", "0", "--data-dir", data).stop()
    key = (data / "secret.key").read_bytes()
    (data / "secret.key").unlink()
    assert_refused(run("serve", "--port", "0", "--data-dir", data), f"{data / 'secret.key'} is missing")
    assert not (data / "secret.key").exists()
    (data / "secret.key").write_bytes(key)
    assert start("serve", "--port", "0", "--data-dir", data).stop()[0] == 0


def test_a_damaged_database_is_named_in_one_line(run: Run, start: Any, tmp_path: Path) -> None:
    data = tmp_path / "data"
    start("serve", "--port", "0", "--data-dir", data).stop()
    for name in ("dreambridge.db-wal", "dreambridge.db-shm"):
        (data / name).unlink(missing_ok=True)
    (data / "dreambridge.db").write_text("no database at all")
    assert_refused(run("serve", "--port", "0", "--data-dir", data), "is no SQLite database")


def test_a_data_directory_that_cannot_be_is_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run("serve", "--port", "0", "--data-dir", tmp_path / "file")
    assert_refused(done, f"the data directory {tmp_path / 'file'} cannot be used")
