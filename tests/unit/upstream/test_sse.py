import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreambridge.domain.errors import AnswerUnreadable
from dreambridge.upstream.wire.sse import Event, EventParser


def parse(*chunks: bytes) -> list[Event]:
    parser = EventParser()
    found = [event for chunk in chunks for event in parser.feed(chunk)]
    return [*found, *parser.close()]


def test_an_event_has_a_name_and_the_lines_of_its_data() -> None:
    stream = b"event: delta\nid: 7\ndata: one\ndata:two\ndata:  three\n\n: a comment\nretry: 5\n\ndata\n\n"
    assert parse(stream) == [Event("delta", "one\ntwo\n three"), Event("message", "")]


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"], ids=repr)
def test_every_line_ending_ends_a_line_and_an_event_without_its_blank_line_counts(end: bytes) -> None:
    stream = end.join([b"\xef\xbb\xbfevent: a", b"data: 1", b"", b"data: 2", b"", b"", b"data: 3"])
    assert parse(stream) == [Event("a", "1"), Event("message", "2"), Event("message", "3")]


def test_a_name_without_data_is_no_event_and_is_forgotten() -> None:
    assert parse(b"event: ping\n\ndata: x\n\n") == [Event("message", "x")]


def test_other_line_separators_are_text() -> None:
    text = "a\u2028b\x0bc\x85d"
    assert parse(f"data: {text}\n\n".encode()) == [Event("message", text)]


def test_an_endless_event_is_given_up() -> None:
    parser = EventParser()
    line = b"data: " + b"x" * 1_000_000 + b"\n"
    for _ in range(4):
        assert parser.feed(line) == []
    with pytest.raises(AnswerUnreadable):
        parser.feed(line)
    many = EventParser()
    assert sum(len(many.feed(b"data: " + b"x" * 65536 + b"\n\n")) for _ in range(80)) == 80


LINES = st.lists(st.sampled_from(["data: 雪", "data: 🐺x", "event: delta", ": note", "", "", "data:"]), max_size=12)


@given(lines=LINES, ends=st.lists(st.sampled_from(["\n", "\r", "\r\n"]), min_size=12, max_size=12), data=st.data())
def test_any_split_of_the_stream_gives_the_same_events(lines: list[str], ends: list[str], data: st.DataObject) -> None:
    stream = "".join(line + end for line, end in zip(lines, ends, strict=False)).encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    chunks = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert parse(*chunks) == parse(stream)
