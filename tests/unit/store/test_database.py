"""Opening a database: one process at a time, at the current schema, and whole after any end."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from stat import S_IMODE

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from dreambridge.domain.job import Job
from dreambridge.store.database import Database
from dreambridge.store.faults import DatabaseInUse, DatabaseUnsupported, StoreClosed, StoreUnavailable
from dreambridge.store.jobs import Jobs
from dreambridge.store.schema import HEAD

MakeJob = Callable[..., Job]

OPEN_AND_WAIT = """
import asyncio, sys
from pathlib import Path
from dreambridge.store.database import Database

async def main():
    try:
        database = await Database.open(sys.argv[1], data_dir=Path(sys.argv[2]))
    except Exception as error:
        print(type(error).__name__, error, flush=True)
        return
    print("open", "alembic" in sys.modules, flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await database.aclose()

asyncio.run(main())
"""

WRITE_UNTIL_KILLED = """
import asyncio, sys
from itertools import count
from pathlib import Path
from dreambridge.domain.generation import Dimensions, ImageRequest, Kind
from dreambridge.domain.job import Job
from dreambridge.domain.submission import Submission
from dreambridge.store.database import Database
from dreambridge.store.jobs import Jobs

async def write(jobs, numbers):
    request = ImageRequest("p", "m", "m", 4, (4,), "1:1", "2k", Dimensions(2048, 2048))
    for number in numbers:
        parts = (Submission(0, 4), Submission(1, 4))
        job = Job(f"job_{number}", "owner", Kind.IMAGE, request, ("a",), float(number), submissions=parts)
        await jobs.create(job, owners=["pool"])
        print(job.id, flush=True)

async def main():
    database = await Database.open(sys.argv[1], data_dir=Path(sys.argv[2]))
    numbers = count()
    await asyncio.gather(*(write(Jobs(database), numbers) for _ in range(20)))

asyncio.run(main())
"""


def start(script: str, url: str, data_dir: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", script, url, str(data_dir)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def said_when_opening(url: str, data_dir: Path) -> str:
    with start(OPEN_AND_WAIT, url, data_dir) as process:
        return process.communicate("", timeout=30)[0].strip()


async def test_second_process_is_refused_at_once_and_told_why(sqlite_url: str, tmp_path: Path) -> None:
    database = await Database.open(sqlite_url, data_dir=tmp_path)
    said = said_when_opening(sqlite_url, tmp_path)
    assert said.startswith("DatabaseInUse")
    assert str(tmp_path) in said
    assert f"process {os.getpid()}" in said
    assert "\n" not in said
    await database.aclose()
    assert said_when_opening(sqlite_url, tmp_path).startswith("open")


async def test_database_without_address_lies_in_the_data_directory(tmp_path: Path, make_job: MakeJob) -> None:
    data_dir = tmp_path / "100% new"
    database = await Database.open(None, data_dir=data_dir)
    await Jobs(database).create(make_job())
    await database.aclose()
    assert sorted(path.name for path in data_dir.glob("*")) == ["dreambridge.db", "dreambridge.lock"]


async def test_one_database_file_is_not_shared_by_two_data_directories(sqlite_url: str, tmp_path: Path) -> None:
    database = await Database.open(sqlite_url, data_dir=tmp_path / "one")
    with pytest.raises(DatabaseInUse) as caught:
        await Database.open(sqlite_url, data_dir=tmp_path / "two")
    assert caught.value.pid == os.getpid()
    assert caught.value.path.parent == tmp_path
    # The refused one holds nothing of what it took before.
    await database.aclose()
    await (await Database.open(sqlite_url, data_dir=tmp_path / "two")).aclose()


async def test_doctor_reads_a_database_in_use_and_cannot_write_to_it(
    sqlite_url: str, tmp_path: Path, make_job: MakeJob
) -> None:
    database = await Database.open(sqlite_url, data_dir=tmp_path)
    job = make_job()
    await Jobs(database).create(job)
    looking = await Database.open(sqlite_url, data_dir=tmp_path, read_only=True)
    assert await looking.revision() == HEAD
    assert await Jobs(looking).load(job.id) == job
    with pytest.raises(StoreClosed):
        await Jobs(looking).request_cancel(job.id)
    with pytest.raises(OperationalError):
        await looking.read(lambda c: c.execute(text("DELETE FROM jobs")).rowcount)
    await looking.aclose()
    await database.aclose()


async def test_looking_at_a_database_that_is_not_there_makes_none(sqlite_url: str, tmp_path: Path) -> None:
    looking = await Database.open(sqlite_url, data_dir=tmp_path / "absent", read_only=True, patience=0.0)
    with pytest.raises(StoreUnavailable):
        await looking.revision()
    await looking.aclose()
    assert not (tmp_path / "absent").exists()
    assert not (tmp_path / "dreambridge.db").exists()


async def test_reads_cannot_write(database: Database) -> None:
    with pytest.raises(Exception, match=r"(?i)read-?only"):
        await database.read(lambda c: c.execute(text("DELETE FROM jobs")).rowcount)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other rights than these")
async def test_database_files_are_for_their_owner_only(tmp_path: Path, make_job: MakeJob) -> None:
    data_dir = tmp_path / "data"
    url = f"sqlite:///{data_dir.as_posix()}/a%20%23%3F%25.db"
    database = await Database.open(url, data_dir=data_dir)
    await Jobs(database).create(make_job())
    assert (data_dir / "a #?%.db").exists()
    assert S_IMODE(data_dir.stat().st_mode) == 0o700
    assert {S_IMODE(path.stat().st_mode) for path in data_dir.iterdir()} == {0o600}
    await database.aclose()


async def test_sqlite_syncs_every_commit_of_its_log(sqlite_url: str, tmp_path: Path) -> None:
    database = await Database.open(sqlite_url, data_dir=tmp_path)

    def settings(connection: Connection) -> list[object]:
        names = ("journal_mode", "synchronous", "foreign_keys")
        return [connection.execute(text(f"PRAGMA {name}")).scalar() for name in names]

    assert await database.write(settings) == ["wal", 2, 1]  # 2 is FULL
    await database.aclose()


@pytest.mark.parametrize(
    "url", ["mysql://localhost/x", "sqlite://", "sqlite:///:memory:", "sqlite:///a.db?mode=ro", "nonsense"]
)
async def test_other_databases_are_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnsupported):
        await Database.open(url, data_dir=tmp_path)


async def test_server_that_does_not_answer_is_given_up_after_our_patience(tmp_path: Path, unused_tcp_port: int) -> None:
    url = f"postgresql://nobody:hush@127.0.0.1:{unused_tcp_port}/none"
    with pytest.raises(StoreUnavailable, match="refused") as caught:
        await Database.open(url, data_dir=tmp_path, patience=0.3)
    assert "hush" not in str(caught.value)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
async def test_killed_writer_leaves_whole_transactions_and_all_it_confirmed(database_url: str, tmp_path: Path) -> None:
    with start(WRITE_UNTIL_KILLED, database_url, tmp_path) as process:
        assert process.stdout is not None
        confirmed = [process.stdout.readline().strip() for _ in range(200)]
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read()
    # The last line may have been cut by the kill.
    confirmed += [line for line in rest.splitlines(keepends=True) if line.endswith("\n")]
    database = await Database.open(database_url, data_dir=tmp_path)
    jobs = Jobs(database)
    found = {job.id: job for job in await jobs.unfinished()}
    assert {line.strip() for line in confirmed} <= found.keys()
    assert {len(job.submissions) for job in found.values()} == {2}
    for owner in ("owner", "pool"):
        assert len(await jobs.list(owner, limit=len(found) + 1)) == len(found)
    await database.aclose()
