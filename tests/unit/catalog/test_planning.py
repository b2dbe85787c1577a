"""A wish becomes a request the site can do, or is refused by the name of the field."""

import re
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dreambridge.catalog import Catalog, load_catalog, plan_image
from dreambridge.catalog.planning import split_count
from dreambridge.domain.errors import InvalidRequest, RequestError, UnsupportedOption
from dreambridge.domain.generation import Dimensions, ImageRequest, ImageWish, Kind, OutputFormat

CATALOG = load_catalog()
WISH = ImageWish(prompt="a red fox in snow")
EVERY_OFFER = [
    (spec.name, site)
    for spec in CATALOG.models.values()
    if spec.kind is Kind.IMAGE and spec.offered
    for site in CATALOG.sites_of(spec)
]


@pytest.fixture
def catalog() -> Catalog:
    return CATALOG


def wish(**fields: Any) -> ImageWish:
    return replace(WISH, **fields)


@pytest.mark.parametrize(("model", "site"), EVERY_OFFER)
def test_every_image_model_of_every_site_plans_with_defaults(catalog: Catalog, model: str, site: str) -> None:
    plan = plan_image(catalog, wish(model=model), site)
    spec = catalog.models[model]
    assert spec.counts
    assert (plan.model, plan.count, plan.parts) == (model, spec.counts.default, (spec.counts.default,))
    assert (plan.ratio, plan.exact, plan.ignored) == ("1:1", None, ())


@pytest.mark.parametrize(("model", "site"), EVERY_OFFER)
def test_every_ratio_and_resolution_on_offer_plans(catalog: Catalog, model: str, site: str) -> None:
    spec, place = catalog.models[model], catalog.site(site)
    for resolution in spec.resolutions_on(place):
        for ratio in spec.ratios_on(place):
            plan = plan_image(catalog, wish(model=model, ratio=ratio, resolution=resolution.upper()), site)
            assert plan.ratio == ratio
            if not spec.forced_on(place):
                assert plan.native == catalog.geometry.native(ratio, resolution)


@pytest.mark.parametrize(
    ("fields", "resolution", "native", "exact", "ignored"),
    [
        ({}, "2k", "2048x2048", None, ()),
        ({"size": "auto"}, "2k", "2048x2048", None, ()),
        ({"size": ""}, "2k", "2048x2048", None, ()),
        ({"size": "1024x1024"}, "2k", "2048x2048", "1024x1024", ()),
        ({"size": "512X512"}, "2k", "2048x2048", "512x512", ()),
        ({"size": "1536 × 1024"}, "2k", "2496x1664", "1536x1024", ()),
        ({"size": "1024*1536"}, "2k", "1664x2496", "1024x1536", ()),
        ({"size": "1792x1024"}, "2k", "2560x1440", "1792x1024", ()),
        ({"size": "2048x2048"}, "2k", "2048x2048", None, ()),
        ({"size": "2049x2049"}, "4k", "4096x4096", "2049x2049", ()),
        ({"size": "3840x2160"}, "4k", "5404x3040", "3840x2160", ()),
        ({"size": "16:9"}, "2k", "2560x1440", None, ()),
        ({"size": "9：16"}, "2k", "1440x2560", None, ()),
        ({"size": "4K"}, "4k", "4096x4096", None, ()),
        ({"ratio": "21:9", "resolution": "4K"}, "4k", "6197x2656", None, ()),
        ({"width": 1024, "height": 768}, "2k", "2304x1728", "1024x768", ()),
        ({"size": "auto", "width": 100, "height": 100}, "2k", "2048x2048", "100x100", ()),
        ({"ratio": "3:4", "size": "1024x1024"}, "2k", "1728x2304", None, ("size",)),
        ({"ratio": "3:4", "size": "16:9"}, "2k", "1728x2304", None, ("size",)),
        ({"resolution": "2k", "size": "4k"}, "2k", "2048x2048", None, ("size",)),
        ({"resolution": "4k", "size": "1024x1536"}, "4k", "3328x4992", None, ("size",)),
        ({"size": "1024x1024", "width": 9, "height": -1}, "2k", "2048x2048", "1024x1024", ("width", "height")),
        ({"size": "2k", "width": 9}, "2k", "2048x2048", None, ("width",)),
        ({"ratio": "1:1", "width": 9}, "2k", "2048x2048", None, ("width",)),
        ({"resolution": "4k", "width": 30, "height": 20}, "4k", "4992x3328", None, ("width", "height")),
        ({"ratio": "1:1", "size": "5x5", "height": 3}, "2k", "2048x2048", None, ("size", "height")),
    ],
)
def test_shape_follows_the_rules_of_precedence(
    catalog: Catalog, fields: dict[str, Any], resolution: str, native: str, exact: str | None, ignored: tuple[str, ...]
) -> None:
    plan = plan_image(catalog, wish(**fields), "cn")
    assert (plan.resolution, str(plan.native)) == (resolution, native)
    assert (str(plan.exact) if plan.exact else None, plan.ignored) == (exact, ignored)


def test_the_smallest_resolution_that_covers_the_size_is_chosen(catalog: Catalog) -> None:
    for size, resolution in (("1024x1024", "1k"), ("1328x1328", "1k"), ("1329x1329", "2k"), ("2100x2100", "4k")):
        assert plan_image(catalog, wish(model="jimeng-4.0", size=size), "us").resolution == resolution


@pytest.mark.parametrize(
    ("fields", "error", "param", "code", "words"),
    [
        ({"prompt": ""}, InvalidRequest, "prompt", "missing_required_parameter", "1 to 32000"),
        ({"prompt": " \n\t"}, InvalidRequest, "prompt", "missing_required_parameter", "empty"),
        ({"prompt": "x" * 32_001}, InvalidRequest, "prompt", "string_above_max_length", "32001"),
        ({"negative_prompt": "x" * 32_001}, InvalidRequest, "negative_prompt", "string_above_max_length", "32000"),
        ({"count": 0}, InvalidRequest, "n", "integer_below_min_value", "1 to 10"),
        ({"count": 11}, InvalidRequest, "n", "integer_above_max_value", "1 to 10"),
        ({"seed": 0}, InvalidRequest, "seed", "integer_below_min_value", "4294967295"),
        ({"seed": 2**32}, InvalidRequest, "seed", "integer_above_max_value", "4294967295"),
        ({"sample_strength": -0.1}, InvalidRequest, "sample_strength", "decimal_below_min_value", "0 to 1"),
        ({"sample_strength": 1.1}, InvalidRequest, "sample_strength", "decimal_above_max_value", "0 to 1"),
        ({"sample_strength": float("nan")}, InvalidRequest, "sample_strength", "decimal_above_max_value", "0 to 1"),
        ({"ratio": "5:4"}, UnsupportedOption, "ratio", "unsupported_option", "1:1, 3:4, 16:9"),
        ({"ratio": "wide"}, InvalidRequest, "ratio", "invalid_value", "21:9"),
        ({"size": "5:4"}, UnsupportedOption, "size", "unsupported_option", "1:1, 3:4, 16:9"),
        ({"resolution": "1k"}, UnsupportedOption, "resolution", "unsupported_option", "2k, 4k"),
        ({"resolution": "huge"}, InvalidRequest, "resolution", "invalid_value", "2k, 4k"),
        ({"size": "1k"}, UnsupportedOption, "size", "unsupported_option", "2k, 4k"),
        ({"size": "large"}, InvalidRequest, "size", "invalid_value", "1024x1024"),
        ({"size": "-5x5"}, InvalidRequest, "size", "invalid_value", "1024x1024"),
        ({"size": "0x5"}, InvalidRequest, "size", "invalid_value", "no pixels"),
        ({"size": "1000x700"}, UnsupportedOption, "size", "unsupported_option", "1000x667, 1000x750"),
        ({"size": "9000x9000"}, UnsupportedOption, "size", "unsupported_option", "at most 4096x4096"),
        ({"size": "1000x700", "resolution": "2k"}, UnsupportedOption, "size", "unsupported_option", "nearest"),
        ({"width": 10}, InvalidRequest, "height", "missing_required_parameter", "together"),
        ({"height": 10}, InvalidRequest, "width", "missing_required_parameter", "together"),
        ({"width": 10, "height": 0}, InvalidRequest, "height", "integer_below_min_value", "1 pixel"),
        ({"width": 700, "height": 1000}, UnsupportedOption, "width", "unsupported_option", "667x1000, 750x1000"),
        (
            {"intelligent_ratio": True, "ratio": "1:1"},
            InvalidRequest,
            "intelligent_ratio",
            "invalid_value",
            "ratio names one",
        ),
        (
            {"intelligent_ratio": True, "size": "1024x1024"},
            InvalidRequest,
            "intelligent_ratio",
            "invalid_value",
            "size names one",
        ),
        (
            {"intelligent_ratio": True, "model": "jimeng-4.7"},
            UnsupportedOption,
            "intelligent_ratio",
            "unsupported_option",
            "jimeng-4.5",
        ),
        ({"model": "nanobanana"}, UnsupportedOption, "model", "unsupported_option", "us, hk, jp, sg"),
    ],
)
def test_what_cannot_be_done_is_refused_by_name_with_what_can(
    catalog: Catalog, fields: dict[str, Any], error: type[RequestError], param: str, code: str, words: str
) -> None:
    with pytest.raises(error) as caught:
        plan_image(catalog, wish(**fields), "cn")
    assert (type(caught.value), caught.value.param, caught.value.specific_code) == (error, param, code)
    assert words in caught.value.message


def test_a_model_known_by_name_only_is_refused_clearly(catalog: Catalog) -> None:
    with pytest.raises(UnsupportedOption, match="known by name only") as caught:
        plan_image(catalog, wish(model="dreamina-lib-img-20260423"), "us")
    assert caught.value.param == "model"


def test_nanobanana_is_forced_as_each_site_does(catalog: Catalog) -> None:
    us = plan_image(catalog, wish(model="nanobanana"), "us")
    assert (us.resolution, us.ratio, us.native) == ("2k", "1:1", Dimensions(1024, 1024))
    assert plan_image(catalog, wish(model="nanobanana", resolution="1k", ratio="1:1"), "us") == us
    half = plan_image(catalog, wish(model="nanobanana", size="512x512"), "us")
    assert (half.native, half.exact) == (Dimensions(1024, 1024), Dimensions(512, 512))
    for site in ("hk", "jp", "sg"):
        asia = plan_image(catalog, wish(model="nanobanana", ratio="16:9"), site)
        assert (asia.resolution, asia.native) == ("1k", Dimensions(1664, 936))
    with pytest.raises(UnsupportedOption, match="it can do: 1:1") as caught:
        plan_image(catalog, wish(model="nanobanana", ratio="16:9"), "us")
    assert caught.value.param == "ratio"
    with pytest.raises(UnsupportedOption, match="nearest sizes that work: 1024x1024"):
        plan_image(catalog, wish(model="nanobanana", size="1536x1024"), "us")


@pytest.mark.parametrize(
    ("model", "count", "parts"),
    [
        ("jimeng-4.5", 1, (1,)),
        ("jimeng-4.5", 8, (8,)),
        ("jimeng-4.5", 9, (5, 4)),
        ("jimeng-4.5", 10, (5, 5)),
        ("jimeng-5.0-pro", 10, (4, 3, 3)),
        ("jimeng-3.0", 1, (4,)),
        ("jimeng-3.0", 6, (4, 4)),
        ("nanobanana", 10, (4, 4, 4)),
    ],
)
def test_pictures_are_spread_over_submissions_the_model_allows(
    catalog: Catalog, model: str, count: int, parts: tuple[int, ...]
) -> None:
    plan = plan_image(catalog, wish(model=model, count=count), "us")
    assert (plan.count, plan.parts) == (count, parts)


@pytest.mark.parametrize(("model", "site"), EVERY_OFFER)
def test_parts_stay_within_the_models_limits_and_suffice(catalog: Catalog, model: str, site: str) -> None:
    counts = catalog.models[model].counts
    assert counts
    for count in range(1, 11):
        parts = split_count(count, counts)
        assert sum(parts) >= count
        assert all(counts.minimum <= part <= counts.maximum for part in parts)
        assert len(parts) == -(-count // counts.maximum)


def test_a_request_that_names_no_count_makes_the_sites_default_or_one_for_built_in_names(catalog: Catalog) -> None:
    assert plan_image(catalog, wish(model="jimeng-4.5"), "cn").count == 4
    assert plan_image(catalog, wish(model="jimeng-5.0-pro"), "cn").count == 2
    assert plan_image(catalog, wish(model="dall-e-3"), "cn").count == 1
    assert plan_image(catalog, wish(model="gpt-image-2"), "us").count == 1
    assert plan_image(catalog, wish(default_model="jimeng-4.0"), "cn").model == "jimeng-4.0"


def test_everything_else_is_carried_over(catalog: Catalog) -> None:
    plan = plan_image(
        catalog,
        wish(
            model="DALL-E-3",
            negative_prompt="blur",
            sample_strength=0.0,
            intelligent_ratio=True,
            seed=7,
            output_format=OutputFormat.WEBP,
        ),
        "cn",
    )
    assert (plan.asked_model, plan.model) == ("DALL-E-3", "jimeng-4.5")
    assert (plan.negative_prompt, plan.sample_strength, plan.seed) == ("blur", 0.0, 7)
    assert (plan.intelligent_ratio, plan.output_format) == (True, OutputFormat.WEBP)
    assert plan_image(catalog, WISH, "cn").sample_strength == 0.5


SIDES = st.integers(1, 7000)
SIZES = st.one_of(
    st.tuples(SIDES, SIDES),
    # Shapes that some ratio nearly has: most random pairs have none.
    st.builds(
        lambda ratio, height, hair: (max(1, round(height * ratio * hair)), height),
        st.sampled_from([1, 4 / 3, 3 / 4, 16 / 9, 9 / 16, 3 / 2, 2 / 3, 21 / 9]),
        SIDES,
        st.floats(0.97, 1.03),
    ),
)


def attempt(site: str, **fields: Any) -> ImageRequest | RequestError:
    try:
        return plan_image(CATALOG, wish(**fields), site)
    except RequestError as refusal:
        return refusal


@given(offer=st.sampled_from(EVERY_OFFER), size=SIZES)
def test_a_size_is_served_from_a_native_at_least_as_large_and_of_its_shape(
    offer: tuple[str, str], size: tuple[int, int]
) -> None:
    (model, site), (width, height) = offer, size
    plan = attempt(site, model=model, size=f"{width}x{height}")
    assume(isinstance(plan, ImageRequest))
    assert isinstance(plan, ImageRequest)
    assert (plan.exact or plan.native) == Dimensions(width, height)
    assert width <= plan.native.width
    assert height <= plan.native.height
    shapes = Fraction(width, height), Fraction(plan.native.width, plan.native.height)
    assert max(shapes) / min(shapes) <= Fraction(102, 100)


@given(offer=st.sampled_from(EVERY_OFFER), size=SIZES)
def test_every_size_that_a_refusal_advises_works(offer: tuple[str, str], size: tuple[int, int]) -> None:
    (model, site), (width, height) = offer, size
    refusal = attempt(site, model=model, size=f"{width}x{height}")
    assume(isinstance(refusal, RequestError))
    assert isinstance(refusal, UnsupportedOption)
    assert refusal.param == "size"
    advised = re.findall(r"\d+x\d+", re.split(r"that work: |at most ", refusal.message)[1].split(" of this shape")[0])
    assert 1 <= len(advised) <= 2
    for other in advised:
        served = plan_image(CATALOG, wish(model=model, size=other), site)
        assert str(served.exact or served.native) == other


@given(size=st.text(max_size=20))
def test_any_text_for_a_size_is_read_or_refused_by_its_name(size: str) -> None:
    plan = attempt("sandbox", size=size)
    assert isinstance(plan, ImageRequest) or plan.param == "size"
