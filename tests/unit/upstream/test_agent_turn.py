import json
import re
from collections.abc import Iterable
from importlib import resources
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dreambridge.upstream.wire.agent import (
    CallRefused,
    Ended,
    Opened,
    ReasoningDelta,
    Summary,
    TextDelta,
    Title,
    ToolCallCompleted,
    ToolCallStarted,
    ToolResult,
    TurnValue,
)
from dreambridge.upstream.wire.agent_turn import Turn
from dreambridge.upstream.wire.sse import Event, EventParser

SAMPLES = resources.files("dreambridge") / "contract" / "samples" / "agent"
NAMES = ("calls_in_strings", "calls_streamed", "json_in_text", "lost_inside", "only_text")
FIRST, SECOND, THIRD = (
    "3f0c6a52-8d2e-4b6e-9a44-5f1f0c1d2e3a",
    "7b1d2c3e-4f50-4a6b-8c7d-9e0f1a2b3c4d",
    "c0ffee00-1111-4222-8333-444455556666",
)
CONVERSATION = "a1b2c3d4-0000-4000-8000-00000000c0de"
TEXT = "/message/content/content_parts/0/text"


def stream_of(events: Iterable[dict[str, Any]], end: str = "\n") -> bytes:
    lines = [line for each in events for line in (f"event: {each['event']}", f"data: {json.dumps(each['data'])}", "")]
    return (end.join(lines) + end).encode()


def sample(name: str, end: str = "\n") -> bytes:
    return stream_of(json.loads((SAMPLES / f"{name}.json").read_text("utf-8"))["answer"], end)


def read(*chunks: bytes) -> list[TurnValue]:
    parser, turn = EventParser(), Turn()
    values = [value for chunk in chunks for event in parser.feed(chunk) for value in turn.take(event)]
    values += [value for event in parser.close() for value in turn.take(event)]
    return [*values, *turn.close()]


def read_events(*events: tuple[str, object]) -> list[TurnValue]:
    return read(stream_of({"event": name, "data": data} for name, data in events))


def message(name: str = "m", text: str = "", role: str = "assistant", **more: object) -> tuple[str, object]:
    return "message", {"id": name, "author": {"role": role}, "content": {"content_parts": [{"text": text}]}, **more}


def delta(path: str, value: object, op: str = "append") -> tuple[str, object]:
    return "delta", {"op": op, "path": path, "value": value}


def text_of(values: list[TurnValue]) -> str:
    return "".join(value.text for value in values if isinstance(value, TextDelta))


def results(values: list[TurnValue]) -> list[ToolResult]:
    return [value for value in values if isinstance(value, ToolResult)]


def test_calls_told_as_strings_name_their_submissions_once() -> None:
    assert read(sample("calls_in_strings")) == [
        Opened(CONVERSATION, "th_0001"),
        TextDelta("好的,我来画"),
        TextDelta("两张哈士奇。"),
        ToolCallStarted("call_1", "text2image"),
        ToolCallCompleted("call_1", "text2image", ""),
        ToolResult(FIRST, None, "image", "call_1"),
        ToolCallStarted("call_2", "text2image"),
        ToolCallCompleted("call_2", "text2image", ""),
        ToolResult(SECOND, None, "image", "call_2"),
        Title("两只哈士奇"),
        Ended(ok=True),
    ]


def test_calls_that_grow_a_refusal_overcome_and_a_result_three_strings_deep() -> None:
    values = read(sample("calls_streamed"))
    assert [value for value in values if not isinstance(value, TextDelta | ReasoningDelta)] == [
        Opened(CONVERSATION, "th_0002"),
        ToolCallStarted("call_1", "activate_skill"),
        ToolCallCompleted("call_1", "activate_skill", '{"name":"draw"}'),
        ToolCallStarted("call_2", "dreamina_cli"),
        ToolCallCompleted("call_2", "dreamina_cli", '{"text2image_param":{"prompt":"a husky","resolution_type":"4k"}}'),
        CallRefused("1017", "CheckPermission"),
        ToolCallStarted("call_3", "dreamina_cli"),
        ToolCallCompleted("call_3", "dreamina_cli", '{"text2image_param":{"prompt":"a husky","resolution_type":"2k"}}'),
        ToolResult(THIRD, "4512345678903", "image", "call_3"),
        Summary("A husky was drawn."),
        Ended(ok=True),
    ]
    assert text_of(values) == "Drawing now.\n4k is for members; trying 2k.Here it is."
    assert [value.text for value in values if isinstance(value, ReasoningDelta)] == ["The user wants", " a husky."]


def test_json_of_tools_is_hidden_from_the_text_and_nothing_is_told_twice() -> None:
    values = read(sample("json_in_text"))
    assert text_of(values) == "One moment.\n\nDone. Enjoy!"
    assert results(values) == [ToolResult(FIRST, None, "video")]
    assert values[-1] == Ended(ok=True)


def test_a_failure_inside_the_stream_ends_it_with_its_code() -> None:
    assert read(sample("lost_inside")) == [Opened(CONVERSATION, "th_0003"), Ended(ok=False, code="7057")]


def test_the_users_own_message_is_not_told_back() -> None:
    assert read(sample("only_text"))[1:] == [TextDelta("Hello! "), TextDelta("What shall I draw?"), Ended(ok=True)]


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=60)
@given(data=st.data())
def test_any_split_of_the_bytes_gives_the_same_values(name: str, data: st.DataObject) -> None:
    stream = sample(name, data.draw(st.sampled_from(["\n", "\r", "\r\n"])))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=20)))
    chunks = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert read(*chunks) == read(sample(name))


@pytest.mark.parametrize("depth", [0, 1, 2, 3, 4])
def test_a_result_is_found_however_many_strings_deep(depth: int) -> None:
    value: object = {"submit_id": FIRST, "history_id": 4512345678901}
    for _ in range(depth):
        value = {"result": json.dumps(value)}
    values = read_events(message(text=json.dumps(value), role="tool", metadata={"tool_call_id": "c"}))
    assert results(values) == [ToolResult(FIRST, "4512345678901", None, "c")]


def test_a_result_in_broken_json_is_found_by_its_uuid() -> None:
    broken = json.dumps({"content": json.dumps({"submit_id": FIRST, "resource_type": "video"})})[:-3]
    assert results(read_events(message(text=broken, role="tool"))) == [ToolResult(FIRST, None, "video")]


def test_a_result_that_grows_piece_by_piece_is_told_when_it_is_whole() -> None:
    whole = json.dumps({"submit_id": FIRST, "history_id": "45", "resource_type": "image"})
    values = read_events(
        message(role="tool"), delta(TEXT, whole[:20]), delta(TEXT, whole[20:60]), delta(TEXT, whole[60:])
    )
    assert results(values) == [ToolResult(FIRST, "45", "image")]


def test_ids_among_the_arguments_of_a_call_are_not_results() -> None:
    call = {"id": "c", "func": {"name": "upscale", "arguments": json.dumps({"submit_id": FIRST}), "extra": {}}}
    assert results(read_events(message(tool_calls=[call, json.dumps(call)]))) == []


def test_a_call_whose_end_is_never_told_is_complete_with_its_message() -> None:
    call = json.dumps({"id": "c", "streaming": True, "func": {"name": "draw", "arguments": ""}})
    values = read_events(
        message("a"),
        delta("/message/tool_calls/0", call, "add"),
        delta("/message/tool_calls/0/func/arguments", "{"),
        message("b"),
    )
    assert values[:2] == [ToolCallStarted("c", "draw"), ToolCallCompleted("c", "draw", "{")]


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("{a} plain text", "{a} plain text"),
        ("[link](https://example.org) and more", "[link](https://example.org) and more"),
        ('use {"submit_id": 1} inline', 'use {"submit_id": 1} inline'),
        ('{"width": 3}\nthat was it', '{"width": 3}\nthat was it'),
        ('{"func": {"name": "}"}}after', "after"),
        ('{"never": "closed', '{"never": "closed'),
        ('{"submit_id": "never closed', ""),
        ("[" * 70_000, "[" * 70_000),
    ],
    ids=lambda each: each[:16],
)
def test_only_json_that_speaks_of_tools_is_hidden(text: str, seen: str) -> None:
    assert (
        text_of(read_events(message(), *(delta(TEXT, text[i : i + 7000]) for i in range(0, len(text), 7000)))) == seen
    )


@pytest.mark.parametrize(
    ("event", "ending"),
    [
        (("stream_complete", {"success": False, "error_code": 1006}), Ended(ok=False, code="1006")),
        (("stream_complete", {"success": True, "error_code": 0}), Ended(ok=True)),
        (("system", {"type": "stream_complete"}), Ended(ok=True)),
        (("error", {"code": 7057, "message": "x"}), Ended(ok=False, code="7057")),
        (("delta", {"ret": 1015}), Ended(ok=False, code="1015")),
        (message(status="finished_successfully", end_turn=True), Ended(ok=True)),
        (message(status="finished_successfully"), Ended(ok=False)),
        (("message", "not an object"), Ended(ok=False)),
    ],
    ids=str,
)
def test_the_last_value_says_how_the_turn_ended(event: tuple[str, object], ending: Ended) -> None:
    assert read_events(event)[-1] == ending


def test_a_good_end_after_a_failure_is_the_last_word_and_nothing_follows_it() -> None:
    values = read_events(
        ("error", {"code": 7057}), message(text="still here"), ("stream_complete", {"success": True}), message(text="x")
    )
    assert values == [TextDelta("still here"), Ended(ok=True)]


def test_done_is_an_end_too_and_a_refused_record_says_its_code() -> None:
    parser, turn = EventParser(), Turn()
    refused = json.dumps({"event_data": json.dumps({"submit_info": {"code": "1017", "msg": ""}})})
    events = parser.feed(f"data: {refused}\n\ndata: [DONE]\n\n".encode())
    assert [value for event in events for value in turn.take(event)] == [CallRefused("1017", ""), Ended(ok=True)]


NAMES_SEEN = (
    "id author role content content_parts text tool_calls func arguments extra metadata event_data submit_info code "
    "status end_turn message op path value type ret"
)
KEYS = st.sampled_from(re.findall(r"\w+", NAMES_SEEN))
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from(["submit_id", FIRST, "{", "tool"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
PATHS = st.sampled_from([TEXT, "/message", "/message/tool_calls/0", "/message/tool_calls/0/func/extra", "/x", ""])


@given(st.lists(st.tuples(st.sampled_from(["message", "delta", "system", "error", "handshake"]), JSON), max_size=4))
def test_no_answer_however_strange_breaks_the_reader(events: list[tuple[str, object]]) -> None:
    assert sum(isinstance(value, Ended) for value in read_events(message(), *events)) == 1


@given(st.lists(st.builds(delta, PATHS, JSON, st.sampled_from(["add", "append"]))))
def test_no_change_however_strange_breaks_the_reader(deltas: list[tuple[str, object]]) -> None:
    assert isinstance(read_events(message(), *deltas)[-1], Ended)


def test_an_event_that_is_no_json_says_nothing() -> None:
    assert Turn().take(Event("delta", '{"op":')) == []
