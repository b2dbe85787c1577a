"""The shapes of answers about videos."""

from typing import Literal

from pydantic import BaseModel, Field

from dreambridge.api.openapi.shapes import Shape

Status = Literal["queued", "in_progress", "completed", "failed"]


class VideoError(Shape):
    """Why a video failed; its job says more."""

    code: str
    message: str


class Video(Shape):
    """A video job in OpenAI's words."""

    id: str
    object: Literal["video"]
    status: Status
    progress: int = Field(ge=0, le=100)
    created_at: int = Field(description="Unix time in seconds, as all times here.")
    completed_at: int | None
    expires_at: int | None
    model: str = Field(description="The name that was asked for.")
    seconds: str = Field(description="The true length.")
    size: str | None = Field(description="The true size, WIDTHxHEIGHT; before the video exists the one expected.")
    prompt: str
    remixed_from_video_id: str | None
    error: VideoError | None
    url: str | None = Field(description="The bytes, as soon as they exist; needs no credential.")


class VideoPage(Shape):
    """A page of videos."""

    object: Literal["list"]
    data: list[Video]
    first_id: str | None
    last_id: str | None
    has_more: bool


class VideoDeleted(Shape):
    """A video that is no more."""

    id: str
    object: Literal["video.deleted"]
    deleted: Literal[True]


class VideoUrl(Shape):
    """A video by its address, which needs no credential, and the words it was made from."""

    url: str
    revised_prompt: str


class VideoBytes(Shape):
    """A video as base64, and the words it was made from."""

    revised_prompt: str
    b64_json: str


class FinishedVideo(Shape):
    """A finished video."""

    created: int
    model: str
    size: str | None
    seconds: str
    data: list[VideoUrl | VideoBytes]


class RelayTaskStarted(Shape):
    """A relay's task that was started."""

    task_id: str
    status: Status


class RelayMetadata(Shape):
    """What is known of a finished video."""

    duration: float
    fps: int
    width: int | None
    height: int | None
    seed: int | None


class RelayError(Shape):
    """Why a task failed; `code` is the status the error would have as an answer."""

    code: int
    message: str


class RelayTask(BaseModel):
    """A relay's task; the address and what follows it are there once it is completed."""

    task_id: str
    status: Status
    url: str = ""
    format: str = ""
    metadata: RelayMetadata | None = None
    error: RelayError | None = None
