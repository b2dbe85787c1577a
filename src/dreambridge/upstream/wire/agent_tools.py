"""The tools an agent uses within one turn: what was called, what came of it, what the site refused."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from dreambridge.upstream.wire.agent import CallRefused, ToolCallCompleted, ToolCallStarted, ToolResult, TurnValue
from dreambridge.upstream.wire.reading import Document, as_dict, first_text
from dreambridge.upstream.wire.tool_json import Made, find_made, find_made_loosely, read_json

_FINE: Final = frozenset({"", "0"})
_ARGUMENTS: Final = frozenset({"func/arguments", "function/arguments", "arguments"})
_NAME: Final = frozenset({"func/name", "function/name", "name"})


@dataclass(slots=True)
class _Call:
    id: str
    name: str = ""
    arguments: str = ""
    done: bool = False


class Tools:
    """Follow the calls of one turn; a submission is told once, wherever and however often it is named."""

    def __init__(self) -> None:
        self._calls: dict[tuple[str, int], _Call] = {}
        self._made: set[str] = set()

    def read_call(self, message_id: str, index: int, value: object) -> Iterator[TurnValue]:
        """Read a call given whole: an object, or a string that holds one."""
        document = as_dict(read_json(value) if isinstance(value, str) else value)
        if not document:
            return
        function = as_dict(document.get("func")) or as_dict(document.get("function")) or document
        call = self._calls.get((message_id, index))
        if call is None:
            call = _Call(first_text(document.get("id")) or f"{message_id}/{index}", first_text(function.get("name")))
            self._calls[message_id, index] = call
            yield ToolCallStarted(call.id, call.name)
        arguments = function.get("arguments")
        text = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
        if arguments and text.startswith(call.arguments):
            call.arguments = text
        extra = function.get("extra")
        streaming = document.get("streaming", function.get("streaming"))
        # A call that says nothing of growing, and has all it needs, will not grow.
        whole = any(True for _ in find_made(extra)) or isinstance(read_json(call.arguments), dict)
        if _is_no(streaming) or (streaming is None and whole):
            yield from _complete(call)
        yield from self.read_results(extra, call.id)

    def change_call(
        self, message_id: str, index: int, place: str, value: object, *, append: bool
    ) -> Iterator[TurnValue]:
        """Read a change of a call: its arguments grow, or it is complete."""
        call = self._calls.get((message_id, index))
        if not place:
            yield from self.read_call(message_id, index, value)
        elif call is None:
            return
        elif place in _ARGUMENTS and isinstance(value, str):
            call.arguments = call.arguments + value if append else value
        elif place in _NAME and isinstance(value, str):
            call.name = call.name + value if append else value
        elif place == "streaming" and _is_no(value):
            yield from _complete(call)
        elif place.startswith(("func/extra", "function/extra", "extra")):
            yield from self.read_results(value if isinstance(value, dict | list) else {"value": value}, call.id)

    def complete(self, message_id: str) -> Iterator[TurnValue]:
        """Take the calls of a finished message for complete."""
        for (owner, _), call in self._calls.items():
            if owner == message_id:
                yield from _complete(call)

    def read_results(self, value: object, call_id: str | None) -> Iterator[TurnValue]:
        """Tell the submissions named in a value that were not told before."""
        yield from self._tell(find_made(value), call_id)

    def search_results(self, text: str, call_id: str | None) -> Iterator[TurnValue]:
        """Tell the submissions named in a text that is no JSON."""
        yield from self._tell(find_made_loosely(text), call_id)

    def read_answer(self, value: object, call_id: str | None) -> Iterator[TurnValue]:
        """Read what a tool answered: submissions, or a refusal in its own words."""
        found = list(self.read_results(value, call_id))
        yield from found
        if not found and isinstance(value, dict):
            yield from _refusal(value, "ret", "fail_code")

    def read_outcome(self, value: object, call_id: str | None) -> Iterator[TurnValue]:
        """Read the site's word on a submission (`event_data`)."""
        document = as_dict(read_json(value) if isinstance(value, str) else value)
        yield from _refusal(as_dict(document.get("submit_info")), "code")
        yield from self.read_results(document, call_id)

    def _tell(self, found: Iterator[Made], call_id: str | None) -> Iterator[TurnValue]:
        for made in found:
            if made.submit_id not in self._made:
                self._made.add(made.submit_id)
                yield ToolResult(made.submit_id, made.history_id, made.resource_type, call_id)


def _complete(call: _Call) -> Iterator[TurnValue]:
    if not call.done:
        call.done = True
        yield ToolCallCompleted(call.id, call.name, call.arguments)


def _refusal(document: Document, *codes: str) -> Iterator[TurnValue]:
    code = first_text(*(document.get(name) for name in codes))
    if code not in _FINE:
        yield CallRefused(code, first_text(document.get("msg"), document.get("errmsg"), document.get("message")))


def _is_no(value: object) -> bool:
    return value is False or (isinstance(value, str) and value.strip().lower() == "false")
