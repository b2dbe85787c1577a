"""Evidence that a draft was sent, and what the site says of it."""

from dataclasses import dataclass, field
from enum import StrEnum

from dreambridge.domain.generation import Dimensions, Kind


class SubmissionState(StrEnum):
    """Where one submission of a job stands.

    PLANNED: nothing was written down to be sent. INTENDED: the intent is on disk, the paid call may have left until
    `send_before`. UNCLEAR: it may have left and nobody knows what became of it. ACCEPTED: the site has a record.
    ENDED: the record came to its end. REFUSED: the site surely refused, or nothing was ever sent.
    """

    PLANNED = "planned"
    INTENDED = "intended"
    UNCLEAR = "unclear"
    ACCEPTED = "accepted"
    ENDED = "ended"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Submission:
    """One paid call of a job: our submit id, the account, what the site answered.

    `part` counts from 0; `count` is the number of pictures asked; `sends` how often the paid call may have left
    (0–2); times are epoch seconds. `looks` counts successful look-ups that did not find the record.
    """

    part: int
    count: int
    state: SubmissionState = SubmissionState.PLANNED
    submit_id: str | None = None
    account_id: str | None = None
    seed: int = 0
    sends: int = 0
    send_before: float | None = None
    sent_at: float | None = None
    looks: int = 0
    record_id: str | None = None
    accepted_at: float | None = None
    ended_at: float | None = None


@dataclass(frozen=True, slots=True)
class UploadedInput:
    """An input that lies on a site: the storage `uri` of a picture, or the `vid` of a video or a sound.

    `sha256` names the input; `dimensions` in pixels and `seconds` are as the site read them, or else as we did.
    """

    sha256: str
    uri: str | None = None
    vid: str | None = None
    dimensions: Dimensions | None = None
    seconds: float | None = None


class RecordStatus(StrEnum):
    """The site's numbers, read as what they mean for us."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class RecordItem:
    """One picture, video or sound the site made: where it lies (signed, expiring), its size and format as told.

    Of pictures there is the storage `uri`; of videos `vid`, `fps`, length in `seconds` and the address of a picture of
    it, `cover_url`.
    """

    item_id: str
    url: str
    dimensions: Dimensions | None
    format: str | None
    kind: Kind = Kind.IMAGE
    uri: str | None = None
    vid: str | None = None
    seconds: float | None = None
    fps: float | None = None
    cover_url: str | None = None


@dataclass(frozen=True, slots=True)
class HistoryRecord:
    """The site's account of one submission.

    `status` is ours, `site_status` and `task_status` the raw numbers; `queue_position`, `queue_length` count jobs;
    `forecast_queue`, `forecast_generate` are seconds; `fail_code` is the first telling one of the places in which the
    site names a reason.
    """

    submit_id: str | None
    record_id: str
    status: RecordStatus
    site_status: int
    task_status: int | None = None
    items: tuple[RecordItem, ...] = field(default=())
    expected: int | None = None
    finished: int | None = None
    created_at: float | None = None
    finished_at: float | None = None
    fail_code: str | None = None
    fail_message: str | None = None
    queue_position: int | None = None
    queue_length: int | None = None
    forecast_queue: float | None = None
    forecast_generate: float | None = None
    poll_interval: float | None = None
