"""Ratio and resolution → pixels and the site's ratio code, as the rows of `geometry.toml`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from dreambridge.catalog.rows import Row
from dreambridge.domain.generation import Dimensions, Kind

MAX_SIDE = 16_384
"""No site makes a picture with a longer side; a larger number in the data is a slip."""

NOMINAL_TOLERANCE = 0.03
"""A size in the table may differ from its ratio's name by this much (21:9 at 1k differs by 2.1 %)."""


def deviation(one: Dimensions, other: Dimensions) -> float:
    """Measure how far two shapes differ: 0 when they are the same, 0.02 when one is 2 % wider."""
    crossed = one.width * other.height, one.height * other.width
    return max(crossed) / min(crossed) - 1


def proportions(ratio: str) -> Dimensions | None:
    """Read `16:9` as its two numbers; `None` when it is not of that form."""
    wide, colon, high = ratio.partition(":")
    if colon and wide.isdecimal() and high.isdecimal() and int(wide) and int(high):
        return Dimensions(int(wide), int(high))
    return None


@dataclass(frozen=True, slots=True)
class Geometry:
    """The sites' own table of sizes.

    `tiers` are the resolutions, smallest first; `codes` the number a site gives each ratio; `sizes` the native size
    of each ratio at each tier that has it. `video_tiers` and `video_sizes` are those of videos, whose requests never
    carry pixels: a size there is what the result is expected to be.
    """

    tiers: tuple[str, ...]
    codes: Mapping[str, int]
    sizes: Mapping[str, Mapping[str, Dimensions]]
    video_tiers: tuple[str, ...]
    video_sizes: Mapping[str, Mapping[str, Dimensions]]

    def tiers_of(self, kind: Kind) -> tuple[str, ...]:
        """List the resolutions of pictures or of videos, smallest first."""
        return self.video_tiers if kind is Kind.VIDEO else self.tiers

    def sizes_of(self, kind: Kind) -> Mapping[str, Mapping[str, Dimensions]]:
        """Give the sizes of pictures or of videos, by ratio and resolution."""
        return self.video_sizes if kind is Kind.VIDEO else self.sizes

    @property
    def ratios(self) -> tuple[str, ...]:
        """List the ratios by name."""
        return tuple(self.codes)

    def native(self, ratio: str, tier: str) -> Dimensions:
        """Give the size the site makes for a ratio at a resolution; both must be in the table."""
        return self.sizes[ratio][tier]

    def in_order(self, tiers: Iterable[str]) -> tuple[str, ...]:
        """Sort resolutions, smallest first."""
        return tuple(sorted(tiers, key=self.tiers.index))


def read_geometry(root: Row) -> Geometry:
    """Read `geometry.toml`; raise `CatalogError` when it cannot be used."""
    tiers, video_tiers = root.texts("tiers"), root.texts("video_tiers")
    codes: dict[str, int] = {}
    ratios = root.child("ratio")
    sizes = {}
    for name in ratios.names():
        row = ratios.child(name)
        sizes[name] = _read_sizes(row, name, tiers)
        code = row.whole("code", 1, 999)
        if code in codes.values():
            raise row.fault("code", f"{code} already belongs to another ratio; allowed: a code of its own")
        codes[name] = code
    videos = root.child("video")
    video_sizes = {name: _read_sizes(videos.child(name), name, video_tiers) for name in videos.names()}
    root.close()
    return Geometry(
        tiers=tiers,
        codes=MappingProxyType(codes),
        sizes=MappingProxyType(sizes),
        video_tiers=video_tiers,
        video_sizes=MappingProxyType(video_sizes),
    )


def _read_sizes(row: Row, name: str, tiers: tuple[str, ...]) -> Mapping[str, Dimensions]:
    """Read the sizes of one ratio, each of its shape, growing with the tiers."""
    shape = proportions(name)
    if shape is None:
        raise row.fault("ratio", f"{name!r} is not a ratio; allowed: two whole numbers such as 16:9")
    row.day("seen")
    table: dict[str, Dimensions] = {}
    for tier in tiers:
        if tier in row:
            native = Dimensions(*row.pair(tier, 1, MAX_SIDE))
            if deviation(native, shape) > NOMINAL_TOLERANCE:
                raise row.fault(tier, f"{native} is not the shape {name}; allowed: within 3 % of it")
            table[tier] = native
    areas = [each.width * each.height for each in table.values()]
    if areas != sorted(set(areas)):
        raise row.fault("tiers", "a larger tier has a smaller size; allowed: sizes that grow in the order of tiers")
    return MappingProxyType(table)
