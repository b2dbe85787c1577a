"""The schema: one head, the same whether created or migrated, and Alembic only where something is to be done."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from dreambridge.store import schema
from dreambridge.store.database import Database
from dreambridge.store.engines import Address, build_engines
from dreambridge.store.faults import SchemaTooNew
from dreambridge.store.jobs import Jobs
from dreambridge.store.schema import HEAD, bring_to_head, migrate, read_revision
from dreambridge.store.tables import METADATA

START = """
import asyncio, sys
from pathlib import Path
from dreambridge.store.database import Database

async def main():
    database = await Database.open(sys.argv[1], data_dir=Path(sys.argv[2]))
    print(await database.revision(), "alembic" in sys.modules, "greenlet" in sys.modules)
    await database.aclose()

asyncio.run(main())
"""


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """Give the writing engine of an empty database."""
    engines = build_engines(Address.parse(database_url), read_only=False)
    assert engines.writer is not None
    yield engines.writer
    engines.dispose()


def test_head_is_the_newest_script() -> None:
    config = Config()
    config.set_main_option("script_location", str(schema._MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_migrating_gives_the_schema_that_creating_gives(engine: Engine) -> None:
    with engine.begin() as connection:
        migrate(connection, None)
        assert read_revision(connection) == HEAD
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_migrating_writes_the_words_that_creating_writes(tmp_path: Path) -> None:
    def words(connection: Connection) -> dict[str, str]:
        rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'alembic%'"))
        return {row.name: " ".join((row.sql or "").replace('"', "").split()) for row in rows}

    found = []
    for name, make in (("created", bring_to_head), ("migrated", lambda connection: migrate(connection, None))):
        engines = build_engines(Address.parse(f"sqlite:///{tmp_path.as_posix()}/{name}.db"), read_only=False)
        assert engines.writer is not None
        with engines.writer.begin() as connection:
            make(connection)
            found.append(words(connection))
        engines.dispose()
    assert found[0] == found[1]
    assert "jobs" in found[0]


async def test_opening_again_keeps_what_is_there(database_url: str, tmp_path: Path) -> None:
    for expected in (0, 0):
        database = await Database.open(database_url, data_dir=tmp_path)
        assert await database.revision() == HEAD
        assert await Jobs(database).count_open() == expected
        await database.aclose()


async def test_database_of_a_later_version_is_refused_and_left_alone(database_url: str, tmp_path: Path) -> None:
    database = await Database.open(database_url, data_dir=tmp_path)
    await database.write(lambda c: c.execute(text("UPDATE alembic_version SET version_num = '9999'")).rowcount)
    await database.aclose()
    with pytest.raises(SchemaTooNew, match="9999"):
        await Database.open(database_url, data_dir=tmp_path)
    # The refused start let go of its lock.
    looking = await Database.open(database_url, data_dir=tmp_path, read_only=True)
    assert await looking.revision() == "9999"
    await looking.aclose()


@pytest.mark.parametrize("start", ["first", "second"])
def test_neither_first_nor_later_start_loads_alembic(database_url: str, tmp_path: Path, start: str) -> None:
    for _ in range(1 if start == "first" else 2):
        command = [sys.executable, "-c", START, database_url, str(tmp_path)]
        said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    assert said.split() == [HEAD, "False", "False"]
