"""A model: what it is called, where it exists and what it can do, as a row of `models.toml`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from dreambridge.catalog.geometry import MAX_SIDE
from dreambridge.catalog.rows import Row
from dreambridge.catalog.site import Site
from dreambridge.domain.generation import Dimensions, Kind

MAX_COUNT = 100
MAX_PRICE = 100_000


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

    `title` is the name the site shows; `aliases` other names it answers to. `keys`, `forced` are by group of sites
    (`Site.model_keys`). `resolutions` run from small to large. `max_inputs` counts reference pictures, 0 for none.
    `price` is credits per picture by resolution, as observed; an absent resolution is unknown. `draft_version` is the
    version this model's drafts carry, `None` for the site's own. `offered` is false when too little is known to send
    it a request. `seen` is the day the row was last known to be true.
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
        return "1:1" if "1:1" in self.ratios else self.ratios[0]

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
            return self.resolutions
        return (forced.resolution,)

    def ratios_on(self, site: Site) -> tuple[str, ...]:
        """List the ratios a caller may name on a site."""
        forced = self.forced_on(site)
        return (forced.ratio,) if forced and forced.ratio else self.ratios

    def credits_for(self, resolution: str, count: int) -> float | None:
        """Forecast what `count` pictures cost, in credits; `None` when no price is known."""
        each = self.price.get(resolution)
        return None if each is None else each * count


@dataclass(frozen=True, slots=True)
class Alias:
    """A name that clients have built in, and the model of ours it stands for.

    A site that itself lists the name wins. `count` is how many pictures a request makes that does not say.
    """

    name: str
    target: str
    count: int
    seen: date


def read_model(row: Row, tiers: tuple[str, ...], ratios: tuple[str, ...], groups: tuple[str, ...]) -> ModelSpec:
    """Read one `[[model]]`; raise `CatalogError` when it cannot be used."""
    keys = row.child("keys")
    prices = row.child("price") if "price" in row else None
    forced = row.child("forced") if "forced" in row else None
    is_image = row.text("kind", tuple(Kind)) == Kind.IMAGE
    # Videos have tiers and ratios of their own, which only their own tables can check.
    known_tiers, known_ratios = (tiers, ratios) if is_image else (None, None)
    resolutions = row.texts("resolutions", known_tiers)
    if is_image and list(resolutions) != sorted(resolutions, key=tiers.index):
        raise row.fault("resolutions", f"are not in order; allowed: from small to large, as in {', '.join(tiers)}")
    spec = ModelSpec(
        name=row.text("name"),
        kind=Kind(row.text("kind")),
        aliases=row.texts("aliases"),
        title=row.text_or_none("title"),
        keys=MappingProxyType({group: keys.text(group) for group in keys.names(groups)}),
        resolutions=resolutions,
        default_resolution=row.text_or_none("default_resolution", resolutions),
        ratios=row.texts("ratios", known_ratios),
        max_inputs=row.whole("max_inputs", 0, 100),
        counts=_read_counts(row.child("count")) if "count" in row else None,
        intelligent_ratio=row.flag("intelligent_ratio", default=False),
        multi_image=row.flag("multi_image", default=False),
        draft_version=row.text_or_none("draft_version"),
        forced=MappingProxyType(_read_forced(forced, tiers, ratios, groups) if forced else {}),
        price=MappingProxyType({t: prices.amount(t, MAX_PRICE) for t in prices.names(resolutions)} if prices else {}),
        status=ModelStatus(row.text("status", tuple(ModelStatus))),
        offered=row.flag("offered"),
        seen=row.day("seen"),
    )
    if not spec.keys:
        raise row.fault("keys", f"is empty; allowed: a key for at least one of {', '.join(groups)}")
    if spec.offered and is_image:
        _check_complete(row, spec)
    row.close()
    return spec


def _read_counts(row: Row) -> Counts:
    counts = Counts(row.whole("min", 1, MAX_COUNT), row.whole("max", 1, MAX_COUNT), row.whole("default", 1, MAX_COUNT))
    if not counts.minimum <= counts.default <= counts.maximum:
        raise row.fault("default", f"{counts.default} is impossible; allowed: min ≤ default ≤ max")
    return counts


def _read_forced(
    row: Row, tiers: tuple[str, ...], ratios: tuple[str, ...], groups: tuple[str, ...]
) -> dict[str, Forced]:
    found = {}
    for group in row.names(groups):
        rule = row.child(group)
        size = Dimensions(*rule.pair("size", 1, MAX_SIDE)) if "size" in rule else None
        found[group] = Forced(rule.text("resolution", tiers), rule.text_or_none("ratio", ratios), size)
        if size is not None and found[group].ratio is None:
            raise rule.fault("ratio", "is missing; allowed: the ratio that belongs to the forced size")
    return found


def _check_complete(row: Row, spec: ModelSpec) -> None:
    for name, value in (
        ("resolutions", spec.resolutions),
        ("default_resolution", spec.default_resolution),
        ("ratios", spec.ratios),
        ("count", spec.counts),
    ):
        if not value:
            raise row.fault(name, "is missing; a model is only offered when it is known (else: offered = false)")


def read_alias(row: Row) -> Alias:
    """Read one `[[alias]]`; raise `CatalogError` when it cannot be used."""
    alias = Alias(row.text("name"), row.text("target"), row.whole("count", 1, 10), row.day("seen"))
    row.close()
    return alias
