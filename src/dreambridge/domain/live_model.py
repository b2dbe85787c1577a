"""What a site itself says, to one account, of the models it offers now."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from dreambridge.domain.generation import Dimensions, InputKind, Kind, VideoMode


@dataclass(frozen=True, slots=True)
class LiveModel:
    """One model of a site's own list; what the site leaves out is empty or `None`.

    `key` is the site's name of it, `title` the one its page shows. `sizes` are the pixels of a picture by resolution
    and ratio; videos have `ratios` alone. `counts` are the numbers of pictures one may ask for, `seconds` the lengths
    of a video. `inputs` is how many inputs of a kind it takes, `max_inputs` how many in all. `benefits` is what a
    request is billed as, by resolution, `""` for any. `features` are the site's own words for what it can do.
    """

    key: str
    title: str
    kind: Kind
    resolutions: tuple[str, ...] = ()
    default_resolution: str | None = None
    ratios: tuple[str, ...] = ()
    sizes: Mapping[str, Mapping[str, Dimensions]] = field(default_factory=dict, hash=False)
    counts: tuple[int, ...] = ()
    default_count: int | None = None
    seconds: tuple[int, ...] = ()
    fps: tuple[int, ...] = ()
    modes: tuple[VideoMode, ...] = ()
    max_inputs: int | None = None
    inputs: Mapping[InputKind, int] = field(default_factory=dict, hash=False)
    benefits: Mapping[str, str] = field(default_factory=dict, hash=False)
    features: tuple[str, ...] = ()
    is_new: bool = False
    status: int | None = None
