"""What a site's own list adds to the catalogue, and what it takes away."""

from datetime import date
from typing import Any

import pytest

from dreambridge.catalog import load_catalog, plan_image, plan_video
from dreambridge.catalog.live import LiveRows
from dreambridge.domain.errors import UnknownModel, UnsupportedOption
from dreambridge.domain.generation import ImageWish, InputKind, Kind, VideoMode, VideoWish
from dreambridge.domain.live_model import LiveModel

TODAY = date(2026, 11, 20)


def pictures(**changes: Any) -> LiveModel:
    facts: dict[str, Any] = {
        "key": "high_aes_general_v99",
        "title": "Image 9.9",
        "kind": Kind.IMAGE,
        "resolutions": ("2k", "8k"),
        "default_resolution": "2k",
        "ratios": ("1:1", "16:9"),
        "counts": (1, 2, 3, 4),
        "default_count": 2,
        "max_inputs": 3,
    }
    return LiveModel(**{**facts, **changes})


def films(**changes: Any) -> LiveModel:
    facts: dict[str, Any] = {
        "key": "dreamina_seedance_99",
        "title": "Seedance 9.9",
        "kind": Kind.VIDEO,
        "resolutions": ("720p", "1080p"),
        "ratios": ("16:9", "9:16"),
        "seconds": (4, 5, 6),
        "fps": (24,),
        "modes": (VideoMode.TEXT, VideoMode.FIRST_FRAME, VideoMode.MULTI_FRAME, VideoMode.OMNI_REFERENCE),
        "inputs": {InputKind.IMAGE: 4},
        "max_inputs": 4,
        "benefits": {"1080p": "dear", "": "usual"},
    }
    return LiveModel(**{**facts, **changes})


@pytest.fixture
def rows() -> LiveRows:
    return LiveRows(load_catalog())


def test_a_model_of_a_list_can_be_planned_on_that_site_by_key_and_by_title(rows: LiveRows) -> None:
    assert rows.learn("us", (pictures(), films()), TODAY) == ("high_aes_general_v99", "dreamina_seedance_99")
    for name in ("high_aes_general_v99", "IMAGE 9.9"):
        request = plan_image(rows.catalog, ImageWish("a fox", model=name), "us")
        assert (request.model, request.count, request.resolution) == ("high_aes_general_v99", 2, "2k")
    video = plan_video(rows.catalog, VideoWish("waves", model="seedance 9.9", resolution="1080p"), "us")
    spec, site = rows.catalog.models[video.model], rows.catalog.site("us")
    assert (video.seconds, spec.key_on(site), spec.benefit_for(video, site)) == (5, "dreamina_seedance_99", "dear")
    with pytest.raises(UnsupportedOption, match="Sites that have it: us"):
        plan_image(rows.catalog, ImageWish("a fox", model="high_aes_general_v99"), "cn")
    with pytest.raises(UnsupportedOption):
        plan_image(rows.catalog, ImageWish("a fox", model="high_aes_general_v99", resolution="8k"), "us")


def test_what_one_site_lists_is_not_there_on_its_neighbour_until_that_lists_it_too(rows: LiveRows) -> None:
    rows.learn("sg", (pictures(),), TODAY)
    assert rows.catalog.sites_of(rows.catalog.models["high_aes_general_v99"]) == ("sg",)
    assert rows.learn("jp", (pictures(),), TODAY) == ("high_aes_general_v99",)
    assert set(rows.catalog.sites_of(rows.catalog.models["high_aes_general_v99"])) == {"sg", "jp"}
    assert rows.learn("jp", (pictures(title="Another"),), TODAY) == ()


def test_rows_of_the_catalogue_stay_as_they_are(rows: LiveRows) -> None:
    before = dict(rows.catalog.models)
    keys = [spec.key_on(rows.catalog.site("us")) for spec in before.values()]
    assert rows.learn("us", [pictures(key=key) for key in keys if key], TODAY) == ()
    assert dict(rows.catalog.models) == before
    titled = next(spec for spec in before.values() if spec.title and spec.key_on(rows.catalog.site("us")))
    assert rows.learn("us", (pictures(title=titled.title),), TODAY) == ()
    assert rows.catalog.answers[str(titled.title).casefold()] is titled


@pytest.mark.parametrize(
    "live",
    [
        pictures(ratios=()),
        pictures(resolutions=("8k",)),
        films(seconds=()),
        films(modes=(VideoMode.MULTI_FRAME,)),
        films(benefits={"720p": "one"}),
    ],
)
def test_a_model_of_which_too_little_is_told_is_left_out(rows: LiveRows, live: LiveModel) -> None:
    assert rows.learn("us", (live,), TODAY) == ()
    with pytest.raises(UnknownModel):
        rows.catalog.resolve(live.key, "us")


def test_a_model_that_a_site_lost_is_not_listed_there_until_it_comes_back(rows: LiveRows) -> None:
    def listed(site: str) -> set[str]:
        return {entry.spec.name for entry in rows.catalog.listed((site,))}

    rows.lose("us", "jimeng-4.1")
    rows.lose("us", "no-such-model")
    assert "jimeng-4.1" not in listed("us")
    assert "jimeng-4.1" in listed("cn")
    assert rows.catalog.resolve("jimeng-4.1", "us").gone_from == {"us"}
    key = rows.catalog.models["jimeng-4.1"].key_on(rows.catalog.site("us"))
    rows.learn("us", (pictures(key=key),), TODAY)
    assert "jimeng-4.1" in listed("us")
