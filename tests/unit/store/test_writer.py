"""Grouped writes: one commit for all that wait, and no harm from one to another."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, func, insert, select, text
from sqlalchemy.exc import IntegrityError

from dreambridge.store.access_tables import SITE_MEMORY
from dreambridge.store.database import Database
from dreambridge.store.faults import StoreClosed, StoreFull, WriteUnclear


def put(digest: str, site: str = "us") -> Callable[[Connection], str]:
    def op(connection: Connection) -> str:
        connection.execute(insert(SITE_MEMORY), {"digest": digest, "site": site})
        return digest

    return op


def put_then_fail(connection: Connection) -> None:
    put("bad")(connection)
    raise ValueError("bad")


async def kept(database: Database) -> set[str]:
    return await database.read(lambda c: set(c.execute(select(SITE_MEMORY.c.digest)).scalars()))


class Gate:
    """Hold the writer's thread inside an operation, so that others gather behind it."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.opened = threading.Event()

    def hold(self, connection: Connection) -> None:
        put("gate")(connection)
        self.entered.set()
        assert self.opened.wait(30)


@pytest.fixture
async def gate() -> AsyncIterator[Gate]:
    held = Gate()
    yield held
    held.opened.set()


async def close_gate(database: Database, gate: Gate) -> "asyncio.Task[None]":
    holding = asyncio.create_task(database.write(gate.hold))
    await asyncio.to_thread(gate.entered.wait, 30)
    return holding


async def test_writes_that_wait_share_one_commit(database: Database, gate: Gate) -> None:
    commits: list[Connection] = []
    engine = database._engines.writer
    assert engine is not None
    event.listen(engine, "commit", commits.append)
    holding = await close_gate(database, gate)
    waiting = [asyncio.create_task(database.write(put(f"digest_{number}"))) for number in range(50)]
    await asyncio.sleep(0)
    gate.opened.set()
    assert await asyncio.gather(*waiting) == [f"digest_{number}" for number in range(50)]
    await holding
    assert len(commits) == 2
    assert len(await kept(database)) == 51


async def test_bad_operation_harms_no_other_of_its_batch(database: Database, gate: Gate) -> None:
    holding = await close_gate(database, gate)
    ops: list[Callable[[Connection], object]] = [put("first"), put_then_fail, put("first"), put("last")]
    waiting = [asyncio.create_task(database.write(op)) for op in ops]
    await asyncio.sleep(0)
    gate.opened.set()
    first, bad, twice, last = await asyncio.gather(*waiting, return_exceptions=True)
    await holding
    assert (first, last) == ("first", "last")
    assert isinstance(bad, ValueError)
    assert isinstance(twice, IntegrityError)
    assert await kept(database) == {"gate", "first", "last"}


async def test_lone_bad_operation_leaves_nothing(database: Database) -> None:
    with pytest.raises(ValueError, match="bad"):
        await database.write(put_then_fail)
    assert await kept(database) == set()


async def test_cancelled_caller_withdraws_what_waits_but_not_what_was_taken(database: Database, gate: Gate) -> None:
    taken = await close_gate(database, gate)
    waits = asyncio.create_task(database.write(put("withdrawn")))
    await asyncio.sleep(0)
    for caller in (taken, waits):
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller
    gate.opened.set()
    await database.write(put("last"))
    assert await kept(database) == {"gate", "last"}


async def test_closing_commits_what_waits_and_refuses_what_comes_later(database_url: str, tmp_path: Path) -> None:
    database = await Database.open(database_url, data_dir=tmp_path)
    waiting = [asyncio.create_task(database.write(put(f"digest_{number}"))) for number in range(20)]
    await asyncio.sleep(0)
    await database.aclose()
    assert len(await asyncio.gather(*waiting)) == 20
    with pytest.raises(StoreClosed):
        await database.write(put("late"))
    again = await Database.open(database_url, data_dir=tmp_path)
    assert len(await kept(again)) == 20
    await again.aclose()


async def test_more_than_one_batch_of_writes_all_arrive(database: Database) -> None:
    await asyncio.gather(*(database.write(put(f"digest_{number}")) for number in range(600)))
    assert await database.read(lambda c: c.execute(select(func.count()).select_from(SITE_MEMORY)).scalar()) == 600


async def test_full_disk_is_told_apart_and_spares_what_fits(sqlite_url: str, tmp_path: Path, gate: Gate) -> None:
    database = await Database.open(sqlite_url, data_dir=tmp_path)
    pages = await database.read(lambda c: c.execute(text("PRAGMA page_count")).scalar())
    # SQLite reports its own limit with the same code as a full disk.
    await database.write(lambda c: c.execute(text(f"PRAGMA max_page_count = {pages}")).scalar())
    holding = await close_gate(database, gate)
    small = asyncio.create_task(database.write(put("small")))
    large = asyncio.create_task(database.write(put("large", "x" * 1_000_000)))
    await asyncio.sleep(0)
    gate.opened.set()
    await holding
    assert await small == "small"
    with pytest.raises(StoreFull):
        await large
    assert await kept(database) == {"gate", "small"}
    await database.aclose()


async def test_connection_lost_before_the_commit_is_made_good(postgres_url: str, tmp_path: Path) -> None:
    database = await Database.open(postgres_url, data_dir=tmp_path)
    attempts: list[int] = []

    def lose_once(connection: Connection) -> str:
        put("digest")(connection)
        attempts.append(1)
        if len(attempts) == 1:
            connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        return "written"

    assert await database.write(lose_once) == "written"
    assert len(attempts) == 2
    assert await kept(database) == {"digest"}
    await database.aclose()


async def test_reads_survive_a_lost_connection(postgres_url: str, tmp_path: Path) -> None:
    database = await Database.open(postgres_url, data_dir=tmp_path)
    backend = await database.read(lambda c: c.execute(text("SELECT pg_backend_pid()")).scalar_one())
    await database.write(lambda c: c.execute(text(f"SELECT pg_terminate_backend({backend})")).scalar())
    assert await kept(database) == set()
    await database.aclose()


async def test_connection_lost_during_the_commit_is_unclear(postgres_url: str, tmp_path: Path) -> None:
    database = await Database.open(postgres_url, data_dir=tmp_path)
    fatal = """
        CREATE FUNCTION leave() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;
        CREATE CONSTRAINT TRIGGER leaving AFTER INSERT ON site_memory DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW WHEN (NEW.digest = 'fatal') EXECUTE FUNCTION leave();
    """
    await database.write(lambda c: c.exec_driver_sql(fatal).close())
    with pytest.raises(WriteUnclear):
        await database.write(put("fatal"))
    await database.write(put("later"))
    assert await kept(database) == {"later"}
    await database.aclose()


async def test_constraint_broken_at_the_commit_is_no_unclear_write(postgres_url: str, tmp_path: Path) -> None:
    database = await Database.open(postgres_url, data_dir=tmp_path)
    deferred = "ALTER TABLE site_memory ADD CONSTRAINT once UNIQUE (site) DEFERRABLE INITIALLY DEFERRED"
    await database.write(lambda c: c.exec_driver_sql(deferred).close())
    await database.write(put("first"))
    outcomes = await asyncio.gather(
        database.write(put("second")), database.write(put("third", "sg")), return_exceptions=True
    )
    assert isinstance(outcomes[0], IntegrityError)
    assert outcomes[1] == "third"
    assert await kept(database) == {"first", "third"}
    await database.aclose()
