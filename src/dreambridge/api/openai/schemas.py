"""The bodies OpenAI's routes take, with the fields that scripts for other gateways send beside them.

Types are checked here, strictly; ranges, sizes and what a model can do are checked by the catalogue, in one place for
every door.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from dreambridge.api.fields import read_fields
from dreambridge.domain.errors import InvalidRequest, UnsupportedOption
from dreambridge.domain.generation import OutputFormat


class ImageGeneration(BaseModel):
    """The body of `POST /v1/images/generations`.

    Fields that are not listed are accepted, have no effect and are named in the header x-dreambridge-ignored.
    """

    model_config = ConfigDict(strict=True, extra="allow", frozen=True)

    prompt: str = Field(description="What to draw; may carry the flags -ra 16:9 and -re 2k.")
    model: str | None = Field(None, description="A name from GET /v1/models.")
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
    sample_strength: float | None = Field(None, description="0–1.")
    intelligent_ratio: bool = Field(False, description="Let the model choose the ratio, where it can.")
    seed: int | None = Field(None, description="1 … 4294967295; absent is random.")
    response_format: Literal["url", "b64_json"] | None = Field(
        None, description="Absent: b64_json for gpt-image names, url for others."
    )
    output_format: str | None = Field(None, description="png, jpeg or webp; absent is as the site makes it.")
    run_async: bool | None = Field(
        None, validation_alias="async", serialization_alias="async", description="Answer at once with a task."
    )


# Options that would change what is made, streamed or spent, and are not offered: refused unless they ask for nothing.
_REFUSED: Final = MappingProxyType(
    {
        "stream": "Streaming is not offered here; send the request without it, or with Prefer: respond-async.",
        "dry_run": "A dry run is not offered here; nothing was sent or spent.",
        "max_credits": "A price limit is not offered here; nothing was sent or spent.",
        "mask": "The sites offer no mask.",
        **dict.fromkeys(
            ("image", "images", "image_url", "image_urls", "imageUrl", "imageUrls", "file_paths", "filePaths"),
            "Reference pictures are not offered here; describe the picture in the prompt.",
        ),
    }
)
_UNMAKEABLE_FORMATS: Final = frozenset({"gif", "svg"})
_BACKGROUNDS: Final = ("opaque", "auto")
_RATE: Final = 24
_B64_BY_DEFAULT: Final = ("gpt-image", "chatgpt-image")


def read_image_generation(fields: dict[str, Any]) -> ImageGeneration:
    """Check the body of an image call.

    Raises InvalidRequest for a wrong type or value, UnsupportedOption for what would change the picture or the price
    and is not offered.
    """
    body = read_fields(ImageGeneration, fields)
    extra = body.model_extra or {}
    for name, reason in _REFUSED.items():
        value = extra.get(name)
        # A price limit of 0 asks for something; an empty list of pictures, `false` and "" do not.
        if value is not None and (name == "max_credits" or (value is not False and value not in ("", [], {}))):
            raise UnsupportedOption(reason, param=name)
    _check_background(extra)
    if (rate := extra.get("fps")) is not None and rate != _RATE:
        raise UnsupportedOption(f"fps takes {_RATE} only.", param="fps")
    return body


def _check_background(extra: Mapping[str, Any]) -> None:
    background = extra.get("background")
    if background is None or background in _BACKGROUNDS:
        return
    if background == "transparent":
        raise UnsupportedOption("The sites make no transparent background; take opaque or auto.", param="background")
    if not isinstance(background, str):
        raise InvalidRequest("background must be a string.", param="background", code="invalid_type")
    raise InvalidRequest("background takes opaque or auto.", param="background")


def read_output_format(body: ImageGeneration) -> OutputFormat | None:
    """Tell the file format asked for; raise UnsupportedOption for one OpenAI knows and nobody makes here."""
    name = body.output_format
    if name is None:
        return None
    known = ", ".join(OutputFormat)
    if name in _UNMAKEABLE_FORMATS:
        raise UnsupportedOption(f"Pictures are not made as {name}; allowed: {known}.", param="output_format")
    if name not in set(OutputFormat):
        raise InvalidRequest(f"output_format takes one of {known}.", param="output_format")
    return OutputFormat(name)


def ignored_fields(body: ImageGeneration) -> list[str]:
    """List the fields sent that have no effect."""
    extra = body.model_extra or {}
    return [name for name in extra if name not in _REFUSED]


def wants_base64(body: ImageGeneration) -> bool:
    """Decide between base64 and addresses; without response_format the model's name decides, as its clients expect."""
    if body.response_format is not None:
        return body.response_format == "b64_json"
    return (body.model or "").strip().lower().startswith(_B64_BY_DEFAULT)
