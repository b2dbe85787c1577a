"""Ratio and resolution → pixels and the site's ratio code, as the rows of `geometry.toml`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from dreambridge.catalog.rows import Row
from dreambridge.domain.generation import Dimensions

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
    of each ratio at each tier that has it.
    """

    tiers: tuple[str, ...]
    codes: Mapping[str, int]
    sizes: Mapping[str, Mapping[str, Dimensions]]

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
    tiers = root.texts("tiers")
    codes: dict[str, int] = {}
    sizes: dict[str, Mapping[str, Dimensions]] = {}
    ratios = root.child("ratio")
    for name in ratios.names():
        row = ratios.child(name)
        shape = proportions(name)
        if shape is None:
            raise row.fault("ratio", f"{name!r} is not a ratio; allowed: two whole numbers such as 16:9")
        code = row.whole("code", 1, 999)
        if code in codes.values():
            raise row.fault("code", f"{code} already belongs to another ratio; allowed: a code of its own")
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
        codes[name] = code
        sizes[name] = MappingProxyType(table)
    root.close()
    return Geometry(tiers=tiers, codes=MappingProxyType(codes), sizes=MappingProxyType(sizes))
