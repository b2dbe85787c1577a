"""From the body of a video call to a job: what every door that makes videos has in common."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final

from starlette.responses import Response

from dreambridge.api.calls import Call, show_plan
from dreambridge.api.openai.video_bodies import (
    RemixBody,
    VideoBody,
    ignored_video_fields,
    read_pixels,
    read_seconds,
)
from dreambridge.api.openai.video_inputs import input_fields, list_video_references, read_frames, take_in_all
from dreambridge.api.references import refuse_files
from dreambridge.domain.errors import RequestError
from dreambridge.domain.generation import MediaInput, VideoMode, VideoRequest, VideoWish
from dreambridge.domain.job import Job
from dreambridge.engine.flags import Flags, read_flags
from dreambridge.engine.service import CreateOptions, Creation

# What a client that knows OpenAI alone means when it names no model.
_UNNAMED: Final = "sora-2"


@dataclass(frozen=True, slots=True)
class Door:
    """How a door makes its jobs: the model when none is named, what ids begin with, whether it answers at once."""

    default_model: str
    id_prefix: str
    at_once: bool


def default_for_openai(call: Call) -> str:
    """Give the model of an OpenAI call that names none: the setting's, with the lengths of OpenAI's where it is one.

    OpenAI's clients ask for 4, 8 or 12 seconds, which its name maps to lengths that the model makes.
    """
    default = call.context.options.default_video_model
    alias = call.context.catalog.alias(_UNNAMED)
    return _UNNAMED if alias is not None and alias.target == default else default


def build_wish(
    asked: VideoBody, flags: Flags, inputs: tuple[MediaInput, ...], names: tuple[str, ...], default_model: str
) -> VideoWish:
    """Put what the caller said into the engine's words; what a flag says beats the field."""
    _, seconds = read_seconds(asked)
    return VideoWish(
        prompt=flags.prompt,
        model=asked.model,
        mode=None if asked.mode is None else VideoMode(asked.mode),
        ratio=flags.ratio or asked.ratio,
        resolution=flags.resolution or asked.resolution,
        size=read_pixels(asked),
        seconds=seconds if flags.duration is None else flags.duration,
        seed=asked.seed,
        inputs=inputs,
        input_names=names,
        frames=read_frames(asked.frames or ()),
        default_model=default_model,
    )


@dataclass(frozen=True, slots=True)
class Order:
    """A video that a call asks for, checked as far as can be without a model.

    `seconds_field` is where the caller says its length, `ignored` what of the request has no effect.
    """

    call: Call
    wish: VideoWish
    options: CreateOptions
    ignored: tuple[str, ...]
    seconds_field: str = "duration"

    async def place(self) -> tuple[Creation, dict[str, str]]:
        """Make the job, which SPENDS CREDIT; give it, and the headers of the answer.

        Raises `RequestError`s for what cannot be done, before anything is written.
        """
        with self._naming():
            creation = await self.call.context.service.create_video(self.wish, self.call.caller, self.options)
        return creation, self.call.headers(creation, self.ignored)

    async def preview(self) -> Response:
        """Answer what would be sent and at what price instead; writes and spends nothing."""
        with self._naming():
            return await show_plan(self.call, self.wish, self.options, self.ignored)

    @contextmanager
    def _naming(self) -> Iterator[None]:
        """Have an error about the length name the caller's own field."""
        try:
            yield
        except RequestError as error:
            if error.param == "duration":
                error.param = self.seconds_field
            raise


async def order_video(call: Call, asked: VideoBody, door: Door) -> Order:
    """Read what a call asks for and take its inputs in; touches the network for addresses, spends nothing.

    Raises `RequestError`s.
    """
    flags = read_flags(asked.prompt)
    references = list_video_references(call.body, asked.frames or ())
    unknown = refuse_files(call.body, input_fields(call.body))
    # Everything that needs no input is checked before one is fetched.
    name, _ = read_seconds(asked)
    read_pixels(asked)
    inputs = await take_in_all(call, references)
    unread = ["response_format"] if door.at_once and asked.response_format is not None else []
    return Order(
        call,
        build_wish(asked, flags, inputs, tuple(each.param for each in references), door.default_model),
        call.options(task_shape=door.at_once, max_credits=asked.max_credits, id_prefix=door.id_prefix),
        (*ignored_video_fields(asked), *unknown, *unread),
        name if flags.duration is None else "prompt",
    )


def order_remix(call: Call, asked: RemixBody, job: Job, source: VideoRequest) -> Order:
    """Ask for the source's settings, inputs and seed with other words. Raises `RequestError`s."""
    options = call.options(task_shape=True, max_credits=asked.max_credits, id_prefix="video")
    named = ("model",) if asked.model is not None else ()
    wish = build_remix(source, read_flags(asked.prompt), job)
    return Order(call, wish, options, (*named, *ignored_video_fields(asked)), "prompt")


def build_remix(source: VideoRequest, flags: Flags, job: Job) -> VideoWish:
    """Say a request anew with other words; key frames that had words of their own keep them."""
    own = source.mode in {VideoMode.TEXT, VideoMode.OMNI_REFERENCE, VideoMode.SUBJECT_REFERENCE}
    seconds = source.seconds if flags.duration is None else flags.duration
    return VideoWish(
        prompt=flags.prompt,
        model=source.asked_model,
        mode=source.mode,
        # With a first frame the shape is the frame's, and nothing has to be said of it.
        ratio=flags.ratio or (source.ratio if own else None),
        resolution=flags.resolution or source.resolution,
        seconds=None if source.frames else seconds,
        seed=next((part.seed for part in job.submissions if part.seed), source.seed),
        inputs=source.inputs,
        frames=tuple(replace(frame, prompt="") if frame.prompt == source.prompt else frame for frame in source.frames),
        remixed_from=job.id,
    )
