"""What the catalogue offers, as rows: one for each site, model and mode, with the wish that tries it and its price."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from dreambridge.catalog import Catalog, ModelSpec, Site, plan_image, plan_video
from dreambridge.domain.generation import (
    Dimensions,
    Frame,
    GenerationRequest,
    ImageWish,
    InputKind,
    Kind,
    MediaInput,
    VideoMode,
    VideoWish,
)

SERIES_PICTURES = 2


@dataclass(frozen=True, slots=True)
class Row:
    """One thing the catalogue says can be made: `mode` is text, inputs or series of pictures, or a video's mode."""

    site: str
    spec: ModelSpec
    mode: str

    @property
    def name(self) -> str:
        """Give what the row is called on every site."""
        return f"{self.spec.name}:{self.mode}"

    @property
    def is_video(self) -> bool:
        """Say whether it makes a video."""
        return self.spec.kind is Kind.VIDEO


@dataclass(frozen=True, slots=True)
class Materials:
    """What rows are made from: three pictures, a short video and a short sound."""

    pictures: tuple[MediaInput, ...]
    video: MediaInput
    sound: MediaInput


def list_rows(catalog: Catalog) -> Iterator[Row]:
    """List all rows, sites in the order of their file; retired models too, as far as they can be asked for."""
    for site in catalog.sites.values():
        for spec in catalog.models.values():
            if spec.offered and spec.key_on(site):
                yield from (Row(site.name, spec, mode) for mode in _modes(spec, site))


def _modes(spec: ModelSpec, site: Site) -> Iterator[str]:
    if spec.video is not None:
        yield from spec.video.modes
    elif spec.kind is Kind.IMAGE:
        yield "text"
        if spec.max_inputs_on(site):
            yield "inputs"
        if spec.multi_image:
            yield "series"


def once_each(rows: Iterable[Row]) -> list[Row]:
    """Choose one row of each name; the sites take turns, so that every site has some."""
    by_name: dict[str, list[Row]] = {}
    for row in rows:
        by_name.setdefault(row.name, []).append(row)
    used: dict[str, int] = {}
    chosen = []
    for same in by_name.values():
        row = min(same, key=lambda each: used.get(each.site, 0))
        used[row.site] = used.get(row.site, 0) + 1
        chosen.append(row)
    return chosen


def wish_for(row: Row, materials: Materials, catalog: Catalog) -> ImageWish | VideoWish:
    """Say what tries a row: the least that it takes, so that it costs little where credit is real."""
    if not row.is_video:
        return _image_wish(row, materials, catalog)
    spec, video = row.spec, row.spec.video
    if video is None:
        raise ValueError(f"{row.name} has no part about videos")
    mode = VideoMode(row.mode)
    tiers = spec.resolutions_on(catalog.site(row.site))
    resolution = next((tier for tier in tiers if tier in video.price), tiers[0] if tiers else None)
    prompt = "a red balloon rises over a quiet lake"
    inputs: tuple[MediaInput, ...] = ()
    frames: tuple[Frame, ...] = ()
    if mode is VideoMode.MULTI_FRAME and video.multi_frame:
        limits = video.multi_frame
        inputs = materials.pictures[: max(limits.least, 2)]
        each = max(limits.seconds[0], -(-limits.least_seconds // len(inputs)))
        frames = tuple(Frame(number, each, f"shot {number + 1}") for number in range(len(inputs)))
    elif mode is VideoMode.OMNI_REFERENCE:
        inputs = tuple(_references(row, materials))
        prompt = "the balloon of @1 rises" + "".join(f", with @{number}" for number in range(2, len(inputs) + 1))
    elif mode is not VideoMode.TEXT:
        inputs = materials.pictures[: 1 if mode is VideoMode.FIRST_FRAME else 2]
    return VideoWish(
        prompt,
        model=spec.name,
        mode=mode,
        resolution=resolution,
        seconds=None if frames else video.seconds[0],
        inputs=inputs,
        frames=frames,
    )


def _references(row: Row, materials: Materials) -> Iterator[MediaInput]:
    """Give one input of each kind that may go with a prompt, the picture first."""
    omni = row.spec.video.omni if row.spec.video else None
    if omni is None:
        raise ValueError(f"{row.name} has no limits of references")
    given = (materials.pictures[0], materials.video, materials.sound)
    yield from [each for each in given if omni.of(each.kind).most != 0][: omni.total]


def _image_wish(row: Row, materials: Materials, catalog: Catalog) -> ImageWish:
    spec = row.spec
    tiers = spec.resolutions_on(catalog.site(row.site))
    resolution = next((tier for tier in tiers if tier in spec.price), None)
    if row.mode == "series":
        return ImageWish(
            "a lake in spring and in autumn", model=spec.name, count=SERIES_PICTURES, series=True, resolution=resolution
        )
    inputs = materials.pictures[: min(2, spec.max_inputs_on(catalog.site(row.site)))] if row.mode == "inputs" else ()
    prompt = "put the balloon over the lake" if inputs else "a red balloon over a quiet lake"
    return ImageWish(prompt, model=spec.name, count=1, inputs=inputs, resolution=resolution)


def plan_row(row: Row, materials: Materials, catalog: Catalog) -> GenerationRequest:
    """Check a row's wish as the gateway will; raise what the catalogue raises when it refuses its own row."""
    wish = wish_for(row, materials, catalog)
    if isinstance(wish, VideoWish):
        return plan_video(catalog, wish, row.site)
    return plan_image(catalog, wish, row.site)


def forecast(row: Row, catalog: Catalog) -> float | None:
    """Forecast what a row costs, in credits; `None` when no price is known."""
    return row.spec.forecast(plan_row(row, _DESCRIBED, catalog))


def within_budget(
    rows: Sequence[Row], catalog: Catalog, *, budget: float, named: bool
) -> tuple[list[Row], list[tuple[Row, str]]]:
    """Choose the rows whose forecasts together stay within a budget, in order; give the others with a reason.

    A row without a known price is taken only when it was `named`, and counts as nothing.
    """
    chosen, left, spent = [], [], 0.0
    for row in rows:
        price = forecast(row, catalog)
        if price is None and not named:
            left.append((row, "its price is not known; name it to run it all the same"))
        elif price is not None and spent + price > budget:
            left.append((row, f"{price:g} credits are beyond the budget, {spent:g} of {budget:g} being taken"))
        else:
            spent += price or 0.0
            chosen.append(row)
    return chosen, left


def _described(kind: InputKind, number: int, size: Dimensions | None, seconds: float | None) -> MediaInput:
    form = {InputKind.IMAGE: "png", InputKind.VIDEO: "mp4", InputKind.AUDIO: "wav"}[kind]
    digest = f"{number:064d}"
    return MediaInput(digest, kind, f"{kind}/{form}", form, 100_000, f"00/{digest}.{form}", size, seconds)


# Materials as numbers alone, for a price before anything exists; `materials.py` makes the real ones of this size.
_DESCRIBED = Materials(
    tuple(_described(InputKind.IMAGE, number, Dimensions(640, 360), None) for number in range(3)),
    _described(InputKind.VIDEO, 3, Dimensions(640, 640), 2.5),
    _described(InputKind.AUDIO, 4, None, 2.5),
)
