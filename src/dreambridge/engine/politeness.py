"""Ask the sites neither too often nor the same thing twice at once."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, Final, Generic, TypeVar

from dreambridge.engine.clock import Clock

T = TypeVar("T")
_MINUTE: Final = 60.0


class MinuteLimit:
    """Allow something so many times in any minute."""

    def __init__(self, clock: Clock, most: int) -> None:
        self.most = most
        self._clock = clock
        self._recent: deque[float] = deque()

    def admit(self, count: int = 1) -> bool:
        """Count these in, all or none of them; say whether there was room."""
        now = self._clock.now()
        while self._recent and self._recent[0] < now - _MINUTE:
            self._recent.popleft()
        if len(self._recent) + count > self.most:
            return False
        self._recent.extend([now] * count)
        return True


class Sharing(Generic[T]):
    """Do a piece of work once at a time for each key; who asks meanwhile is given the same outcome."""

    def __init__(self) -> None:
        self._running: dict[str, asyncio.Task[T]] = {}

    async def run(self, key: str, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Give the outcome of the work under way for this key, or begin it; raises what the work raises.

        A caller who leaves does not stop it for the others.
        """
        task = self._running.get(key)
        if task is None:
            task = asyncio.create_task(work(), name=f"shared-{key}")
            self._running[key] = task
            task.add_done_callback(lambda _: self._running.pop(key, None))
        return await asyncio.shield(task)

    async def aclose(self) -> None:
        """Stop what is under way."""
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
