"""Check a wish against a model on a site: what comes out can be asked of the site, or it is refused by name."""

from dreambridge.catalog.catalog import Catalog
from dreambridge.catalog.model import Counts, ModelSpec
from dreambridge.catalog.sizing import Asked, build_menu, read_asked
from dreambridge.domain.errors import InvalidRequest, UnsupportedOption
from dreambridge.domain.generation import ImageRequest, ImageWish, Kind

MAX_PROMPT = 32_000
MAX_COUNT = 10
MAX_SEED = 2**32 - 1
DEFAULT_STRENGTH = 0.5


def plan_image(catalog: Catalog, wish: ImageWish, site: str) -> ImageRequest:
    """Turn a wish into a request that `site` can do; touches no network, spends nothing.

    Raises `InvalidRequest`, `UnknownModel` or `UnsupportedOption`; each names the field, its limits and what the model
    can do there.
    """
    _check_texts(wish)
    _check_numbers(wish)
    asked_model = (wish.model or "").strip() or wish.default_model
    spec = catalog.resolve(asked_model, site)
    counts = _require_image(spec)
    asked = read_asked(wish)
    if wish.intelligent_ratio:
        _check_intelligent(catalog, spec, site, asked)
    size, exact = build_menu(spec, catalog.site(site), catalog.geometry).choose(asked)
    count = wish.count if wish.count is not None else _default_count(catalog, asked_model, counts)
    return ImageRequest(
        prompt=wish.prompt,
        model=spec.name,
        asked_model=asked_model,
        count=count,
        parts=split_count(count, counts),
        ratio=size.ratio,
        resolution=size.sent_tier,
        native=size.native,
        exact=exact,
        negative_prompt=wish.negative_prompt or "",
        sample_strength=DEFAULT_STRENGTH if wish.sample_strength is None else wish.sample_strength,
        intelligent_ratio=wish.intelligent_ratio,
        seed=wish.seed,
        output_format=wish.output_format,
        ignored=asked.ignored,
    )


def split_count(count: int, counts: Counts) -> tuple[int, ...]:
    """Spread `count` pictures evenly over as few submissions as the model allows, none below its minimum."""
    submissions = -(-count // counts.maximum)
    share, rest = divmod(count, submissions)
    return tuple(max(share + (part < rest), counts.minimum) for part in range(submissions))


def _default_count(catalog: Catalog, asked_model: str, counts: Counts) -> int:
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
        able = [entry.id for entry in catalog.listed((site,)) if entry.spec.intelligent_ratio and not entry.alias_of]
        raise UnsupportedOption(
            f"{spec.name} cannot choose the ratio itself. Models on {site} that can: {', '.join(able) or 'none'}.",
            param="intelligent_ratio",
        )
    named = asked.ratio_field if asked.ratio else asked.pixels_field if asked.pixels else None
    if named:
        raise InvalidRequest(
            f"intelligent_ratio lets the model choose the shape, and {named} names one; send only one of them.",
            param="intelligent_ratio",
        )


def _check_texts(wish: ImageWish) -> None:
    if not wish.prompt.strip():
        raise InvalidRequest(
            f"prompt is missing or empty; allowed: 1 to {MAX_PROMPT} characters.",
            param="prompt",
            code="missing_required_parameter",
        )
    for name, text in (("prompt", wish.prompt), ("negative_prompt", wish.negative_prompt or "")):
        if len(text) > MAX_PROMPT:
            raise InvalidRequest(
                f"{name} has {len(text)} characters; allowed: at most {MAX_PROMPT}.",
                param=name,
                code="string_above_max_length",
            )


def _check_numbers(wish: ImageWish) -> None:
    for name, value, low, high in (("n", wish.count, 1, MAX_COUNT), ("seed", wish.seed, 1, MAX_SEED)):
        if value is not None and not low <= value <= high:
            raise InvalidRequest(
                f"{name} is {value}; allowed: a whole number from {low} to {high}.",
                param=name,
                code="integer_below_min_value" if value < low else "integer_above_max_value",
            )
    strength = wish.sample_strength
    # Written so that NaN, which no comparison holds for, is refused too.
    if strength is not None and not 0 <= strength <= 1:
        raise InvalidRequest(
            f"sample_strength is {strength}; allowed: a number from 0 to 1.",
            param="sample_strength",
            code="decimal_below_min_value" if strength < 0 else "decimal_above_max_value",
        )
