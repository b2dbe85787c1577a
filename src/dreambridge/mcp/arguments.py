"""What each tool takes. Agents read these descriptions; what a model can do is checked by the catalogue."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dreambridge.domain.errors import InvalidRequest
from dreambridge.domain.generation import Kind

_Model = TypeVar("_Model", bound="Arguments")
_LONGEST_KEY: Final = 255
ModeName = Literal["text", "first_frame", "first_last_frames", "omni_reference", "subject_reference"]


class Arguments(BaseModel):
    """Arguments of a tool; those that are not listed have no effect, and the answer names them."""

    model_config = ConfigDict(extra="allow", frozen=True)


class NoArguments(Arguments):
    """A tool that takes nothing."""


class Making(Arguments):
    """What everything that makes something takes."""

    model: str | None = Field(None, description="A name from list_models; absent is the server's default.")
    ratio: str | None = Field(None, description="Shape, such as 16:9, 1:1 or 9:16.")
    resolution: str | None = Field(None, description="Such as 1k, 2k or 4k; of videos 720p or 1080p.")
    size: str | None = Field(None, description="WIDTHxHEIGHT instead of ratio and resolution, such as 1536x1024.")
    references: list[str] = Field(
        default=[],
        description="Pictures to work from (of videos also videos and sounds), in order: ids or artifact:// addresses "
        "of results or jobs of yours, asset ids, http(s) addresses, or data URLs.",
    )
    seed: int | None = Field(None, description="1 to 4294967295; absent is random.")
    max_credits: float | None = Field(
        None, ge=0, description="Refuse before anything is sent if it would cost more credits than this."
    )
    idempotency_key: str | None = Field(
        None,
        min_length=1,
        max_length=_LONGEST_KEY,
        description="A text of your own, kept for 24 hours: the same key with the same arguments joins the job made "
        "before, and pays nothing again. Use one whenever you may have to repeat a call.",
    )


class ImageArguments(Making):
    """The arguments of `generate_image`."""

    prompt: str = Field(description="What to draw, in any language; with references, what to make of them.")
    n: int | None = Field(None, description="How many pictures, 1 to 10; absent is the model's default, often 4.")
    negative_prompt: str | None = Field(None, description="What not to draw.")
    strength: float | None = Field(None, description="0 to 1: how much the references count.")


class VideoArguments(Making):
    """The arguments of `generate_video`."""

    prompt: str = Field("", description="What happens; may be left out when references are frames.")
    seconds: int | None = Field(None, description="Length; list_models says which lengths a model makes.")
    mode: ModeName | None = Field(
        None,
        description="What references are; absent: one picture is the first frame, two are first and last frame, more "
        "or other media are references that the prompt can name as @1, @2.",
    )


class Waiting(BaseModel):
    """How long a call waits."""

    wait_seconds: float | None = Field(
        None,
        ge=0,
        description="Answer after so many seconds even if the job still runs (then use wait_job); absent is the "
        "server's limit.",
    )


class GenerateImageArguments(ImageArguments, Waiting):
    """Make pictures and wait for them."""


class GenerateVideoArguments(VideoArguments, Waiting):
    """Make a video and wait for it."""


class SubmitArguments(VideoArguments):
    """The arguments of `submit`: those of the kind."""

    kind: Literal["image", "video"] = Field(description="What to make.")
    n: int | None = Field(None, description="Of images: how many, 1 to 10.")
    negative_prompt: str | None = Field(None, description="Of images: what not to draw.")
    strength: float | None = Field(None, description="Of images, 0 to 1: how much the references count.")


class JobArguments(Arguments):
    """The arguments of tools about one job."""

    job_id: str = Field(description="As submit and the generating tools give it.", max_length=100)


class WaitArguments(JobArguments, Waiting):
    """The arguments of `wait_job`."""


class ModelsArguments(Arguments):
    """The arguments of `list_models`."""

    kind: Literal[Kind.IMAGE, Kind.VIDEO] | None = Field(None, description="Only models that make this.")


class GalleryArguments(Arguments):
    """The arguments of `search_gallery`."""

    text: str | None = Field(None, description="Words that the prompt contains, all of them, in any case.")
    kind: Literal[Kind.IMAGE, Kind.VIDEO] | None = Field(None, description="Only pictures or only videos.")
    since: datetime | None = Field(None, description="Made at this date or time (ISO 8601, UTC) or later.")
    until: datetime | None = Field(None, description="Made before this date or time (ISO 8601, UTC).")
    limit: Annotated[int, Field(ge=1, le=20)] = Field(8, description="How many jobs at most, 1 to 20.")
    after: str | None = Field(None, description="Go on behind this job: next_after of an earlier answer.")


def read_arguments(schema: type[_Model], given: dict[str, Any] | None) -> _Model:
    """Check a tool's arguments; null counts as absent. Raises InvalidRequest that names the first that is wrong."""
    said = {name: value for name, value in (given or {}).items() if value is not None}
    try:
        return schema.model_validate(said)
    except ValidationError as broken:
        fault = broken.errors(include_url=False)[0]
    param = ".".join(map(str, fault["loc"]))[:100]
    if fault["type"] == "missing":
        message = f"The argument {param} is missing."
        raise InvalidRequest(message, param=param, code="missing_required_parameter")
    raise InvalidRequest(f"{param} cannot be used: {fault['msg']}.", param=param, code="invalid_value")
