"""A copy of an embedded database before it is migrated: the way back to the version that was running."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from dreambridge.store.faults import DatabaseUnsupported, StoreFull, StoreUnavailable
from dreambridge.store.schema import HEAD


def copy_before_migration(file: Path) -> Path | None:
    """Copy an SQLite database that an older version made, beside it as `<name>.<revision>`; `None` when it is current.

    A copy of that revision that is there already stays as it is. Blocks; nobody else may write to the file meanwhile.
    Raises `StoreFull` when there is no room for it, and `StoreUnavailable`.
    """
    try:
        with closing(sqlite3.connect(file)) as source:
            revision = _revision(source)
            if revision is None or revision >= HEAD:
                return None
            target = file.with_name(f"{file.name}.{revision}")
            if not target.exists():
                _copy(source, target)
            return target
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_FULL:
            raise StoreFull("the disk has no room for the copy that is made before a migration") from error
        raise StoreUnavailable(f"the database could not be copied before its migration: {error}") from error
    except sqlite3.DatabaseError as error:
        raise DatabaseUnsupported(f"{file} is no SQLite database, or is damaged: {error}") from error


def _revision(source: sqlite3.Connection) -> str | None:
    found = source.execute("SELECT name FROM sqlite_master WHERE name = 'alembic_version'").fetchone()
    row = source.execute("SELECT version_num FROM alembic_version").fetchone() if found else None
    return str(row[0]) if row else None


def _copy(source: sqlite3.Connection, target: Path) -> None:
    part = target.with_name(f"{target.name}.part")
    try:
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_RDWR | os.O_CREAT, 0o600))
        with closing(sqlite3.connect(part)) as copy:
            source.backup(copy)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
