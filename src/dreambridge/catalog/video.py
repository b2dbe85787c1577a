"""What a video model can do: modes, lengths, limits of its references, and what its requests are billed as."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from dreambridge.domain.generation import InputKind, VideoMode, VideoRequest

RESOLUTION_MARK = "<resolution>"
"""Stands in the name of a benefit for the resolution of the request."""


@dataclass(frozen=True, slots=True)
class MediaLimits:
    """What references of one kind may be; `None` and an empty list mean that no limit is known.

    `most` is their number, `max_bytes` the size of each, `sides` the least and greatest side in pixels, `shape` the
    least and greatest width ÷ height, `seconds` the length of each, `seconds_total` of all together, `formats` file
    extensions without a dot, `fps` pictures a second.
    """

    most: int | None = None
    max_bytes: int | None = None
    sides: tuple[int, int] | None = None
    shape: tuple[float, float] | None = None
    seconds: tuple[float, float] | None = None
    seconds_total: float | None = None
    formats: tuple[str, ...] = ()
    fps: tuple[int, int] | None = None


NO_LIMITS = MediaLimits()


@dataclass(frozen=True, slots=True)
class OmniLimits:
    """What may go with a prompt as references: at most `total` of any kind, and limits by kind."""

    total: int
    kinds: Mapping[InputKind, MediaLimits] = field(hash=False)

    def of(self, kind: InputKind) -> MediaLimits:
        """Give the limits of one kind; where none is known only `total` holds."""
        return self.kinds.get(kind, NO_LIMITS)


@dataclass(frozen=True, slots=True)
class FrameLimits:
    """How many key frames a multi-frame video has, whole seconds of each, and the least length of the whole."""

    least: int
    most: int
    seconds: tuple[int, int]
    least_seconds: int


@dataclass(frozen=True, slots=True)
class Use:
    """What decides how a video is billed; `group` is the group of model keys of the site."""

    mode: VideoMode
    resolution: str
    group: str
    with_video: bool
    seconds: int


@dataclass(frozen=True, slots=True)
class Benefit:
    """A name for the bill, and for which requests it is the one: an absent condition holds for all of them.

    `name` may hold `<resolution>`; `with_video` is about videos among the inputs, `above_seconds` about the length.
    """

    name: str
    modes: tuple[str, ...] = ()
    resolutions: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    with_video: bool | None = None
    above_seconds: int = 0

    def fits(self, use: Use) -> bool:
        """Say whether every condition holds."""
        return (
            (not self.modes or use.mode in self.modes)
            and (not self.resolutions or use.resolution in self.resolutions)
            and (not self.groups or use.group in self.groups)
            and self.with_video in {None, use.with_video}
            and use.seconds > self.above_seconds
        )


@dataclass(frozen=True, slots=True)
class ModeSpec:
    """How a mode is written into a draft, whatever the model.

    `function_mode` is the site's own word for it; `min_version` and `min_features` are what a reader of the draft must
    know; `version` is the draft's own, `None` for the site's.
    """

    function_mode: str
    min_version: str
    min_features: tuple[str, ...] = ()
    version: str | None = None


@dataclass(frozen=True, slots=True)
class DraftRule:
    """The head of a draft: versions and features with those of mode, model and site joined."""

    function_mode: str
    version: str
    min_version: str
    min_features: tuple[str, ...]
    draft_mode: bool


@dataclass(frozen=True, slots=True)
class VideoSpec:
    """The part of a model's row that only videos have.

    `not_offered` names what the site does with the model and no request of ours can say yet. `seconds` are all the
    lengths it makes, ascending; `max_prompt` counts characters, `None` when no limit is known. `benefits` are looked
    through in order; `other_benefits` are names seen elsewhere and never sent. `price` is credits by resolution, as
    observed, for a second, or for a whole video when `per_clip`. `sound` says that it comes with sound. `draft_mode`
    marks a model for previews; `min_version` and `min_features` are what its drafts need beyond their mode's.
    `sends_resolution` is false for models whose requests carried none when they were seen.
    """

    modes: tuple[VideoMode, ...]
    not_offered: tuple[str, ...]
    seconds: tuple[int, ...]
    default_seconds: int
    fps: int
    max_prompt: int | None
    omni: OmniLimits | None
    multi_frame: FrameLimits | None
    benefits: tuple[Benefit, ...]
    other_benefits: tuple[str, ...]
    price: Mapping[str, float] = field(hash=False)
    per_clip: bool
    sound: bool
    draft_mode: bool
    min_version: str | None
    min_features: tuple[str, ...]
    sends_resolution: bool

    @property
    def lengths(self) -> str:
        """Tell the lengths as a person would: `5, 10, 12` or `4 to 15`, in seconds."""
        first, last = self.seconds[0], self.seconds[-1]
        if len(self.seconds) > 2 and last - first == len(self.seconds) - 1:
            return f"{first} to {last}"
        return ", ".join(map(str, self.seconds))

    def find_benefit(self, use: Use) -> str | None:
        """Find what a request is billed as; `None` when no row fits."""
        found = next((each for each in self.benefits if each.fits(use)), None)
        return found.name.replace(RESOLUTION_MARK, use.resolution) if found else None

    def forecast(self, request: VideoRequest) -> float | None:
        """Forecast what a request costs, in credits; `None` when no price is known at its resolution."""
        each = self.price.get(request.resolution)
        if each is None:
            return None
        return (each if self.per_clip else each * billed_seconds(request)) * sum(request.parts)


def billed_seconds(request: VideoRequest) -> float:
    """Count the seconds that are billed: of the result, and of every video among the inputs."""
    given = (each.seconds or 0.0 for each in request.inputs if each.kind is InputKind.VIDEO)
    return request.seconds + sum(given)


def later_version(one: str, other: str) -> str:
    """Give the later of two dotted versions."""
    return max(one, other, key=lambda version: [int(part) for part in version.split(".")])
