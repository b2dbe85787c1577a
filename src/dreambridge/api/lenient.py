"""Read the JSON that people write by hand, without ever guessing.

Beyond JSON it takes: a byte order mark, trailing commas, single quotes, unquoted keys, `//` and `/* */` comments,
control characters between tokens, and raw control characters inside strings, which stay in the text as they are.
It builds values straight from the text and rewrites nothing, so that what stands between quotes arrives as written.
Whatever is incomplete (a missing quote, bracket, comma or colon) is refused with its place.
"""

import re
from collections.abc import Callable
from types import MappingProxyType
from typing import Final

_GAP: Final = re.compile(r"(?:[\x00-\x20\x7f\u00a0\ufeff\u2028\u2029]+|//[^\n\r]*|/\*.*?\*/)*", re.DOTALL)
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?(?![\w.+-])")
_NAME: Final = re.compile(r"[A-Za-z_$][\w$]*")
_WORD: Final = re.compile(r"[A-Za-z]+")
_WORDS: Final = MappingProxyType({"true": True, "false": False, "null": None})
_CHUNK: Final = MappingProxyType({'"': re.compile(r'[^"\\]*'), "'": re.compile(r"[^'\\]*")})
_ESCAPES: Final = MappingProxyType(
    {'"': '"', "'": "'", "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
)
_HEX: Final = re.compile(r"u([0-9A-Fa-f]{4})")
_LONGEST_NUMBER: Final = 400


class UnreadableError(ValueError):
    """Tell why and at which character (from 0) a text cannot be read."""

    def __init__(self, reason: str, position: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.position = position


def parse_lenient(text: str, max_depth: int) -> object:
    """Read one complete value. Raises UnreadableError with the place of the first thing that makes no sense."""
    cursor = _Cursor(text, max_depth)
    cursor.skip()
    value = cursor.value(0)
    cursor.skip()
    if cursor.at != len(text):
        raise UnreadableError("there is more text after the end of the value", cursor.at)
    return value


class _Cursor:
    """A place in the text, and how to read on from it."""

    def __init__(self, text: str, max_depth: int) -> None:
        self.text = text
        self.at = 0
        self.max_depth = max_depth

    def skip(self) -> None:
        match = _GAP.match(self.text, self.at)
        self.at = match.end() if match else self.at
        if self.text.startswith("/*", self.at):
            raise UnreadableError("a comment has no end", self.at)

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def value(self, depth: int) -> object:
        if depth > self.max_depth:
            raise UnreadableError(f"it is nested more than {self.max_depth} deep", self.at)
        mark = self.peek()
        if mark == "{":
            return self._object(depth)
        if mark == "[":
            return self._array(depth)
        if mark in {'"', "'"} and mark:
            return self._string(mark)
        return self._scalar()

    def _object(self, depth: int) -> dict[str, object]:
        found: dict[str, object] = {}

        def member() -> None:
            name = self._key()
            self.skip()
            if self.peek() != ":":
                raise UnreadableError("a colon is missing after the name", self.at)
            self.at += 1
            self.skip()
            found[name] = self.value(depth + 1)

        self._members("}", "a closing brace is missing", member)
        return found

    def _array(self, depth: int) -> list[object]:
        found: list[object] = []
        self._members("]", "a closing bracket is missing", lambda: found.append(self.value(depth + 1)))
        return found

    def _members(self, close: str, complaint: str, member: Callable[[], None]) -> None:
        """Read members up to `close`, with a comma between them and at most one after the last."""
        self.at += 1
        self.skip()
        while self.peek() != close:
            if not self.peek():
                raise UnreadableError(complaint, self.at)
            member()
            self.skip()
            if self.peek() == ",":
                self.at += 1
                self.skip()
            elif self.peek() != close:
                raise UnreadableError("a comma is missing" if self.peek() else complaint, self.at)
        self.at += 1

    def _key(self) -> str:
        mark = self.peek()
        if mark in {'"', "'"}:
            return self._string(mark)
        match = _NAME.match(self.text, self.at)
        if match is None:
            raise UnreadableError("a name was expected", self.at)
        self.at = match.end()
        return match[0]

    def _string(self, quote: str) -> str:
        start, self.at = self.at, self.at + 1
        parts: list[str] = []
        while True:
            match = _CHUNK[quote].match(self.text, self.at)
            if match:
                parts.append(match[0])
                self.at = match.end()
            mark = self.peek()
            if mark == quote:
                self.at += 1
                # Two halves of a surrogate pair, each escaped, are one character.
                return "".join(parts).encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
            if not mark:
                raise UnreadableError("a string has no closing quote", start)
            parts.append(self._escape())

    def _escape(self) -> str:
        letter = self.text[self.at + 1 : self.at + 2]
        if letter in _ESCAPES:
            self.at += 2
            return _ESCAPES[letter]
        match = _HEX.match(self.text, self.at + 1)
        if match is None:
            raise UnreadableError("a backslash is followed by something JSON does not know", self.at)
        self.at += 6
        return chr(int(match[1], 16))

    def _scalar(self) -> object:
        match = _NUMBER.match(self.text, self.at)
        if match and match.end() - match.start() <= _LONGEST_NUMBER:
            self.at = match.end()
            return float(match[0]) if match[1] or match[2] else int(match[0])
        word = _WORD.match(self.text, self.at)
        if word and word[0] in _WORDS:
            self.at = word.end()
            return _WORDS[word[0]]
        raise UnreadableError("a value was expected", self.at)
