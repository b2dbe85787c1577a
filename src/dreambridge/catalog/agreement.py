"""Check that the rows of the catalogue agree with each other."""

from collections.abc import Iterable, Mapping
from itertools import product

from dreambridge.catalog.geometry import Geometry
from dreambridge.catalog.model import Alias, ModelSpec
from dreambridge.catalog.rows import CatalogError, Row
from dreambridge.catalog.video import ModeSpec, Use
from dreambridge.domain.generation import Kind, VideoMode


def check_sizes(row: Row, spec: ModelSpec, geometry: Geometry) -> None:
    """Refuse a model that offers a ratio at a resolution for which there is no size."""
    sizes = geometry.sizes_of(spec.kind)
    tiers = {*spec.resolutions, *(rule.resolution for rule in spec.forced.values() if rule.native is None)}
    tiers |= {tier for own in spec.resolutions_by.values() for tier in own}
    for ratio in spec.ratios:
        for tier in sorted(tiers - sizes[ratio].keys()):
            known = ", ".join(sizes[ratio])
            raise row.fault("ratios", f"{ratio} has no size at {tier} in geometry.toml; allowed there: {known}")


def check_video(row: Row, spec: ModelSpec, modes: Mapping[VideoMode, ModeSpec]) -> None:
    """Refuse a video model with a mode that no row describes, or a request for which there is no benefit."""
    if spec.video is None:
        return
    for mode in spec.video.modes:
        if mode not in modes:
            raise row.fault("video", f"there is no [mode.{mode}]; allowed: {', '.join(modes)}")
    if not spec.offered:
        return
    ends = (spec.video.seconds[0], spec.video.seconds[-1])
    for group in spec.keys:
        tiers = spec.resolutions_by.get(group, spec.resolutions)
        for mode, tier, with_video, seconds in product(spec.video.modes, tiers, (False, True), ends):
            if spec.video.find_benefit(Use(mode, tier, group, with_video, seconds)) is None:
                raise row.fault("video", f"no benefit fits {mode} at {tier} on {group}; allowed: one for every request")


def check_keys(models: Iterable[ModelSpec]) -> None:
    """Refuse a key that two models share on the same sites."""
    owners: dict[tuple[str, str], str] = {}
    for spec in models:
        for group, key in spec.keys.items():
            owner = owners.setdefault((group, key), spec.name)
            if owner != spec.name:
                raise CatalogError(
                    f'models.toml: model "{spec.name}": field "keys": {group} = "{key}" already belongs to '
                    f'"{owner}"; allowed: a key of its own'
                )


def check_alias(row: Row, alias: Alias, models: Mapping[str, ModelSpec]) -> None:
    """Refuse a name that leads nowhere, or to lengths that its model does not make."""
    spec = models.get(alias.target)
    if spec is None:
        raise row.fault("target", f"{alias.target!r} is not a model; allowed: the name of a [[model]] row")
    if spec.kind is Kind.VIDEO and alias.count != 1:
        raise row.fault("count", f"{alias.count} is impossible; allowed for a video: 1")
    made = spec.video.seconds if spec.video else ()
    for asked, true in alias.seconds.items():
        if true not in made:
            able = ", ".join(map(str, made)) or "none"
            raise row.fault("seconds", f"{asked} leads to {true}, which {spec.name} cannot do; allowed: {able}")
