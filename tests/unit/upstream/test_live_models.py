from typing import Any

import pytest

from dreambridge.catalog import Catalog
from dreambridge.domain import errors
from dreambridge.domain.generation import Dimensions, InputKind, VideoMode
from dreambridge.domain.live_model import LiveModel
from dreambridge.upstream.wire.envelope import parse_envelope
from dreambridge.upstream.wire.live_models import parse_image_models, parse_video_models


def answer(*rows: Any) -> Any:
    return parse_envelope({"ret": "0", "data": {"model_list": list(rows)}})


def option(key: str, **choices: Any) -> dict[str, Any]:
    return {"key": key, "enum_val": choices}


# The two rows below have the shape of published configurations; the benefit names are made up.
PICTURES = {
    "model_req_key": "high_aes_general_v40",
    "model_name": "图片 4.0",
    "is_new_model": True,
    "feats": ["t2i", "byte_edit"],
    "generate_count_options": [1, 2, "3", 4],
    "default_generate_count": 4,
    "resolution_map": {
        "2k": {
            "image_ratio_sizes": [
                {"ratio_type": 1, "width": 2048, "height": 2048},
                {"ratio_type": 3, "width": 2560, "height": 1440},
                {"ratio_type": 77, "width": 10, "height": 10},
            ]
        },
        "4k": {"image_ratio_sizes": [{"ratio_type": 1, "width": 4096, "height": 4096}]},
    },
    "default_resolution_type": "2k",
    "input_image_limit": [{"max_image_num": 10, "ability_name": "byte_edit"}],
    "commercial_config": {"benefit_type": "made_up_2k", "amount": 1},
}
VIDEOS = {
    "model_req_key": "dreamina_seedance_40_mini",
    "model_name": "Seedance 2.0 mini",
    "model_status": 0,
    "options": [
        option("resolution", string_value=["720p", "1080p"], default_val_idx=1),
        option("frames", int_value=[96, 120, 144], default_val_idx=0),
        option("fps", int_value=[24], default_val_idx=0),
        option("video_aspect_ratio", string_value=["21:9", "16:9"], default_val_idx=1),
        option("input_media_type", string_value=["unified_edit", "prompt", "first_frame", "end_frame", "telepathy"]),
        {
            "key": "unified_edit",
            "unified_edit_config": {
                "supported_materials": [
                    {"material_type": 1, "limit": {"max_count": 9}},
                    {"material_type": 2, "limit": {"max_count": 3}},
                    {"material_type": 9, "limit": {"max_count": 3}},
                ]
            },
        },
    ],
    "commercial_config": {
        "default": {"benefit_type": "made_up"},
        "resolution_price_configs": [{"resolution": "720P", "price": {"benefit_type": "made_up_720p"}}],
    },
}


def test_an_image_model_tells_what_it_can_do(catalog: Catalog) -> None:
    (found,) = parse_image_models(answer(PICTURES, {"model_name": "nameless"}, 3), catalog.geometry.codes)
    assert (found.key, found.title, found.is_new) == ("high_aes_general_v40", "图片 4.0", True)
    assert found.resolutions == ("2k", "4k")
    assert found.default_resolution == "2k"
    assert found.ratios == ("1:1", "16:9")
    assert found.sizes["2k"] == {"1:1": Dimensions(2048, 2048), "16:9": Dimensions(2560, 1440)}
    assert (found.counts, found.default_count) == ((1, 2, 3, 4), 4)
    assert (found.max_inputs, found.inputs) == (10, {InputKind.IMAGE: 10})
    assert found.benefits == {"": "made_up_2k"}


@pytest.mark.parametrize(
    ("change", "most"), [({"feats": ["t2i"]}, 0), ({"input_image_limit": None}, None), ({"feats": None}, 0)]
)
def test_inputs_need_the_ability_and_a_limit(catalog: Catalog, change: dict[str, Any], most: int | None) -> None:
    (found,) = parse_image_models(answer(PICTURES | change), catalog.geometry.codes)
    assert found.max_inputs == most
    assert found.inputs == {}


def test_a_video_model_tells_what_it_can_do() -> None:
    (found,) = parse_video_models(answer(VIDEOS))
    assert found.seconds == (4, 5, 6)
    assert (found.resolutions, found.default_resolution, found.ratios) == (("720p", "1080p"), "1080p", ("21:9", "16:9"))
    assert found.modes == (
        VideoMode.OMNI_REFERENCE,
        VideoMode.TEXT,
        VideoMode.FIRST_FRAME,
        VideoMode.FIRST_LAST_FRAMES,
    )
    assert "telepathy" in found.features
    assert found.inputs == {InputKind.IMAGE: 9, InputKind.VIDEO: 3}
    assert found.benefits == {"": "made_up", "720p": "made_up_720p"}
    assert found.status == 0


def test_other_vendors_tell_lengths_in_milliseconds() -> None:
    row = {"model_req_key": "x", "options": [option("duration_ms", int_value=[4000, 8000])]}
    (found,) = parse_video_models(answer(row))
    assert found.seconds == (4, 8)


def test_a_row_of_nothing_but_a_key_is_a_model_of_which_nothing_is_known() -> None:
    (found,) = parse_video_models(answer({"model_req_key": "x", "options": "?", "commercial_config": []}))
    assert found == LiveModel("x", "", found.kind)


def test_an_answer_without_a_list_is_unreadable(catalog: Catalog) -> None:
    answers: list[Any] = [{}, {"model_list": {}}, None]
    for data in answers:
        with pytest.raises(errors.AnswerUnreadable):
            parse_image_models(parse_envelope({"ret": "0", "data": data}), catalog.geometry.codes)
