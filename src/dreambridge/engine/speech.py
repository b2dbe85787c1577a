"""What agents say, while they say it: for readers who begin at any place."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Final

# Of one job so many characters are held, and of so many jobs whose turn is over.
_LONGEST: Final = 256 * 1024
_RECENT: Final = 256


@dataclass(slots=True)
class _Told:
    text: str = ""
    closed: bool = False
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        self.changed.set()
        self.changed = asyncio.Event()


class Speech:
    """Hold the text of turns under way, and wake who reads along."""

    def __init__(self) -> None:
        self._told: OrderedDict[str, _Told] = OrderedDict()

    def add(self, job_id: str, text: str) -> None:
        """Take more of a job's text; what is beyond the bound is dropped."""
        told = self._told.setdefault(job_id, _Told())
        told.text += text[: max(0, _LONGEST - len(told.text))]
        told.wake()

    def heard(self, job_id: str) -> str:
        """Give all of a job's text so far."""
        told = self._told.get(job_id)
        return "" if told is None else told.text

    def close(self, job_id: str) -> None:
        """Note that a job says no more; its readers come to their end."""
        told = self._told.setdefault(job_id, _Told())
        told.closed = True
        told.wake()
        self._told.move_to_end(job_id)
        over = [name for name, each in self._told.items() if each.closed]
        for name in over[:-_RECENT]:
            del self._told[name]

    def end_all(self) -> None:
        """Bring every reader to its end: the server is going down."""
        for job_id in list(self._told):
            self.close(job_id)

    async def follow(self, job_id: str, offset: int = 0) -> AsyncGenerator[str]:
        """Give a job's text from a place on, as it comes, until it says no more."""
        told = self._told.setdefault(job_id, _Told())
        while True:
            changed = told.changed
            if len(told.text) > offset:
                piece = told.text[offset:]
                offset += len(piece)
                yield piece
            elif told.closed:
                return
            else:
                await changed.wait()
