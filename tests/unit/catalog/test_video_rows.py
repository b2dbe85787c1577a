"""What the catalogue says of videos: names, bills, prices, the heads of drafts, tools."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from dreambridge.catalog import Catalog, ModelStatus, billed_seconds, load_catalog, plan_image, plan_video
from dreambridge.catalog.video import later_version
from dreambridge.domain.generation import Dimensions, ImageWish, InputKind, Kind, MediaInput, VideoMode, VideoWish

PICTURE = MediaInput("0" * 64, InputKind.IMAGE, "image/png", "png", 2_000_000, "0.png", Dimensions(1280, 720))
VIDEO = MediaInput("1" * 64, InputKind.VIDEO, "video/mp4", "mp4", 9_000_000, "1.mp4", Dimensions(1280, 720), 2.5)
OMNI = VideoMode.OMNI_REFERENCE


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


@pytest.mark.parametrize(
    ("names", "site"),
    [
        ("jimeng-video-3.5-pro jimeng-video-3.0-pro jimeng-video-3.0 jimeng-video-3.0-fast", "cn"),
        ("jimeng-video-2.0-pro jimeng-video-2.0 jimeng-video-p2.0p jimeng-video-multiframe", "cn"),
        ("jimeng-video-seedance-2.0 seedance-2.0 seedance-2.0-pro jimeng-video-4.0-pro", "cn"),
        ("jimeng-video-seedance-2.0-fast seedance-2.0-fast jimeng-video-4.0 seedance-2.0-lite", "cn"),
        ("jimeng-video-seedance-2.0-vip seedance-2.0-fast-vip seedance-2.0-mini seedance-2.5-draft", "cn"),
        ("jimeng-video-seedance-2.5 seedance-2.5 minimax-h3 happyhorse-1.1 wan-3.0", "cn"),
        ("3.0 3.5pro seedance2.0 seedance2.0fast seedance2.0_vip seedance2.0fast_vip", "cn"),
        ("lip-sync-base seed-music-1.0 seed-tts imitator-2.0", "cn"),
        ("jimeng-video-3.5-pro jimeng-video-3.0 seedance-2.0 seedance-2.0-fast seedance-2.0-mini seedance-2.5", "us"),
        ("jimeng-video-veo3 jimeng-video-veo3.1 jimeng-video-sora2 jimeng-video-2.0", "jp"),
        ("sora-2 sora-2-pro Seedance-1.0-Pro", "sg"),
    ],
)
def test_the_names_that_other_gateways_use_all_resolve(catalog: Catalog, names: str, site: str) -> None:
    for name in names.split():
        assert catalog.resolve(name, site).kind in {Kind.VIDEO, Kind.AUDIO}


def test_retired_videos_answer_and_are_not_listed(catalog: Catalog) -> None:
    listed = {entry.id for entry in catalog.listed(tuple(catalog.sites))}
    for name in ("jimeng-video-2.0-pro", "jimeng-video-2.0", "jimeng-video-p2.0p"):
        assert catalog.resolve(name, "cn").status is ModelStatus.RETIRED
        assert name not in listed
    assert {"sora-2", "seedance-2.0", "jimeng-video-3.5-pro"} <= listed


@pytest.mark.parametrize(
    ("model", "site", "mode", "resolution", "inputs", "benefit"),
    [
        ("seedance-2.5", "cn", None, "480p", (), "seedance_25_480p_no_input_video_output"),
        ("seedance-2.5", "us", OMNI, "1080p", (PICTURE,), "seedance_25_1080p_no_input_video_output"),
        ("seedance-2.5", "cn", OMNI, "720p", (VIDEO,), "seedance_25_720p_output"),
        ("seedance-2.5-draft", "cn", OMNI, "480p", (VIDEO,), "seedance_25_draft_480p_output"),
        ("seedance-2.0", "cn", None, "720p", (PICTURE,), "dreamina_video_seedance_20_pro"),
        ("seedance-2.0", "cn", OMNI, "720p", (PICTURE,), "dreamina_video_seedance_20_video_add"),
        ("seedance-2.0", "us", OMNI, "4k", (PICTURE, VIDEO), "dreamina_video_seedance_20_pro_with_video"),
        ("seedance-2.0-fast", "cn", None, "720p", (), "dreamina_seedance_20_fast"),
        ("seedance-2.0-fast", "cn", OMNI, "720p", (PICTURE,), "dreamina_seedance_20_fast_with_video"),
        ("seedance-2.0-fast", "us", OMNI, "720p", (PICTURE,), "seedance_20_fast_720p_output"),
        ("seedance-2.0-vip", "cn", None, "4k", (), "seedance_20_pro_4k_output"),
        ("seedance-2.0-fast-vip", "cn", None, "720p", (), "seedance_20_fast_720p_output"),
        ("seedance-2.0-mini", "us", None, "1080p", (), "seedance_20_mini_1080p_output"),
        ("jimeng-video-3.5-pro", "sg", None, "1080p", (), "dreamina_video_seedance_15_pro"),
        ("jimeng-video-3.0-pro", "us", None, "1080p", (), "basic_video_operation_vgfm_v_three_pro"),
        ("jimeng-video-3.0-fast", "cn", None, "720p", (), "basic_video_operation_vgfm_v_three"),
        ("jimeng-video-2.0", "cn", None, "720p", (), "basic_video_operation_vgfm_v_three"),
        ("jimeng-video-veo3.1", "jp", None, "720p", (), "generate_video_veo3.1"),
        ("jimeng-video-sora2", "hk", None, "720p", (), "generate_video_sora2"),
        ("minimax-h3", "cn", None, "2k", (), "minimax_h3_2k_output"),
        ("happyhorse-1.1", "cn", None, "720p", (), "happyhorse_11_720p_output"),
        ("wan-3.0", "cn", None, "1080p", (), "wan_30_1080p_output"),
    ],
)
def test_a_video_is_billed_by_model_site_mode_resolution_and_inputs(
    catalog: Catalog,
    model: str,
    site: str,
    mode: VideoMode | None,
    resolution: str,
    inputs: tuple[MediaInput, ...],
    benefit: str,
) -> None:
    wish = VideoWish("waves", model=model, mode=mode, resolution=resolution, inputs=inputs)
    plan = plan_video(catalog, wish, site)
    assert catalog.models[plan.model].benefit_for(plan, catalog.site(site)) == benefit


def test_a_long_video_is_billed_as_such_once_a_model_makes_one(catalog: Catalog, tmp_path: Path) -> None:
    text = '[[model]]\nname = "jimeng-video-seedance-2.5"\nvideo = { seconds = { range = [4, 180], default = 5 } }\n'
    file = tmp_path / "models.toml"
    file.write_text(text, encoding="utf-8")
    file.chmod(0o600)
    longer = load_catalog(tmp_path)
    plan = plan_video(longer, VideoWish("waves", model="seedance-2.5", seconds=31), "cn")
    spec = longer.models[plan.model]
    assert spec.benefit_for(plan, longer.site("cn")) == "seedance_25_long_video_720p_output"
    assert spec.benefit_for(replace(plan, seconds=30), longer.site("cn")) == "seedance_25_720p_no_input_video_output"


def test_asking_a_model_of_pictures_for_its_bill_is_an_error(catalog: Catalog) -> None:
    plan = plan_video(catalog, VideoWish("waves"), "cn")
    with pytest.raises(LookupError, match=r"no benefit of jimeng-4\.5 fits"):
        catalog.models["jimeng-4.5"].benefit_for(plan, catalog.site("cn"))


@pytest.mark.parametrize(
    ("wish", "credits_"),
    [
        (VideoWish("waves", model="seedance-2.5", seconds=10), 120),
        (VideoWish("waves", model="seedance-2.5", mode=OMNI, inputs=(VIDEO, VIDEO)), 120),
        (VideoWish("waves", model="seedance-2.5-draft", seconds=30), 45),
        (VideoWish("waves", model="seedance-2.0-vip"), 70),
        (VideoWish("waves", model="seedance-2.0-fast-vip"), 30),
        (VideoWish("waves", model="seedance-2.0-mini"), 24),
        (VideoWish("waves", model="seedance-2.0-vip", resolution="4k"), None),
        (VideoWish("waves"), None),
    ],
)
def test_a_price_is_forecast_where_it_is_known(catalog: Catalog, wish: VideoWish, credits_: float | None) -> None:
    plan = plan_video(catalog, wish, "cn")
    forecast = catalog.models[plan.model].forecast(plan)
    assert forecast == (None if credits_ is None else pytest.approx(credits_))


def test_the_seconds_billed_are_those_made_and_those_of_videos_given(catalog: Catalog) -> None:
    wish = VideoWish("waves", model="seedance-2.0", mode=OMNI, inputs=(PICTURE, VIDEO, VIDEO), seconds=4)
    assert billed_seconds(plan_video(catalog, wish, "cn")) == 9.0


def test_a_picture_is_forecast_by_its_submissions(catalog: Catalog) -> None:
    plan = plan_image(catalog, ImageWish("a fox", model="jimeng-3.0", count=1), "us")
    assert catalog.models["jimeng-3.0"].forecast(plan) == 4
    video = plan_video(catalog, VideoWish("waves"), "us")
    assert catalog.models["jimeng-3.0"].forecast(video) is None


@pytest.mark.parametrize(
    ("model", "mode", "version", "minimum", "features", "draft"),
    [
        ("jimeng-video-3.5-pro", VideoMode.TEXT, "3.3.9", "3.0.5", (), False),
        ("jimeng-video-3.0", VideoMode.MULTI_FRAME, "3.3.9", "3.0.5", ("AIGC_GenerateType_VideoMultiFrame",), False),
        ("jimeng-video-seedance-2.0", OMNI, "3.3.9", "3.3.9", ("AIGC_Video_UnifiedEdit",), False),
        ("seedance-2.5-draft", VideoMode.TEXT, "3.3.28", "3.3.28", ("AIGC_Video_Seedance25ResultAction",), True),
        (
            "seedance-2.5-draft",
            OMNI,
            "3.3.28",
            "3.3.28",
            ("AIGC_Video_UnifiedEdit", "AIGC_Video_Seedance25ResultAction"),
            True,
        ),
    ],
)
def test_the_head_of_a_draft_joins_mode_model_and_site(
    catalog: Catalog,
    model: str,
    mode: VideoMode,
    version: str,
    minimum: str,
    features: tuple[str, ...],
    draft: bool,
) -> None:
    rule = catalog.models[model].draft_rule(catalog.modes[mode], catalog.site("cn"))
    assert (rule.version, rule.min_version) == (version, minimum)
    assert (rule.min_features, rule.draft_mode) == (features, draft)


def test_versions_are_compared_by_their_numbers() -> None:
    assert later_version("3.3.28", "3.3.9") == "3.3.28"
    assert later_version("3.3", "3.2.9") == "3.3"


def test_each_mode_has_the_sites_word(catalog: Catalog) -> None:
    assert {mode.value: row.function_mode for mode, row in catalog.modes.items()} == {
        "text": "first_last_frames",
        "first_frame": "first_last_frames",
        "first_last_frames": "first_last_frames",
        "multi_frame": "multi_frame",
        "omni_reference": "omni_reference",
    }


def test_the_tools_are_experimental_and_complete(catalog: Catalog) -> None:
    assert all(tool.experimental for tool in catalog.tools.values())
    assert {name: tool.kind.value for name, tool in catalog.tools.items()} == {
        "image-hd": "image",
        "image-hd-pro": "image",
        "video-interpolation": "video",
        "video-upscale": "video",
    }
    assert (catalog.tools["image-hd"].generate_type, catalog.tools["image-hd"].price) == (13, 0)
    assert (catalog.tools["image-hd-pro"].generate_type, catalog.tools["image-hd-pro"].price) == (35, 1)
    upscale = catalog.tools["video-upscale"]
    assert (upscale.scene, upscale.process_type, upscale.benefit) == ("super_resolution", 2, "video_upscale")


def test_uploaded_pictures_are_checked_in_china(catalog: Catalog) -> None:
    assert [name for name, site in catalog.sites.items() if site.content_check] == ["cn", "sandbox"]


def test_members_only_models_say_so(catalog: Catalog) -> None:
    assert [spec.name for spec in catalog.models.values() if spec.members_only] == [
        "jimeng-video-seedance-2.0-vip",
        "jimeng-video-seedance-2.0-fast-vip",
    ]


def test_lengths_read_as_a_person_would_say_them(catalog: Catalog) -> None:
    lengths = {spec.name: spec.video.lengths for spec in catalog.models.values() if spec.video}
    assert lengths["jimeng-video-3.5-pro"] == "5, 10, 12"
    assert lengths["wan-3.0"] == "4 to 15"
    assert all(re.fullmatch(r"\d+(, \d+)*|\d+ to \d+", text) for text in lengths.values())
