"""The body of an image call: types, refusals, and what is only named."""

from typing import Any

import pytest

from dreambridge.api.calls import fingerprint
from dreambridge.api.fields import list_names
from dreambridge.api.openai.images import build_wish
from dreambridge.api.openai.schemas import (
    ignored_fields,
    prefers_base64,
    read_format,
    read_image_body,
)
from dreambridge.api.reader import Body
from dreambridge.domain.errors import InvalidRequest, RequestError, UnsupportedOption
from dreambridge.domain.generation import OutputFormat
from dreambridge.engine.flags import read_flags


def refusal(**fields: Any) -> RequestError:
    with pytest.raises(RequestError) as caught:
        read_format(read_image_body(Body({"prompt": "a fox", **fields})).output_format)
    return caught.value


@pytest.mark.parametrize(
    "fields",
    [
        {"prompt": 1},
        {"prompt": ["a"]},
        {"n": "2"},
        {"n": 1.5},
        {"n": True},
        {"size": 1024},
        {"model": {}},
        {"width": "64"},
        {"ratio": 1.5},
        {"resolution": 2},
        {"seed": "1"},
        {"sample_strength": "0.5"},
        {"intelligent_ratio": "true"},
        {"async": "true"},
        {"negative_prompt": False},
        {"output_format": 1},
        {"background": ["opaque"]},
        {"aspectRatio": 3},
    ],
)
def test_a_wrong_type_is_refused_by_name(fields: dict[str, Any]) -> None:
    refused = refusal(**fields)
    assert isinstance(refused, InvalidRequest)
    assert (refused.param, refused.specific_code) == (next(iter(fields)), "invalid_type")


@pytest.mark.parametrize("fields", [{}, {"prompt": None}, {"n": 1}])
def test_a_missing_prompt_is_named(fields: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read_image_body(Body(fields))
    assert (caught.value.param, caught.value.specific_code) == ("prompt", "missing_required_parameter")


@pytest.mark.parametrize(
    "fields",
    [
        {"mask": "data:image/png;base64,AA=="},
        {"background": "transparent"},
        {"output_format": "gif"},
        {"output_format": "svg"},
        {"fps": 30},
    ],
)
def test_what_would_change_the_picture_or_the_price_is_refused_by_name(fields: dict[str, Any]) -> None:
    refused = refusal(**fields)
    assert isinstance(refused, UnsupportedOption)
    assert refused.param == next(iter(fields))


@pytest.mark.parametrize(
    "fields", [{"response_format": "jpeg"}, {"output_format": "bmp"}, {"background": "red"}, {"output_format": "PNG"}]
)
def test_a_value_nobody_knows_is_refused_by_name(fields: dict[str, Any]) -> None:
    refused = refusal(**fields)
    assert (refused.param, refused.specific_code) == (next(iter(fields)), "invalid_value")


def test_null_is_absent_and_empty_references_ask_for_nothing() -> None:
    body = read_image_body(
        Body(
            {
                "prompt": "a fox",
                "n": None,
                "stream": False,
                "images": [],
                "image": "",
                "dry_run": False,
                "max_credits": None,
            }
        )
    )
    assert body.n is None
    assert ignored_fields(body) == []


def test_fields_without_a_counterpart_are_accepted_and_named() -> None:
    sent = {
        "quality": "hd",
        "style": "vivid",
        "moderation": "low",
        "user": "u",
        "background": "auto",
        "fps": 24,
        "x": {},
    }
    body = read_image_body(Body({"prompt": "a fox", **sent}))
    assert ignored_fields(body) == list(sent)


def test_names_in_a_header_cannot_break_out_of_it() -> None:
    assert list_names(["quality", "a\r\nx-evil: 1", "画", "quality"]) == "quality, a%0D%0Ax-evil%3A%201, %E7%94%BB"
    assert len(list_names([f"field{index}" for index in range(1000)])) < 1000


@pytest.mark.parametrize(
    ("fields", "base64"),
    [
        ({}, False),
        ({"model": "jimeng-4.5"}, False),
        ({"model": "dall-e-3"}, False),
        ({"model": "gpt-image-1"}, True),
        ({"model": "GPT-Image-2"}, True),
        ({"model": "chatgpt-image-latest"}, True),
        ({"model": "gpt-image-1", "response_format": "url"}, False),
        ({"model": "dall-e-3", "response_format": "b64_json"}, True),
    ],
)
def test_response_format_decides_and_else_the_name_of_the_model(fields: dict[str, Any], *, base64: bool) -> None:
    body = read_image_body(Body({"prompt": "a fox", **fields}))
    assert prefers_base64(body.model, body.response_format) is base64


def test_a_flag_beats_the_field_and_leaves_the_prompt() -> None:
    body = read_image_body(
        Body({"prompt": "a fox -ra 16:9", "ratio": "1:1", "resolution": "4k", "size": "auto", "n": 2})
    )
    wish = build_wish(body, read_flags(body.prompt), "jimeng-4.5")
    assert (wish.prompt, wish.ratio, wish.resolution, wish.size, wish.count) == ("a fox", "16:9", "4k", "auto", 2)


def test_ratio_has_the_names_other_clients_give_it() -> None:
    for name in ("ratio", "aspect_ratio", "aspectRatio"):
        assert read_image_body(Body({"prompt": "a fox", name: "3:2"})).ratio == "3:2"


def test_output_formats_are_read() -> None:
    for name in OutputFormat:
        assert (
            read_format(read_image_body(Body({"prompt": "a fox", "output_format": name.value})).output_format) is name
        )


def test_the_fingerprint_knows_the_request_and_not_its_spelling() -> None:
    one = fingerprint("r", Body({"prompt": "画", "n": 1, "size": None}))
    assert one == fingerprint("r", Body({"n": 1, "prompt": "画"}, lenient=True))
    assert one != fingerprint("other", Body({"n": 1, "prompt": "画"}))
    assert one != fingerprint("r", Body({"n": 2, "prompt": "画"}))
    assert len(one) == 64
