"""Write docs/models.md from the catalogue: models, tools, names built into clients, sites and sizes."""

from collections.abc import Iterator, Mapping, Sequence

from scripts.generated.markdown import code, page, table
from scripts.generated.words import Words

from dreambridge.catalog import Alias, Catalog, ModelSpec
from dreambridge.domain.generation import Dimensions, Kind

HEADER = ("Model", "Sites", "Resolutions", "Ratios", "Pictures at once", "Credits each", "State", "Last seen")
VIDEO_HEADER = ("Model", "Sites", "Made from", "Resolutions", "Seconds", "Ratios", "Credits", "State", "Last seen")
TOOL_HEADER = ("Tool", "Name there", "For", "Credits", "Last seen")
ALIAS_HEADER = ("Name", "Stands for", "Pictures when `n` is absent", "Seconds asked: made")


def render_models(words: Words, catalog: Catalog) -> str:
    """Render the page."""
    parts = [*_models(words, catalog), *_others(words, catalog), *_sizes(words, catalog)]
    return page(words, "models", "Models", "`src/dreambridge/catalog/data`", *parts)


def _head(words: Words, names: Sequence[str]) -> tuple[str, ...]:
    return tuple(words.say(name) for name in names)


def _models(words: Words, catalog: Catalog) -> Iterator[str]:
    specs = catalog.models.values()
    yield words.say(
        "The resolution in bold is the one a request gets that names none. *Pictures at once* is the smallest and "
        "largest number in one submission, and how many the site makes when nobody says; a larger `n` is split. "
        "Credits are as observed, never a promise; a dash means unknown. `GET /v1/models` lists what you can use."
    )
    rows = [_model_row(words, catalog, each) for each in specs if each.kind is Kind.IMAGE]
    yield table(_head(words, HEADER), rows)
    yield f"## {words.say('Videos, sound and speech')}"
    yield words.say(
        "Seconds are the lengths a model makes, in bold the one of a request that says none; credits are for each "
        "second unless it says otherwise. What is not offered is known by name only."
    )
    rows = [_video_row(words, catalog, each) for each in specs if each.kind is not Kind.IMAGE]
    yield table(_head(words, VIDEO_HEADER), rows)


def _others(words: Words, catalog: Catalog) -> Iterator[str]:
    yield f"## {words.say('Tools')}"
    yield words.say(
        "These work on something already made. They are experimental: their requests were seen in part only."
    )
    tools = [
        (
            code(each.name),
            each.title,
            words.say(each.kind.value),
            "—" if each.price is None else f"{each.price:g}",
            str(each.seen),
        )
        for each in catalog.tools.values()
    ]
    yield table(_head(words, TOOL_HEADER), tools)
    yield f"## {words.say('Names that clients have built in')}"
    yield words.say("These stand for a model above, unless the site itself lists a model of that name.")
    yield table(_head(words, ALIAS_HEADER), [_alias_row(each) for each in catalog.aliases.values()])
    yield f"## {words.say('Sites')}"
    sites = [
        (code(each.name), each.title_zh if words.chinese else each.title_en, str(each.seen))
        for each in catalog.sites.values()
    ]
    yield table(_head(words, ("Site", "Name", "Last seen")), sites)


def _sizes(words: Words, catalog: Catalog) -> Iterator[str]:
    geometry = catalog.geometry
    yield f"## {words.say('Sizes')}"
    yield words.say(
        "Width × height in pixels. Another `size` is made from the nearest of these that has the same shape."
    )
    yield table((words.say("Ratio"), *geometry.tiers), _size_rows(geometry.sizes, geometry.tiers))
    yield words.say("Videos: requests carry no pixels, so these are the sizes to expect.")
    yield table((words.say("Ratio"), *geometry.video_tiers), _size_rows(geometry.video_sizes, geometry.video_tiers))


def _size_rows(sizes: Mapping[str, Mapping[str, Dimensions]], tiers: Sequence[str]) -> list[tuple[str, ...]]:
    found = {ratio: [own.get(tier) for tier in tiers] for ratio, own in sizes.items()}
    return [
        (code(ratio), *(f"{each.width} × {each.height}" if each else "—" for each in own))
        for ratio, own in found.items()
    ]


def _alias_row(alias: Alias) -> tuple[str, ...]:
    lengths = ", ".join(f"{asked}: {made}" for asked, made in alias.seconds.items())
    return code(alias.name), code(alias.target), str(alias.count), lengths or "—"


def _model_row(words: Words, catalog: Catalog, model: ModelSpec) -> tuple[str, ...]:
    counts = model.counts
    return (
        _names(words, model),
        ", ".join(catalog.sites_of(model)) or "—",
        _tiers(model),
        ", ".join(model.ratios) or "—",
        f"{counts.minimum}–{counts.maximum}; {counts.default}" if counts else "—",
        ", ".join(f"{tier}: {price:g}" for tier, price in model.price.items()) or "—",
        _state(words, model),
        str(model.seen),
    )


def _video_row(words: Words, catalog: Catalog, model: ModelSpec) -> tuple[str, ...]:
    made = (_state(words, model), str(model.seen))
    sites = ", ".join(catalog.sites_of(model))
    if model.video is None:
        return (_names(words, model), sites, "—", "—", "—", "—", "—", *made)
    video, own = model.video, model.resolutions_by.items()
    more = [
        words.say("{tiers} on {sites}", tiers=code(*tiers), sites=", ".join(_sites_in(catalog, model, group)))
        for group, tiers in own
    ]
    price = "{tier}: {price} a video" if video.per_clip else "{tier}: {price}"
    return (
        _names(words, model) + (f"<br>{words.say('members only')}" if model.members_only else ""),
        sites,
        ", ".join(f"`{mode}`" for mode in video.modes),
        "<br>".join((_tiers(model), *more)),
        _lengths(words, model),
        ", ".join(model.ratios),
        ", ".join(words.say(price, tier=tier, price=f"{each:g}") for tier, each in video.price.items()) or "—",
        *made,
    )


def _lengths(words: Words, model: ModelSpec) -> str:
    """Tell the lengths of a video: some numbers, or all from one to another; in bold the usual one."""
    video = model.video
    if video is None or len(video.seconds) == 1:
        return f"**{video.seconds[0]}**" if video else "—"
    first, to, last = video.lengths.partition(" to ")
    return f"{words.say('{first} to {last}', first=first, last=last) if to else first}; **{video.default_seconds}**"


def _state(words: Words, model: ModelSpec) -> str:
    state = words.say(model.status.value)
    return state if model.offered else words.say("{state}, not offered", state=state)


def _sites_in(catalog: Catalog, model: ModelSpec, group: str) -> list[str]:
    return [site.name for site in catalog.sites.values() if model.group_on(site) == group]


def _tiers(model: ModelSpec) -> str:
    marks = (f"**`{each}`**" if each == model.default_resolution else f"`{each}`" for each in model.resolutions)
    return ", ".join(marks) or "—"


def _names(words: Words, model: ModelSpec) -> str:
    names = code(model.name)
    if model.aliases:
        names += f"<br>{words.say('also {names}', names=code(*model.aliases))}"
    return names + (f"<br>{model.title}" if model.title else "")
