import io
import json
import logging
import sys
from collections.abc import Iterator

import pytest
import structlog

from dreambridge.domain.secret import Secret
from dreambridge.logs import configure_logs, redact

SESSION = "0123456789abcdef0123456789ABCDEF"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Configure JSON lines into a buffer, and put logging back afterwards."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()
    configure_logs("info", "json", stream=stream)
    yield stream
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    root.handlers[:] = before
    root.setLevel(level)


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f"checking {SESSION} on cn", SESSION),
        (f"us-{SESSION}:cn", SESSION),
        (f"Authorization: Bearer {SESSION}", SESSION),
        ("got 'Bearer sandbox-alice'", "sandbox-alice"),
        ("headers {'Authorization': 'Basic dXNlcjpwYXNz'}", "dXNlcjpwYXNz"),
        ("Cookie: sessionid=abc; uid_tt=def", "abc"),
        ("Cookie: sessionid=abc; uid_tt=def", "def"),
        ("Set-Cookie: sid_guard=zzz; Path=/", "zzz"),
        ("body sessionid=qqqq&x=1", "qqqq"),
        ('{"sessionid_ss": "qqqq", "x": 1}', "qqqq"),
        ("GET https://p3-sign.example.com/a~tplv.png?x-expires=1&x-signature=SIG%3D", "SIG"),
        ("through socks5://alice:hunter2@10.0.0.1:1080", "hunter2"),
        ("through http://alice:hunter2@proxy.example:8080/", "alice"),
        ("postgresql+psycopg://u:dbpass@db/x", "dbpass"),
        ("key db-A1b2C3d4E5f6_xyz was used", "A1b2C3d4"),
        (f"GET /v1/artifacts/art_{'a2' * 13}.png", "a2a2"),
    ],
)
def test_credentials_are_cut_out_of_text(text: str, secret: str) -> None:
    assert secret in text
    assert secret not in redact(text)
    assert "…" in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "job_abcdefghijklmnopqrstuvwxyz submitted",
        "submit id 6f9619ff-8b86-4011-b42d-00c04fc964ff",
        "https://jimeng.jianying.com/mweb/v1/get_history_by_ids",
        "sha256 " + "a1" * 32,
        "db-short",
        "the token of the site ended",
    ],
)
def test_what_is_no_secret_stays_readable(text: str) -> None:
    assert redact(text) == text


def test_an_event_is_one_line_with_its_keys(lines: io.StringIO) -> None:
    structlog.get_logger("jobs").info("job.submitted", job="job_x", attempt=1, seconds=1.5, ok=True, account=None)
    event = json.loads(lines.getvalue())
    assert event.pop("timestamp").endswith("Z")
    expected = {"event": "job.submitted", "level": "info", "job": "job_x", "attempt": 1, "seconds": 1.5}
    assert event == {**expected, "ok": True, "account": None}


def test_nothing_secret_survives_in_keys_nested_values_or_objects(lines: io.StringIO) -> None:
    structlog.get_logger().warning(
        "x",
        prompt="a fox in the snow",
        token=Secret("hidden-token"),
        headers={"Cookie": "sessionid=crumbs", "X": [f"Bearer {SESSION}"]},
        raw=b"sessionid=crumbs",
        session=Secret("hidden-token"),
        error=ValueError(f"bad session {SESSION}"),
    )
    for secret in ("fox", "hidden-token", "crumbs", SESSION):
        assert secret not in lines.getvalue()
    assert json.loads(lines.getvalue())["event"] == "x"


def test_tracebacks_are_kept_and_redacted(lines: io.StringIO) -> None:
    def fail() -> None:
        token = SESSION
        raise RuntimeError(f"refused {token}")

    try:
        fail()
    except RuntimeError:
        structlog.get_logger().exception("job.failed", job="job_x")
    event = json.loads(lines.getvalue())
    assert "RuntimeError: refused …" in event["exception"]
    assert SESSION not in lines.getvalue()


def test_the_standard_library_goes_the_same_way(lines: io.StringIO) -> None:
    logging.getLogger("elsewhere").info("opened %s", f"https://a.example/b?sig={SESSION}")
    logging.getLogger("uvicorn.error").error("Exception in ASGI application: Bearer %s", "sandbox-alice")
    logging.getLogger("uvicorn.access").info("chatter")
    logging.getLogger("alembic.runtime").info("chatter")
    events = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert [event["event"] for event in events] == [
        "opened https://a.example/b?…",
        "Exception in ASGI application: Bearer …",
    ]
    assert [event["level"] for event in events] == ["info", "error"]


def test_lines_below_the_level_are_not_written(lines: io.StringIO) -> None:
    structlog.get_logger().debug("hidden")
    assert lines.getvalue() == ""


@pytest.mark.usefixtures("lines")
def test_the_console_form_is_plain_text_without_colours_when_piped() -> None:
    stream = io.StringIO()
    configure_logs("debug", "console", stream=stream)
    structlog.get_logger().debug("job.waiting", job="job_x", token="t0psecret")
    assert "job.waiting" in stream.getvalue()
    assert "job=job_x" in stream.getvalue()
    assert "\x1b" not in stream.getvalue()
    assert "t0psecret" not in stream.getvalue()


@pytest.mark.usefixtures("lines")
def test_lines_go_to_standard_error_by_default(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs("info", "console", stream=None)
    structlog.get_logger().info("hello")
    out, err = capsys.readouterr()
    assert (out, "hello" in err) == ("", True)
    assert sys.stderr is not sys.stdout
