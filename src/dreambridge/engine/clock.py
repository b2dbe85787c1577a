"""Time, as a seam: tests run it fast."""

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """Tell the time and wait."""

    def now(self) -> float:
        """Give the epoch time in seconds."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait that long; never for less than a turn of the loop."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:
        """Give the epoch time in seconds."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """Wait that long."""
        await asyncio.sleep(max(0.0, seconds))
