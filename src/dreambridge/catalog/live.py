"""The rows that the sites' own lists add to the catalogue, and those that a site no longer has."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from types import MappingProxyType
from typing import Final

from dreambridge.catalog.catalog import Catalog
from dreambridge.catalog.geometry import Geometry
from dreambridge.catalog.model import Counts, ModelSpec, ModelStatus
from dreambridge.catalog.site import Site
from dreambridge.catalog.video import Benefit, MediaLimits, OmniLimits, VideoSpec
from dreambridge.domain.generation import Kind, VideoMode
from dreambridge.domain.live_model import LiveModel

# What is known of a model that only a list tells of.
_STATUS: Final = ModelStatus.UNCERTAIN
# Frames of a multi-frame video and saved subjects have limits that no list tells.
_USABLE: Final = frozenset(VideoMode) - {VideoMode.MULTI_FRAME, VideoMode.SUBJECT_REFERENCE}


class LiveRows:
    """A catalogue that learns; `catalog` shows whoever holds it what was learned since."""

    def __init__(self, basis: Catalog) -> None:
        self._models = dict(basis.models)
        self._answers = dict(basis.answers)
        # Rows learned from one site hold on that site alone, which therefore has a group of keys of its own.
        sites = {name: replace(site, model_keys=(*site.model_keys, _group(name))) for name, site in basis.sites.items()}
        self.catalog = replace(
            basis,
            sites=MappingProxyType(sites),
            models=MappingProxyType(self._models),
            answers=MappingProxyType(self._answers),
        )

    def learn(self, site: str, listed: Iterable[LiveModel], today: date) -> tuple[str, ...]:
        """Take in what a site lists for an account; give the names that are new there.

        What the catalogue has a row for stays as it is, for its rows say more than any list. Models about which the
        list says too little for a request are left out, and so are other keys of a model that is there by name.
        """
        place = self.catalog.site(site)
        known = {
            spec.keys[group]: spec for spec in self._models.values() for group in place.model_keys if group in spec.keys
        }
        fresh = []
        for live in listed:
            spec = known.get(live.key)
            if spec is not None:
                if site in spec.gone_from:
                    self._put(replace(spec, gone_from=spec.gone_from - {site}))
                continue
            found = _spec_of(live, self.catalog.geometry, today)
            if found is None or self._is_there(live, place):
                continue
            elsewhere = self._models.get(live.key)
            keys = {**(elsewhere.keys if elsewhere else {}), _group(site): live.key}
            self._put(replace(elsewhere or found, keys=MappingProxyType(keys)))
            fresh.append(live.key)
        return tuple(fresh)

    def _is_there(self, live: LiveModel, place: Site) -> bool:
        """Tell whether a site has a model of this name already: sites move models to newer keys (protocol: 11.4)."""
        same = self._answers.get(live.title.casefold()), self._answers.get(live.key.casefold())
        return any(spec is not None and spec.key_on(place) is not None for spec in same)

    def lose(self, site: str, model: str) -> None:
        """Note that a site said it no longer has a model: it is listed there no more."""
        spec = self._models.get(model)
        if spec is not None:
            self._put(replace(spec, gone_from=spec.gone_from | {site}))

    def _put(self, spec: ModelSpec) -> None:
        before = self._models.get(spec.name)
        self._models[spec.name] = spec
        for name in spec.names:
            # A title that another model answers to already stays with that one.
            if self._answers.get(name.casefold()) in {None, before}:
                self._answers[name.casefold()] = spec


def _group(site: str) -> str:
    return f"live-{site}"


def _spec_of(live: LiveModel, geometry: Geometry, today: date) -> ModelSpec | None:
    """Make the row of a model from what a list says of it; `None` when that is too little to ask for it."""
    sizes = geometry.sizes_of(live.kind)
    ratios = tuple(ratio for ratio in sizes if ratio in live.ratios)
    tiers = tuple(
        tier
        for tier in geometry.tiers_of(live.kind)
        if tier in live.resolutions and all(tier in sizes[each] for each in ratios)
    )
    video = _video_of(live, tiers) if live.kind is Kind.VIDEO else None
    counts = _counts_of(live) if live.kind is Kind.IMAGE else None
    if not ratios or not tiers or (video is None and counts is None):
        return None
    return ModelSpec(
        name=live.key,
        kind=live.kind,
        aliases=(),
        title=live.title or None,
        keys=MappingProxyType({}),
        resolutions=tiers,
        default_resolution=live.default_resolution if live.default_resolution in tiers else tiers[0],
        ratios=ratios,
        max_inputs=live.max_inputs or 0,
        counts=counts,
        intelligent_ratio=False,
        multi_image=False,
        draft_version=None,
        forced=MappingProxyType({}),
        price=MappingProxyType({}),
        status=_STATUS,
        offered=True,
        seen=today,
        video=video,
    )


def _counts_of(live: LiveModel) -> Counts:
    options = live.counts or (live.default_count or 4,)
    default = live.default_count if live.default_count in options else options[0]
    return Counts(min(options), max(options), default or options[0])


def _video_of(live: LiveModel, tiers: tuple[str, ...]) -> VideoSpec | None:
    modes = tuple(mode for mode in live.modes if mode in _USABLE)
    benefits = tuple(
        Benefit(name, resolutions=(tier,) if tier else ())
        # The one for any resolution comes last: the first that fits is taken.
        for tier, name in sorted(live.benefits.items(), reverse=True)
        if not tier or tier in tiers
    )
    covered = {tier for each in benefits for tier in each.resolutions or tiers}
    if not modes or not live.seconds or not set(tiers) <= covered:
        return None
    seconds = tuple(sorted(live.seconds))
    return VideoSpec(
        modes=modes,
        not_offered=(),
        seconds=seconds,
        default_seconds=5 if 5 in seconds else seconds[0],
        fps=live.fps[0] if live.fps else 24,
        max_prompt=None,
        omni=OmniLimits(
            live.max_inputs or sum(live.inputs.values()),
            MappingProxyType({kind: MediaLimits(most=most) for kind, most in live.inputs.items()}),
        )
        if VideoMode.OMNI_REFERENCE in modes and live.inputs
        else None,
        multi_frame=None,
        benefits=benefits,
        other_benefits=(),
        price=MappingProxyType({}),
        per_clip=False,
        sound=False,
        draft_mode=False,
        min_version=None,
        min_features=(),
        sends_resolution=True,
    )
