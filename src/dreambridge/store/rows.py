"""Our nouns as rows, and back."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from sqlalchemy import RowMapping

from dreambridge.domain.account import Credit, Health
from dreambridge.domain.artifact import Artifact
from dreambridge.domain.followup import JobRequest, ToolRequest
from dreambridge.domain.generation import AgentRequest, Dimensions, ImageRequest, Kind, VideoRequest
from dreambridge.domain.job import Job, JobError, JobState, Progress, Reply
from dreambridge.domain.submission import Submission
from dreambridge.store.documents import Reader, dump

Row: TypeAlias = RowMapping
Values: TypeAlias = dict[str, object]

_IMAGE_REQUEST: Final = Reader(ImageRequest)
_VIDEO_REQUEST: Final = Reader(VideoRequest)
_AGENT_REQUEST: Final = Reader(AgentRequest)
_TOOL_REQUEST: Final = Reader(ToolRequest)
_PROGRESS: Final = Reader(Progress)
_ERROR: Final = Reader(JobError)
_REPLY: Final = Reader(Reply)
_SUBMISSION: Final = Reader(Submission)
_ARTIFACT: Final = Reader(Artifact)

_SUBMISSION_COLUMNS: Final = tuple(Submission.__dataclass_fields__)
_ARTIFACT_COLUMNS: Final = tuple(Artifact.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class JobEvent:
    """Something that happened to a job; `seq` counts from 1 in each job and is 0 until it is written."""

    name: str
    at: float
    data: Mapping[str, object] = field(default_factory=dict)
    seq: int = 0


@dataclass(frozen=True, slots=True)
class AccountStanding:
    """What we last learned of an account's health and credit; times are epoch seconds."""

    id: str
    health: Health = Health.READY
    cooling_until: float | None = None
    reason: str | None = None
    credit: Credit | None = None
    credit_read_at: float | None = None


_EVENT: Final = Reader(JobEvent)
_STANDING: Final = Reader(AccountStanding)


def job_values(job: Job) -> Values:
    """Give every column of a new job's row."""
    return {
        "id": job.id,
        "owner": job.owner,
        "kind": job.kind.value,
        "epoch": job.epoch,
        "request": dump(job.request),
        "candidates": dump(job.candidates),
        "created_at": job.created_at,
        "cancel_requested": job.cancel_requested,
        "delivered_at": job.delivered_at,
        "fingerprint": job.fingerprint,
        "task_shape": job.task_shape,
        **advance_values(job),
    }


def advance_values(job: Job) -> Values:
    """Give the columns that the one who works on a job may change; the others belong to its caller."""
    error = job.error
    return {
        "state": job.state.value,
        "unended": not job.state.ended,
        "updated_at": job.updated_at,
        "ended_at": job.ended_at,
        "not_before": job.not_before,
        "account_id": job.account_id,
        "site": job.site,
        "attempts": job.attempts,
        "progress": dump(job.progress),
        "error": None if error is None else dump(error),
        "error_code": None if error is None else error.code,
        "partial": job.partial,
        "cost": job.cost,
        "reply": None if job.reply is None else dump(job.reply),
    }


def job_from(row: Row, submissions: Iterable[Submission]) -> Job:
    """Make the job of a row."""
    return Job(
        id=row["id"],
        owner=row["owner"],
        kind=Kind(row["kind"]),
        request=_request_from(row),
        candidates=tuple(json.loads(row["candidates"])),
        created_at=row["created_at"],
        state=JobState(row["state"]),
        epoch=row["epoch"],
        updated_at=row["updated_at"],
        account_id=row["account_id"],
        site=row["site"],
        attempts=row["attempts"],
        not_before=row["not_before"],
        submissions=tuple(submissions),
        progress=_PROGRESS.load(row["progress"]),
        error=error_from(row),
        partial=row["partial"],
        cancel_requested=row["cancel_requested"],
        delivered_at=row["delivered_at"],
        ended_at=row["ended_at"],
        cost=row["cost"],
        fingerprint=row["fingerprint"],
        task_shape=row["task_shape"],
        reply=None if row["reply"] is None else _REPLY.load(row["reply"]),
    )


def _request_from(row: Row) -> JobRequest:
    values = json.loads(row["request"])
    if row["kind"] == Kind.AGENT.value:
        return _AGENT_REQUEST.read(values)
    if "made" in values:
        # Work on something made before is of the kind of what it makes.
        return _TOOL_REQUEST.read(values)
    is_video = row["kind"] == Kind.VIDEO.value
    return (_VIDEO_REQUEST if is_video else _IMAGE_REQUEST).read(values)


def error_from(row: Row) -> JobError | None:
    """Read why the job of a row failed."""
    return None if row["error"] is None else _ERROR.load(row["error"])


def submission_values(job_id: str, submission: Submission) -> Values:
    """Give a submission's row."""
    values: Values = {name: getattr(submission, name) for name in _SUBMISSION_COLUMNS}
    values["state"] = submission.state.value
    values["job_id"] = job_id
    return values


def submission_from(row: Row) -> Submission:
    """Make the submission of a row."""
    return _SUBMISSION.read(row)


def artifact_values(artifact: Artifact) -> Values:
    """Give a new artifact's row."""
    values: Values = {name: getattr(artifact, name) for name in _ARTIFACT_COLUMNS}
    values["kind"] = artifact.kind.value
    values["state"] = artifact.state.value
    values["convert"] = None if artifact.convert is None else artifact.convert.value
    values["dimensions"] = dimensions_text(artifact.dimensions)
    values["exact"] = dimensions_text(artifact.exact)
    values["attempted_at"] = None
    return values


def dimensions_text(dimensions: Dimensions | None) -> str | None:
    """Write a size as the document its column holds."""
    return None if dimensions is None else dump(dimensions)


def artifact_from(row: Row) -> Artifact:
    """Make the artifact of a row."""
    sizes = {name: None if row[name] is None else json.loads(row[name]) for name in ("dimensions", "exact")}
    return _ARTIFACT.read({**row, **sizes})


def event_from(row: Row) -> JobEvent:
    """Make the event of a row."""
    return _EVENT.read({**row, "data": json.loads(row["data"])})


def standing_values(standing: AccountStanding) -> Values:
    """Give an account's row; what no query asks for is one document."""
    detail = {"reason": standing.reason, "credit": standing.credit, "credit_read_at": standing.credit_read_at}
    return {
        "id": standing.id,
        "health": standing.health.value,
        "cooling_until": standing.cooling_until,
        "detail": dump(detail),
    }


def standing_from(row: Row) -> AccountStanding:
    """Make the standing of a row."""
    return _STANDING.read({**json.loads(row["detail"]), **row})
