"""What can go wrong between us and the database.

StoreError
├─ DatabaseInUse        another process holds the embedded database
├─ DatabaseUnsupported  an address we cannot open
├─ SchemaTooNew         written by a later version of this program
├─ StoreClosed          used after it was closed
├─ StoreFull            the disk (or the database's limit) has no room; nothing was written
├─ StoreUnavailable     no connection within our patience; nothing was written
├─ WriteUnclear         the connection broke during COMMIT: written or not, nobody knows
└─ TransitionRefused    a change of state that the transition table does not have: our bug

These stay inside the engine, which knows what each means for a job or a caller.
"""

import sqlite3
from pathlib import Path

from sqlalchemy.exc import DBAPIError

# PostgreSQL's disk_full; serialization_failure and deadlock_detected, after which nothing of the transaction is left.
_PG_DISK_FULL = "53100"
_PG_TRY_AGAIN = frozenset({"40001", "40P01"})


class StoreError(Exception):
    """Report a failure of the store."""


class DatabaseInUse(StoreError):
    """Report that another process holds the embedded database; `pid` is `None` when it did not say who it is."""

    def __init__(self, path: Path, pid: int | None) -> None:
        holder = f"process {pid}" if pid else "another process"
        super().__init__(
            f"{path.parent} is in use by {holder} (lock file {path}): stop it, or choose another directory"
        )
        self.path = path
        self.pid = pid


class DatabaseUnsupported(StoreError):
    """Report a database address that we cannot open."""


class SchemaTooNew(StoreError):
    """Report a database written by a later version of this program."""


class StoreClosed(StoreError):
    """Report use after the database was closed, or a write to one opened for reading."""


class StoreFull(StoreError):
    """Report that there is no room; nothing of this write was kept."""


class StoreUnavailable(StoreError):
    """Report that the database could not be reached for as long as we are patient; nothing was written."""


class WriteUnclear(StoreError):
    """Report that a commit may or may not have happened: look again before acting."""


class TransitionRefused(StoreError, AssertionError):
    """Report a change of state that `domain.job.TRANSITIONS` does not allow."""


class ConnectionLost(StoreError):
    """Report a transaction that surely left nothing behind and may be run again; never leaves this package."""


def translate(error: DBAPIError) -> StoreError | None:
    """Read a driver's error raised before COMMIT as one of ours; `None` when it is the statement's own fault."""
    if _is_full(error):
        return StoreFull("the database has no room left")
    if error.connection_invalidated or getattr(error.orig, "sqlstate", None) in _PG_TRY_AGAIN:
        return ConnectionLost("the transaction was lost before it was committed")
    return None


def translate_commit(error: DBAPIError) -> StoreError | None:
    """Read a driver's error raised by COMMIT itself as one of ours; `None` when it surely refused the transaction."""
    if _is_full(error):
        return StoreFull("the database has no room left")
    if getattr(error.orig, "sqlstate", None) in _PG_TRY_AGAIN:
        return ConnectionLost("the transaction was refused when it was committed")
    # A failed sync of SQLite's log may still survive a crash, just as an answer lost on the way from PostgreSQL.
    if error.connection_invalidated or isinstance(error.orig, sqlite3.OperationalError):
        return WriteUnclear("the connection to the database broke during a commit")
    return None


def _is_full(error: DBAPIError) -> bool:
    code = getattr(error.orig, "sqlite_errorcode", None)
    return code == sqlite3.SQLITE_FULL or getattr(error.orig, "sqlstate", None) == _PG_DISK_FULL
