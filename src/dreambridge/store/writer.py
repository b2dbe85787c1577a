"""Grouped writes: all that wait are committed together, with one sync of the disk."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, NamedTuple, TypeAlias

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from dreambridge.store.faults import (
    ConnectionLost,
    StoreClosed,
    StoreUnavailable,
    WriteUnclear,
    translate,
    translate_commit,
)

Op: TypeAlias = Callable[[Connection], object]

# Bounds how long one transaction holds others up, and how much is done again when one of its operations fails.
_BATCH: Final = 256
_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 2.0


class _Waiting(NamedTuple):
    op: Op
    future: "asyncio.Future[object]"


def run_in_transaction(engine: Engine, ops: Sequence[Op], *, commit: bool = True) -> list[object]:
    """Run operations on one connection and in one transaction, blocking.

    Raises `ConnectionLost` when surely nothing is left behind and it may be run again, `StoreFull`, `WriteUnclear`,
    or whatever an operation raises.
    """
    try:
        connection = engine.connect()
    except DBAPIError as error:
        # The driver's own words: they name host, user and database, and never the password.
        raise ConnectionLost(str(error.orig).strip()) from error
    with connection:
        try:
            results = [op(connection) for op in ops]
        except DBAPIError as error:
            raise translate(error) or error from error
        if not commit:
            return results
        try:
            connection.commit()
        except DBAPIError as error:
            raise translate_commit(error) or error from error
    return results


class GroupedWriter:
    """Collect operations from many tasks and commit them in batches, from one thread of its own.

    While one batch is being committed the next collects, so that the size of a batch follows the load: a lone write
    leaves at once. `patience` is for how many seconds a lost connection is sought anew.
    """

    def __init__(self, engine: Engine, *, patience: float) -> None:
        self._engine = engine
        self._patience = patience
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store-writer")
        self._waiting: deque[_Waiting] = deque()
        self._wake = asyncio.Event()
        self._closing = False
        self._task = asyncio.create_task(self._run(), name="store-writer")

    async def write(self, op: Op) -> object:
        """Run an operation and return its result once it is on disk.

        A caller cancelled before its operation was taken into a batch withdraws it; later, it is carried out all the
        same. Raises what the operation raises, and what `run_in_transaction` does but `StoreUnavailable` in place of
        `ConnectionLost`.
        """
        if self._closing:
            raise StoreClosed("the database is closed")
        future: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(op, future))
        self._wake.set()
        return await future

    async def aclose(self) -> None:
        """Commit what waits, then stop the thread."""
        self._closing = True
        self._wake.set()
        await asyncio.wait([self._task])
        self._thread.shutdown()
        self._task.result()

    async def _run(self) -> None:
        while True:
            batch = self._take()
            if batch:
                await self._commit(batch)
            elif self._closing:
                return
            else:
                self._wake.clear()
                await self._wake.wait()

    def _take(self) -> list[_Waiting]:
        batch: list[_Waiting] = []
        while self._waiting and len(batch) < _BATCH:
            waiting = self._waiting.popleft()
            if not waiting.future.done():
                batch.append(waiting)
        return batch

    async def _commit(self, batch: list[_Waiting]) -> None:
        outcome = await self._attempt([waiting.op for waiting in batch])
        if not isinstance(outcome, BaseException):
            for waiting, result in zip(batch, outcome, strict=True):
                _resolve(waiting.future, result)
        elif len(batch) == 1 or isinstance(outcome, _SHARED_FATE):
            for waiting in batch:
                _refuse(waiting.future, outcome)
        else:
            # One of them is bad and the transaction is gone: each on its own, so that it harms nobody else.
            for waiting in batch:
                await self._commit([waiting])

    async def _attempt(self, ops: list[Op]) -> list[object] | BaseException:
        loop = asyncio.get_running_loop()
        deadline: float | None = None
        pause = _FIRST_PAUSE
        while True:
            running = loop.run_in_executor(self._thread, run_in_transaction, self._engine, ops)
            await asyncio.wait([running])
            error = running.exception()
            if error is None:
                return running.result()
            if not isinstance(error, ConnectionLost):
                return error
            deadline = deadline or loop.time() + self._patience
            if self._closing or loop.time() + pause > deadline:
                return _unavailable(error)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)


# Trying again one by one would only wait as long again, or do twice what may be done already.
_SHARED_FATE: Final = (StoreUnavailable, WriteUnclear)


def _unavailable(error: BaseException) -> StoreUnavailable:
    failure = StoreUnavailable(f"the database cannot be reached: {error}")
    failure.__cause__ = error
    return failure


def _resolve(future: "asyncio.Future[object]", result: object) -> None:
    if not future.done():
        future.set_result(result)


def _refuse(future: "asyncio.Future[object]", error: BaseException) -> None:
    if not future.done():
        future.set_exception(error)
