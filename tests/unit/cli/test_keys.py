"""`dreambridge keys`: through a running gateway, and into its data directory while none runs."""

import csv
import io
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def house(start: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """Run a gateway; give its address and its data directory."""
    folder = tmp_path_factory.mktemp("data")
    return start("serve", "--port", "0", "--data-dir", folder).url, folder


def test_a_key_is_made_listed_used_and_revoked(run: Run, house: tuple[str, Path]) -> None:
    url, folder = house
    where = ("--url", url, "--data-dir", folder)
    made = run(
        "keys", "create", "team", "--models", "jimeng-4.5,agent", "--rpm", "2", "--credits-per-day", "10", *where
    )
    assert made.returncode == 0, made.stderr
    text = made.stdout.strip()
    assert text.startswith("db-")
    assert "shown this once" in made.stderr
    listed = run("keys", "list", *where)
    assert "team" in listed.stdout
    assert "models jimeng-4.5,agent; rpm 2; credits_per_day 10" in listed.stdout
    assert text not in listed.stdout
    assert text[-4:] in listed.stdout
    refused = run("generate", "a fox", "--url", url, "--token", text)
    assert refused.returncode == 1
    assert "dreambridge accounts add" in refused.stderr
    usage = run("keys", "usage", "team", "--format", "csv", *where)
    assert list(csv.reader(io.StringIO(usage.stdout))) == [["day", "requests", "images", "videos", "credits"]]
    assert json.loads(run("keys", "usage", "team", "--format", "json", *where).stdout)["total"]["requests"] == 0
    assert run("keys", "usage", "team", *where).returncode == 0
    revoked = run("keys", "revoke", "team", *where)
    assert (revoked.returncode, revoked.stderr) == (0, "the key team is revoked\n")
    assert json.loads(run("keys", "list", "--json", *where).stdout)[0]["revoked_at"]
    assert run("generate", "a fox", "--url", url, "--token", text).returncode == 1


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("create", "a", "--models", "nobody"), 1, "nobody"),
        (("create", "a", "--rpm", "0"), 2, "rpm"),
        (("create", "a", "--images-mode", "never"), 2, "images-mode"),
        (("create", " "), 1, "name"),
        (("revoke", "stranger"), 1, "keys list"),
        (("usage", "stranger"), 1, "keys list"),
    ],
)
def test_what_cannot_be_done_is_told(
    run: Run, house: tuple[str, Path], arguments: tuple[str, ...], code: int, words: str
) -> None:
    done = run("keys", *arguments, "--url", house[0], "--data-dir", house[1])
    assert (done.returncode, done.stdout) == (code, "")
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_without_the_admin_key_nothing_is_done(run: Run, house: tuple[str, Path], tmp_path: Path) -> None:
    url, folder = house
    lost = run("keys", "list", "--url", url, "--data-dir", tmp_path)
    assert lost.returncode == 1
    assert "--data-dir" in lost.stderr
    wrong = run("keys", "list", "--url", url, DREAMBRIDGE_ADMIN_KEY="db-" + "x" * 43)
    assert wrong.returncode == 1
    right = (folder / "admin.key").read_text().strip()
    assert run("keys", "list", "--url", url, DREAMBRIDGE_ADMIN_KEY=right).returncode == 0
    assert run("keys", "list", "--url", "http://127.0.0.1:1", "--data-dir", folder).returncode == 3


def test_while_a_gateway_runs_its_directory_is_left_alone(run: Run, house: tuple[str, Path]) -> None:
    refused = run("keys", "create", "late", "--offline", "--data-dir", house[1])
    assert refused.returncode == 1
    assert "in use" in refused.stderr
    assert "--offline" in refused.stderr


def test_beyond_loopback_a_gateway_starts_once_there_is_a_key(run: Run, start: Any, tmp_path: Path) -> None:
    data = tmp_path / "data"
    exposed = ("serve", "--host", "0.0.0.0", "--port", "0", "--data-dir", data)  # noqa: S104 - what is tested
    refused = run(*exposed)
    assert refused.returncode == 1
    assert "dreambridge keys create NAME --offline" in refused.stderr
    assert "keys create" in run("doctor", "--offline", "--data-dir", data, DREAMBRIDGE_HOST="0.0.0.0").stdout  # noqa: S104
    made = run("keys", "create", "first", "--offline", "--json", "--data-dir", data)
    assert made.returncode == 0, made.stderr
    key = json.loads(made.stdout)
    again = run("keys", "create", "first", "--offline", "--data-dir", data)
    assert again.returncode == 1
    assert "first" in again.stderr
    gateway = start(*exposed)
    assert "one that callers" in run("doctor", "--offline", "--data-dir", data, DREAMBRIDGE_HOST="0.0.0.0").stdout  # noqa: S104
    url = gateway.url.replace("0.0.0.0", "127.0.0.1")  # noqa: S104 - as above
    listed = run("models", "--url", url, "--token", key["key"], "--json")
    assert (listed.returncode, json.loads(listed.stdout)) == (0, [])
    run("keys", "revoke", "first", "--url", url, "--data-dir", data)
    gateway.stop()
    assert run(*exposed).returncode == 1


def test_settings_that_contradict_each_other_stop_the_start(run: Run, tmp_path: Path) -> None:
    both = {"DREAMBRIDGE_REQUIRE_GATEWAY_KEY": "true", "DREAMBRIDGE_ALLOW_SESSION_TOKENS": "true"}
    refused = run("serve", "--port", "0", "--data-dir", tmp_path / "data", **both)
    assert refused.returncode == 1
    assert "contradict" in refused.stderr
