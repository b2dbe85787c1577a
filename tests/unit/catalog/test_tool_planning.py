"""A wish for work on a result becomes a request that the site can do, or is refused by name."""

from dataclasses import replace
from typing import Any

import pytest

from dreambridge.catalog import load_catalog
from dreambridge.catalog.tool_planning import plan_tool, require_tool
from dreambridge.domain.errors import InvalidRequest, RequestError, UnsupportedOption
from dreambridge.domain.followup import MadeItem, ToolRequest, ToolWish
from dreambridge.domain.generation import Dimensions, Kind

CATALOG = load_catalog()
PICTURE = MadeItem("1", "2", "key", Dimensions(2048, 2048), uri="tos-cn/a")
FILM = MadeItem("1", "2", "key", Dimensions(1280, 720), vid="v028", seconds=5.0, fps=24.0)


def plan(tool: str, made: MadeItem, site: str = "cn", **said: Any) -> ToolRequest:
    wish = ToolWish(tool, "art_a", **said)
    return plan_tool(require_tool(CATALOG, wish, site, made.kind), wish, made)


def test_a_wish_becomes_a_request_of_the_kind_of_its_source() -> None:
    larger = plan(" Image-HD ", PICTURE)
    assert larger == ToolRequest("image-hd", PICTURE, source="art_a")
    assert (larger.made.kind, larger.model, larger.native) == (Kind.IMAGE, "image-hd", None)
    smoother = plan("video-interpolation", FILM, fps=60)
    assert (smoother.made.kind, smoother.fps, smoother.native) == (Kind.VIDEO, 60, FILM.dimensions)
    finer = plan("video-upscale", FILM, dimensions=Dimensions(2560, 1440))
    assert finer.native == Dimensions(2560, 1440)


@pytest.mark.parametrize(
    ("tool", "made", "said", "error", "param"),
    [
        ("time-travel", FILM, {}, UnsupportedOption, "tool"),
        ("image-hd", FILM, {}, UnsupportedOption, "artifact_id"),
        ("video-upscale", PICTURE, {"dimensions": Dimensions(4096, 4096)}, UnsupportedOption, "artifact_id"),
        ("image-hd", PICTURE, {"fps": 30}, InvalidRequest, "fps"),
        ("image-hd", PICTURE, {"dimensions": Dimensions(4096, 4096)}, InvalidRequest, "size"),
        ("image-hd", replace(PICTURE, uri=None), {}, UnsupportedOption, "artifact_id"),
        ("video-interpolation", FILM, {}, InvalidRequest, "fps"),
        ("video-interpolation", FILM, {"fps": 24}, InvalidRequest, "fps"),
        ("video-interpolation", FILM, {"fps": 61}, InvalidRequest, "fps"),
        ("video-interpolation", replace(FILM, fps=None), {"fps": 48}, UnsupportedOption, "artifact_id"),
        ("video-interpolation", replace(FILM, seconds=None), {"fps": 48}, UnsupportedOption, "artifact_id"),
        ("video-upscale", FILM, {}, InvalidRequest, "size"),
        ("video-upscale", FILM, {"dimensions": Dimensions(2560, 720)}, InvalidRequest, "size"),
        ("video-upscale", FILM, {"dimensions": Dimensions(1281, 721)}, InvalidRequest, "size"),
        ("video-upscale", FILM, {"dimensions": Dimensions(4098, 2306)}, InvalidRequest, "size"),
    ],
)
def test_what_a_tool_cannot_do_is_refused_by_field(
    tool: str, made: MadeItem, said: dict[str, Any], error: type[RequestError], param: str
) -> None:
    with pytest.raises(error) as caught:
        plan(tool, made, **said)
    assert caught.value.param == param


def test_a_site_without_tools_says_so() -> None:
    with pytest.raises(UnsupportedOption, match=r"us has no tool 'image-hd'\. Tools there: none") as caught:
        plan("image-hd", PICTURE, "us")
    assert caught.value.param == "tool"
