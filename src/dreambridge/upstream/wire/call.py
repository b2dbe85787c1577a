"""One HTTP exchange as two values."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Call:
    """What is sent: method, absolute URL, headers (cookies among them, hence never printed) and body.

    A body that is too large to be held comes in pieces; a header tells its length.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | Callable[[], AsyncIterator[bytes]] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whole: status and body."""

    status: int
    body: bytes = field(repr=False)
