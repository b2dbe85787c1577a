"""A wish for a video becomes a request that the site can do, or is refused by name."""

from dataclasses import replace
from typing import Any

import pytest

from dreambridge.catalog import Catalog, load_catalog, plan_video
from dreambridge.domain.errors import InvalidRequest, RequestError, UnknownModel, UnsupportedOption
from dreambridge.domain.generation import Dimensions, Frame, InputKind, Kind, MediaInput, VideoMode, VideoWish

CATALOG = load_catalog()
WISH = VideoWish(prompt="waves at dusk")
EVERY_MODE = [
    (spec.name, site, mode)
    for spec in CATALOG.models.values()
    if spec.video and spec.offered
    for site in CATALOG.sites_of(spec)
    for mode in spec.video.modes
]


@pytest.fixture
def catalog() -> Catalog:
    return CATALOG


def wish(**fields: Any) -> VideoWish:
    return replace(WISH, **fields)


def picture(width: int = 1280, height: int = 720, **fields: Any) -> MediaInput:
    given: dict[str, Any] = {
        "sha256": "0" * 64,
        "kind": InputKind.IMAGE,
        "media_type": "image/png",
        "extension": "png",
        "bytes": 2_000_000,
        "file": "0.png",
        "dimensions": Dimensions(width, height),
    }
    return MediaInput(**given | fields)


def video(seconds: float = 5.0) -> MediaInput:
    return picture(kind=InputKind.VIDEO, media_type="video/mp4", extension="mp4", seconds=seconds)


PICTURES = tuple(picture(sha256=f"{n:064}") for n in range(12))
OMNI_MODEL = "jimeng-video-seedance-2.0"
FRAMES = (Frame(0, 2), Frame(1, 3))


def made_from(mode: VideoMode) -> dict[str, Any]:
    examples: dict[VideoMode, dict[str, Any]] = {
        VideoMode.TEXT: {},
        VideoMode.FIRST_FRAME: {"inputs": PICTURES[:1]},
        VideoMode.FIRST_LAST_FRAMES: {"inputs": PICTURES[:2]},
        VideoMode.MULTI_FRAME: {"inputs": PICTURES[:2], "frames": FRAMES},
        VideoMode.OMNI_REFERENCE: {"inputs": (picture(), video())},
    }
    return examples[mode]


def test_there_are_rows_to_plan() -> None:
    assert len(EVERY_MODE) > 150
    assert {mode for _, _, mode in EVERY_MODE} == set(VideoMode) - {VideoMode.SUBJECT_REFERENCE}


@pytest.mark.parametrize(("model", "site", "mode"), EVERY_MODE)
def test_every_mode_of_every_video_model_plans_with_defaults(
    catalog: Catalog, model: str, site: str, mode: VideoMode
) -> None:
    plan = plan_video(catalog, wish(model=model, **made_from(mode)), site)
    spec = catalog.models[model]
    assert spec.video
    assert (plan.model, plan.asked_model, plan.mode) == (model, model, mode)
    assert (plan.ratio, plan.resolution) == ("16:9", spec.default_resolution)
    assert plan.native == catalog.geometry.video_sizes["16:9"][plan.resolution]
    assert plan.seconds == (5 if mode is VideoMode.MULTI_FRAME else spec.video.default_seconds)
    assert (plan.count, plan.parts, plan.exact, plan.output_format, plan.ignored) == (1, (1,), None, None, ())
    assert spec.benefit_for(plan, catalog.site(site))


@pytest.mark.parametrize(("model", "site", "mode"), EVERY_MODE)
def test_every_length_ratio_and_resolution_on_offer_plans(
    catalog: Catalog, model: str, site: str, mode: VideoMode
) -> None:
    spec, place = catalog.models[model], catalog.site(site)
    assert spec.video
    for seconds in spec.video.seconds if mode is VideoMode.TEXT else ():
        assert plan_video(catalog, wish(model=model, seconds=seconds), site).seconds == seconds
    for resolution in spec.resolutions_on(place):
        for ratio in spec.ratios_on(place):
            asked = wish(model=model, ratio=ratio, resolution=resolution.upper(), **made_from(mode))
            plan = plan_video(catalog, asked, site)
            assert (plan.ratio, plan.resolution) == (ratio, resolution)
            # The frames given here are 16:9, and a first frame wins.
            framed = mode in {VideoMode.FIRST_FRAME, VideoMode.FIRST_LAST_FRAMES, VideoMode.MULTI_FRAME}
            assert plan.native == catalog.geometry.video_sizes["16:9" if framed else ratio][resolution]
            assert plan.ignored == (("ratio",) if framed and ratio != "16:9" else ())


@pytest.mark.parametrize(
    ("fields", "mode"),
    [
        ({}, VideoMode.TEXT),
        ({"inputs": PICTURES[:1]}, VideoMode.FIRST_FRAME),
        ({"inputs": PICTURES[:2]}, VideoMode.FIRST_LAST_FRAMES),
        ({"inputs": PICTURES[:3]}, VideoMode.OMNI_REFERENCE),
        ({"inputs": (video(),)}, VideoMode.OMNI_REFERENCE),
        ({"inputs": PICTURES[:1], "mode": VideoMode.OMNI_REFERENCE}, VideoMode.OMNI_REFERENCE),
        ({"mode": VideoMode.FIRST_LAST_FRAMES}, VideoMode.TEXT),
        ({"mode": VideoMode.FIRST_LAST_FRAMES, "inputs": PICTURES[:1]}, VideoMode.FIRST_FRAME),
        ({"mode": VideoMode.FIRST_LAST_FRAMES, "inputs": PICTURES[:2]}, VideoMode.FIRST_LAST_FRAMES),
    ],
)
def test_the_mode_is_as_said_or_follows_from_the_inputs(
    catalog: Catalog, fields: dict[str, Any], mode: VideoMode
) -> None:
    assert plan_video(catalog, wish(model=OMNI_MODEL, **fields), "cn").mode is mode


@pytest.mark.parametrize(
    ("fields", "ratio", "resolution", "native", "ignored"),
    [
        ({"size": "1280x720"}, "16:9", "720p", "1280x720", ()),
        ({"size": "720x1280"}, "9:16", "720p", "720x1280", ()),
        ({"size": "1792x1024"}, "16:9", "1080p", "1920x1080", ()),
        ({"size": "1024x1792"}, "9:16", "1080p", "1080x1920", ()),
        ({"size": "640x640"}, "1:1", "720p", "720x720", ()),
        ({"size": "1080p"}, "16:9", "1080p", "1920x1080", ()),
        ({"size": "4:3"}, "4:3", "720p", "960x720", ()),
        ({"size": "auto"}, "16:9", "720p", "1280x720", ()),
        ({"ratio": "21:9", "resolution": "1080P"}, "21:9", "1080p", "2520x1080", ()),
        ({"ratio": "1:1", "size": "1280x720"}, "1:1", "720p", "720x720", ("size",)),
        ({"resolution": "720p", "size": "1920x1080"}, "16:9", "720p", "1280x720", ("size",)),
        ({"inputs": (picture(720, 1280),)}, "9:16", "720p", "720x1280", ()),
        ({"inputs": (picture(1000, 990),), "resolution": "1080p"}, "1:1", "1080p", "1080x1080", ()),
        ({"inputs": (picture(720, 1280),), "ratio": "16:9"}, "16:9", "720p", "720x1280", ("ratio",)),
        ({"inputs": (picture(720, 1280),), "size": "1280x720"}, "16:9", "720p", "720x1280", ("size",)),
        ({"inputs": (picture(720, 1280),), "size": "720x1280"}, "9:16", "720p", "720x1280", ()),
        ({"inputs": (picture(dimensions=None),)}, "16:9", "720p", "1280x720", ()),
    ],
)
def test_shape_is_read_as_for_pictures_and_a_first_frame_wins(
    catalog: Catalog, fields: dict[str, Any], ratio: str, resolution: str, native: str, ignored: tuple[str, ...]
) -> None:
    plan = plan_video(catalog, wish(**fields), "cn")
    assert (plan.ratio, plan.resolution, str(plan.native)) == (ratio, resolution, native)
    assert (plan.exact, plan.ignored) == (None, ignored)


@pytest.mark.parametrize(
    ("model", "site", "seconds", "true"),
    [
        ("sora-2", "cn", None, 5),
        ("sora-2", "us", 4, 5),
        ("SORA-2-pro", "sg", 8.0, 10),
        ("sora-2", "cn", 12, 12),
        ("sora-2", "cn", 10, 10),
        (None, "cn", None, 5),
        (None, "cn", 12.0, 12),
        ("jimeng-video-sora2", "jp", None, 4),
        ("jimeng-video-veo3", "hk", None, 8),
        ("seedance-2.5", "us", 30, 30),
    ],
)
def test_a_length_is_the_one_asked_or_the_one_a_built_in_name_stands_for(
    catalog: Catalog, model: str | None, site: str, seconds: float | None, true: int
) -> None:
    plan = plan_video(catalog, wish(model=model, seconds=seconds), site)
    assert plan.seconds == true
    assert plan.asked_model == (model or "jimeng-video-3.5-pro")


@pytest.mark.parametrize(
    ("fields", "error", "param", "words"),
    [
        ({"prompt": ""}, InvalidRequest, "prompt", "empty"),
        ({"prompt": " ", "inputs": (video(),), "model": OMNI_MODEL}, InvalidRequest, "prompt", "empty"),
        ({"prompt": "x" * 4001, "model": OMNI_MODEL}, InvalidRequest, "prompt", "at most 4000"),
        ({"prompt": "x" * 2501, "model": "happyhorse-1.1"}, InvalidRequest, "prompt", "at most 2500"),
        ({"prompt": "x" * 32001}, InvalidRequest, "prompt", "at most 32000"),
        ({"seed": 0}, InvalidRequest, "seed", "4294967295"),
        ({"seconds": 7}, UnsupportedOption, "duration", "5, 10, 12 s"),
        ({"seconds": 16, "model": OMNI_MODEL}, UnsupportedOption, "duration", "4 to 15 s"),
        ({"seconds": 5.5}, InvalidRequest, "duration", "whole seconds"),
        ({"seconds": 0}, InvalidRequest, "duration", "whole seconds"),
        ({"seconds": float("nan")}, InvalidRequest, "duration", "whole seconds"),
        ({"seconds": float("inf")}, InvalidRequest, "duration", "whole seconds"),
        ({"ratio": "3:2"}, UnsupportedOption, "ratio", "21:9, 16:9, 4:3"),
        ({"ratio": "wide"}, InvalidRequest, "ratio", "9:16"),
        ({"resolution": "4k"}, UnsupportedOption, "resolution", "720p, 1080p"),
        ({"resolution": "1080p", "model": OMNI_MODEL}, UnsupportedOption, "resolution", "can do: 720p."),
        ({"size": "4096x4096"}, UnsupportedOption, "size", "at most 1080x1080"),
        ({"size": "1000x700"}, UnsupportedOption, "size", "nearest sizes"),
        ({"model": "jimeng-4.5"}, UnsupportedOption, "model", "makes image, not videos"),
        ({"model": "seedance-2.0-lite"}, UnsupportedOption, "model", "known by name only"),
        ({"model": "seed-tts"}, UnsupportedOption, "model", "makes audio, not videos"),
        ({"model": "lip-sync-base"}, UnsupportedOption, "model", "known by name only"),
        ({"model": "jimeng-video-veo3"}, UnsupportedOption, "model", "hk, jp, sg"),
        ({"model": "jimeng-video-9"}, UnknownModel, "model", "nearest"),
        (
            {"mode": VideoMode.OMNI_REFERENCE, "inputs": PICTURES[:1]},
            UnsupportedOption,
            "model",
            "it can do: text, first_frame, first_last_frames. Models on cn that can: jimeng-video-seedance-2.5",
        ),
        ({"inputs": PICTURES[:2], "model": "jimeng-video-3.0-pro"}, UnsupportedOption, "model", "text, first_frame."),
        ({"mode": VideoMode.SUBJECT_REFERENCE}, UnsupportedOption, "model", "on cn that can: none"),
        ({"mode": VideoMode.TEXT, "inputs": PICTURES[:1]}, InvalidRequest, "images", "takes: 0; given: 1"),
        ({"mode": VideoMode.FIRST_FRAME}, InvalidRequest, "images", "takes: 1; given: 0"),
        (
            {"mode": VideoMode.FIRST_LAST_FRAMES, "inputs": PICTURES[:3], "input_names": ("a", "b", "file_3")},
            InvalidRequest,
            "file_3",
            "takes: 2; given: 3",
        ),
        (
            {"mode": VideoMode.FIRST_FRAME, "inputs": (video(),), "input_names": ("video_file_1",)},
            InvalidRequest,
            "video_file_1",
            "pictures only",
        ),
    ],
)
def test_what_cannot_be_done_is_refused_by_the_callers_field_with_what_can(
    catalog: Catalog, fields: dict[str, Any], error: type[RequestError], param: str, words: str
) -> None:
    with pytest.raises(error) as caught:
        plan_video(catalog, wish(**fields), "cn")
    assert (type(caught.value), caught.value.param) == (error, param)
    assert words in caught.value.message


def test_words_may_be_absent_beside_a_first_frame(catalog: Catalog) -> None:
    for inputs in (PICTURES[:1], PICTURES[:2]):
        assert plan_video(catalog, wish(prompt="", inputs=inputs), "cn").prompt == ""


def test_a_mark_means_something_in_an_omni_reference_only(catalog: Catalog) -> None:
    plan = plan_video(catalog, wish(prompt="@9 runs", inputs=PICTURES[:1]), "cn")
    assert (plan.prompt, plan.segments) == ("@9 runs", ())
    with pytest.raises(InvalidRequest, match="@9") as caught:
        plan_video(catalog, wish(prompt="@9 runs", inputs=PICTURES[:3], model=OMNI_MODEL), "cn")
    assert caught.value.param == "prompt"


def test_resolutions_differ_where_the_site_does(catalog: Catalog) -> None:
    assert plan_video(catalog, wish(model=OMNI_MODEL, resolution="4k"), "us").native == Dimensions(3840, 2160)
    with pytest.raises(UnsupportedOption, match="it can do: 720p"):
        plan_video(catalog, wish(model=OMNI_MODEL, resolution="4k"), "cn")


def test_every_row_that_is_not_offered_is_refused_and_not_listed(catalog: Catalog) -> None:
    names = [spec.name for spec in catalog.models.values() if spec.kind is not Kind.IMAGE and not spec.offered]
    assert len(names) == 9
    listed = {entry.id for entry in catalog.listed(tuple(catalog.sites))}
    for name in names:
        assert name not in listed
        with pytest.raises(UnsupportedOption):
            plan_video(catalog, wish(model=name), "sandbox")
