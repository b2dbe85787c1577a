"""What every stage of a job works with, and the one way in which a job's state is changed."""

import asyncio
import uuid
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import structlog

from dreambridge.catalog.catalog import Catalog
from dreambridge.domain.account import Account, Health
from dreambridge.domain.artifact import Artifact
from dreambridge.domain.errors import AccountBarred, GatewayError, SessionExpired, SiteBusy
from dreambridge.domain.generation import Kind
from dreambridge.domain.job import Job, JobState
from dreambridge.domain.submission import Submission
from dreambridge.engine.agent import AgentDesk
from dreambridge.engine.clock import Clock
from dreambridge.engine.files import ArtifactFiles
from dreambridge.engine.following import Following
from dreambridge.engine.harvest import Harvest
from dreambridge.engine.inputs import Brought, InputDesk
from dreambridge.engine.live_models import LiveModels
from dreambridge.engine.notices import News, Notices
from dreambridge.engine.pool import Lease, Pool
from dreambridge.engine.purse import Purse
from dreambridge.engine.retries import pause
from dreambridge.engine.roster import Roster
from dreambridge.store.jobs import JobEvent, Jobs
from dreambridge.upstream.client import UpstreamClient

# How long a verdict on an account stands before one more job may try it.
_EXPIRED_FOR: Final = 60.0
_BARRED_FOR: Final = 900.0
# In these states an agent's job may still say more.
_SPEAKING: Final = frozenset({JobState.QUEUED, JobState.PREPARING, JobState.SUBMITTING})

log = structlog.get_logger("jobs")


class Superseded(Exception):
    """Report that the job's state is no longer what this worker believes; it must touch the job no more."""


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """Hold the engine's settings as plain values; durations are seconds."""

    confirm_seconds: float = 180.0
    resend_unconfirmed: bool = True
    send_window: float = 10.0
    image_timeout: float = 1800.0
    video_timeout: float = 86_400.0
    queue_max: int = 10_000
    min_free_bytes: int = 0
    series_words: bool = False
    site_urls: bool = False

    def timeout_of(self, kind: Kind) -> float:
        """Tell after how many seconds a generation that never ends is given up."""
        return self.image_timeout if kind is Kind.IMAGE else self.video_timeout


@dataclass(slots=True)
class Work:
    """One job in one worker's hands: its state as last saved, its lease, whom to wake when its owner cancels it.

    `forecasts` are the seconds of generation the site forecast for each part when it took it. `brought` are the inputs
    as they lie on the account's site, once they do. `landed` are the artifacts it has so far, `None` when only the
    disk knows.
    """

    job: Job
    lease: Lease | None = None
    wake_to_cancel: list[Callable[[], None]] = field(default_factory=list)
    forecasts: dict[int, float] = field(default_factory=dict)
    brought: Brought | None = None
    landed: tuple[Artifact, ...] | None = None

    def cancel(self) -> None:
        """Note the owner's wish and wake whoever waits."""
        self.job = replace(self.job, cancel_requested=True)
        for wake in self.wake_to_cancel:
            wake()


@dataclass(frozen=True, slots=True)
class Workshop:
    """Bundle what the stages need."""

    options: EngineOptions
    clock: Clock
    catalog: Catalog
    jobs: Jobs
    roster: Roster
    pool: Pool
    client: UpstreamClient
    following: Following
    notices: Notices
    spawn: Callable[[Coroutine[Any, Any, None], str], "asyncio.Task[None]"]
    harvest: Harvest
    purse: Purse
    owner_of: Callable[[Account], str]
    inputs: InputDesk
    live: LiveModels
    agent: AgentDesk
    files: ArtifactFiles

    async def advance(
        self,
        work: Work,
        job: Job,
        *,
        event: str,
        submissions: Sequence[Submission] = (),
        artifacts: Sequence[Artifact] = (),
    ) -> None:
        """Save the job's next state, if it is still ours, and tell everyone; raise `Superseded` if it is not."""
        now = self.clock.now()
        job = replace(job, updated_at=now, cancel_requested=job.cancel_requested or work.job.cancel_requested)
        for submission in submissions:
            job = replace(job, submissions=_replaced(job.submissions, submission))
        if job.state.ended and job.ended_at is None:
            job = replace(job, ended_at=now)
        saved = await self.jobs.advance(
            job,
            expected=work.job.state,
            epoch=work.job.epoch,
            event=JobEvent(name=event, at=now),
            submissions=submissions,
            artifacts=artifacts,
        )
        if not saved:
            raise Superseded(job.id)
        work.job = replace(job, cancel_requested=job.cancel_requested or work.job.cancel_requested)
        log.info("job", job=job.id, state=job.state.value, event_name=event, account=job.account_id, site=job.site)
        self.notices.publish(News(work.job, tuple(artifacts)))
        if job.kind is Kind.AGENT and job.state not in _SPEAKING:
            self.agent.speech.close(job.id)

    def show(self, work: Work, job: Job) -> None:
        """Tell everyone of progress that is not worth a write."""
        work.job = job
        self.notices.publish(News(job))

    def judge(self, account_id: str, error: GatewayError, attempts: int) -> None:
        """Draw the conclusions of a refusal for the account."""
        now = self.clock.now()
        if isinstance(error, SessionExpired):
            self.roster.set_health(account_id, Health.EXPIRED, until=now + _EXPIRED_FOR, reason=error.message)
        elif isinstance(error, AccountBarred):
            self.roster.set_health(account_id, Health.BARRED, until=now + _BARRED_FOR, reason=error.message)
        elif isinstance(error, SiteBusy):
            until = now + (error.retry_after or pause(attempts + 1, first=1.0))
            self.roster.set_health(account_id, Health.COOLING, until=until, reason=error.message)
        else:
            return
        log.warning("account", account=account_id, code=error.specific_code, site_code=error.site_code)

    def new_submit_id(self) -> str:
        """Make the id under which a submission can be looked up: a UUIDv4 (accepted in 7 sources: protocol)."""
        return str(uuid.uuid4())


def _replaced(submissions: tuple[Submission, ...], changed: Submission) -> tuple[Submission, ...]:
    """Put one changed submission into its place."""
    others = [submission for submission in submissions if submission.part != changed.part]
    return tuple(sorted([*others, changed], key=lambda submission: submission.part))
