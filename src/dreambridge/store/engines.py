"""From a database address to the two engines we use: one that writes, one that reads."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry

from dreambridge.store.faults import DatabaseUnsupported

READERS: Final = 3
# Milliseconds for which SQLite waits on a checkpoint, seconds for PostgreSQL's handshake.
_BUSY_MS: Final = 5_000
_CONNECT_SECONDS: Final = 5
# A paid call relies on what is committed, whatever the server's default is; and no wait is without an end.
_PG_SETTINGS: Final = "SET synchronous_commit = on; SET statement_timeout = 30000; SET lock_timeout = 10000"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a database is: `file` for SQLite, `None` for PostgreSQL."""

    url: URL
    file: Path | None

    @classmethod
    def embedded(cls, file: Path) -> "Address":
        """Name an SQLite file."""
        return cls(URL.create("sqlite+pysqlite", database=str(file)), file)

    @classmethod
    def parse(cls, text: str) -> "Address":
        """Read an address; the driver's name in it may be left out.

        Raises `DatabaseUnsupported` for any other database, and for SQLite in memory, which no second connection sees.
        """
        try:
            url = make_url(text)
        except ArgumentError as error:
            raise DatabaseUnsupported("the database address cannot be read: expected scheme://…") from error
        family = url.drivername.partition("+")[0]
        if family in {"postgresql", "postgres"}:
            return cls(url.set(drivername="postgresql+psycopg"), None)
        if family != "sqlite":
            raise DatabaseUnsupported(f"{family} is not supported: use sqlite:///path or postgresql://host/name")
        if not url.database or url.database == ":memory:" or url.query:
            raise DatabaseUnsupported("SQLite needs a file and takes no options: sqlite:///path")
        return cls(url.set(drivername="sqlite+pysqlite"), Path(url.database))


@dataclass(frozen=True, slots=True)
class Engines:
    """One connection that writes, a few that read; `writer` is `None` when opened for reading only."""

    reader: Engine
    writer: Engine | None

    def dispose(self) -> None:
        """Close every connection."""
        self.reader.dispose()
        if self.writer is not None:
            self.writer.dispose()


def build_engines(address: Address, *, read_only: bool) -> Engines:
    """Make the engines without connecting."""
    if address.file is None:
        return _postgres_engines(address.url, read_only=read_only)
    return _sqlite_engines(address.file, read_only=read_only)


def _postgres_engines(url: URL, *, read_only: bool) -> Engines:
    arguments = {"connect_timeout": _CONNECT_SECONDS}

    def make(size: int, isolation: str) -> Engine:
        engine = create_engine(
            url, pool_size=size, max_overflow=0, connect_args=arguments, isolation_level=isolation, hide_parameters=True
        )
        event.listen(engine, "connect", _set_up_postgres)
        return engine

    # A read of several statements sees one moment; a write decides by the WHERE of its UPDATE.
    reader = make(READERS, "REPEATABLE READ").execution_options(postgresql_readonly=True)
    return Engines(reader, None if read_only else make(1, "READ COMMITTED"))


def _set_up_postgres(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute(_PG_SETTINGS)
    cursor.close()
    connection.commit()


def _sqlite_engines(file: Path, *, read_only: bool) -> Engines:
    def make(mode: str, size: int, begin: str, *pragmas: str) -> Engine:
        url = URL.create("sqlite+pysqlite", database=f"file:{_quoted(file)}", query={"mode": mode, "uri": "true"})
        engine = create_engine(
            url, pool_size=size, max_overflow=0, connect_args={"check_same_thread": False}, hide_parameters=True
        )

        def set_up(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
            connection.isolation_level = None  # The driver must not begin transactions of its own.
            for pragma in (f"busy_timeout = {_BUSY_MS}", "foreign_keys = ON", *pragmas):
                connection.execute(f"PRAGMA {pragma}").close()

        def begin_transaction(connection: Connection) -> None:
            connection.exec_driver_sql(begin)

        event.listen(engine, "connect", set_up)
        event.listen(engine, "begin", begin_transaction)
        return engine

    if read_only:
        return Engines(make("ro", 1, "BEGIN"), None)
    # FULL: a commit in the write-ahead log is synced before the paid call that relies on it leaves.
    writer = make("rwc", 1, "BEGIN IMMEDIATE", "journal_mode = WAL", "synchronous = FULL")
    return Engines(make("rw", READERS, "BEGIN", "query_only = ON"), writer)


def _quoted(file: Path) -> str:
    # The path becomes part of a URI: only what a URI would read as its own punctuation is escaped.
    return file.absolute().as_posix().replace("%", "%25").replace("?", "%3f").replace("#", "%23")
