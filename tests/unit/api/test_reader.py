"""The body reader: strict, then lenient, never altering what stands between quotes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreambridge.api.reader import LENIENT_LIMIT, MAX_DEPTH, parse_body, refuse_large
from dreambridge.domain.errors import BodyTooLarge, InvalidRequest

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
GAP = st.sampled_from(["", " ", "\n", "\x00", "\x0b", "\t // a 'note', {\n", '/* ] " */', "\ufeff", "\u00a0"])


def escape_only(text: str, quote: str) -> str:
    """Write a string literal by hand: only the backslash and the quote itself are escaped."""
    return quote + text.replace("\\", "\\\\").replace(quote, "\\" + quote) + quote


def complaint(raw: bytes) -> InvalidRequest:
    with pytest.raises(InvalidRequest) as caught:
        parse_body(raw)
    return caught.value


@given(TEXT, TEXT)
def test_strict_json_arrives_as_it_is_and_is_not_called_lenient(prompt: str, key: str) -> None:
    sent = {"prompt": prompt, "x" + key: [prompt, {"n": 1}]}
    body = parse_body(json.dumps(sent).encode())
    assert body.fields == sent
    assert not body.lenient


@given(TEXT, st.sampled_from(["'", '"']), GAP, GAP)
def test_text_between_quotes_is_never_altered_by_the_lenient_reading(
    prompt: str, quote: str, before: str, after: str
) -> None:
    literal = escape_only(prompt, quote)
    raw = f"{{{before}prompt{after}:{before}{literal}{after},{before}list: [{literal},{after}],{before}}}{after}"
    body = parse_body(raw.encode())
    assert body.fields == {"prompt": prompt, "list": [prompt]}
    assert body.lenient


@given(TEXT, st.data())
def test_a_body_cut_short_is_always_refused(prompt: str, data: st.DataObject) -> None:
    whole = '{"a": 1, prompt: ' + escape_only(prompt, "'") + ", n: [1, 2,],}"
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]
    assert complaint(cut.encode()).specific_code == "invalid_json"


@given(st.binary(max_size=200))
def test_any_bytes_are_either_read_or_refused(raw: bytes) -> None:
    try:
        body = parse_body(raw)
    except InvalidRequest:
        return
    assert isinstance(body.fields, dict)


@given(st.text("{}[]:,'\"\\/*u0 ab1-.e\n", max_size=40))
def test_any_near_json_is_either_read_or_refused(text: str) -> None:
    try:
        body = parse_body(("{" + text).encode())
    except InvalidRequest:
        return
    assert isinstance(body.fields, dict)


@pytest.mark.parametrize(
    ("raw", "fields"),
    [
        ("\ufeff{}", {}),
        ('{"prompt": "a,]b",}', {"prompt": "a,]b"}),
        ("{'prompt': 'it\\'s // not a comment', 'n': 2}", {"prompt": "it's // not a comment", "n": 2}),
        ('{prompt: "x", $n_1: -1.5e3} // done', {"prompt": "x", "$n_1": -1500.0}),
        ('{"a": /* why */ true, "b": null, "c": false,}', {"a": True, "b": None, "c": False}),
        ('{"prompt": "line\none\ttab"}', {"prompt": "line\none\ttab"}),
        ('{"prompt": "\\ud83e\\udd8a",}', {"prompt": "🦊"}),
        ('{"prompt": "thin\u2009and\u00a0hard",}', {"prompt": "thin\u2009and\u00a0hard"}),
    ],
)
def test_hand_written_json_is_read(raw: str, fields: dict[str, object]) -> None:
    body = parse_body(raw.encode())
    assert body.fields == fields
    assert body.lenient


@pytest.mark.parametrize(
    ("raw", "line", "column"),
    [
        ('{"prompt": "a fox}', 1, 12),
        ('{\n  "prompt": "a fox"\n  "n": 1}', 3, 3),
        ('{"prompt": "a fox"', 1, 19),
        ('{"n": [1, 2}', 1, 12),
        ('{"n": [1,,2]}', 1, 10),
        ('{"n": 01}', 1, 7),
        ('{"n": 0x10}', 1, 7),
        ('{"n": NaN,}', 1, 7),
        ('{"a" 1}', 1, 6),
        ('{"a": "\\x41",}', 1, 8),
        ('{"a": 1} {"b": 2}', 1, 10),
        ("{/* no end", 1, 2),
        ("{,}", 1, 2),
        ("not json", 1, 1),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(raw: str, line: int, column: int) -> None:
    refused = complaint(raw.encode())
    assert f"line {line}, column {column}" in refused.message
    assert refused.specific_code == "invalid_json"


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"a": ' + b"[" * 100_000,
        b"{a: " + b"[" * 5_000 + b"]" * 5_000 + b"}",
        b'{"a":' * 900 + b"1" + b"}" * 900,
        b'{"a": ' + b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1) + b"}",
    ],
)
def test_depth_is_bounded(raw: bytes) -> None:
    assert complaint(raw).specific_code == "invalid_json"


@pytest.mark.parametrize(
    "raw",
    [
        b'{"n": NaN}',
        b'{"n": Infinity}',
        b'{"n": 1e999}',
        b'{"n": ' + b"9" * 5_000 + b"}",
        b'{"n": ' + b"9" * 5_000 + b",}",
        b'{"prompt": "\\ud83e"}',
        b'{"prompt": "\\ud83e",}',
        b'{"\\udd8a": 1}',
        b'{"prompt": "\xff"}',
        b"",
        b"  \n",
    ],
)
def test_values_nothing_can_keep_are_refused(raw: bytes) -> None:
    assert complaint(raw).specific_code == "invalid_json"


@pytest.mark.parametrize("raw", [b"[]", b'"text"', b"1", b"null", b"['a',]"])
def test_a_body_that_is_no_object_is_refused(raw: bytes) -> None:
    assert complaint(raw).specific_code == "invalid_type"


def test_a_large_broken_body_is_refused_without_the_slow_reading() -> None:
    raw = b'{"prompt": "' + b"x" * LENIENT_LIMIT + b'",}'
    assert "line 1" in complaint(raw).message


@pytest.mark.parametrize("announced", ["1025", "99999999999999999999999999"])
def test_an_announced_length_above_the_limit_is_refused(announced: str) -> None:
    with pytest.raises(BodyTooLarge):
        refuse_large(announced, 1024)


@pytest.mark.parametrize("announced", ["1024", None, "nonsense"])
def test_other_announcements_are_let_through(announced: str | None) -> None:
    refuse_large(announced, 1024)
