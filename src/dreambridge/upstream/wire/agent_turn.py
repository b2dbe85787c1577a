"""Read the events of one turn of the agent as values, in every form that has been seen.

`message` opens or completes a message, `delta` changes the newest one; what is told once is not told again when a
message is repeated whole. Tool calls come as one string of JSON or grow piece by piece; what a tool made is named in
the call, in a message of the tool, or in a text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from dreambridge.upstream.wire.agent import Ended, Opened, ReasoningDelta, Summary, TextDelta, Title, TurnValue
from dreambridge.upstream.wire.agent_tools import Tools
from dreambridge.upstream.wire.reading import Document, as_dict, as_list, as_text, first_text
from dreambridge.upstream.wire.sse import Event
from dreambridge.upstream.wire.tool_json import Veil, is_tool_json, read_json

_PART: Final = re.compile(r"/message/content/content_parts/(\d{1,4})(?:/(.+))?")
_CALL: Final = re.compile(r"/message/tool_calls/(\d{1,4})(?:/(.+))?")
_REASONING: Final = "/message/content/reasoning_content"
_SYSTEM: Final = frozenset({"title_generation", "summary", "stream_complete"})
_FINE: Final = frozenset({"", "0"})
_TOOL: Final = "tool"
_SPEAKERS: Final = frozenset({"assistant", ""})


@dataclass(slots=True)
class _Part:
    text: str = ""
    veil: Veil = field(default_factory=Veil)


@dataclass(slots=True)
class _Message:
    id: str
    role: str = ""
    call_id: str | None = None
    reasoning: str = ""
    status: str = ""
    last: bool = False
    parts: dict[int, _Part] = field(default_factory=dict)


class Turn:
    """Follow one turn: events in, values out.

    `over` says that the site has finished, though it may still tell a title; `ended` that `Ended` was given.
    """

    def __init__(self) -> None:
        self.over = False
        self.ended = False
        self._newest = _Message("")
        self._messages: dict[str, _Message] = {}
        self._tools = Tools()
        self._failure: str | None = None

    def take(self, event: Event) -> list[TurnValue]:
        """Read one event; what cannot be read says nothing."""
        if self.ended:
            return []
        if event.data.strip() == "[DONE]":
            return list(self._end(ok=self._failure is None))
        value = read_json(event.data)
        documents = value if isinstance(value, list) else [value]
        return [each for one in documents if isinstance(one, dict) for each in self._read(event.name, one)]

    def close(self) -> list[TurnValue]:
        """End with the stream: without the site's own end the answer broke off."""
        return [] if self.ended else list(self._end(ok=self.over and self._failure is None))

    def _read(self, name: str, document: Document) -> Iterator[TurnValue]:
        failure = first_text(document.get("ret"), *_codes(document) if name == "error" else ())
        if name == "stream_complete":
            code = as_text(document.get("error_code"))
            ok = code in _FINE and document.get("success") is not False
            self._failure = None if ok else code if code not in _FINE else self._failure
            yield from self._end(ok=ok)
        elif failure not in _FINE:
            # More may come after it, even a good end: the last word counts.
            self._failure, self.over = failure, True
        elif name == "system" or as_text(document.get("type")) in _SYSTEM:
            yield from self._system(document)
        elif isinstance(document.get("path"), str):
            path, value = as_text(document["path"]), document.get("value")
            yield from self._delta(path, value, append=document.get("op") == "append")
        elif name == "handshake":
            yield Opened(as_text(document.get("conversation_id")) or None, as_text(document.get("thread_id")) or None)
        else:
            yield from self._message(document)

    def _system(self, document: Document) -> Iterator[TurnValue]:
        kind = as_text(document.get("type"))
        if kind == "stream_complete":
            yield from self._end(ok=self._failure is None)
        elif kind == "title_generation" and (title := first_text(document.get("title"), document.get("content"))):
            yield Title(title)
        elif kind == "summary" and (summary := first_text(document.get("content"), document.get("summary"))):
            yield Summary(summary)

    def _end(self, *, ok: bool) -> Iterator[TurnValue]:
        yield from self._shut(self._newest)
        self.over = self.ended = True
        yield Ended(ok, None if ok else self._failure)

    def _message(self, document: Document) -> Iterator[TurnValue]:
        body = as_dict(document.get("message")) or document
        author, content, metadata = (as_dict(body.get(key)) for key in ("author", "content", "metadata"))
        if author or content or body.get("tool_calls"):
            yield from self._open(as_text(body.get("id")))
            message = self._newest
            message.role = as_text(author.get("role")) or message.role
            message.call_id = first_text(metadata.get("tool_call_id"), body.get("tool_call_id")) or message.call_id
            yield from self._reason(message, content.get("reasoning_content"), append=False)
            for index, part in enumerate(as_list(content.get("content_parts"))):
                yield from self._part(message, index, part, append=False)
            for index, call in enumerate(as_list(body.get("tool_calls"))):
                yield from self._tools.read_call(message.id, index, call)
            message.status = as_text(body.get("status")) or message.status
            message.last = message.last or _yes(body.get("end_turn"))
            yield from self._finish(message)
        for place in (document, metadata) if body is document else (document, body, metadata):
            yield from self._tools.read_outcome(place.get("event_data"), self._newest.call_id)

    def _open(self, message_id: str) -> Iterator[TurnValue]:
        """Make a message the newest: a new one, or one that is told again."""
        if not message_id or message_id != self._newest.id:
            yield from self._shut(self._newest)
            name = message_id or f"unnamed-{len(self._messages)}"
            self._newest = self._messages.setdefault(name, _Message(name))

    def _delta(self, path: str, value: object, *, append: bool) -> Iterator[TurnValue]:
        message = self._newest
        if place := _PART.fullmatch(path):
            if place[2] in {None, "text"}:
                yield from self._part(message, int(place[1]), value, append=append)
            else:
                yield from self._tools.read_results(value, message.call_id)
        elif place := _CALL.fullmatch(path):
            yield from self._tools.change_call(message.id, int(place[1]), place[2] or "", value, append=append)
        elif path == _REASONING:
            yield from self._reason(message, value, append=append)
        elif path == "/message/event_data":
            yield from self._tools.read_outcome(value, message.call_id)
        elif path == "/message/metadata/tool_call_id":
            message.call_id = as_text(value) or message.call_id
        elif path == "/message" and isinstance(value, dict):
            yield from self._message(value)
        elif path == "/message/status":
            message.status = as_text(value)
            yield from self._finish(message)
        elif path == "/message/end_turn":
            message.last = _yes(value)
            yield from self._finish(message)

    def _part(self, message: _Message, index: int, value: object, *, append: bool) -> Iterator[TurnValue]:
        """Read a part of a message's content: text for people, a tool's answer, or a file we have no use for."""
        text = value.get("text") if isinstance(value, dict) else value
        if not isinstance(text, str):
            yield from self._tools.read_results(value, message.call_id)
            return
        part = message.parts.setdefault(index, _Part())
        if append:
            new = text
        elif part.text and is_tool_json(text):
            yield from self._tools.read_results(text, message.call_id)
            return
        else:
            new = _added(part.text, text)
        part.text += new
        if new and message.role == _TOOL:
            yield from self._tools.read_answer(read_json(part.text), message.call_id)
        elif new and message.role in _SPEAKERS:
            yield from self._tell(message, *part.veil.feed(new))

    def _tell(self, message: _Message, text: str, hidden: list[object]) -> Iterator[TurnValue]:
        if text:
            yield TextDelta(text)
        for each in hidden:
            yield from self._tools.read_results(each, message.call_id)

    def _reason(self, message: _Message, value: object, *, append: bool) -> Iterator[TurnValue]:
        if not isinstance(value, str) or message.role not in _SPEAKERS:
            return
        new = value if append else _added(message.reasoning, value)
        message.reasoning += new
        if new:
            yield ReasoningDelta(new)

    def _finish(self, message: _Message) -> Iterator[TurnValue]:
        if message.status.startswith("finished"):
            yield from self._shut(message)
            self.over = self.over or (message.last and message.role in _SPEAKERS)

    def _shut(self, message: _Message) -> Iterator[TurnValue]:
        """Take a message for finished: its calls are complete, and what was held back is decided."""
        yield from self._tools.complete(message.id)
        for part in message.parts.values():
            if message.role in _SPEAKERS:
                yield from self._tell(message, *part.veil.close())
            elif message.role == _TOOL and read_json(part.text) is None:
                yield from self._tools.search_results(part.text, message.call_id)


def _added(before: str, after: str) -> str:
    """Give what a later version of a text adds at its end: what was told cannot be taken back."""
    return after[len(before) :] if after.startswith(before) else ""


def _codes(document: Document) -> tuple[object, ...]:
    return document.get("error_code"), document.get("code")


def _yes(value: object) -> bool:
    return value is True or value == "true"
