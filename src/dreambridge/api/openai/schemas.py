"""The bodies of image calls, with the fields that scripts for other gateways send beside OpenAI's.

Types are checked here, strictly; ranges, sizes and what a model can do are checked by the catalogue, in one place for
every door.
"""

from typing import Final, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from dreambridge.api.fields import read_body_fields
from dreambridge.api.reader import Body
from dreambridge.api.references import PICTURE_FIELDS
from dreambridge.domain.errors import InvalidRequest, UnsupportedOption
from dreambridge.domain.generation import OutputFormat

ResponseFormat = Literal["url", "b64_json"]


class Making(BaseModel):
    """What every body that makes something may say.

    Fields that are not listed are accepted, have no effect and are named in the header x-dreambridge-ignored.
    """

    model_config = ConfigDict(strict=True, extra="allow", frozen=True)

    model: str | None = Field(None, description="A name from GET /v1/models.")
    stream: bool = Field(False, description="Answer with server-sent events as things happen.")
    run_async: bool | None = Field(
        None, validation_alias="async", serialization_alias="async", description="Answer at once with a task."
    )
    dry_run: bool = Field(
        False, description="Tell what would be sent, by which account and at what price; make nothing."
    )
    max_credits: float | None = Field(
        None, ge=0, description="Refuse the call before anything is sent if it would cost more credits than this."
    )


class ImageBody(Making):
    """The body of `POST /v1/images/generations`, `/v1/images/edits` and `/v1/images/compositions`."""

    prompt: str = Field(description="What to draw; may carry the flags -ra 16:9 and -re 2k.")
    n: int | None = Field(None, description="Number of pictures, 1–10; absent is the model's own default.")
    size: str | None = Field(None, description="WIDTHxHEIGHT, auto, a ratio such as 16:9, or a resolution such as 2k.")
    width: int | None = Field(None, description="Width in pixels, together with height; size comes before it.")
    height: int | None = Field(None, description="Height in pixels, together with width.")
    ratio: str | None = Field(
        None,
        description="Shape, such as 16:9; comes before size.",
        validation_alias=AliasChoices("ratio", "aspect_ratio", "aspectRatio"),
        serialization_alias="ratio",
    )
    resolution: str | None = Field(None, description="1k, 1.5k, 2k or 4k; comes before size.")
    negative_prompt: str | None = Field(None, description="What not to draw.")
    sample_strength: float | None = Field(
        None, description="0–1: fineness; with pictures as input how much these count."
    )
    strength: float | None = Field(None, description="0–1: how much the pictures of the input count.")
    intelligent_ratio: bool = Field(False, description="Let the model choose the ratio, where it can.")
    series: bool = Field(False, description="Make pictures that belong together, where the model makes series.")
    seed: int | None = Field(None, description="1 … 4294967295; absent is random.")
    response_format: ResponseFormat | None = Field(
        None, description="Absent: b64_json for gpt-image names, url for others."
    )
    output_format: str | None = Field(None, description="png, jpeg or webp; absent is as the site makes it.")
    partial_images: int | None = Field(
        None, ge=0, le=3, description="With stream: 0–3, how many smaller pictures may come before the finished one."
    )


_UNMAKEABLE_FORMATS: Final = frozenset({"gif", "svg"})
_BACKGROUNDS: Final = ("opaque", "auto")
_RATE: Final = 24
_B64_BY_DEFAULT: Final = ("gpt-image", "chatgpt-image")


def read_image_body(body: Body) -> ImageBody:
    """Check the body of an image call.

    Raises InvalidRequest for a wrong type or value, UnsupportedOption for what would change the picture and is not
    offered.
    """
    asked = read_body_fields(ImageBody, body)
    extra = asked.model_extra or {}
    if extra.get("mask"):
        raise UnsupportedOption("The sites offer no mask; leave it out.", param="mask")
    check_background(extra.get("background"))
    if extra.get("fps") not in (None, "", _RATE, str(_RATE)):
        raise UnsupportedOption(f"fps takes {_RATE} only.", param="fps")
    return asked


def check_background(background: object) -> None:
    """Refuse a background that the sites cannot make. Raises InvalidRequest, UnsupportedOption."""
    if background is None or background in ("", *_BACKGROUNDS):
        return
    if background == "transparent":
        raise UnsupportedOption("The sites make no transparent background; take opaque or auto.", param="background")
    if not isinstance(background, str):
        raise InvalidRequest("background must be a string.", param="background", code="invalid_type")
    raise InvalidRequest("background takes opaque or auto.", param="background")


def read_format(name: str | None) -> OutputFormat | None:
    """Tell the file format asked for; raise UnsupportedOption for one OpenAI knows and nobody makes here."""
    if name is None:
        return None
    known = ", ".join(OutputFormat)
    if name in _UNMAKEABLE_FORMATS:
        raise UnsupportedOption(f"Pictures are not made as {name}; allowed: {known}.", param="output_format")
    if name not in set(OutputFormat):
        raise InvalidRequest(f"output_format takes one of {known}.", param="output_format")
    return OutputFormat(name)


def ignored_fields(body: BaseModel) -> list[str]:
    """List the fields sent that have no effect."""
    return [name for name in body.model_extra or {} if name not in PICTURE_FIELDS and name != "mask"]


def prefers_base64(model: str | None, response_format: str | None) -> bool:
    """Decide between base64 and addresses; without response_format the model's name decides, as its clients expect."""
    if response_format is not None:
        return response_format == "b64_json"
    return (model or "").strip().lower().startswith(_B64_BY_DEFAULT)
