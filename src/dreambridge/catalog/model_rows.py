"""Read the models and the names that clients have built in, as rows of `models.toml`."""

from types import MappingProxyType

from dreambridge.catalog.geometry import MAX_SIDE, Geometry
from dreambridge.catalog.model import Alias, Counts, Forced, ModelSpec, ModelStatus
from dreambridge.catalog.rows import Row
from dreambridge.catalog.video_rows import MAX_PRICE, MAX_SECONDS, read_version, read_video
from dreambridge.domain.generation import Dimensions, Kind

MAX_COUNT = 100
MAX_INPUTS = 100


def read_model(row: Row, geometry: Geometry, groups: tuple[str, ...]) -> ModelSpec:
    """Read one `[[model]]`; raise `CatalogError` when it cannot be used."""
    kind, offered = Kind(row.text("kind", tuple(Kind))), row.flag("offered")
    key_table = row.child("keys")
    keys = {group: key_table.text(group) for group in key_table.names(groups)}
    prices = row.child("price") if "price" in row else None
    forced = row.child("forced") if "forced" in row else None
    resolutions = _read_resolutions(row, "resolutions", geometry.tiers_of(kind))
    resolutions_by = _read_resolutions_by(row, geometry.tiers_of(kind), tuple(keys))
    video = read_video(row.child("video"), geometry.tiers_of(kind), tuple(keys)) if "video" in row else None
    spec = ModelSpec(
        name=row.text("name"),
        kind=kind,
        aliases=row.texts("aliases"),
        title=row.text_or_none("title"),
        keys=MappingProxyType(keys),
        resolutions=resolutions,
        default_resolution=row.text_or_none("default_resolution", resolutions),
        ratios=row.texts_or_none("ratios", tuple(geometry.sizes_of(kind))),
        max_inputs=row.whole("max_inputs", 0, MAX_INPUTS) if "max_inputs" in row else 0,
        counts=_read_counts(row.child("count")) if "count" in row else None,
        intelligent_ratio=row.flag("intelligent_ratio", default=False),
        multi_image=row.flag("multi_image", default=False),
        draft_version=read_version(row, "draft_version"),
        forced=MappingProxyType(_read_forced(forced, geometry, groups) if forced else {}),
        price=MappingProxyType({t: prices.amount(t, MAX_PRICE) for t in prices.names(resolutions)} if prices else {}),
        status=ModelStatus(row.text("status", tuple(ModelStatus))),
        offered=offered,
        seen=row.day("seen"),
        video=video,
        resolutions_by=MappingProxyType(resolutions_by),
        max_inputs_by=MappingProxyType(_read_max_inputs_by(row, tuple(keys))),
        members_only=row.flag("members_only", default=False),
    )
    if not spec.keys:
        raise row.fault("keys", f"is empty; allowed: a key for at least one of {', '.join(groups)}")
    _check_kind(row, spec)
    if offered:
        _check_complete(row, spec)
    row.close()
    return spec


def _read_resolutions(row: Row, name: str, tiers: tuple[str, ...]) -> tuple[str, ...]:
    resolutions = row.texts_or_none(name, tiers)
    if list(resolutions) != sorted(resolutions, key=tiers.index):
        raise row.fault(name, f"are not in order; allowed: from small to large, as in {', '.join(tiers)}")
    return resolutions


def _read_resolutions_by(row: Row, tiers: tuple[str, ...], groups: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    if "resolutions_by" not in row:
        return {}
    table = row.child("resolutions_by")
    return {group: _read_resolutions(table, group, tiers) for group in table.names(groups)}


def _read_max_inputs_by(row: Row, groups: tuple[str, ...]) -> dict[str, int]:
    if "max_inputs_by" not in row:
        return {}
    table = row.child("max_inputs_by")
    return {group: table.whole(group, 0, MAX_INPUTS) for group in table.names(groups)}


def _read_counts(row: Row) -> Counts:
    counts = Counts(row.whole("min", 1, MAX_COUNT), row.whole("max", 1, MAX_COUNT), row.whole("default", 1, MAX_COUNT))
    if not counts.minimum <= counts.default <= counts.maximum:
        raise row.fault("default", f"{counts.default} is impossible; allowed: min ≤ default ≤ max")
    return counts


def _read_forced(row: Row, geometry: Geometry, groups: tuple[str, ...]) -> dict[str, Forced]:
    found = {}
    for group in row.names(groups):
        rule = row.child(group)
        size = Dimensions(*rule.pair("size", 1, MAX_SIDE)) if "size" in rule else None
        tiers, ratios = geometry.tiers, geometry.ratios
        found[group] = Forced(rule.text("resolution", tiers), rule.text_or_none("ratio", ratios), size)
        if size is not None and found[group].ratio is None:
            raise rule.fault("ratio", "is missing; allowed: the ratio that belongs to the forced size")
    return found


def _check_kind(row: Row, spec: ModelSpec) -> None:
    """Refuse what belongs to pictures in a video's row, and the other way round."""
    is_video = spec.kind is Kind.VIDEO
    alien = ("count", "price", "max_inputs", "forced", "intelligent_ratio", "multi_image") if is_video else ("video",)
    for name in alien:
        if name in row:
            raise row.fault(name, f"does not belong to a model that makes {spec.kind}")


def _check_complete(row: Row, spec: ModelSpec) -> None:
    if spec.kind is Kind.AUDIO:
        raise row.fault("offered", "is true; allowed for models that make sound: offered = false")
    for name, value in (
        ("resolutions", spec.resolutions),
        ("default_resolution", spec.default_resolution),
        ("ratios", spec.ratios),
        ("video", spec.video) if spec.kind is Kind.VIDEO else ("count", spec.counts),
    ):
        if not value:
            raise row.fault(name, "is missing; a model is only offered when it is known (else: offered = false)")
    for group, resolutions in spec.resolutions_by.items():
        if spec.default_resolution not in resolutions:
            raise row.fault("resolutions_by", f"{group} lacks the default resolution {spec.default_resolution}")


def read_alias(row: Row) -> Alias:
    """Read one `[[alias]]`; raise `CatalogError` when it cannot be used."""
    table = row.child("seconds") if "seconds" in row else None
    seconds = {}
    for name in table.names() if table else ():
        if table and not name.isdecimal():
            raise table.fault(name, "is not a number of seconds; allowed: whole numbers in quotes")
        seconds[int(name)] = table.whole(name, 1, MAX_SECONDS) if table else 0
    default = row.whole("default_seconds", 1, MAX_SECONDS) if "default_seconds" in row else None
    if default is not None and default not in seconds:
        raise row.fault("default_seconds", f"{default} is not in seconds; allowed: {', '.join(map(str, seconds))}")
    alias = Alias(
        name=row.text("name"),
        target=row.text("target"),
        count=row.whole("count", 1, 10),
        seen=row.day("seen"),
        seconds=MappingProxyType(seconds),
        default_seconds=default,
    )
    row.close()
    return alias
