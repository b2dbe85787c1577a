"""Wrong usage is answered with the right one, errors are JSON where JSON was asked for, and pipes get letters only."""

import json
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from dreambridge.cli.terminal import EXIT_CODES, Exit

Run = Callable[..., subprocess.CompletedProcess[str]]
FIELDS = {"message", "type", "param", "code", "retryable", "charged", "site_code", "log_id", "remedy"}


@pytest.mark.parametrize(
    ("arguments", "words", "help_of"),
    [
        (("generate", "x", "--rato", "16:9"), "No such option --rato. Did you mean --ratio?", "dreambridge generate"),
        (("vidoe", "x"), "No such command 'vidoe'. Did you mean 'video'?", "dreambridge"),
        (("jobs", "lst"), "No such command 'lst'. Did you mean 'list'?", "dreambridge jobs"),
        (("jobs", "list", "--limti", "3"), "No such option --limti. Did you mean --limit?", "dreambridge jobs list"),
        (("generate",), "Missing argument", "dreambridge generate"),
        (("generate", "a", "b"), "Got unexpected extra argument", "dreambridge generate"),
        (("generate", "a", "-n", "many"), "Invalid value for '-n'", "dreambridge generate"),
        (("edit", "a", "b", "--strength", "7"), "Invalid value for '--strength'", "dreambridge edit"),
        (("models", "--site", "sandbx"), "Did you mean sandbox?", None),
        (("keys", "usage", "x", "--format", "cvs"), "Invalid value for '--format'", "dreambridge keys usage"),
    ],
)
def test_a_slip_of_the_pen_is_answered_with_what_was_meant(
    run: Run, arguments: tuple[str, ...], words: str, help_of: str | None
) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: ")
    assert words in done.stderr
    assert help_of is None or f"  `{help_of} --help` shows what it takes.\n" in done.stderr


def test_a_model_that_does_not_exist_is_answered_with_the_nearest(run: Run, gateway: Any) -> None:
    done = run("video", "a fox", "--model", "jimeng-video-3.5", "--url", gateway.url)
    assert (done.returncode, "jimeng-video-3.5-pro" in done.stderr) == (1, True)
    assert "`dreambridge models`" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (("generate", "x", "--rato", "1", "--json"), 2, "wrong_usage"),
        (("generate", "x", "--json"), 3, "gateway_unreachable"),
        (("generate", "x", "--json", "--url", "nonsense"), 2, "wrong_usage"),
        (("generate", "x", "--json", "-o", "/proc/none"), 1, "failed"),
        (("edit", "x", "gone.png", "--json"), 2, "wrong_usage"),
        (("video", "x", "--first", "gone.png", "--json"), 2, "wrong_usage"),
        (("jobs", "list", "--json"), 3, "gateway_unreachable"),
        (("jobs", "show", "x", "--json"), 3, "gateway_unreachable"),
        (("jobs", "remove", "x", "--json"), 2, "wrong_usage"),
        (("models", "--site", "mars", "--json"), 2, "wrong_usage"),
        (("accounts", "list", "--json"), 1, "failed"),
        (("accounts", "list", "--json", "--key", "k"), 3, "gateway_unreachable"),
        (("keys", "list", "--json", "--key", "k"), 3, "gateway_unreachable"),
        (("keys", "usage", "x", "--format", "json", "--key", "k"), 3, "gateway_unreachable"),
        (("keys", "usage", "x", "--json", "--key", "k"), 3, "gateway_unreachable"),
        (("vidoe", "--json"), 2, "wrong_usage"),
    ],
)
def test_an_error_is_one_document_where_json_was_asked_for(
    run: Run, tmp_path: Any, arguments: tuple[str, ...], code: int, word: str
) -> None:
    where = {"DREAMBRIDGE_URL": "http://127.0.0.1:9", "DREAMBRIDGE_DATA_DIR": str(tmp_path / "none")}
    done = run(*arguments, **where)
    error = json.loads(done.stdout)["error"]
    assert (done.returncode, error["code"], set(error)) == (code, word, FIELDS)
    assert error["message"] in done.stderr  # a person still sees it


def test_a_refusal_of_the_gateway_is_passed_on_field_by_field(run: Run, gateway: Any) -> None:
    done = run("generate", "a fox [sim:no-credit]", "--json", "--url", gateway.url)
    told = json.loads(done.stdout)
    assert (done.returncode, told["error"]["code"]) == (1, "insufficient_quota")
    assert told["error"] == told["job"]["error"]
    refused = json.loads(run("generate", "x", "-n", "11", "--json", "--url", gateway.url).stdout)
    assert (refused["error"]["param"], set(refused)) == ("n", {"error"})


@pytest.mark.parametrize("forced", [{}, {"FORCE_COLOR": "1", "NO_COLOR": ""}, {"TERM": "dumb"}])
def test_pipes_get_neither_colours_nor_control_sequences(run: Run, gateway: Any, forced: dict[str, str]) -> None:
    for arguments, code in (
        (("generate", "a fox", "-n", "1"), 0),
        (("jobs", "list"), 0),
        (("models",), 0),
        (("generate", "x", "-n", "11"), 1),
        (("generate", "x", "--rato", "1"), 2),
    ):
        done = run(*arguments, DREAMBRIDGE_URL=gateway.url, **forced)
        assert done.returncode == code
        assert not {"\x1b", "\r"} & set(done.stdout + done.stderr)


@pytest.mark.parametrize(
    "command", [(), ("generate",), ("video",), ("edit",), ("jobs", "save"), ("doctor",), ("keys", "list")]
)
def test_every_help_has_the_table_of_exit_codes(run: Run, command: tuple[str, ...]) -> None:
    done = run(*command, "--help")
    assert EXIT_CODES in " ".join(done.stdout.split())


def test_the_table_of_exit_codes_is_what_scripts_rely_on() -> None:
    assert {code.name: code.value for code in Exit} == {
        "DONE": 0,
        "FAILED": 1,
        "USAGE": 2,
        "UNREACHABLE": 3,
        "RUNNING": 4,
        "INTERRUPTED": 130,
    }
