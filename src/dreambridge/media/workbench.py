"""Threads for heavy work on files, with a bound on the bytes that such work holds together."""

import asyncio
import os
from collections import deque
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TypeVar

T = TypeVar("T")


class Workbench:
    """Run work in threads of its own; waiting work holds nothing, and what alone is beyond the bound runs alone."""

    def __init__(self, *, max_bytes_in_flight: int = 160 * 1024**2, threads: int | None = None) -> None:
        self._budget = max_bytes_in_flight
        self._in_flight = 0
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()
        self._threads = ThreadPoolExecutor(threads or min(4, os.cpu_count() or 1), thread_name_prefix="media")

    @property
    def bytes_in_flight(self) -> int:
        """Tell the bytes that running work is reckoned to hold."""
        return self._in_flight

    async def close(self) -> None:
        """Wait for running work and end the threads."""
        await asyncio.to_thread(self._threads.shutdown)

    async def run(self, work: Callable[[], T], *, weight: int) -> T:
        """Do `work`, which holds about `weight` bytes, off the event loop.

        A cancelled caller still waits for its thread to end. Raises what `work` raises.
        """
        async with self._share(weight):
            running = asyncio.get_running_loop().run_in_executor(self._threads, work)
            try:
                return await asyncio.shield(running)
            except asyncio.CancelledError:
                await asyncio.wait({running})  # its memory is held until then
                raise

    @asynccontextmanager
    async def _share(self, weight: int) -> AsyncIterator[None]:
        weight = min(weight, self._budget)
        if self._waiting or self._in_flight + weight > self._budget:
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append((weight, turn))
            try:
                await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled():
                    self._give_back(weight)
                else:
                    self._waiting.remove((weight, turn))
                    self._admit()
                raise
        else:
            self._in_flight += weight
        try:
            yield
        finally:
            self._give_back(weight)

    def _give_back(self, weight: int) -> None:
        self._in_flight -= weight
        self._admit()

    def _admit(self) -> None:
        while self._waiting and self._in_flight + self._waiting[0][0] <= self._budget:
            weight, turn = self._waiting.popleft()
            if not turn.cancelled():
                self._in_flight += weight
                turn.set_result(None)
