"""Finding and loading jobs: plain functions of a connection, for `jobs.Jobs`."""

from collections.abc import Collection, Container, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from sqlalchemy import Connection, Select, and_, func, or_, select

from dreambridge.domain.errors import Charged
from dreambridge.domain.generation import Kind
from dreambridge.domain.job import Job, JobState
from dreambridge.store.rows import JobEvent, Row, error_from, event_from, job_from, submission_from
from dreambridge.store.statements import (
    FIND_OWN_JOBS,
    FIND_OWN_SUBMISSIONS,
    FIND_RUNNING,
    FIND_UNDELIVERED,
    IS_OWNER,
    LOAD_JOB,
    LOAD_JOBS,
    LOAD_MANY_SUBMISSIONS,
    LOAD_SUBMISSIONS,
)
from dreambridge.store.tables import JOB_EVENTS, JOB_OWNERS, JOBS

# Both databases bound the number of parameters of a statement, SQLite at 32,766.
_CHUNK: Final = 500


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list: at most `limit` jobs (1 or more) behind the job `after`, with this state and kind, if any."""

    after: str | None
    limit: int
    state: JobState | None
    newest_first: bool
    kind: Kind | None = None


def load_jobs(connection: Connection, ids: Sequence[str]) -> dict[str, Job]:
    """Load jobs with their submissions by id; those that do not exist are left out."""
    found: dict[str, Job] = {}
    for start in range(0, len(ids), _CHUNK):
        chunk = list(ids[start : start + _CHUNK])
        rows = connection.execute(LOAD_JOBS, {"ids": chunk}).mappings().all()
        found.update((job.id, job) for job in _with_submissions(connection, rows))
    return found


def load_job(connection: Connection, job_id: str) -> Job | None:
    """Load one job with its submissions."""
    row = connection.execute(LOAD_JOB, {"id": job_id}).mappings().first()
    if row is None:
        return None
    submissions = connection.execute(LOAD_SUBMISSIONS, {"id": job_id}).mappings()
    return job_from(row, map(submission_from, submissions))


def find_ids(connection: Connection, ids: Collection[str], owners: Collection[str]) -> dict[str, str]:
    """Give, for each id of a job or of one of its submissions that one of the owners may see, the id of the job."""
    sought = {"ids": list(ids), "owners": list(owners)}
    found = {row.job_id: row.job_id for row in connection.execute(FIND_OWN_JOBS, sought)}
    found.update((row.submit_id, row.job_id) for row in connection.execute(FIND_OWN_SUBMISSIONS, sought))
    return found


def is_visible(connection: Connection, job_id: str, owners: Collection[str]) -> bool:
    """Tell whether the job belongs to one of the owners."""
    return connection.execute(IS_OWNER, {"id": job_id, "owners": list(owners)}).first() is not None


def load_unended(connection: Connection) -> tuple[Job, ...]:
    """Load every job that has not ended, oldest first."""
    return _select_jobs(connection, select(JOBS).where(JOBS.c.unended).order_by(JOBS.c.created_at, JOBS.c.id))


def load_failed(connection: Connection, codes: Collection[str], since: float) -> tuple[Job, ...]:
    """Load the jobs that failed with one of `codes` since then, oldest first."""
    ended = func.coalesce(JOBS.c.ended_at, JOBS.c.updated_at)
    statement = select(JOBS).where(JOBS.c.error_code.in_(codes), JOBS.c.state == JobState.FAILED.value, ended >= since)
    return _select_jobs(connection, statement.order_by(JOBS.c.created_at, JOBS.c.id))


def list_jobs(connection: Connection, owners: Collection[str], page: Page) -> tuple[Job, ...]:
    """List the jobs of any of the owners; a job of several of them appears once."""
    mine = JOB_OWNERS.c
    statement = select(mine.job_id, mine.created_at).where(mine.owner.in_(owners)).distinct()
    if page.state is not None or page.kind is not None:
        statement = statement.join(JOBS, JOBS.c.id == mine.job_id)
    if page.state is not None:
        statement = statement.where(JOBS.c.state == page.state.value)
    if page.kind is not None:
        statement = statement.where(JOBS.c.kind == page.kind.value)
    if page.after is not None:
        start = connection.execute(select(JOBS.c.created_at).where(JOBS.c.id == page.after)).scalar()
        if start is None:
            return ()
        if page.newest_first:
            beyond = or_(mine.created_at < start, and_(mine.created_at == start, mine.job_id < page.after))
        else:
            beyond = or_(mine.created_at > start, and_(mine.created_at == start, mine.job_id > page.after))
        statement = statement.where(beyond)
    if page.newest_first:
        statement = statement.order_by(mine.created_at.desc(), mine.job_id.desc())
    else:
        statement = statement.order_by(mine.created_at, mine.job_id)
    ids = connection.execute(statement.limit(page.limit)).scalars().all()
    jobs = load_jobs(connection, ids)
    return tuple(jobs[job_id] for job_id in ids if job_id in jobs)


def count_unended(connection: Connection) -> int:
    """Count the jobs that have not ended."""
    return connection.execute(select(func.count()).select_from(JOBS).where(JOBS.c.unended)).scalar_one()


def load_events(connection: Connection, job_id: str, after_seq: int) -> tuple[JobEvent, ...]:
    """Load a job's events after one, in order."""
    events = JOB_EVENTS.c
    statement = select(JOB_EVENTS).where(events.job_id == job_id, events.seq > after_seq).order_by(events.seq)
    return tuple(map(event_from, connection.execute(statement).mappings()))


def find_running(connection: Connection, owners: Collection[str], fingerprint: str, since: float) -> Job | None:
    """Find the newest job for the same request that has not ended."""
    sought = {"owners": list(owners), "fingerprint": fingerprint, "since": since}
    row = connection.execute(FIND_RUNNING, sought).first()
    return None if row is None else load_job(connection, row.id)


def find_undelivered(
    connection: Connection, owners: Collection[str], fingerprint: str, since: float, excluding: Container[str]
) -> list[str]:
    """Find the jobs for the same request whose answer nobody had, oldest first.

    Not among them: cancelled ones, failures that charged nothing (asking again may well succeed) and `excluding`.
    """
    sought = {"owners": list(owners), "fingerprint": fingerprint, "since": since}
    rows = connection.execute(FIND_UNDELIVERED, sought).mappings()
    return [row["id"] for row in rows if row["id"] not in excluding and not _free_failure(row)]


def _free_failure(row: Row) -> bool:
    error = error_from(row)
    return row["state"] == JobState.FAILED.value and error is not None and error.charged is Charged.NO


def _select_jobs(connection: Connection, statement: Select[tuple[object, ...]]) -> tuple[Job, ...]:
    return tuple(_with_submissions(connection, connection.execute(statement).mappings().all()))


def _with_submissions(connection: Connection, rows: Sequence[Row]) -> list[Job]:
    submissions = {}
    ids = [row["id"] for row in rows]
    for start in range(0, len(ids), _CHUNK):
        found = connection.execute(LOAD_MANY_SUBMISSIONS, {"ids": ids[start : start + _CHUNK]}).mappings()
        for job_id, group in groupby(found, key=lambda row: row["job_id"]):
            submissions[job_id] = tuple(map(submission_from, group))
    return [job_from(row, submissions.get(row["id"], ())) for row in rows]
