"""What a caller wants, in our words and neutral of any site."""

from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What a model makes."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"


class OutputFormat(StrEnum):
    """File formats we deliver pictures in."""

    PNG = "png"
    JPEG = "jpeg"
    WEBP = "webp"


@dataclass(frozen=True, slots=True)
class Dimensions:
    """Width and height in pixels, both at least 1."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"


@dataclass(frozen=True, slots=True)
class ImageWish:
    """What the caller said, read but not yet checked against a model.

    `None` means absent. `ratio`, `resolution` and `size` are as written (flags already merged in);
    `sample_strength` is 0–1, `seed` 1 … 2³²-1. `default_count` applies when `count` is absent.
    """

    prompt: str
    model: str | None = None
    count: int | None = None
    size: str | None = None
    width: int | None = None
    height: int | None = None
    ratio: str | None = None
    resolution: str | None = None
    negative_prompt: str | None = None
    sample_strength: float | None = None
    intelligent_ratio: bool = False
    seed: int | None = None
    output_format: OutputFormat | None = None
    default_model: str = "jimeng-4.5"


@dataclass(frozen=True, slots=True)
class ImageRequest:
    """A validated wish: every value is one the model can do on the chosen sites.

    `native` is the size asked of the site; `exact` the size delivered when the caller named pixels (never larger than
    `native`); `count` is what is delivered, `parts` the number of pictures asked in each submission (their sum is at
    least `count`). `asked_model` is the name the caller used, `model` the catalogue's.
    """

    prompt: str
    model: str
    asked_model: str
    count: int
    parts: tuple[int, ...]
    ratio: str
    resolution: str
    native: Dimensions
    exact: Dimensions | None = None
    negative_prompt: str = ""
    sample_strength: float = 0.5
    intelligent_ratio: bool = False
    seed: int | None = None
    output_format: OutputFormat | None = None
    ignored: tuple[str, ...] = field(default=())
