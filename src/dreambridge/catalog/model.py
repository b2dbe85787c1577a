"""A model: what it is called, where it exists and what it can do, as a row of `models.toml`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from dreambridge.catalog.site import Site
from dreambridge.catalog.video import DraftRule, ModeSpec, Use, VideoSpec, later_version
from dreambridge.domain.generation import Dimensions, GenerationRequest, InputKind, Kind, VideoRequest


class ModelStatus(StrEnum):
    """Whether the sites still offer a model. RETIRED resolves and is not listed; UNCERTAIN rests on thin evidence."""

    CURRENT = "current"
    RETIRED = "retired"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class Counts:
    """How many pictures one submission may ask for, and how many the site makes when nobody says."""

    minimum: int
    maximum: int
    default: int


@dataclass(frozen=True, slots=True)
class Forced:
    """What a site makes of every request to a model, whatever was asked; `None` leaves the request's own value.

    `resolution` is the one written into the draft, which need not be the tier of `native`.
    """

    resolution: str
    ratio: str | None = None
    native: Dimensions | None = None


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """One model.

    `title` is the name the site shows; `aliases` other names it answers to. `keys`, `forced`, `resolutions_by` and
    `max_inputs_by` are by group of sites (`Site.model_keys`), the last two where a group differs. `resolutions` run
    from small to large. `max_inputs` counts reference pictures, 0 for none. `price` is credits per picture by
    resolution, as observed; an absent resolution is unknown. `draft_version` is the version this model's drafts carry,
    `None` for the site's own. `video` is there when it makes videos and is offered. `members_only` says that accounts
    without a membership are refused. `gone_from` are sites that said it is there no more. `offered` is false when
    too little is known to send it a request. `seen` is the day the row was last known to be true.
    """

    name: str
    kind: Kind
    aliases: tuple[str, ...]
    title: str | None
    keys: Mapping[str, str] = field(hash=False)
    resolutions: tuple[str, ...]
    default_resolution: str | None
    ratios: tuple[str, ...]
    max_inputs: int
    counts: Counts | None
    intelligent_ratio: bool
    multi_image: bool
    draft_version: str | None
    forced: Mapping[str, Forced] = field(hash=False)
    price: Mapping[str, float] = field(hash=False)
    status: ModelStatus
    offered: bool
    seen: date
    video: VideoSpec | None = None
    resolutions_by: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    max_inputs_by: Mapping[str, int] = field(default_factory=dict, hash=False)
    members_only: bool = False
    gone_from: frozenset[str] = frozenset()

    @property
    def names(self) -> tuple[str, ...]:
        """List everything the model answers to: name, aliases, title."""
        return (self.name, *self.aliases, *((self.title,) if self.title else ()))

    @property
    def listed(self) -> bool:
        """Say whether the model belongs in a list: it can be asked for and is not retired."""
        return self.offered and self.status is not ModelStatus.RETIRED

    @property
    def default_ratio(self) -> str:
        """Name the ratio of a request that says nothing about shape."""
        usual = "16:9" if self.kind is Kind.VIDEO else "1:1"
        return usual if usual in self.ratios else self.ratios[0]

    def group_on(self, site: Site) -> str | None:
        """Name the group of keys that holds on a site; `None` when the site lacks the model."""
        return next((group for group in site.model_keys if group in self.keys), None)

    def key_on(self, site: Site) -> str | None:
        """Give the site's own name of this model; `None` when the site lacks it."""
        group = self.group_on(site)
        return self.keys[group] if group else None

    def forced_on(self, site: Site) -> Forced | None:
        """Tell what the site makes of every request to this model; `None` when it does as asked."""
        return self.forced.get(self.group_on(site) or "")

    def resolutions_on(self, site: Site) -> tuple[str, ...]:
        """List the resolutions a caller may name on a site."""
        forced = self.forced_on(site)
        if forced is None or forced.native is not None:
            return self.resolutions_by.get(self.group_on(site) or "", self.resolutions)
        return (forced.resolution,)

    def max_inputs_on(self, site: Site) -> int:
        """Count the reference pictures that one request may carry on a site; 0 for none."""
        return self.max_inputs_by.get(self.group_on(site) or "", self.max_inputs)

    def ratios_on(self, site: Site) -> tuple[str, ...]:
        """List the ratios a caller may name on a site."""
        forced = self.forced_on(site)
        return (forced.ratio,) if forced and forced.ratio else self.ratios

    def credits_for(self, resolution: str, count: int) -> float | None:
        """Forecast what `count` pictures cost, in credits; `None` when no price is known."""
        each = self.price.get(resolution)
        return None if each is None else each * count

    def forecast(self, request: GenerationRequest) -> float | None:
        """Forecast what a request costs, in credits; `None` when no price is known."""
        if isinstance(request, VideoRequest):
            return self.video.forecast(request) if self.video else None
        return self.credits_for(request.resolution, sum(request.parts))

    def benefit_for(self, request: VideoRequest, site: Site) -> str:
        """Name what a video is billed as; raise `LookupError` when no row fits."""
        use = Use(
            mode=request.mode,
            resolution=request.resolution,
            group=self.group_on(site) or "",
            with_video=any(each.kind is InputKind.VIDEO for each in request.inputs),
            seconds=request.seconds,
        )
        name = self.video.find_benefit(use) if self.video else None
        if name is None:
            raise LookupError(f"no benefit of {self.name} fits {use}")
        return name

    def draft_rule(self, mode: ModeSpec, site: Site) -> DraftRule:
        """Join what a mode, this model and a site ask of the head of a draft."""
        version = self.draft_version or site.draft_version
        minimum, features, draft_mode = mode.min_version, mode.min_features, False
        if self.video is not None:
            minimum = later_version(minimum, self.video.min_version or minimum)
            features = tuple(dict.fromkeys((*features, *self.video.min_features)))
            draft_mode = self.video.draft_mode
        # A draft that says it is older than what it needs contradicts itself.
        version = later_version(version, later_version(mode.version or version, minimum))
        return DraftRule(mode.function_mode, version, minimum, features, draft_mode)


@dataclass(frozen=True, slots=True)
class Alias:
    """A name that clients have built in, and the model of ours it stands for.

    A site that itself lists the name wins. `count` is how many pictures a request makes that does not say. `seconds`
    gives, for each length the name's clients know, the one that the model makes instead; `default_seconds` is the
    length, in their terms, of a request that says none.
    """

    name: str
    target: str
    count: int
    seen: date
    seconds: Mapping[int, int] = field(default_factory=dict, hash=False)
    default_seconds: int | None = None
