"""A barrier in the paid call, so that a test can stop its client before or after the site accepted."""

import asyncio
from typing import Literal

Place = Literal["before", "after"]


class Gate:
    """Hold submissions at one place until released. Open at first."""

    def __init__(self) -> None:
        self._closed: dict[Place, asyncio.Event] = {}
        self.waiting = {"before": 0, "after": 0}

    def hold(self, place: Place) -> None:
        """Make every later submission wait at this place."""
        self._closed.setdefault(place, asyncio.Event())

    def release(self) -> None:
        """Open both places and let the waiting ones go on."""
        for event in self._closed.values():
            event.set()
        self._closed = {}

    async def pass_through(self, place: Place) -> None:
        """Wait here while the place is held."""
        event = self._closed.get(place)
        if event is None:
            return
        self.waiting[place] += 1
        try:
            await event.wait()
        finally:
            self.waiting[place] -= 1
