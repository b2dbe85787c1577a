"""Pictures made from pictures, and series of them."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreambridge.catalog import Catalog, load_catalog, plan_image, wants_series
from dreambridge.domain.errors import InputUnusable, InvalidRequest, RequestError, UnsupportedOption
from dreambridge.domain.generation import Dimensions, ImageWish, InputKind, Kind, MediaInput

CATALOG = load_catalog()
PICTURE = MediaInput("0" * 64, InputKind.IMAGE, "image/png", "png", 2_000_000, "0.png", Dimensions(1280, 720))
TAKING = [
    (spec.name, site, spec.max_inputs_on(CATALOG.site(site)))
    for spec in CATALOG.models.values()
    if spec.kind is Kind.IMAGE and spec.offered
    for site in CATALOG.sites_of(spec)
]


@pytest.fixture
def catalog() -> Catalog:
    return CATALOG


def wish(**fields: Any) -> ImageWish:
    return ImageWish(**{"prompt": "a hat on the cat"} | fields)


@pytest.mark.parametrize(("model", "site", "most"), TAKING)
def test_every_model_takes_as_many_pictures_as_its_limit_and_no_more(
    catalog: Catalog, model: str, site: str, most: int
) -> None:
    if most:
        inputs = (PICTURE,) * most
        plan = plan_image(catalog, wish(model=model, inputs=inputs), site)
        assert (plan.inputs, plan.strength, plan.seed, plan.negative_prompt) == (inputs, 0.5, None, "")
    with pytest.raises(InvalidRequest if most else UnsupportedOption) as caught:
        plan_image(catalog, wish(model=model, inputs=(PICTURE,) * (most + 1)), site)
    assert caught.value.param == "images"
    assert f"takes at most {most}" in caught.value.message or "Models on" in caught.value.message


def test_eleven_inputs_where_ten_is_the_limit_are_refused_with_it(catalog: Catalog) -> None:
    with pytest.raises(InvalidRequest, match=r"images has 11 pictures; jimeng-4\.5 on cn takes at most 10") as caught:
        plan_image(catalog, wish(inputs=(PICTURE,) * 11), "cn")
    assert (caught.value.param, caught.value.specific_code) == ("images", "array_above_max_length")


def test_a_model_without_inputs_names_those_with(catalog: Catalog) -> None:
    with pytest.raises(UnsupportedOption, match=r"Models on us that do: .*jimeng-4\.5, .*jimeng-3\.0, nanobanana"):
        plan_image(catalog, wish(model="jimeng-3.1", inputs=(PICTURE,)), "us")
    assert plan_image(catalog, wish(model="jimeng-3.0", inputs=(PICTURE,)), "sg").inputs == (PICTURE,)
    with pytest.raises(UnsupportedOption, match=r"jimeng-3\.0 on cn takes no pictures"):
        plan_image(catalog, wish(model="jimeng-3.0", inputs=(PICTURE,)), "cn")


def test_a_video_is_no_input_for_a_picture(catalog: Catalog) -> None:
    clip = replace(PICTURE, kind=InputKind.VIDEO)
    with pytest.raises(InputUnusable, match="Input 2 is of the kind video") as caught:
        plan_image(catalog, wish(inputs=(PICTURE, clip)), "cn")
    assert caught.value.param == "images"


def test_what_has_no_effect_beside_inputs_is_named(catalog: Catalog) -> None:
    plan = plan_image(catalog, wish(inputs=(PICTURE,), seed=7, negative_prompt="blur", strength=0.0), "cn")
    assert (plan.seed, plan.negative_prompt, plan.strength) == (None, "", 0.0)
    assert plan.ignored == ("negative_prompt", "seed")
    bare = plan_image(catalog, wish(seed=7, negative_prompt="blur", strength=0.9), "cn")
    assert (bare.seed, bare.negative_prompt, bare.strength, bare.ignored) == (7, "blur", 0.5, ("strength",))


def test_forced_sizes_hold_for_inputs_too(catalog: Catalog) -> None:
    plan = plan_image(catalog, wish(model="nanobanana", inputs=(PICTURE,)), "us")
    assert (plan.native, plan.resolution, plan.ratio) == (Dimensions(1024, 1024), "2k", "1:1")


@pytest.mark.parametrize(
    ("fields", "error", "param", "words"),
    [
        ({"strength": -0.1}, InvalidRequest, "strength", "0 to 1"),
        ({"strength": 1.1, "inputs": (PICTURE,)}, InvalidRequest, "strength", "0 to 1"),
        ({"strength": float("nan")}, InvalidRequest, "strength", "0 to 1"),
        ({"series": True, "model": "jimeng-5.0"}, UnsupportedOption, "series", "jimeng-4.5, jimeng-4.1, jimeng-4.0."),
        ({"series": True, "inputs": (PICTURE,)}, UnsupportedOption, "series", "words alone"),
        ({"series": True, "count": 16}, InvalidRequest, "n", "1 to 15"),
        ({"count": 11}, InvalidRequest, "n", "1 to 10"),
    ],
)
def test_what_cannot_be_done_is_refused_by_name(
    catalog: Catalog, fields: dict[str, Any], error: type[RequestError], param: str, words: str
) -> None:
    with pytest.raises(error) as caught:
        plan_image(catalog, wish(**fields), "cn")
    assert (type(caught.value), caught.value.param) == (error, param)
    assert words in caught.value.message


@pytest.mark.parametrize(("count", "expected"), [(None, 4), (1, 1), (15, 15)])
def test_a_series_is_one_submission_of_the_number_expected(catalog: Catalog, count: int | None, expected: int) -> None:
    plan = plan_image(catalog, wish(series=True, count=count, model="dall-e-3"), "cn")
    assert (plan.series, plan.count, plan.parts) == (True, expected, (expected,))


@pytest.mark.parametrize(
    ("prompt", "count"),
    [
        ("画7张连续的分镜", 7),
        ("3 张图", 3),
        ("一个绘本", 4),
        ("连续的画面", 4),
        ("讲一个故事", 4),
        ("40张", 15),
        ("1张", None),
        ("1张故事", 4),
        ("a story in 3 pictures", None),
        ("纸张", None),
        ("", None),
    ],
)
def test_the_words_of_a_series_are_read(prompt: str, count: int | None) -> None:
    assert wants_series(prompt) == count


@given(prompt=st.text())
def test_any_prompt_asks_for_no_series_or_for_one_that_can_be_planned(prompt: str) -> None:
    count = wants_series(prompt)
    assert count is None or plan_image(CATALOG, wish(series=True, count=count), "cn").parts == (count,)
