"""A wish to work on something that was made before: a larger picture, a smoother or a larger video."""

from dataclasses import dataclass
from typing import TypeAlias

from dreambridge.domain.generation import (
    AgentRequest,
    Dimensions,
    GenerationRequest,
    Kind,
    MediaInput,
    OutputFormat,
    VideoRequest,
)


@dataclass(frozen=True, slots=True)
class MadeItem:
    """A result as it lies on the site, in the account that made it.

    `model_key` is the site's name of the model that made it. Pictures have a `uri`, videos `vid`, `seconds` and `fps`.
    """

    record_id: str
    item_id: str
    model_key: str
    dimensions: Dimensions
    uri: str | None = None
    vid: str | None = None
    seconds: float | None = None
    fps: float | None = None

    @property
    def kind(self) -> Kind:
        """Tell a video from a picture."""
        return Kind.IMAGE if self.vid is None else Kind.VIDEO


@dataclass(frozen=True, slots=True)
class ToolWish:
    """What the caller said: which tool, on which artifact of theirs; `fps` or `dimensions` is what to come to."""

    tool: str
    artifact_id: str
    fps: int | None = None
    dimensions: Dimensions | None = None


@dataclass(frozen=True, slots=True)
class ToolRequest:
    """What to do with one result: `tool` is a name of the catalogue; videos get `fps` or `dimensions` to come to.

    `source` is the id of the artifact here. The others read as in `ImageRequest`; a tool is told no more than this.
    """

    tool: str
    made: MadeItem
    fps: int | None = None
    dimensions: Dimensions | None = None
    source: str | None = None
    count: int = 1
    parts: tuple[int, ...] = (1,)
    seed: int | None = None
    prompt: str = ""
    ratio: str | None = None
    resolution: str = ""
    exact: Dimensions | None = None
    output_format: OutputFormat | None = None
    inputs: tuple[MediaInput, ...] = ()
    ignored: tuple[str, ...] = ()

    @property
    def model(self) -> str:
        """Name the tool where others name a model."""
        return self.tool

    @property
    def asked_model(self) -> str:
        """Name the tool where others name a model."""
        return self.tool

    @property
    def native(self) -> Dimensions | None:
        """Give the size expected; the site alone decides how large a picture becomes."""
        return self.dimensions or (self.made.dimensions if self.made.kind is Kind.VIDEO else None)


JobRequest: TypeAlias = GenerationRequest | ToolRequest


def kind_of(request: JobRequest) -> Kind:
    """Tell what a request makes."""
    if isinstance(request, ToolRequest):
        return request.made.kind
    if isinstance(request, AgentRequest):
        return Kind.AGENT
    return Kind.VIDEO if isinstance(request, VideoRequest) else Kind.IMAGE
