"""Server-sent events, pushed in as bytes: any split of the stream gives the same events."""

import re
from dataclasses import dataclass
from typing import Final

from dreambridge.domain.errors import AnswerUnreadable

# CR, LF and CRLF each end a line, and nothing else does: U+2028 is text.
_LINE_END: Final = re.compile(rb"\r\n|\r|\n")
_BOM: Final = b"\xef\xbb\xbf"
_LARGEST: Final = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its name (`message` when the site gives none) and its data, lines joined by LF."""

    name: str
    data: str


class EventParser:
    """Turn chunks of a `text/event-stream` into events, as the HTML standard reads them."""

    def __init__(self) -> None:
        # The pieces of a line that has not ended; lines are decoded whole, so that no character is ever cut.
        self._pieces: list[bytes] = []
        self._held = 0
        self._after_cr = False
        self._begun = False
        self._name = ""
        self._data: list[str] = []

    def feed(self, chunk: bytes) -> list[Event]:
        """Take the next bytes; give the events they complete. Raises `AnswerUnreadable` for an endless event."""
        if self._after_cr and chunk:
            self._after_cr = False
            chunk = chunk.removeprefix(b"\n")
        if not chunk:
            return []
        self._held += len(chunk)
        if self._held > _LARGEST:
            raise AnswerUnreadable(f"The site sent an event of more than {_LARGEST} bytes.")
        self._after_cr = chunk.endswith(b"\r")
        if _LINE_END.search(chunk) is None:
            self._pieces.append(chunk)
            return []
        *lines, rest = _LINE_END.split(b"".join([*self._pieces, chunk]))
        self._pieces = [rest]
        return [event for line in lines if (event := self._take(line)) is not None]

    def close(self) -> list[Event]:
        """End the stream: an event whose blank line never came counts too, for its JSON tells whether it is whole."""
        line = b"".join(self._pieces)
        self._pieces = []
        found = [self._take(line), self._take(b"")] if line else [self._take(b"")]
        return [event for event in found if event is not None]

    def _take(self, line: bytes) -> Event | None:
        if not self._begun:
            self._begun = True
            line = line.removeprefix(_BOM)
        if not line:
            event = Event(self._name or "message", "\n".join(self._data)) if self._data else None
            self._name, self._data = "", []
            self._held = sum(map(len, self._pieces))
            return event
        field, _, value = line.partition(b":")
        text = value.removeprefix(b" ").decode("utf-8", "replace")
        if field == b"event":
            self._name = text
        elif field == b"data":
            self._data.append(text)
        return None
