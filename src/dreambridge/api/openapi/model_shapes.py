"""The shapes of `/v1/models`."""

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from dreambridge.api.openapi.shapes import Shape
from dreambridge.domain.generation import Kind, VideoMode


class ModelInputs(Shape):
    """How many inputs of each kind go with one request at most."""

    images: int
    videos: int
    audios: int


class ModelLimits(Shape):
    """What one request may ask for at most; null is not known."""

    prompt_characters: int
    count: int | None


class ModelCost(Shape):
    """What a unit of the result costs, as observed."""

    per: Literal["picture", "second", "clip"]
    credits: dict[str, float] = Field(description="By resolution; one that is absent is not known.")


class Counts(Shape):
    """How many results one call makes."""

    min: int
    max: int
    default: int


class ReferenceCounts(Shape):
    """What a video model takes as references, at most; null is no limit known."""

    total: int | None
    images: int | None
    videos: int | None
    audios: int | None


class KeyFrames(Shape):
    """How many key frames a video takes."""

    min: int
    max: int


class VideoAbilities(Shape):
    """What a video can be made from, and its lengths."""

    modes: list[VideoMode]
    seconds: list[int]
    default_seconds: int
    seconds_made: dict[str, int] = Field(description="Of an alias: the lengths its clients ask for, and those made.")
    fps: int
    max_prompt: int | None
    sound: bool
    references: ReferenceCounts | None
    key_frames: KeyFrames | None
    credits: dict[str, float | str] | None = Field(description="By resolution; `per` says second or clip.")


class Abilities(Shape):
    """What a model can do for this caller, and how we know."""

    kind: Kind
    title: str | None
    alias_of: str | None
    status: str
    sites: list[str]
    ratios: list[str]
    resolutions: list[str]
    default_resolution: str | None
    sizes: dict[str, dict[str, str]] = Field(description="Native sizes by resolution and ratio.")
    durations: list[int] = Field(description="The lengths of videos it makes, in seconds.")
    inputs: ModelInputs
    counts: Counts | None
    limits: ModelLimits
    video: VideoAbilities | None
    intelligent_ratio: bool
    members_only: bool = Field(description="Whether accounts without a membership are refused.")
    cost: ModelCost | None
    credits_per_picture: dict[str, float] | None
    seen: date = Field(description="The day this was last seen to be true.")
    live: bool = Field(description="Whether the lists of the sites themselves have it.")
    stale: bool
    lists_read_at: datetime | None


class Model(Shape):
    """A model by one of its names."""

    id: str
    object: Literal["model"]
    created: int
    owned_by: str
    shutdown_date: None
    supported_endpoint_types: list[str]
    dreambridge: Abilities


class ModelList(Shape):
    """Every name the caller's accounts can use."""

    object: Literal["list"]
    data: list[Model]
