"""Read what a caller says of the shape of a picture or video, and choose the native size that serves it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dreambridge.catalog.geometry import Geometry, deviation, proportions
from dreambridge.catalog.model import ModelSpec
from dreambridge.catalog.site import Site
from dreambridge.domain.errors import InvalidRequest, UnsupportedOption
from dreambridge.domain.generation import Dimensions, ImageWish

_PIXELS = re.compile(r"(\d{1,6})\s*[x×*]\s*(\d{1,6})", re.IGNORECASE)
_TIER = re.compile(r"\d{1,4}(\.\d)?[kp]")
_SIZE_FORMS = "allowed: WIDTHxHEIGHT such as 1024x1024, auto, a ratio such as 16:9, a resolution such as 2k"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a wish says of shape, after precedence: ratio and resolution beat size, size beats width and height.

    `ratio_field`, `tier_field` and `pixels_field` name the field each came from; `ignored` the overruled fields.
    """

    ratio: str | None = None
    tier: str | None = None
    pixels: Dimensions | None = None
    ratio_field: str = "ratio"
    tier_field: str = "resolution"
    pixels_field: str = "size"
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NativeSize:
    """One size a model makes on a site: the ratio and resolution that name it, and the resolution the draft says."""

    ratio: str
    tier: str
    native: Dimensions
    sent_tier: str

    def covers(self, pixels: Dimensions) -> bool:
        """Say whether a picture of these pixels can be had without scaling up."""
        return self.native.width >= pixels.width and self.native.height >= pixels.height

    def has_shape_of(self, pixels: Dimensions) -> bool:
        """Say whether the shapes differ by at most 2 %, so that a crop by a hair brings one to the other."""
        crossed = self.native.width * pixels.height, self.native.height * pixels.width
        return max(crossed) * 50 <= min(crossed) * 51


def read_asked(wish: ImageWish) -> Asked:
    """Read the shape a wish for pictures asks for; raise `InvalidRequest` for what cannot be read."""
    return read_shape(wish.ratio, wish.resolution, wish.size, width=wish.width, height=wish.height)


def read_shape(
    ratio: str | None, tier: str | None, size: str | None, *, width: int | None = None, height: int | None = None
) -> Asked:
    """Read what was said of shape, each as written; raise `InvalidRequest` for what cannot be read."""
    ratio, tier, size = _cleaned(ratio), _cleaned(tier), _cleaned(size)
    sides = tuple(name for name, value in (("width", width), ("height", height)) if value is not None)
    if size is None or size == "auto":
        if not sides or ratio:
            return Asked(ratio, tier, ignored=sides)
        pixels = _read_sides(width, height)
        return Asked(ratio, tier, pixels, pixels_field="width", ignored=sides if tier else ())
    beaten = ("size", *sides)
    if found := _PIXELS.fullmatch(size):
        pixels = _checked(int(found[1]), int(found[2]))
        return Asked(ratio, tier, None if ratio else pixels, ignored=beaten if ratio or tier else sides)
    if proportions(size):
        return Asked(ratio or size, tier, ratio_field="ratio" if ratio else "size", ignored=beaten if ratio else sides)
    if _TIER.fullmatch(size):
        return Asked(
            ratio, tier or size, tier_field="resolution" if tier else "size", ignored=beaten if tier else sides
        )
    raise InvalidRequest(f"size {size[:50]!r} cannot be read; {_SIZE_FORMS}.", param="size")


def _cleaned(text: str | None) -> str | None:
    return (text or "").strip().casefold().replace("：", ":") or None


def _checked(width: int, height: int) -> Dimensions:
    if not width or not height:
        raise InvalidRequest(f"size {width}x{height} has no pixels; {_SIZE_FORMS}.", param="size")
    return Dimensions(width, height)


def _read_sides(width: int | None, height: int | None) -> Dimensions:
    for name, value in (("width", width), ("height", height)):
        if value is None:
            raise InvalidRequest(
                f"{name} is missing; width and height are given together, in pixels.",
                param=name,
                code="missing_required_parameter",
            )
        if value < 1:
            raise InvalidRequest(
                f"{name} {value} is below its minimum, 1 pixel.", param=name, code="integer_below_min_value"
            )
    return Dimensions(width or 1, height or 1)


def list_sizes(spec: ModelSpec, site: Site, geometry: Geometry) -> tuple[NativeSize, ...]:
    """List the sizes a model makes on a site, smallest resolution first."""
    forced = spec.forced_on(site)
    if forced and forced.native and forced.ratio:
        tiers = spec.resolutions_on(site)
        return tuple(NativeSize(forced.ratio, tier, forced.native, forced.resolution) for tier in tiers)
    return tuple(
        NativeSize(ratio, tier, geometry.sizes_of(spec.kind)[ratio][tier], tier)
        for tier in spec.resolutions_on(site)
        for ratio in spec.ratios_on(site)
    )


@dataclass(frozen=True, slots=True)
class SizeMenu:
    """The sizes of one model on one site, smallest resolution first, and which of them are the defaults."""

    owner: str
    sizes: tuple[NativeSize, ...]
    default_ratio: str
    default_tier: str

    def choose(self, asked: Asked) -> tuple[NativeSize, Dimensions | None]:
        """Choose the size to ask of the site, and the exact pixels to deliver when they differ from it.

        Raises `InvalidRequest` or `UnsupportedOption`, naming what the model can do.
        """
        ratios = tuple(dict.fromkeys(size.ratio for size in self.sizes))
        tiers = tuple(dict.fromkeys(size.tier for size in self.sizes))
        if asked.ratio and asked.ratio not in ratios:
            raise self._refusal(
                "ratio", asked.ratio, asked.ratio_field, ratios, readable=bool(proportions(asked.ratio))
            )
        if asked.tier and asked.tier not in tiers:
            readable = bool(_TIER.fullmatch(asked.tier))
            raise self._refusal("resolution", asked.tier, asked.tier_field, tiers, readable=readable)
        if asked.pixels:
            return self._choose_for(asked.pixels, asked)
        tier = asked.tier or self.default_tier
        ratio = asked.ratio or self.default_ratio
        return next(size for size in self.sizes if (size.ratio, size.tier) == (ratio, tier)), None

    def _choose_for(self, pixels: Dimensions, asked: Asked) -> tuple[NativeSize, Dimensions | None]:
        pool = tuple(size for size in self.sizes if asked.tier in {None, size.tier})
        alike = [size for size in pool if size.has_shape_of(pixels)]
        if not alike:
            near = ", ".join(str(each) for each in _nearest(pixels, pool))
            raise UnsupportedOption(
                f"{self.owner} makes nothing of the shape {pixels}. The nearest sizes that work: {near}.",
                param=asked.pixels_field,
            )
        if asked.tier:
            return min(alike, key=lambda size: deviation(size.native, pixels)), None
        enough = [size for size in alike if size.covers(pixels)]
        if not enough:
            largest = max(alike, key=_area)
            raise UnsupportedOption(
                f"{self.owner} makes at most {largest.native} of this shape, and nothing is ever scaled up to "
                f"{pixels}.",
                param=asked.pixels_field,
            )
        best = min(enough, key=lambda size: (_area(size), deviation(size.native, pixels)))
        return best, None if best.native == pixels else pixels

    def nearest_to(self, frame: Dimensions, tier: str) -> NativeSize:
        """Find the size nearest in shape to a frame, at a resolution that the menu has."""
        return min((each for each in self.sizes if each.tier == tier), key=lambda each: deviation(each.native, frame))

    def _refusal(
        self, what: str, value: str, field: str, can: Iterable[str], *, readable: bool
    ) -> InvalidRequest | UnsupportedOption:
        able = ", ".join(can)
        if not readable:
            return InvalidRequest(f"{field} {value[:50]!r} is no {what}; {self.owner} can do: {able}.", param=field)
        return UnsupportedOption(f"{self.owner} cannot do the {what} {value}; it can do: {able}.", param=field)


def build_menu(spec: ModelSpec, site: Site, geometry: Geometry) -> SizeMenu:
    """Gather the sizes of a model on a site that has it."""
    tiers, ratios = spec.resolutions_on(site), spec.ratios_on(site)
    default_tier = spec.default_resolution
    return SizeMenu(
        owner=f"{spec.name} on {site.name}",
        sizes=list_sizes(spec, site, geometry),
        default_ratio=spec.default_ratio if spec.default_ratio in ratios else ratios[0],
        default_tier=default_tier if default_tier and default_tier in tiers else tiers[0],
    )


def _area(size: NativeSize) -> int:
    return size.native.width * size.native.height


def _nearest(pixels: Dimensions, pool: Sequence[NativeSize]) -> tuple[Dimensions, ...]:
    """Name a size that works in each of the two ratios nearest in shape, keeping the longer side where possible."""
    found: dict[str, Dimensions] = {}
    for size in sorted(pool, key=lambda each: (deviation(each.native, pixels), -_area(each))):
        if size.ratio not in found:
            largest = max((each for each in pool if each.ratio == size.ratio), key=_area)
            found[size.ratio] = _fitted(pixels, largest)
    return tuple(dict.fromkeys(found.values()))[:2]


def _fitted(pixels: Dimensions, size: NativeSize) -> Dimensions:
    wide, high = size.native.width, size.native.height
    scale = max(pixels.width, pixels.height) / max(wide, high)
    fitted = Dimensions(max(1, round(wide * scale)), max(1, round(high * scale)))
    return fitted if size.covers(fitted) and size.has_shape_of(fitted) else size.native
