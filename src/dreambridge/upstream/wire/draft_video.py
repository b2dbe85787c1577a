"""A wish for a video as the sites' own document, one shape of input for each mode."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from dreambridge.catalog.video import DraftRule, billed_seconds
from dreambridge.domain.errors import UnsupportedOption
from dreambridge.domain.generation import Frame, InputKind, MediaInput, VideoMode, VideoRequest
from dreambridge.domain.submission import UploadedInput
from dreambridge.upstream.wire.document import (
    Head,
    Ink,
    Node,
    build_component,
    build_document,
    build_picture,
    find_upload,
)

COMPONENT: Final = "video_base_component"
COMPONENT_VERSION: Final = "1.0.0"
_VIDEO_MODE: Final = 2
_GENERATE: Final = 1  # process_type
_PICTURE: Final = 1  # media_type

Uploads = Mapping[str, UploadedInput]


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """What the catalogue says of a video's model on a site: its key there, pictures a second, the head of its drafts.

    `sends_resolution` is false for a model whose requests carry none.
    """

    model_key: str
    fps: int
    rule: DraftRule
    sends_resolution: bool


def build_video(
    ink: Ink, request: VideoRequest, facts: VideoFacts, uploads: Uploads, *, seed: int, task_extra: str
) -> Node:
    """Build the document of one video; `seed` is 1 … 2³²-1, `task_extra` the telemetry as text.

    Raises `ValueError` for an input that was not brought, `UnsupportedOption` for a mode that has no shape here.
    """
    build_mode = _MODES.get(request.mode)
    if build_mode is None:
        raise UnsupportedOption(f"{request.model} makes no video from {request.mode}.", param="mode")
    rule = facts.rule
    shot = ink.node(
        min_version=rule.min_version,
        prompt=request.prompt,
        video_mode=_VIDEO_MODE,
        fps=facts.fps,
        duration_ms=request.seconds * 1000,
        **({"resolution": request.resolution} if facts.sends_resolution else {}),
        idip_meta_list=[],
    )
    shot |= build_mode(ink, request, uploads)
    params = ink.node(
        video_gen_inputs=[shot],
        video_aspect_ratio=request.ratio,
        seed=seed,
        model_req_key=facts.model_key,
        priority=0,
    )
    abilities = ink.node(gen_video=ink.node(text_to_video_params=params, video_task_extra=task_extra))
    component = build_component(
        ink, COMPONENT, "gen_video", abilities, min_version=COMPONENT_VERSION, process_type=_GENERATE
    )
    head = Head(rule.version, rule.min_version, rule.min_features)
    return build_document(ink, head, component, **({"is_draft_mode": True} if rule.draft_mode else {}))


def build_bill(benefit: str, request: VideoRequest) -> Node:
    """Build what a video is billed as; `amount` is the seconds of it and of all videos it is made from."""
    return name_bill(benefit) | {"amount": math.ceil(billed_seconds(request))}


def name_bill(benefit: str) -> Node:
    """Build a bill that names no amount."""
    return {
        "benefit_type": benefit,
        "resource_id": "generate_video",
        "resource_id_type": "str",
        "resource_sub_type": "aigc",
    }


def _from_text(_ink: Ink, _request: VideoRequest, _uploads: Uploads) -> Node:
    return {}


def _from_first_frame(ink: Ink, request: VideoRequest, uploads: Uploads) -> Node:
    return {"first_frame_image": _picture(ink, request.inputs[0], uploads)}


def _from_two_frames(ink: Ink, request: VideoRequest, uploads: Uploads) -> Node:
    first, last = (_picture(ink, each, uploads) for each in request.inputs[:2])
    return {"first_frame_image": first, "end_frame_image": last, "ending_control": "1.0"}


def _from_many_frames(ink: Ink, request: VideoRequest, uploads: Uploads) -> Node:
    def build(index: int, frame: Frame) -> Node:
        picture = _picture(ink, request.inputs[frame.input], uploads)
        return ink.node(
            idx=index,
            duration_ms=frame.seconds * 1000,
            prompt=frame.prompt,
            media_info=ink.node(media_type=_PICTURE, image_info=picture),
        )

    # Each frame has a prompt of its own.
    return {"prompt": "", "multi_frames": [build(*each) for each in enumerate(request.frames)]}


def _from_references(ink: Ink, request: VideoRequest, uploads: Uploads) -> Node:
    kinds = [each.kind for each in request.inputs]
    marks: list[Node] = []
    for segment in request.segments:
        if segment.input is None:
            marks.append({"meta_type": "text", "text": segment.text})
        else:
            reference = {"material_idx": segment.input}
            marks.append({"meta_type": str(kinds[segment.input]), "text": "", "material_ref": reference})
    materials = [_material(ink, each, uploads) for each in request.inputs]
    # The prompt lies in the marks.
    return {"prompt": "", "unified_edit_input": ink.node(material_list=materials, meta_list=marks)}


def _material(ink: Ink, media: MediaInput, uploads: Uploads) -> Node:
    upload, name = find_upload(uploads, media)
    size = upload.dimensions
    milliseconds = round((upload.seconds or media.seconds or 0) * 1000)
    if media.kind is InputKind.IMAGE:
        info = build_picture(ink, name, size, aigc_image=ink.node())
    elif media.kind is InputKind.VIDEO:
        width, height = (size.width, size.height) if size else (0, 0)
        info = ink.node("video", source_from="upload", name="", vid=name, fps=0)
        info |= {"width": width, "height": height, "duration": milliseconds}
    else:
        info = ink.node("audio", source_from="upload", vid=name, duration=milliseconds, name="")
    return ink.node(material_type=str(media.kind), **{f"{media.kind}_info": info})


def _picture(ink: Ink, media: MediaInput, uploads: Uploads) -> Node:
    upload, uri = find_upload(uploads, media)
    return build_picture(ink, uri, upload.dimensions)


# Subject reference has no row: of its request only the names of two fields are known.
_MODES: Final[Mapping[VideoMode, Callable[[Ink, VideoRequest, Uploads], Node]]] = MappingProxyType(
    {
        VideoMode.TEXT: _from_text,
        VideoMode.FIRST_FRAME: _from_first_frame,
        VideoMode.FIRST_LAST_FRAMES: _from_two_frames,
        VideoMode.MULTI_FRAME: _from_many_frames,
        VideoMode.OMNI_REFERENCE: _from_references,
    }
)
