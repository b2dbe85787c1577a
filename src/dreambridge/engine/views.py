"""What the doors see of the engine: jobs and artifacts as values, and kept errors made anew."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from dreambridge.domain import errors
from dreambridge.domain.account import Credit
from dreambridge.domain.artifact import Artifact
from dreambridge.domain.errors import AccountBarred, GatewayError, GatewayFault, SessionExpired
from dreambridge.domain.followup import JobRequest
from dreambridge.domain.generation import Dimensions, Kind
from dreambridge.domain.job import Job, JobError, JobState
from dreambridge.engine.notices import News


@dataclass(frozen=True, slots=True)
class CreateOptions:
    """What the door knows beyond the wish.

    `fingerprint` is a digest of the fields the caller sent; `retry_count` what the client says of its own retries;
    `max_credits` the price above which no job is made; `id_prefix` what the id of a new job begins with.
    """

    route: str = "images.generations"
    idempotency_key: str | None = None
    retry_count: int = 0
    fingerprint: str = ""
    task_shape: bool = False
    max_credits: float | None = None
    id_prefix: str = "job"


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as its owner sees it: with the artifacts of the answer, spare ones left out, and the stills of videos."""

    job: Job
    artifacts: tuple[Artifact, ...]
    spare: int = 0
    covers: tuple[Artifact, ...] = ()

    def cover_of(self, artifact: Artifact) -> Artifact | None:
        """Give the still of a video of this job."""
        return next((cover for cover in self.covers if cover.cover_of == artifact.id), None)

    @property
    def emptied(self) -> bool:
        """Tell whether it was completed and its results have been deleted since, one by one."""
        made_something = self.job.state is JobState.COMPLETED and self.job.kind is not Kind.AGENT
        return made_something and not self.artifacts

    @property
    def error(self) -> GatewayError | None:
        """Rebuild the error the job ended with."""
        return rebuild_error(self.job.error, self.job.id) if self.job.error is not None else None


@dataclass(frozen=True, slots=True)
class Creation:
    """The answer to `create`: the job, and whether it is one that existed before."""

    view: JobView
    joined: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be done with a wish, had it been meant: the request, and the accounts that may do it.

    `account_id` and `site` are those of the account that would be given it now; without one `obstacle` says why.
    `cost` is the forecast in credits, `balance` what that account has; `None` where it is not known.
    """

    request: JobRequest
    accounts: tuple[str, ...]
    account_id: str | None = None
    site: str | None = None
    cost: int | None = None
    balance: Credit | None = None
    obstacle: GatewayError | None = None


@dataclass(frozen=True, slots=True)
class ArtifactFile:
    """An artifact's bytes on disk: where, of which media type, how many; the size of what they show, where known."""

    path: Path
    media_type: str
    size: int
    dimensions: Dimensions | None = None


def build_view(news: News, latest: Callable[[Artifact], Artifact]) -> JobView:
    """Sort a job's artifacts into those of the answer, the spare ones and the stills; `latest` knows of their bytes."""
    known = [replace(latest(each), index=each.index) for each in news.artifacts]
    made = sorted((each for each in known if each.cover_of is None), key=lambda each: each.index)
    most = news.job.request.count
    wanted = tuple(each for each in made if not most or each.index < most)
    covers = tuple(each for each in known if each.cover_of is not None)
    return JobView(news.job, wanted, spare=len(made) - len(wanted), covers=covers)


def rebuild_error(kept: JobError, job_id: str) -> GatewayError:
    """Make the error again that was kept with a job."""
    found = getattr(errors, kept.type, GatewayFault)
    error: GatewayError = found(
        kept.message,
        param=kept.param,
        code=kept.code,
        retry=kept.retry,
        charged=kept.charged,
        site_code=kept.site_code,
        log_id=kept.log_id,
        job_id=job_id,
    )
    if isinstance(error, SessionExpired | AccountBarred):
        error.from_request = kept.from_request
    return error
