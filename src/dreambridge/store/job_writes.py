"""Changing jobs: plain functions of a connection, for `jobs.Jobs`; each is whole within one transaction."""

from collections.abc import Collection, Container, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from sqlalchemy import Connection, delete, or_, select, update

from dreambridge.domain.artifact import Artifact
from dreambridge.domain.errors import Charged
from dreambridge.domain.job import TRANSITIONS, Job, JobState, Progress
from dreambridge.domain.key import DayUse
from dreambridge.domain.submission import Submission
from dreambridge.store.api_keys import add_use
from dreambridge.store.documents import dump
from dreambridge.store.faults import ConnectionLost, TransitionRefused
from dreambridge.store.job_reads import find_undelivered, load_job
from dreambridge.store.rows import JobEvent, Row, advance_values, artifact_from, artifact_values, job_values
from dreambridge.store.rows import submission_values as values_of
from dreambridge.store.statements import (
    ADOPT,
    ADVANCE,
    APPEND_EVENT,
    CLAIM_KEY,
    INSERT_INPUT,
    INSERT_JOB,
    INSERT_OWNER,
    KEEP_ARTIFACT,
    KEEP_SESSION,
    PROGRESS,
    UPSERT_SUBMISSION,
)
from dreambridge.store.tables import ARTIFACTS, IDEMPOTENCY, JOBS


@dataclass(frozen=True, slots=True)
class IdempotencyClaim:
    """A caller's key: who said it and where (`scope`), what was asked (`fingerprint`), until when it counts."""

    scope: str
    key: str
    fingerprint: str
    expires_at: float


@dataclass(frozen=True, slots=True)
class Created:
    """The job was written."""

    job_id: str


@dataclass(frozen=True, slots=True)
class Joined:
    """The key was used for the same request before: nothing was written, this is its job."""

    job_id: str


@dataclass(frozen=True, slots=True)
class KeyReused:
    """The key was used for another request before: nothing was written."""

    job_id: str


CreateOutcome: TypeAlias = Created | Joined | KeyReused


@dataclass(frozen=True, slots=True)
class SealedSession:
    """A session that came with a request, encrypted by the engine, to be kept while a job needs it."""

    account_id: str
    site: str
    sealed: bytes


@dataclass(frozen=True, slots=True)
class KeyUse:
    """What is counted for a gateway key together with its job."""

    key_id: str
    use: DayUse


@dataclass(frozen=True, slots=True)
class Change:
    """What is written together with a job: an event, the submissions that changed, artifacts that did or are new."""

    event: JobEvent | None = None
    submissions: Sequence[Submission] = field(default=())
    artifacts: Sequence[Artifact] = field(default=())


def create_job(
    connection: Connection,
    job: Job,
    claim: IdempotencyClaim | None,
    owners: Collection[str],
    sessions: Sequence[SealedSession],
    use: KeyUse | None = None,
) -> CreateOutcome:
    """Write a new job with all that belongs to it, unless its idempotency key was used before."""
    if claim is not None:
        earlier = _claim_key(connection, claim, job)
        if earlier is not None:
            return earlier
    connection.execute(INSERT_JOB, job_values(job))
    connection.execute(
        INSERT_OWNER,
        [{"job_id": job.id, "owner": owner, "created_at": job.created_at} for owner in sorted({job.owner, *owners})],
    )
    files = sorted({each.file for each in job.request.inputs})
    if files:
        connection.execute(INSERT_INPUT, [{"job_id": job.id, "file": file} for file in files])
    for session in sessions:
        keep_session(connection, session, job.created_at)
    if use is not None:
        add_use(connection, use.key_id, use.use)
    if job.submissions:
        connection.execute(UPSERT_SUBMISSION, [values_of(job.id, submission) for submission in job.submissions])
    return Created(job.id)


def share_job(connection: Connection, job_id: str, owner: str) -> None:
    """Add an owner, for whom the job lies at the same place of the list as for the others."""
    created_at = connection.execute(select(JOBS.c.created_at).where(JOBS.c.id == job_id)).scalar()
    if created_at is not None:
        connection.execute(INSERT_OWNER, {"job_id": job_id, "owner": owner, "created_at": created_at})


def advance_job(connection: Connection, job: Job, expected: JobState, epoch: int, change: Change) -> bool:
    """Write a job's next state if it still is in the one expected, and all that belongs to the change with it.

    A failure that charged nothing frees the job's idempotency key. Raises `TransitionRefused`.
    """
    if job.state not in TRANSITIONS[expected]:
        raise TransitionRefused(f"a job does not go from {expected} to {job.state}")
    values = {**advance_values(job), "b_id": job.id, "b_state": expected.value, "b_epoch": epoch}
    if connection.execute(ADVANCE, values).rowcount != 1:
        return False
    if change.submissions:
        connection.execute(UPSERT_SUBMISSION, [values_of(job.id, submission) for submission in change.submissions])
    if change.artifacts:
        _keep_artifacts(connection, change.artifacts)
    if change.event is not None:
        _append_event(connection, job.id, change.event)
    if job.state is JobState.FAILED and job.error is not None and job.error.charged is Charged.NO:
        connection.execute(delete(IDEMPOTENCY).where(IDEMPOTENCY.c.job_id == job.id))
    return True


def save_progress(connection: Connection, job_id: str, epoch: int, progress: Progress, change: Change) -> bool:
    """Write how far a job is and what it has made, unless it ended or was taken over."""
    values = {"b_id": job_id, "b_epoch": epoch, "progress": dump(progress)}
    if connection.execute(PROGRESS, values).rowcount != 1:
        return False
    if change.artifacts:
        _keep_artifacts(connection, change.artifacts)
    if change.event is not None:
        _append_event(connection, job_id, change.event)
    return True


def take_over(connection: Connection, job_id: str) -> Job | None:
    """Raise a job's epoch, so that whoever worked on it before changes nothing any more."""
    final = (JobState.COMPLETED.value, JobState.CANCELLED.value)
    statement = update(JOBS).where(JOBS.c.id == job_id, JOBS.c.state.not_in(final)).values(epoch=JOBS.c.epoch + 1)
    return load_job(connection, job_id) if connection.execute(statement).rowcount else None


def adopt_undelivered(
    connection: Connection, found_by: tuple[Collection[str], str, float], now: float, excluding: Container[str]
) -> Job | None:
    """Take one job whose answer nobody had; of those who ask at once, each gets another one or none."""
    for job_id in find_undelivered(connection, *found_by, excluding):
        if connection.execute(ADOPT, {"b_id": job_id, "adopted_at": now}).rowcount:
            return load_job(connection, job_id)
    return None


def forget_job(connection: Connection, job_id: str) -> tuple[Artifact, ...] | None:
    """Delete an ended job with its prompt and artifact rows; gives those, `None` when there is no such ended job."""
    rows = connection.execute(select(ARTIFACTS).where(ARTIFACTS.c.job_id == job_id)).mappings().all()
    if not connection.execute(delete(JOBS).where(JOBS.c.id == job_id, ~JOBS.c.unended)).rowcount:
        return None
    connection.execute(delete(IDEMPOTENCY).where(IDEMPOTENCY.c.job_id == job_id))
    return tuple(map(artifact_from, rows))


def forget_artifact(connection: Connection, artifact_id: str) -> tuple[Artifact, ...]:
    """Delete the row of an artifact of an ended job, and with a video that of its still; gives them."""
    ended = select(JOBS.c.id).where(JOBS.c.id == ARTIFACTS.c.job_id, ~JOBS.c.unended).exists()
    this = or_(ARTIFACTS.c.id == artifact_id, ARTIFACTS.c.cover_of == artifact_id)
    # Locked where rows can be, so that a fetch which ends now is noted before it, with its file, or not at all.
    rows = connection.execute(select(ARTIFACTS).where(this, ended).with_for_update(of=ARTIFACTS)).mappings().all()
    connection.execute(delete(ARTIFACTS).where(ARTIFACTS.c.id.in_([row["id"] for row in rows])))
    return tuple(map(artifact_from, rows))


def keep_session(connection: Connection, session: SealedSession, at: float) -> None:
    """Write an account's session, in place of an earlier one."""
    values = {"account_id": session.account_id, "site": session.site, "sealed": session.sealed, "kept_at": at}
    connection.execute(KEEP_SESSION, values)


def _keep_artifacts(connection: Connection, artifacts: Sequence[Artifact]) -> None:
    connection.execute(KEEP_ARTIFACT, list(map(artifact_values, artifacts)))


def _append_event(connection: Connection, job_id: str, event: JobEvent) -> None:
    values = {"job_id": job_id, "at": event.at, "name": event.name, "data": dump(dict(event.data))}
    connection.execute(APPEND_EVENT, values)


def _claim_key(connection: Connection, claim: IdempotencyClaim, job: Job) -> Joined | KeyReused | None:
    this_key = (IDEMPOTENCY.c.scope == claim.scope, IDEMPOTENCY.c.key == claim.key)
    connection.execute(delete(IDEMPOTENCY).where(*this_key, IDEMPOTENCY.c.expires_at <= job.created_at))
    values = {
        "scope": claim.scope,
        "key": claim.key,
        "fingerprint": claim.fingerprint,
        "job_id": job.id,
        "expires_at": claim.expires_at,
    }
    if connection.execute(CLAIM_KEY, values).rowcount:
        return None
    earlier = connection.execute(select(IDEMPOTENCY).where(*this_key)).mappings().first()
    if earlier is None:
        # Another replica freed the key between the two statements.
        raise ConnectionLost("the idempotency key was freed meanwhile")
    return _earlier(earlier, claim)


def find_claimed(connection: Connection, claim: IdempotencyClaim, now: float) -> Joined | KeyReused | None:
    """Tell what a request with this key would meet, writing nothing; `None` when the key is free."""
    this_key = (IDEMPOTENCY.c.scope == claim.scope, IDEMPOTENCY.c.key == claim.key)
    earlier = (
        connection.execute(select(IDEMPOTENCY).where(*this_key, IDEMPOTENCY.c.expires_at > now)).mappings().first()
    )
    return None if earlier is None else _earlier(earlier, claim)


def _earlier(row: Row, claim: IdempotencyClaim) -> Joined | KeyReused:
    if row["fingerprint"] != claim.fingerprint:
        return KeyReused(row["job_id"])
    return Joined(row["job_id"])
