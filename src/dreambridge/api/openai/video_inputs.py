"""The pictures, videos and sounds of a video call: which fields they come in, and in which order they count."""

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any, Final

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from dreambridge.api.calls import Call
from dreambridge.api.forms import Form
from dreambridge.api.reader import Body
from dreambridge.api.references import Reference, list_references, read_source, take_in
from dreambridge.domain.errors import InvalidRequest
from dreambridge.domain.generation import Frame, InputKind, MediaInput

_FIRST: Final = "first_frame_image"
_LAST: Final = "end_frame_image"
_PICTURES: Final = (_FIRST, "image", "images", "image_url", "image_urls", "imageUrl", "imageUrls", _LAST)
_FILES: Final = ("file_paths", "filePaths", "input_reference")
_VIDEOS: Final = ("video_url", "video_urls", "videos")
_SOUNDS: Final = ("audio_url", "audio_urls", "audios")
_NUMBERED: Final = re.compile(r"(image|video|audio)_file(?:_([0-9]{1,2}))?", re.ASCII)
_ANY: Final = frozenset(InputKind)
_BASE: Final = re.compile(r"[^\[.]+")


class FrameBody(BaseModel):
    """One key frame of a multi-frame video."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True)

    image: Any = Field(
        None, description="The picture; left out in every frame, the pictures of the call are taken in their order."
    )
    seconds: int = Field(
        description="Whole seconds until the next frame, or the end.",
        validation_alias=AliasChoices("seconds", "duration"),
        serialization_alias="seconds",
    )
    prompt: str = Field("", description="What happens meanwhile; absent is the prompt of the call.")


def is_video_input(name: str) -> bool:
    """Tell whether a field carries inputs."""
    return name in {*_PICTURES, *_FILES, *_VIDEOS, *_SOUNDS} or _NUMBERED.fullmatch(name) is not None


def input_fields(body: Body) -> list[str]:
    """List the fields in which a body may have inputs, in the order in which they count.

    Pictures come before what may be anything, then the numbered files by their numbers, pictures, videos and sounds
    in this order.
    """
    files = (file.field for file in body.files) if isinstance(body, Form) else ()
    numbered = {name: match for name in (*body.fields, *files) if (match := _NUMBERED.fullmatch(name))}
    ordered = sorted(numbered, key=lambda name: int(numbered[name][2] or 0))
    of = {kind: [name for name in ordered if numbered[name][1] == kind.value] for kind in InputKind}
    return [
        *(*_PICTURES, *_FILES, *of[InputKind.IMAGE]),
        *(*_VIDEOS, *of[InputKind.VIDEO]),
        *(*_SOUNDS, *of[InputKind.AUDIO]),
    ]


def list_video_references(body: Body, frames: Sequence[FrameBody] = ()) -> list[Reference]:
    """List what a body has as inputs, pictures of key frames first.

    Raises InvalidRequest for what is no reference, and for a last frame without a first.
    """
    found = [*_list_frames(frames), *list_references(body, input_fields(body))]
    if found and found[0].param == _LAST:
        raise InvalidRequest(
            f"{_LAST} goes with a first frame: send {_FIRST} as well.", param=_FIRST, code="missing_required_parameter"
        )
    return found


def _list_frames(frames: Sequence[FrameBody]) -> list[Reference]:
    own = [(f"frames[{index}].image", frame.image) for index, frame in enumerate(frames) if frame.image]
    if own and len(own) < len(frames):
        missing = next(index for index, frame in enumerate(frames) if not frame.image)
        raise InvalidRequest(
            f"frames[{missing}] has no image, while others have; give every frame its own, or none.",
            param=f"frames[{missing}].image",
            code="missing_required_parameter",
        )
    return [Reference(param, read_source(value, param)) for param, value in own]


def read_frames(frames: Iterable[FrameBody]) -> tuple[Frame, ...]:
    """Put key frames into the engine's words: each stands for the input of its own place."""
    return tuple(Frame(index, frame.seconds, frame.prompt) for index, frame in enumerate(frames))


async def take_in_all(call: Call, references: Sequence[Reference]) -> tuple[MediaInput, ...]:
    """Have every reference here, in order, each of a kind that its field takes; touches the network for addresses.

    Raises InputUnusable for the first that cannot be used.
    """
    taken: list[MediaInput] = []
    for kinds, group in groupby(references, key=lambda each: _kinds_of(each.param)):
        taken += await take_in(call, list(group), kinds)
    return tuple(taken)


def _kinds_of(param: str) -> frozenset[InputKind]:
    match = _BASE.match(param)
    name = match[0] if match else param
    if numbered := _NUMBERED.fullmatch(name):
        return frozenset({InputKind(numbered[1])})
    if name in _VIDEOS:
        return frozenset({InputKind.VIDEO})
    if name in _SOUNDS:
        return frozenset({InputKind.AUDIO})
    return _ANY if name in _FILES else frozenset({InputKind.IMAGE})
