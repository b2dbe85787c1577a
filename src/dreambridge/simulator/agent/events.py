"""The events of the agent's stream, one function each. Two ways to tell of a tool call are known; both are played."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

_PIECE = 12  # characters of text in one event


def event(name: str, data: Any) -> bytes:
    """Write one server-sent event."""
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False, separators=(',', ':'))}\n\n".encode()


def handshake(conversation_id: str) -> bytes:
    """Tell the ids of this run."""
    return event("handshake", {"thread_id": str(uuid.uuid4()), "conversation_id": conversation_id})


def message(message_id: str, text: str = "", *, ended: bool = False) -> bytes:
    """Open the assistant's message, or complete it and the turn."""
    return event(
        "message",
        {
            "id": message_id,
            "author": {"role": "assistant", "name": "executor"},
            "status": "finished_successfully" if ended else "in_progress",
            "end_turn": ended,
            "content": {"content_parts": [{"text": text}]},
            "metadata": {},
        },
    )


def text_pieces(text: str) -> Iterator[bytes]:
    """Let the text of the message grow."""
    yield from _appended("/message/content/content_parts/0/text", text)


def reasoning(text: str) -> Iterator[bytes]:
    """Let the reasoning grow."""
    yield from _appended("/message/content/reasoning_content", text)


def tool_call(index: int, call_id: str, name: str, arguments: dict[str, Any]) -> Iterator[bytes]:
    """Tell of a tool call as newer streams do: it begins empty, its arguments grow, then it is complete."""
    path = f"/message/tool_calls/{index}"
    begun = {"id": call_id, "type": "function", "streaming": "true"}
    yield _delta("add", path, _text(begun | {"func": {"name": name, "arguments": "", "extra": {}}}))
    yield from _appended(f"{path}/func/arguments", _text(arguments))
    yield _delta("replace", f"{path}/streaming", "false")


def older_tool_call(index: int, call_id: str, arguments: dict[str, Any], result: dict[str, Any]) -> Iterator[bytes]:
    """Tell of a tool call as older streams do: at once, its result under `func.extra` and again in the message."""
    func = {"name": "dreamina_cli", "arguments": _text(arguments), "extra": result}
    yield _delta("add", f"/message/tool_calls/{index}", _text({"id": call_id, "type": "function", "func": func}))
    yield _delta("replace", f"/message/content/content_parts/0/tool_results/{index}", _text(result))


def tool_result(call_id: str, result: dict[str, Any], depth: int) -> bytes:
    """Tell what a tool call led to; the ids lie `depth` JSON strings deep."""
    text = _text(result)
    for name in ("data", "result")[: depth - 1]:
        text = _text({"code": 0, name: text})
    return _tool_message(call_id, {"content": {"content_parts": [{"text": text}]}})


def tool_refused(call_id: str, code: int, words: str) -> bytes:
    """Tell that a submission was refused."""
    return _tool_message(call_id, {"event_data": {"submit_info": {"code": code, "msg": words}}})


def title(text: str) -> bytes:
    """Tell the title of a new conversation."""
    return event("system", {"type": "title_generation", "title": text})


def summary(text: str) -> bytes:
    """Sum a turn up."""
    return event("system", {"type": "summary", "content": text})


def end(*, older: bool) -> bytes:
    """End the stream, in one of its two forms."""
    if older:
        return event("stream_complete", {"success": True, "error_code": 0})
    return event("system", {"type": "stream_complete"})


def error(code: int, words: str, *, older: bool) -> bytes:
    """Tell of a failure inside the stream. Only the code was seen; both forms of it are guesses."""
    return event("message" if older else "error", {"ret": str(code), "errmsg": words})


def _tool_message(call_id: str, fields: dict[str, Any]) -> bytes:
    facts = {"id": str(uuid.uuid4()), "author": {"role": "tool", "name": "dreamina_cli"}, "end_turn": False}
    return event("message", facts | {"status": "finished_successfully", "metadata": {"tool_call_id": call_id}} | fields)


def _appended(path: str, text: str) -> Iterator[bytes]:
    for start in range(0, len(text), _PIECE):
        yield _delta("append", path, text[start : start + _PIECE])


def _delta(operation: str, path: str, value: str) -> bytes:
    return event("delta", {"op": operation, "path": path, "value": value})


def _text(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
