"""The shapes of answers. Tests hold real answers against them; what is not listed here is not answered."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from dreambridge.domain.artifact import FetchState
from dreambridge.domain.errors import Charged
from dreambridge.domain.generation import InputKind, Kind, OutputFormat, VideoMode
from dreambridge.domain.job import JobState


class Shape(BaseModel):
    """An object with exactly these fields."""

    model_config = ConfigDict(extra="forbid")


class ErrorObject(Shape):
    """What went wrong, who can mend it, and whether it was paid for."""

    message: str
    type: str = Field(description="The family of the error, in OpenAI's words.")
    param: str | None = Field(description="The field, header or parameter at fault.")
    code: str = Field(description="A stable name of the error; docs/errors.md lists them all.")
    retryable: bool = Field(description="Whether sending the same request again is safe and promising.")
    charged: Charged = Field(description="Whether the account paid for what failed.")
    site_code: str | None = Field(description="The site's own code.")
    log_id: str | None = Field(description="The site's own name for the call.")
    remedy: str = Field(description="What to do, in the language of Accept-Language (en or zh).")


class Failure(Shape):
    """The body of every failed request."""

    error: ErrorObject


class PictureUrl(Shape):
    """A picture by its address, which needs no credential."""

    url: str


class PictureBytes(Shape):
    """A picture as base64."""

    b64_json: str


class Pictures(Shape):
    """Finished pictures."""

    created: int = Field(description="Unix time in seconds.")
    model: str = Field(description="The name that was asked for.")
    size: str = Field(description="True size of what is delivered, WIDTHxHEIGHT.")
    output_format: OutputFormat = Field(default=OutputFormat.PNG, description="Absent when it is not known.")
    partial: bool = Field(default=False, description="The site made fewer than asked for; nothing more was spent.")
    data: list[PictureUrl | PictureBytes]


class Composition(Pictures):
    """Finished pictures, with what the composition of other gateways says beside them."""

    input_images: int = Field(description="How many pictures went in.")
    composition_type: Literal["multi_image_synthesis"]


class TaskAccepted(Shape):
    """A task that was started."""

    task_id: str
    submit_id: str = Field(description="The task's own id until the paid call has one; a task is found by either.")
    status: Literal["pending"]
    message: str
    created: int
    input_images: int = Field(default=0, description="Only of a composition: how many pictures went in.")


class Task(Shape):
    """A task's state."""

    task_id: str = Field(alias="taskId")
    status: Literal["pending", "processing", "completed", "failed"]
    progress: int = Field(ge=0, le=100)
    images: list[str] = Field(default_factory=list, description="Addresses of the pictures, as soon as one exists.")
    error: str = Field(default="", description="Only of a failed task: code and message.")
    created_at: int = Field(alias="createdAt", description="Unix time in seconds.")


class TaskEntry(Shape):
    """A task among several; of an id that stands for none of the caller's, `found` is false."""

    submit_id: str | None
    images: list[str]
    error: str | None
    task_id: str | None = Field(alias="taskId")
    status: Literal["pending", "processing", "completed", "failed"]
    progress: int = Field(ge=0, le=100)
    created_at: int | None = Field(alias="createdAt")
    found: bool


class TaskList(Shape):
    """Several tasks, in the order asked."""

    created: int
    data: list[TaskEntry]


class Progress(Shape):
    """How far a job is, as far as the site tells."""

    percent: int = Field(ge=0, le=100)
    queue_position: int | None
    queue_length: int | None
    remaining_seconds: float | None
    items: int = Field(description="How many results exist.")


class Input(Shape):
    """A picture, video or sound that the job was given."""

    kind: InputKind
    media_type: str
    bytes: int
    sha256: str
    size: str | None
    seconds: float | None


class Frame(Shape):
    """A frame of a video: which input, how long until the next, and what happens on the way."""

    input: int
    seconds: float | None
    prompt: str | None


class Asked(Shape):
    """What a job was asked for, as it was understood; the fields without a default are those of every kind."""

    prompt: str
    n: int
    ratio: str | None
    resolution: str | None
    size: str | None
    native_size: str | None
    seed: int | None
    output_format: OutputFormat | None
    inputs: list[Input]
    ignored: list[str]
    negative_prompt: str | None = None
    sample_strength: float | None = None
    intelligent_ratio: bool = False
    strength: float | None = None
    series: bool = False
    mode: VideoMode | None = None
    seconds: float | None = None
    frames: list[Frame] = Field(default_factory=list)
    tool: str = ""
    source: str | None = None
    fps: int | None = None
    conversation_id: str | None = None
    text: str | None = None
    title: str | None = None


class Artifact(Shape):
    """A result: a picture or a video."""

    id: str
    object: Literal["artifact"]
    job_id: str
    kind: Kind
    index: int = Field(description="Its place in the job.")
    url: str = Field(description="The bytes; needs no credential.")
    size: str | None
    width: int | None
    height: int | None
    seconds: float | None
    thumbnail_url: str | None = Field(description="A small version of a picture, the still of a video.")
    media_type: str | None
    bytes: int | None = Field(description="Null until the bytes were fetched.")
    sha256: str | None = Field(description="Null until the bytes were fetched.")
    state: FetchState
    created_at: int


class Job(Shape):
    """A job, and its results as they land."""

    id: str
    object: Literal["job"]
    kind: Kind
    status: Literal["queued", "in_progress", "completed", "failed"]
    state: JobState
    model: str = Field(description="The name that was asked for.")
    model_used: str = Field(description="The model that stands behind it.")
    site: str | None
    account: str | None
    progress: Progress
    request: Asked
    created_at: int
    updated_at: int
    ended_at: int | None
    attempts: int
    submissions: int
    cancel_requested: bool
    partial: bool
    spare: int
    cost: float | None = Field(description="Credits spent; null while it is not known.")
    error: ErrorObject | None
    artifacts: list[Artifact]


class JobPage(Shape):
    """A page of jobs."""

    object: Literal["list"]
    data: list[Job]
    first_id: str | None
    last_id: str | None
    has_more: bool


class ArtifactDeleted(Shape):
    """A result that is no more."""

    id: str
    object: Literal["artifact.deleted"]
    deleted: Literal[True]


class JobDeleted(Shape):
    """A job that is no more."""

    id: str
    object: Literal["job.deleted"]
    deleted: Literal[True]
