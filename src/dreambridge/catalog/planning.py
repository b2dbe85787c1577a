"""Check a wish against a model on a site: what comes out can be asked of the site, or it is refused by name."""

from dreambridge.catalog.agent_planning import refuse_agent
from dreambridge.catalog.bounds import MAX_SEED, check_length, check_prompt, check_share, check_whole
from dreambridge.catalog.catalog import Catalog
from dreambridge.catalog.model import Counts, ModelSpec
from dreambridge.catalog.references import MAX_SERIES, SERIES_COUNT, check_references, check_series
from dreambridge.catalog.sizing import Asked, build_menu, read_asked
from dreambridge.domain.errors import InvalidRequest, UnsupportedOption
from dreambridge.domain.generation import ImageRequest, ImageWish, Kind

MAX_COUNT = 10
DEFAULT_STRENGTH = 0.5


def plan_image(catalog: Catalog, wish: ImageWish, site: str) -> ImageRequest:
    """Turn a wish into a request that `site` can do; touches no network, spends nothing.

    Raises `InvalidRequest`, `UnknownModel` or `UnsupportedOption`; each names the field, its limits and what the model
    can do there.
    """
    _check_values(wish)
    asked_model = (wish.model or "").strip() or wish.default_model
    refuse_agent(asked_model)
    spec = catalog.resolve(asked_model, site)
    counts = _require_image(spec)
    check_references(catalog, wish, spec, site)
    check_series(catalog, wish, spec, site)
    asked = read_asked(wish)
    if wish.intelligent_ratio:
        _check_intelligent(catalog, spec, site, asked)
    size, exact = build_menu(spec, catalog.site(site), catalog.geometry).choose(asked)
    count = wish.count if wish.count is not None else _default_count(catalog, wish, asked_model, counts)
    bare = not wish.inputs
    return ImageRequest(
        prompt=wish.prompt,
        model=spec.name,
        asked_model=asked_model,
        count=count,
        # The model itself decides how many pictures a series has: it is one submission, whatever is expected of it.
        parts=(count,) if wish.series else split_count(count, counts),
        ratio=size.ratio,
        resolution=size.sent_tier,
        native=size.native,
        exact=exact,
        negative_prompt=(wish.negative_prompt or "") if bare else "",
        sample_strength=DEFAULT_STRENGTH if wish.sample_strength is None else wish.sample_strength,
        intelligent_ratio=wish.intelligent_ratio,
        seed=wish.seed if bare else None,
        output_format=wish.output_format,
        ignored=(*asked.ignored, *_ignored(wish)),
        inputs=wish.inputs,
        strength=DEFAULT_STRENGTH if bare or wish.strength is None else wish.strength,
        series=wish.series,
    )


def split_count(count: int, counts: Counts) -> tuple[int, ...]:
    """Spread `count` pictures evenly over as few submissions as the model allows, none below its minimum."""
    submissions = -(-count // counts.maximum)
    share, rest = divmod(count, submissions)
    return tuple(max(share + (part < rest), counts.minimum) for part in range(submissions))


def _default_count(catalog: Catalog, wish: ImageWish, asked_model: str, counts: Counts) -> int:
    if wish.series:
        return SERIES_COUNT
    alias = catalog.alias(asked_model)
    return alias.count if alias else counts.default


def _require_image(spec: ModelSpec) -> Counts:
    if spec.kind is not Kind.IMAGE:
        raise UnsupportedOption(f"The model {spec.name} makes {spec.kind}, not pictures.", param="model")
    if not spec.offered or spec.counts is None:
        raise UnsupportedOption(
            f"The model {spec.name} is known by name only; what it can make is not, so it cannot be asked for.",
            param="model",
        )
    return spec.counts


def _check_intelligent(catalog: Catalog, spec: ModelSpec, site: str, asked: Asked) -> None:
    if not spec.intelligent_ratio:
        raise UnsupportedOption(
            f"{spec.name} cannot choose the ratio itself. Models on {site} that can: "
            f"{catalog.able(site, lambda each: each.intelligent_ratio)}.",
            param="intelligent_ratio",
        )
    named = asked.ratio_field if asked.ratio else asked.pixels_field if asked.pixels else None
    if named:
        raise InvalidRequest(
            f"intelligent_ratio lets the model choose the shape, and {named} names one; send only one of them.",
            param="intelligent_ratio",
        )


def _check_values(wish: ImageWish) -> None:
    check_prompt(wish.prompt)
    check_length("negative_prompt", wish.negative_prompt or "")
    check_whole("n", wish.count, 1, MAX_SERIES if wish.series else MAX_COUNT)
    check_whole("seed", wish.seed, 1, MAX_SEED)
    check_share("sample_strength", wish.sample_strength)


def _ignored(wish: ImageWish) -> tuple[str, ...]:
    """Name what has no effect: with inputs a request carries neither seed nor negative prompt, without no strength."""
    said = {"negative_prompt": wish.negative_prompt, "seed": wish.seed} if wish.inputs else {"strength": wish.strength}
    return tuple(name for name, value in said.items() if value not in {None, ""})
