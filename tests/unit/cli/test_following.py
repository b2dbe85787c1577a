"""How far a job is, in words; and the events that tell of it."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from dreambridge.cli.event_stream import NoEventStream, read_events
from dreambridge.cli.following import LineView, Slow, describe, ordinal, span


@pytest.mark.parametrize(
    ("number", "word"),
    [
        (1, "1st"),
        (2, "2nd"),
        (3, "3rd"),
        (4, "4th"),
        (11, "11th"),
        (12, "12th"),
        (13, "13th"),
        (21, "21st"),
        (112, "112th"),
    ],
)
def test_a_place_is_written_as_it_is_said(number: int, word: str) -> None:
    assert ordinal(number) == word


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "1 s"), (40, "40 s"), (89, "89 s"), (95, "2 min"), (5000, "83 min"), (7200, "2 h"), (200_000, "2 d")],
)
def test_a_time_is_written_as_it_is_said(seconds: float, words: str) -> None:
    assert span(seconds) == words


def job(state: str, **progress: Any) -> dict[str, Any]:
    return {"state": state, "progress": {"percent": 0, "queue_position": None, "remaining_seconds": None, **progress}}


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        (job("queued"), "waiting for an account"),
        (job("generating", queue_position=12, queue_length=40), "12th of 40 in the site's queue"),
        (job("generating", queue_position=1, remaining_seconds=130), "1st in the site's queue, about 2 min left"),
        (job("generating", percent=40, remaining_seconds=7.4), "being made, about 7 s left"),
        (job("cancelled", remaining_seconds=7.4), "cancelled"),
        ({}, "waiting"),
    ],
)
def test_where_a_job_stands_is_said_in_words(shown: dict[str, Any], words: str) -> None:
    assert describe(shown) == words


def test_lines_are_written_only_when_something_worth_one_has_changed(capsys: pytest.CaptureFixture[str]) -> None:
    view = LineView()
    for percent in (0, 1, 9, 10, 14, 31):
        view.show(job("generating", percent=percent))
    for done in (1, 2):
        view.tell("saving", done, 2)
    for _ in range(2):
        view.say("no answer")
    view.show(job("generating", percent=31))
    view.say("in doubt", "Why.")
    out, err = capsys.readouterr()
    assert (out, err.splitlines()) == (
        "",
        [
            "0 %, being made",
            "10 %, being made",
            "31 %, being made",
            "saving",
            "no answer",
            "31 %, being made",
            "in doubt",
            "  Why.",
        ],
    )


@pytest.mark.parametrize(("after", "lines"), [(0.0, ["uploading cat.png"]), (3600.0, [])])
def test_an_upload_is_told_only_when_it_takes_time(
    capsys: pytest.CaptureFixture[str], after: float, lines: list[str]
) -> None:
    tell = Slow(LineView(), "uploading cat.png", 10, after=after)
    for sent in (0, 5, 10):
        tell(sent)
    assert capsys.readouterr().err.splitlines() == lines


async def pieces(text: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(text), size):
        yield text[start : start + size]


@pytest.mark.parametrize("size", [1, 7, 10_000])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
async def test_events_are_read_however_they_are_cut(size: int, end: bytes) -> None:
    sent: list[dict[str, Any]] = [
        {"type": "progress", "message": "第 12 位"},
        {"type": "end", "job": {"id": "x" * 300}},
    ]
    lines = [b": connected", b""]
    for event in sent:
        lines += [b"event: " + str(event["type"]).encode(), b"data: " + json.dumps(event).encode(), b""]
    text = end.join([*lines, b": keep-alive", b"", b"data: {cut off"])
    assert [event async for event in read_events(pieces(text, size))] == sent


@pytest.mark.parametrize("text", [b"data: <html>\n\n", b"data: []\n\n"])
async def test_what_is_no_event_of_ours_is_refused(text: bytes) -> None:
    with pytest.raises(NoEventStream):
        [event async for event in read_events(pieces(text, 4))]
