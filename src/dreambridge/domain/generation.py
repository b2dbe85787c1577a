"""What a caller wants, in our words and neutral of any site."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias


class Kind(StrEnum):
    """What a model makes; the agent decides by itself which of the others it makes."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    AGENT = "agent"


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


class InputKind(StrEnum):
    """What an input is, by its bytes."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"


@dataclass(frozen=True, slots=True)
class MediaInput:
    """A caller's picture, video or sound as it lies here: checked, turned upright, in a format the sites take.

    `sha256` names it (hex, of the bytes in `file`, a name within the inputs' directory); `bytes` is its size;
    `dimensions` is of pictures and videos, `seconds` the length of videos and sounds.
    """

    sha256: str
    kind: InputKind
    media_type: str
    extension: str
    bytes: int
    file: str
    dimensions: Dimensions | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class ImageWish:
    """What the caller said, read but not yet checked against a model.

    `None` means absent. `ratio`, `resolution` and `size` are as written (flags already merged in);
    `sample_strength` is 0–1, `seed` 1 … 2³²-1. With `inputs` the prompt says what to make of these pictures,
    `strength` (0–1) how much they count; `series` asks for pictures that belong together, as many as `count`.
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
    inputs: tuple[MediaInput, ...] = ()
    strength: float | None = None
    series: bool = False


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
    inputs: tuple[MediaInput, ...] = ()
    strength: float = 0.5
    series: bool = False


class VideoMode(StrEnum):
    """From what a video is made; the names are the sites' own (functionMode and input_media_type)."""

    TEXT = "text"
    FIRST_FRAME = "first_frame"
    FIRST_LAST_FRAMES = "first_last_frames"
    MULTI_FRAME = "multi_frame"
    OMNI_REFERENCE = "omni_reference"
    SUBJECT_REFERENCE = "subject_reference"


@dataclass(frozen=True, slots=True)
class Frame:
    """One key frame of a multi-frame video: which input it is, how many whole seconds follow it, and what happens."""

    input: int
    seconds: int
    prompt: str = ""


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of an omni prompt: text, or a reference to an input by its index."""

    text: str = ""
    input: int | None = None


@dataclass(frozen=True, slots=True)
class VideoWish:
    """What the caller said of a video, read but not yet checked against a model; `None` means absent.

    `inputs` are in the caller's order, `input_names` the names under which the prompt may mark them (`@1`, `@图1`,
    `@image_file_1`, `[Image 1]`). `mode` is absent when the inputs decide: none, one picture, two pictures.
    `remixed_from` is the id of the caller's job whose settings and inputs these are.
    """

    prompt: str
    model: str | None = None
    mode: VideoMode | None = None
    ratio: str | None = None
    resolution: str | None = None
    size: str | None = None
    seconds: float | None = None
    seed: int | None = None
    inputs: tuple[MediaInput, ...] = ()
    input_names: tuple[str, ...] = ()
    frames: tuple[Frame, ...] = ()
    default_model: str = "jimeng-video-3.5-pro"
    remixed_from: str | None = None


@dataclass(frozen=True, slots=True)
class VideoRequest:
    """A validated wish for one video: every value is one the model can do on the chosen sites.

    `ratio` is what is asked; with a first frame the frame's own shape wins. `native` is the size expected of the
    result. `segments` is the prompt of an omni reference cut at its marks. `count`, `parts`, `exact` and
    `output_format` read as in `ImageRequest`, `remixed_from` as in `VideoWish`.
    """

    prompt: str
    model: str
    asked_model: str
    mode: VideoMode
    ratio: str
    resolution: str
    seconds: int
    native: Dimensions
    inputs: tuple[MediaInput, ...] = ()
    frames: tuple[Frame, ...] = ()
    segments: tuple[Segment, ...] = ()
    seed: int | None = None
    count: int = 1
    parts: tuple[int, ...] = (1,)
    exact: Dimensions | None = None
    output_format: OutputFormat | None = None
    ignored: tuple[str, ...] = ()
    remixed_from: str | None = None


@dataclass(frozen=True, slots=True)
class AgentWish:
    """What the caller said to the agent; `None` means absent.

    `conversation_id` continues a conversation of the caller's; `image_model`, `ratio` and `resolution` are hints that
    the agent may follow when it draws.
    """

    prompt: str
    conversation_id: str | None = None
    inputs: tuple[MediaInput, ...] = ()
    image_model: str | None = None
    ratio: str | None = None
    resolution: str | None = None


@dataclass(frozen=True, slots=True)
class AgentRequest:
    """One turn of a conversation with a site's agent, which decides by itself what to make.

    `conversation_id` is chosen before anything is sent. `count` 0 means as many as come, and `parts` holds the turn
    itself, which is no picture; no size is known beforehand.
    """

    prompt: str
    conversation_id: str
    inputs: tuple[MediaInput, ...] = ()
    image_model: str | None = None
    ratio: str | None = None
    resolution: str = ""
    model: str = "agent"
    asked_model: str = "agent"
    count: int = 0
    parts: tuple[int, ...] = (0,)
    seed: int | None = None
    native: Dimensions | None = None
    exact: Dimensions | None = None
    output_format: OutputFormat | None = None
    ignored: tuple[str, ...] = ()


GenerationRequest: TypeAlias = ImageRequest | VideoRequest | AgentRequest
