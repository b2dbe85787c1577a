"""Our durable unit of work, and the only ways its state may change."""

from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from dreambridge.domain.errors import Charged, Retry
from dreambridge.domain.followup import JobRequest
from dreambridge.domain.generation import Kind
from dreambridge.domain.submission import Submission


class JobState(StrEnum):
    """queued → preparing → submitting → generating → collecting → completed; and failed, cancelled."""

    QUEUED = "queued"
    PREPARING = "preparing"
    SUBMITTING = "submitting"
    GENERATING = "generating"
    COLLECTING = "collecting"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Tell whether nothing more happens by itself (a failed job may still complete by a slow look-up)."""
        return self in {JobState.COMPLETED, JobState.FAILED, JobState.CANCELLED}


_S = JobState
# Nothing leaves SUBMITTING for QUEUED unless the site surely refused or the transport reports that nothing was sent.
# FAILED → COLLECTING is the slow look-up that finds an unconfirmed submission after all.
TRANSITIONS: Final = MappingProxyType(
    {
        _S.QUEUED: frozenset({_S.PREPARING, _S.FAILED, _S.CANCELLED}),
        _S.PREPARING: frozenset({_S.QUEUED, _S.SUBMITTING, _S.FAILED, _S.CANCELLED}),
        _S.SUBMITTING: frozenset({_S.SUBMITTING, _S.QUEUED, _S.GENERATING, _S.FAILED, _S.CANCELLED}),
        _S.GENERATING: frozenset({_S.GENERATING, _S.COLLECTING, _S.FAILED, _S.CANCELLED}),
        _S.COLLECTING: frozenset({_S.COMPLETED, _S.FAILED}),
        _S.COMPLETED: frozenset(),
        _S.FAILED: frozenset({_S.COLLECTING}),
        _S.CANCELLED: frozenset(),
    }
)


# A job that failed with one of these may have been paid for: its submissions are looked for during a day.
SOUGHT_CODES: Final = frozenset({"submission_unconfirmed", "generation_timeout", "internal_error"})


@dataclass(frozen=True, slots=True)
class JobError:
    """Why a job failed, in the terms of `domain.errors`; `type` is the class's name."""

    type: str
    message: str
    code: str
    retry: Retry
    charged: Charged
    site_code: str | None = None
    log_id: str | None = None
    param: str | None = None
    from_request: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is: `percent` 0–100, place and length of the site's queue, seconds still expected."""

    percent: int = 0
    queue_position: int | None = None
    queue_length: int | None = None
    remaining: float | None = None
    items: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """What the agent said in a turn, for people, and what the site calls the conversation."""

    text: str = ""
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """One wish of one owner, from acceptance to artifacts; evolves by copy.

    `owner` is a keyed digest of the credential. `candidates` are the ids of the accounts that may do it, in the
    caller's order; `account_id` the one that does. `epoch` grows with every hand-over, so that a late worker changes
    nothing. `not_before` delays the next attempt (epoch seconds). `cancel_requested` is applied when it is safe.
    `delivered_at` is when a whole answer last reached the caller, `None` while nobody has had it.
    `cost` is in credits, `None` when unknown. `reply` is of the agent's jobs, once their turn is over.
    """

    id: str
    owner: str
    kind: Kind
    request: JobRequest
    candidates: tuple[str, ...]
    created_at: float
    state: JobState = JobState.QUEUED
    epoch: int = 0
    updated_at: float = 0.0
    account_id: str | None = None
    site: str | None = None
    attempts: int = 0
    not_before: float = 0.0
    submissions: tuple[Submission, ...] = field(default=())
    progress: Progress = field(default_factory=Progress)
    error: JobError | None = None
    partial: bool = False
    cancel_requested: bool = False
    delivered_at: float | None = None
    ended_at: float | None = None
    cost: int | None = None
    fingerprint: str = ""
    task_shape: bool = False
    reply: Reply | None = None

    @property
    def generations(self) -> tuple[Submission, ...]:
        """Give the submissions that make something: all but an agent's turn itself."""
        return self.submissions[1:] if self.kind is Kind.AGENT else self.submissions
