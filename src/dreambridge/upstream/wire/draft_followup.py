"""Work on something made before as the sites' own document. Each was seen by one or two people, in part only."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from dreambridge.catalog.tools import MOST_FPS, ToolSpec
from dreambridge.domain.errors import InvalidRequest, UnsupportedOption
from dreambridge.domain.followup import MadeItem, ToolRequest
from dreambridge.domain.generation import Kind
from dreambridge.upstream.wire.document import Head, Ink, Node, build_component, build_document, build_picture
from dreambridge.upstream.wire.draft_image import COMPONENT as PICTURE
from dreambridge.upstream.wire.draft_image import MIN_VERSION
from dreambridge.upstream.wire.draft_video import COMPONENT as VIDEO
from dreambridge.upstream.wire.draft_video import COMPONENT_VERSION


def build_followup(ink: Ink, request: ToolRequest, tool: ToolSpec, *, version: str, task_extra: str) -> Node:
    """Build the document of one use of a tool; `version` is the site's own, `task_extra` the telemetry as text.

    Raises `InvalidRequest` for a target that is none, `UnsupportedOption` for a tool or a result that has no shape
    here.
    """
    if tool.kind is Kind.IMAGE:
        return _build_larger(ink, request.made, tool, version)
    return _build_moving(ink, request, tool, version, task_extra)


def _build_larger(ink: Ink, made: MadeItem, tool: ToolSpec, version: str) -> Node:
    if made.uri is None:
        raise UnsupportedOption(f"{tool.title} works on pictures.", param="image")
    ability = ink.node(
        name=tool.ability,
        image_uri_list=[made.uri],
        image_list=[build_picture(ink, made.uri, made.dimensions) | {"source_from": "produced"}],
    )
    origin = {"item_id": made.item_id, "origin_history_id": made.record_id}
    blend = ink.node(
        ability_list=[ability],
        postedit_param=ink.node(generate_type=tool.generate_type, **origin),
    )
    component = build_component(ink, PICTURE, "blend", ink.node(blend=blend), min_version=MIN_VERSION)
    return build_document(ink, Head(version, tool.min_version or MIN_VERSION, tool.min_features), component)


def _build_moving(ink: Ink, request: ToolRequest, tool: ToolSpec, version: str, task_extra: str) -> Node:
    made, build_option = request.made, _OPTIONS.get(tool.ability)
    if build_option is None or made.vid is None:
        raise UnsupportedOption(f"{tool.title} works on videos of the site only.", param="video")
    shot = ink.node(
        vid=made.vid,
        origin_history_id=made.record_id,
        v2v_opt=ink.node(**{tool.ability: build_option(ink, request)}),
    )
    params = ink.node(video_gen_inputs=[shot], model_req_key=made.model_key, priority=0)
    source = ink.node(generate_type=0, item_id=made.item_id, origin_history_id=made.record_id)
    whole = ink.node(
        text_to_video_params=params, scene=tool.scene, video_ref_params=source, video_task_extra=task_extra
    )
    component = build_component(
        ink,
        VIDEO,
        "gen_video",
        ink.node(gen_video=whole),
        min_version=COMPONENT_VERSION,
        process_type=tool.process_type,
    )
    return build_document(ink, Head(version, tool.min_version or version, tool.min_features), component)


def _to_more_frames(ink: Ink, request: ToolRequest) -> Node:
    old = round(request.made.fps or 0)
    if request.fps is None or not old < request.fps <= MOST_FPS:
        raise InvalidRequest(f"fps is {request.fps}; allowed: above {old}, at most {MOST_FPS}.", param="fps")
    milliseconds = round((request.made.seconds or 0) * 1000)
    return ink.node(enable=True, target_fps=request.fps, origin_fps=old, duration_ms=milliseconds)


def _to_more_pixels(ink: Ink, request: ToolRequest) -> Node:
    old, new = request.made.dimensions, request.dimensions
    if new is None or new.width <= old.width or new.height <= old.height:
        raise InvalidRequest(f"size is {new}; allowed: larger than {old} on both sides.", param="size")
    return ink.node(
        enable=True,
        target_width=new.width,
        target_height=new.height,
        origin_width=old.width,
        origin_height=old.height,
    )


_OPTIONS: Final[Mapping[str, Callable[[Ink, ToolRequest], Node]]] = MappingProxyType(
    {"insert_frame": _to_more_frames, "super_resolution": _to_more_pixels}
)
