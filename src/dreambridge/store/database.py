"""One open database: grouped writes, reads beside them, the lock on an embedded file.

Operations are plain functions of a SQLAlchemy connection, run in threads of the store. Measured on one core, two
statements cost 35 µs this way and 350 µs through aiosqlite, which crosses threads at every one; the same functions
run on PostgreSQL through psycopg. An event loop that is never idle leaves these threads a turn only once per
`sys.getswitchinterval()`: the process should lower that to half a millisecond.
"""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Final, Self, TypeVar, cast

from sqlalchemy import Connection

from dreambridge.store.copies import copy_before_migration
from dreambridge.store.engines import READERS, Address, Engines, build_engines
from dreambridge.store.faults import ConnectionLost, StoreClosed, StoreUnavailable
from dreambridge.store.lock import FileLock
from dreambridge.store.schema import bring_to_head, read_revision
from dreambridge.store.writer import GroupedWriter, run_in_transaction

T = TypeVar("T")

# Seconds for which a lost PostgreSQL is sought anew: about as long as a restart of it takes.
PATIENCE: Final = 30.0
_PAUSE: Final = 0.25
DEFAULT_FILE: Final = "dreambridge.db"
_LOCK_NAME: Final = "dreambridge.lock"


class Database:
    """A database at the current schema, to be closed with `aclose`; made by `open`."""

    def __init__(self, engines: Engines, locks: list[FileLock], *, patience: float) -> None:
        self._engines = engines
        self._locks = locks
        self._patience = patience
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="store-reader")
        writer = engines.writer
        self._writer = None if writer is None else GroupedWriter(writer, patience=patience)

    @classmethod
    async def open(
        cls, url: str | None, *, data_dir: Path, read_only: bool = False, patience: float = PATIENCE
    ) -> Self:
        """Open the database at `url`, or the one in `data_dir`, at the newest schema; touches the network for a server.

        An SQLite file is locked, and with it `data_dir`, which is made when absent; one of an older schema is copied
        before it is migrated. `read_only` takes no lock, makes and migrates nothing, and so can look at a database in
        use. `patience` is in seconds. Raises `DatabaseInUse`, `DatabaseUnsupported`, `SchemaTooNew`,
        `StoreUnavailable`, `StoreFull`.
        """
        address = Address.embedded(data_dir / DEFAULT_FILE) if url is None else Address.parse(url)
        engines = build_engines(address, read_only=read_only)
        locks: list[FileLock] = []
        if not read_only:
            locks = await asyncio.to_thread(_claim, address.file, data_dir)
        database = cls(engines, locks, patience=patience)
        try:
            if not read_only:
                if address.file is not None:
                    await asyncio.to_thread(copy_before_migration, address.file)
                await database.write(bring_to_head)
        except BaseException:
            await database.aclose()
            raise
        return database

    async def write(self, op: Callable[[Connection], T]) -> T:
        """Run `op` in a transaction shared with others that wait, and return its result once it is on disk.

        `op` runs in another thread and may run more than once, each time on a connection that shows nothing of the
        time before: it must change nothing but the database. When it raises, only its own changes are undone. A
        caller that is cancelled withdraws an operation only while it still waits. Raises `StoreFull`,
        `StoreUnavailable`, `WriteUnclear` or what `op` raises.
        """
        if self._writer is None:
            raise StoreClosed("the database is open for reading only")
        return cast("T", await self._writer.write(op))

    async def read(self, op: Callable[[Connection], T]) -> T:
        """Run `op` on a connection of its own that sees one moment of the database, and that cannot write.

        Raises `StoreUnavailable` when no connection can be had, or what `op` raises.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._patience
        while True:
            try:
                return await loop.run_in_executor(self._readers, self._read, op)
            except ConnectionLost as error:
                if loop.time() + _PAUSE > deadline:
                    raise StoreUnavailable(f"the database cannot be reached: {error}") from error
            await asyncio.sleep(_PAUSE)

    async def revision(self) -> str | None:
        """Tell which migration the database is at; `None` when it has no tables of ours."""
        return await self.read(read_revision)

    async def aclose(self) -> None:
        """Commit what waits, close every connection and let go of the lock."""
        if self._writer is not None:
            await self._writer.aclose()
        await asyncio.to_thread(self._readers.shutdown)
        self._engines.dispose()
        for lock in self._locks:
            lock.release()

    def _read(self, op: Callable[[Connection], T]) -> T:
        return cast("T", run_in_transaction(self._engines.reader, [op], commit=False)[0])


def _claim(file: Path | None, data_dir: Path) -> list[FileLock]:
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    if file is None:
        return []
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # A file elsewhere gets a lock of its own: two data directories could name it.
    directories = sorted({data_dir.resolve(), file.parent.resolve()})
    with ExitStack() as taken:
        locks = []
        for directory in directories:
            lock = FileLock.acquire(directory / _LOCK_NAME)
            taken.callback(lock.release)
            locks.append(lock)
        taken.pop_all()
    # Made before SQLite makes it, so that nobody else can read it; its log files take the same mode.
    os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    return locks
