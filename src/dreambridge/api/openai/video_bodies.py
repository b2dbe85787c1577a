"""The bodies of video calls: OpenAI's fields, and those that scripts for other gateways send beside them.

Types are checked here; what a model can do is checked by the catalogue, in one place for every door.
"""

import math
import re
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import AliasChoices, BaseModel, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from dreambridge.api.fields import read_body_fields
from dreambridge.api.openai.schemas import Making, ResponseFormat
from dreambridge.api.openai.video_inputs import FrameBody, is_video_input
from dreambridge.api.reader import Body
from dreambridge.domain.errors import InvalidRequest, UnsupportedOption

ModeName = Literal["text", "first_frame", "first_last_frames", "multi_frame", "omni_reference", "subject_reference"]


def _refuse_others(value: object) -> object:
    # Before the union below is tried: its own errors name the field and each branch of it.
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise PydanticCustomError("float_type", "a number")
    return value


NumberOrText: TypeAlias = Annotated[float | str, BeforeValidator(_refuse_others)]
_RATE: Final = 24
_SECONDS: Final = re.compile(r"(\d{1,5}(?:\.\d{1,6})?)\s*s?", re.IGNORECASE | re.ASCII)


class RemixBody(Making):
    """The body of `POST /v1/videos/{id}/remix`."""

    prompt: str = Field(description="What to show now; may carry the flags -ra 16:9, -re 720p and -d 5.")


class VideoBody(Making):
    """The body of `POST /v1/videos`, `/v1/videos/generations` and `/v1/video/generations`.

    Pictures, videos and sounds come in the fields that `video_inputs` lists.
    """

    prompt: str = Field("", description="What to show; may carry the flags -ra 16:9, -re 720p and -d 5.")
    n: int | None = Field(None, description="1, as every call makes one video.")
    size: str | None = Field(
        None, description="WIDTHxHEIGHT, auto, a ratio such as 16:9, or a resolution such as 720p; chooses the nearest."
    )
    width: int | None = Field(None, description="Width in pixels, together with height; size comes before it.")
    height: int | None = Field(None, description="Height in pixels, together with width.")
    ratio: str | None = Field(
        None,
        description="Shape, such as 16:9; comes before size. With a first frame the frame's own shape wins.",
        validation_alias=AliasChoices("ratio", "aspect_ratio", "aspectRatio"),
        serialization_alias="ratio",
    )
    resolution: str | None = Field(None, description="Such as 720p or 1080p; comes before size.")
    duration: NumberOrText | None = Field(None, description="Length in whole seconds, as a number or as text.")
    seconds: NumberOrText | None = Field(None, description="Length in whole seconds, in OpenAI's word.")
    fps: NumberOrText | None = Field(None, description="24; other rates are not made.")
    mode: ModeName | None = Field(
        None,
        description="From what the video is made; absent, the inputs decide.",
        validation_alias=AliasChoices("functionMode", "function_mode", "mode"),
        serialization_alias="mode",
    )
    frames: list[FrameBody] | None = Field(None, description="The key frames of a multi-frame video.")
    seed: int | None = Field(None, description="1 … 4294967295; absent is random.")
    response_format: ResponseFormat | None = Field(
        None, description="url or b64_json, where the call waits for its video; absent: url."
    )


def read_video_body(body: Body) -> VideoBody:
    """Check the body of a video call.

    Raises InvalidRequest for a wrong type or value, UnsupportedOption for what would change the video and is not
    offered.
    """
    asked = read_body_fields(VideoBody, body)
    _refuse_stream(asked)
    if asked.n not in {None, 1}:
        raise UnsupportedOption(
            f"n is {asked.n}; allowed: 1. Every call makes one video; send the call again for another.", param="n"
        )
    if asked.fps is not None and _to_number(asked.fps) != _RATE:
        raise UnsupportedOption(f"fps takes {_RATE} only.", param="fps")
    return asked


def read_remix_body(body: Body) -> RemixBody:
    """Check the body of a remix. Raises InvalidRequest, UnsupportedOption."""
    asked = read_body_fields(RemixBody, body)
    _refuse_stream(asked)
    return asked


def _refuse_stream(asked: Making) -> None:
    if asked.stream:
        raise UnsupportedOption(
            "A video is not streamed; follow its job at /v1/jobs/{id}/events, or leave stream out.", param="stream"
        )


def read_seconds(asked: VideoBody) -> tuple[str, float | None]:
    """Tell the field that says how long the video is to be, and what it says; raise InvalidRequest."""
    said = {
        name: _check_seconds(name, value)
        for name, value in (("duration", asked.duration), ("seconds", asked.seconds))
        if value not in {None, ""}
    }
    if len(set(said.values())) > 1:
        raise InvalidRequest("duration and seconds say different lengths; send one of them.", param="seconds")
    return next(iter(said.items()), ("duration", None))


def _check_seconds(name: str, value: float | str | None) -> float:
    seconds = _to_number(value)
    if seconds is None or not math.isfinite(seconds) or seconds < 1 or seconds != int(seconds):
        shown = repr(value[:20]) if isinstance(value, str) else value
        raise InvalidRequest(f"{name} is {shown}; allowed: whole seconds from 1, such as 5.", param=name)
    return seconds


def _to_number(value: float | str | None) -> float | None:
    if not isinstance(value, str):
        return value
    match = _SECONDS.fullmatch(value.strip())
    return float(match[1]) if match else None


def read_pixels(asked: VideoBody) -> str | None:
    """Give the size asked for as one text; raise InvalidRequest for half a pair."""
    if asked.size is not None or (asked.width is None and asked.height is None):
        return asked.size
    if asked.width is None or asked.height is None:
        missing = "width" if asked.width is None else "height"
        raise InvalidRequest(
            f"{missing} is missing; width and height are given together, in pixels.",
            param=missing,
            code="missing_required_parameter",
        )
    return f"{asked.width}x{asked.height}"


def ignored_video_fields(asked: BaseModel) -> list[str]:
    """List the fields sent that have no effect, other than inputs."""
    unknown = [name for name in asked.model_extra or {} if not is_video_input(name)]
    if isinstance(asked, VideoBody) and asked.size is not None:
        unknown += [name for name in ("width", "height") if getattr(asked, name) is not None]
    return unknown
