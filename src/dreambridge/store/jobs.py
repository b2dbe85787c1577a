"""Durable jobs."""

from collections.abc import Collection, Container, Sequence

from sqlalchemy import delete, select, update

from dreambridge.domain.artifact import Artifact
from dreambridge.domain.generation import Kind
from dreambridge.domain.job import SOUGHT_CODES, Job, JobState, Progress
from dreambridge.domain.submission import Submission
from dreambridge.store import job_reads, job_writes
from dreambridge.store.database import Database
from dreambridge.store.job_reads import Page
from dreambridge.store.job_writes import (
    Change,
    Created,
    CreateOutcome,
    IdempotencyClaim,
    Joined,
    KeyReused,
    KeyUse,
    SealedSession,
)
from dreambridge.store.rows import JobEvent
from dreambridge.store.statements import MARK_DELIVERED
from dreambridge.store.tables import IDEMPOTENCY, JOBS

__all__ = [
    "CreateOutcome",
    "Created",
    "IdempotencyClaim",
    "JobEvent",
    "Jobs",
    "Joined",
    "KeyReused",
    "KeyUse",
    "SealedSession",
]


class Jobs:
    """Create, advance and find jobs; every write is on disk when its coroutine returns.

    `owners` are keyed digests; a job may have several, and each of them sees it. Times are epoch seconds. Any method
    may raise what `Database.write` and `Database.read` do.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(
        self,
        job: Job,
        claim: IdempotencyClaim | None = None,
        *,
        owners: Collection[str] = (),
        sessions: Sequence[SealedSession] = (),
        use: KeyUse | None = None,
    ) -> CreateOutcome:
        """Write a new job, visible to `job.owner` and `owners`, with the sessions it needs and what it counts for.

        With a `claim` whose key is in use nothing is written: the same fingerprint gives `Joined`, another one
        `KeyReused`. A key expired by `job.created_at` is free.
        """
        return await self._database.write(lambda c: job_writes.create_job(c, job, claim, owners, sessions, use))

    async def find_claimed(self, claim: IdempotencyClaim, now: float) -> Joined | KeyReused | None:
        """Tell what `create` with this claim would meet, writing nothing; `None` when the key is free."""
        return await self._database.read(lambda c: job_writes.find_claimed(c, claim, now))

    async def load(self, job_id: str, *, owners: Collection[str] | None = None) -> Job | None:
        """Load a job; `None` when there is none, or none that one of `owners` may see."""
        if owners is None:
            return await self._database.read(lambda c: job_reads.load_job(c, job_id))
        return await self._database.read(
            lambda c: job_reads.load_job(c, job_id) if job_reads.is_visible(c, job_id, owners) else None
        )

    async def load_many(self, job_ids: Sequence[str]) -> dict[str, Job]:
        """Load jobs by id; those that do not exist are left out."""
        return await self._database.read(lambda c: job_reads.load_jobs(c, job_ids))

    async def find_ids(self, ids: Collection[str], owners: Collection[str]) -> dict[str, str]:
        """Give, for each id of a job or of one of its submissions that one of `owners` may see, the id of the job."""
        return await self._database.read(lambda c: job_reads.find_ids(c, ids, owners))

    async def advance(
        self,
        job: Job,
        *,
        expected: JobState,
        epoch: int,
        event: JobEvent | None = None,
        submissions: Sequence[Submission] = (),
        artifacts: Sequence[Artifact] = (),
    ) -> bool:
        """Write `job` if the stored one still is in state `expected` at `epoch`; `False`, and nothing, otherwise.

        `submissions` are those that changed, `artifacts` are new or landed before; all is written in one transaction
        with the state. Of artifacts already kept only place and address change: at the same address what is known of
        their bytes stays.
        What belongs to the caller's side is left as stored: epoch, owners, request, `cancel_requested` and
        `delivered_at`. A failure that charged nothing frees the job's idempotency key. Raises `TransitionRefused`
        for a change that `TRANSITIONS` does not have.
        """
        change = Change(event, submissions, artifacts)
        return await self._database.write(lambda c: job_writes.advance_job(c, job, expected, epoch, change))

    async def save_progress(
        self,
        job_id: str,
        epoch: int,
        progress: Progress,
        *,
        event: JobEvent | None = None,
        artifacts: Sequence[Artifact] = (),
    ) -> bool:
        """Write how far a job is and what landed of it (as `advance` does); `False` when it ended or was taken over."""
        change = Change(event, artifacts=artifacts)
        return await self._database.write(lambda c: job_writes.save_progress(c, job_id, epoch, progress, change))

    async def take_over(self, job_id: str) -> Job | None:
        """Raise the job's epoch and load it, so that an earlier worker changes nothing; `None` when it is final."""
        return await self._database.write(lambda c: job_writes.take_over(c, job_id))

    async def unfinished(self) -> tuple[Job, ...]:
        """Load every job that has not ended, oldest first."""
        return await self._database.read(job_reads.load_unended)

    async def slow_lookups(self, since: float) -> tuple[Job, ...]:
        """Load the jobs that failed since then and may have been paid for (`SOUGHT_CODES`)."""
        return await self._database.read(lambda c: job_reads.load_failed(c, SOUGHT_CODES, since))

    async def list(
        self,
        owner: str | Collection[str],
        *,
        after: str | None = None,
        limit: int = 20,
        state: JobState | None = None,
        newest_first: bool = True,
        kind: Kind | None = None,
    ) -> tuple[Job, ...]:
        """List at most `limit` jobs that an owner, or any of several, may see: those behind the job `after`."""
        page = Page(after, limit, state, newest_first, kind)
        owners = (owner,) if isinstance(owner, str) else tuple(owner)
        return await self._database.read(lambda c: job_reads.list_jobs(c, owners, page))

    async def share(self, job_id: str, owner: str) -> None:
        """Let one more owner see a job, if it is there."""
        await self._database.write(lambda c: job_writes.share_job(c, job_id, owner))

    async def mark_delivered(self, job_id: str, at: float) -> None:
        """Note that a whole answer reached the caller."""
        values = {"b_id": job_id, "delivered_at": at}
        await self._database.write(lambda c: c.execute(MARK_DELIVERED, values).rowcount)

    async def save_cost(self, job_id: str, cost: int) -> None:
        """Note what a job cost, in credits, once the site's ledger tells."""
        statement = update(JOBS).where(JOBS.c.id == job_id).values(cost=cost)
        await self._database.write(lambda c: c.execute(statement).rowcount)

    async def costs_since(self, since: float) -> tuple[tuple[str, str, int | None], ...]:
        """Give what jobs cost that were worked on since then, `None` where that is not known: account, job, credits."""
        worked_on = (JOBS.c.updated_at >= since, JOBS.c.account_id.is_not(None))
        statement = select(JOBS.c.account_id, JOBS.c.id, JOBS.c.cost).where(*worked_on)
        return await self._database.read(lambda c: tuple((a, j, n) for a, j, n in c.execute(statement).all()))

    async def adopt_undelivered(
        self,
        owner: str | Collection[str],
        fingerprint: str,
        *,
        since: float,
        now: float,
        excluding: Container[str] = frozenset(),
    ) -> Job | None:
        """Take at most one job for the same request whose answer nobody had, oldest first; each is taken once.

        Left out are cancelled jobs, failures that charged nothing, and `excluding`: the ids of jobs whose callers
        still wait for them (read in another thread at the moment of taking).
        """
        owners = (owner,) if isinstance(owner, str) else tuple(owner)
        sought = (owners, fingerprint, since)
        return await self._database.write(lambda c: job_writes.adopt_undelivered(c, sought, now, excluding))

    async def give_back(self, job_id: str) -> None:
        """Let an adopted job be adopted again, since its adopter did not get the answer either."""
        statement = update(JOBS).where(JOBS.c.id == job_id).values(adopted_at=None)
        await self._database.write(lambda c: c.execute(statement).rowcount)

    async def give_back_all(self) -> None:
        """Let every adopted job without delivery be adopted again; for the start, when no adopter can be alive."""
        adopted = (JOBS.c.adopted_at.is_not(None), JOBS.c.delivered_at.is_(None))
        await self._database.write(lambda c: c.execute(update(JOBS).where(*adopted).values(adopted_at=None)).rowcount)

    async def find_running(self, owner: str | Collection[str], fingerprint: str, since: float) -> Job | None:
        """Find the newest job for the same request that has not ended."""
        owners = (owner,) if isinstance(owner, str) else tuple(owner)
        return await self._database.read(lambda c: job_reads.find_running(c, owners, fingerprint, since))

    async def release_key(self, scope: str, key: str) -> None:
        """Free an idempotency key."""
        this_key = (IDEMPOTENCY.c.scope == scope, IDEMPOTENCY.c.key == key)
        await self._database.write(lambda c: c.execute(delete(IDEMPOTENCY).where(*this_key)).rowcount)

    async def prune_keys(self, now: float) -> int:
        """Delete the idempotency keys that expired, and count them."""
        statement = delete(IDEMPOTENCY).where(IDEMPOTENCY.c.expires_at <= now)
        return await self._database.write(lambda c: c.execute(statement).rowcount)

    async def request_cancel(self, job_id: str) -> bool:
        """Ask for a job's end, which its worker brings about when it is safe; `False` when it has ended."""
        statement = update(JOBS).where(JOBS.c.id == job_id, JOBS.c.unended).values(cancel_requested=True)
        return await self._database.write(lambda c: c.execute(statement).rowcount == 1)

    async def forget(self, job_id: str) -> tuple[Artifact, ...] | None:
        """Delete an ended job: prompt, inputs, events and the rows of its artifacts.

        Gives those artifacts, so that their files can be deleted next; `None` when there is no such ended job.
        """
        return await self._database.write(lambda c: job_writes.forget_job(c, job_id))

    async def forget_artifact(self, artifact_id: str) -> tuple[Artifact, ...]:
        """Delete the row of an artifact of an ended job, and with a video that of its still.

        Gives them, so that their files can be deleted next; nothing when there is none, or its job has not ended.
        """
        return await self._database.write(lambda c: job_writes.forget_artifact(c, artifact_id))

    async def events(self, job_id: str, after_seq: int = 0) -> tuple[JobEvent, ...]:
        """Load a job's events after one, in order."""
        return await self._database.read(lambda c: job_reads.load_events(c, job_id, after_seq))

    async def count_open(self) -> int:
        """Count the jobs that have not ended."""
        return await self._database.read(job_reads.count_unended)
