"""What an agent's tools leave in a conversation: JSON in strings in JSON, some of it among the text for people."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from dreambridge.upstream.wire.reading import Document, as_list, first_text

# Results were seen two or three strings deep; the last resort is a search of the text.
_DEEPEST: Final = 12
_TOOL_KEYS: Final = frozenset({"submit_id", "history_id", "resource_type", "tool_call_id", "tool_calls", "func"})
_TOOL_PARAM: Final = "_param"  # text2image_param, image2video_param …
_ID: Final = re.compile(r"[\w-]{6,64}")
_BETWEEN: Final = r"""[\s\\"':=]+"""
_UUID: Final = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_LOOSE_SUBMIT: Final = re.compile(rf"submit_id{_BETWEEN}({_UUID})")
_LOOSE_HISTORY: Final = re.compile(rf"history_id{_BETWEEN}(\d+)")
_LOOSE_TYPE: Final = re.compile(rf"resource_type{_BETWEEN}(\w+)")
_MOST_HELD: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Made:
    """A submission that a tool made: the id to follow it by, the record's id and its kind where they are told."""

    submit_id: str
    history_id: str | None = None
    resource_type: str | None = None


def read_json(text: str) -> object:
    """Read JSON; `None` for what is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def find_made(value: object, depth: int = 0) -> Iterator[Made]:
    """Walk the submissions named anywhere in a value, through JSON in strings too."""
    if depth > _DEEPEST:
        return
    if isinstance(value, dict):
        yield from _named(value)
        for key, each in value.items():
            if key not in {"submit_id", "submit_ids"}:
                yield from find_made(each, depth + 1)
    elif isinstance(value, list):
        for each in value:
            yield from find_made(each, depth + 1)
    elif isinstance(value, str) and "submit_id" in value:
        inner = read_json(value)
        if isinstance(inner, dict | list | str):
            yield from find_made(inner, depth + 1)
        else:
            yield from find_made_loosely(value)


def find_made_loosely(text: str) -> Iterator[Made]:
    """Search text that is no JSON, or broken JSON, for submissions: a UUID after `submit_id`."""
    history, kind = _LOOSE_HISTORY.search(text), _LOOSE_TYPE.search(text)
    found = dict.fromkeys(_LOOSE_SUBMIT.findall(text))
    alone = len(found) == 1
    for submit_id in found:
        yield Made(
            submit_id,
            history[1] if history and alone else None,
            kind[1] if kind else None,
        )


def is_tool_json(value: object, depth: int = 0) -> bool:
    """Tell whether a value read from a text is a tool's and not meant for people."""
    if depth > _DEEPEST:
        return False
    if isinstance(value, dict):
        own = any(key in _TOOL_KEYS or str(key).endswith(_TOOL_PARAM) for key in value)
        return own or any(is_tool_json(each, depth + 1) for each in value.values())
    if isinstance(value, list):
        return any(is_tool_json(each, depth + 1) for each in value)
    if isinstance(value, str) and value[:1] in {"{", "[", '"'}:
        return is_tool_json(read_json(value), depth + 1)
    return False


def _named(value: Document) -> Iterator[Made]:
    ids = [first_text(value.get("submit_id")), *(first_text(each) for each in as_list(value.get("submit_ids")))]
    for submit_id in ids:
        if _ID.fullmatch(submit_id):
            kind = first_text(value.get("resource_type")) or None
            yield Made(submit_id, first_text(value.get("history_id"), value.get("history_record_id")) or None, kind)


class Veil:
    """Let text for people through; hold back what begins like JSON until it is known whether it is a tool's."""

    def __init__(self) -> None:
        self._held: list[str] = []
        self._depth = 0
        self._quoted = False
        self._escaped = False
        self._fresh = True  # only at the start of a line may tool JSON begin

    def feed(self, text: str) -> tuple[str, list[object]]:
        """Take more text; give what people may see of it, and the tool JSON that ended in it."""
        seen: list[str] = []
        hidden: list[object] = []
        for char in text:
            if self._held:
                self._held.append(char)
                if self._ends(char):
                    self._judge(seen, hidden)
                elif len(self._held) > _MOST_HELD:
                    seen.extend(self._held)
                    self._held.clear()
                    self._fresh = False
            elif char in "{[" and self._fresh:
                self._held.append(char)
                self._depth, self._quoted, self._escaped = 1, False, False
            else:
                seen.append(char)
                self._fresh = char == "\n" or (self._fresh and char.isspace())
        return "".join(seen), hidden

    def close(self) -> tuple[str, list[object]]:
        """End the text: what is still held is shown, unless it speaks of tools."""
        rest = "".join(self._held)
        self._held.clear()
        if any(f'"{key}' in rest for key in _TOOL_KEYS) or f'{_TOOL_PARAM}"' in rest:
            return "", [rest]
        return rest, []

    def _ends(self, char: str) -> bool:
        """Follow the brackets outside strings; tell whether this one closes the first."""
        if self._quoted:
            if self._escaped:
                self._escaped = False
            elif char == "\\":
                self._escaped = True
            elif char == '"':
                self._quoted = False
        elif char == '"':
            self._quoted = True
        elif char in "{[":
            self._depth += 1
        elif char in "}]":
            self._depth -= 1
        return self._depth == 0

    def _judge(self, seen: list[str], hidden: list[object]) -> None:
        text = "".join(self._held)
        self._held.clear()
        value = read_json(text)
        if is_tool_json(value):
            hidden.append(value)
        else:
            seen.append(text)
            self._fresh = False
