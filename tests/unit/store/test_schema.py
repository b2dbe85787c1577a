"""The schema: one head, the same whether created or migrated, and Alembic only where something is to be done."""

import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from dreambridge.store import schema
from dreambridge.store.artifacts import Artifacts
from dreambridge.store.database import Database
from dreambridge.store.engines import Address, build_engines
from dreambridge.store.faults import SchemaTooNew
from dreambridge.store.jobs import Jobs
from dreambridge.store.schema import HEAD, bring_to_head, migrate, read_revision
from dreambridge.store.tables import METADATA

SAMPLES = Path(__file__).parent / "samples"
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


def test_migrating_gives_sqlite_the_tables_that_creating_gives(tmp_path: Path) -> None:
    """What comparing metadata does not see: rowids, partial indexes, what a foreign key does on delete."""

    def facts(connection: Connection) -> dict[str, object]:
        master = connection.execute(text("SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'alembic%'"))
        found: dict[str, object] = {}
        for row in master.all():
            if row.type == "index":
                found[row.name] = " ".join((row.sql or "").replace('"', "").split())
                continue
            table = {"name": row.name}
            columns = connection.execute(text('SELECT name, type, "notnull", pk FROM pragma_table_info(:name)'), table)
            keys = connection.execute(text('SELECT "table", on_delete FROM pragma_foreign_key_list(:name)'), table)
            rowid = "WITHOUT ROWID" not in row.sql
            found[row.name] = (set(map(tuple, columns.all())), set(map(tuple, keys.all())), rowid)
        return found

    found = []
    for name, make in (("created", bring_to_head), ("migrated", lambda connection: migrate(connection, None))):
        engines = build_engines(Address.parse(f"sqlite:///{tmp_path.as_posix()}/{name}.db"), read_only=False)
        assert engines.writer is not None
        with engines.writer.begin() as connection:
            make(connection)
            found.append(facts(connection))
        engines.dispose()
    assert found[0] == found[1]
    assert "jobs" in found[0]


async def test_opening_again_keeps_what_is_there(database_url: str, tmp_path: Path) -> None:
    for expected in (0, 0):
        database = await Database.open(database_url, data_dir=tmp_path)
        assert await database.revision() == HEAD
        assert await Jobs(database).count_open() == expected
        await database.aclose()


def released(revision: str, folder: Path) -> Path:
    """Make the database that an earlier version left behind."""
    file = folder / "dreambridge.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript((SAMPLES / f"r{revision}.sql").read_text(encoding="utf-8"))
    return file


@pytest.mark.parametrize("revision", ["0001", "0002", "0003"])
async def test_a_database_of_an_earlier_version_is_copied_and_then_migrated_with_all_its_jobs(
    tmp_path: Path, revision: str
) -> None:
    before = released(revision, tmp_path).read_bytes()
    database = await Database.open(None, data_dir=tmp_path)
    assert await database.revision() == HEAD
    states = Counter(job.state for job in (await Jobs(database).load_many(await _ids(database))).values())
    assert states == {"completed": 1, "failed": 1, "generating": 1, "queued": 1}
    unfinished = await Jobs(database).unfinished()
    assert [job.request.prompt for job in unfinished] == ["a fox under way", "a fox that waits"]
    first = (await _ids(database))[0]
    assert [each.cover_of for each in await Artifacts(database).of_job(first)] == [None, None]
    await database.aclose()
    copy = tmp_path / f"dreambridge.db.{revision}"
    assert copy.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (revision,)
        assert connection.execute("SELECT count(*) FROM jobs").fetchone() == (4,)
    assert before[:16] == b"SQLite format 3\0"
    stamp = copy.stat().st_mtime_ns
    await (await Database.open(None, data_dir=tmp_path)).aclose()
    assert copy.stat().st_mtime_ns == stamp


async def _ids(database: Database) -> list[str]:
    return list(
        await database.read(lambda c: c.execute(text("SELECT id FROM jobs ORDER BY created_at")).scalars().all())
    )


def test_every_released_schema_but_the_newest_left_a_sample_behind() -> None:
    config = Config()
    config.set_main_option("script_location", str(schema._MIGRATIONS))
    earlier = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()} - {HEAD}
    assert {file.stem.removeprefix("r") for file in SAMPLES.glob("r*.sql")} == earlier


async def test_a_new_database_and_a_current_one_are_not_copied(tmp_path: Path) -> None:
    for _ in range(2):
        await (await Database.open(None, data_dir=tmp_path)).aclose()
    assert _left(tmp_path) == ["dreambridge.db", "dreambridge.lock"]


def _left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


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
