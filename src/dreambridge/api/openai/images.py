"""The image routes: a wish in, a job behind it, pictures or a task out."""

from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from dreambridge.api.calls import Call, answer, deliver_json, open_call, show_plan
from dreambridge.api.context import ApiContext
from dreambridge.api.delivery import Receipt
from dreambridge.api.gateways.tasks import render_accepted
from dreambridge.api.openai.answers import deliver_base64, render_urls
from dreambridge.api.openai.image_stream import ImageStream, write_error
from dreambridge.api.openai.schemas import (
    ImageBody,
    ignored_fields,
    prefers_base64,
    read_format,
    read_image_body,
)
from dreambridge.api.opening import Opened, open_stream
from dreambridge.api.references import PICTURE_FIELDS, Reference, list_references, refuse_files, take_in
from dreambridge.domain.errors import InvalidRequest
from dreambridge.domain.generation import ImageWish, InputKind, MediaInput
from dreambridge.engine.flags import Flags, read_flags
from dreambridge.engine.service import CreateOptions, JobView

_PICTURES: Final = frozenset({InputKind.IMAGE})


def build_wish(body: ImageBody, flags: Flags, default_model: str, inputs: tuple[MediaInput, ...] = ()) -> ImageWish:
    """Put what the caller said into the engine's words; what a flag says beats the field."""
    strength = body.sample_strength if body.strength is None else body.strength
    return ImageWish(
        prompt=flags.prompt,
        model=body.model,
        count=body.n,
        size=body.size,
        width=body.width,
        height=body.height,
        ratio=flags.ratio or body.ratio,
        resolution=flags.resolution or body.resolution,
        negative_prompt=body.negative_prompt,
        sample_strength=body.sample_strength,
        intelligent_ratio=body.intelligent_ratio,
        seed=body.seed,
        output_format=read_format(body.output_format),
        default_model=default_model,
        inputs=inputs,
        # Scripts for other gateways have one word for both.
        strength=strength if inputs else body.strength,
        series=body.series,
    )


@dataclass(frozen=True, slots=True)
class ImagesShape:
    """OpenAI's ImagesResponse, with what the compositions of other gateways say beside it."""

    call: Call
    asked: ImageBody
    beside: dict[str, Any]

    @property
    def longest(self) -> float:
        """Give the longest wait, in seconds."""
        return self.call.context.options.sync_wait_images

    def render_task(self, view: JobView) -> dict[str, Any]:
        """Make the task that the call started."""
        inputs = self.beside.get("input_images")
        return {**render_accepted(view), **({} if inputs is None else {"input_images": inputs})}

    async def finish(self, view: JobView, headers: dict[str, str], receipt: Receipt) -> Response:
        """Make the answer with addresses or with the pictures themselves."""
        context, request = self.call.context, self.call.request
        if prefers_base64(self.asked.model, self.asked.response_format):
            return await deliver_base64(context, view, headers, receipt, self.beside)
        return deliver_json({**render_urls(context, request, view), **self.beside}, headers, receipt)


class ImageRoutes:
    """`/v1/images/generations`, `/v1/images/edits`, `/v1/images/compositions`.

    Each makes a job that SPENDS CREDIT, and waits for it or answers with a job or a task where the client asks for
    one. Each raises every error of the tree.
    """

    def __init__(self, context: ApiContext) -> None:
        self._context = context

    async def generate(self, request: Request) -> Response:
        """Make pictures from words, or from words and pictures."""
        async with open_call(self._context, request, "images.generations") as call:
            return await self._make(call)

    async def edit(self, request: Request) -> Response:
        """Make pictures from at least one picture; JSON or a form."""
        async with open_call(self._context, request, "images.edits") as call:
            return await self._make(call, required="image")

    async def compose(self, request: Request) -> Response:
        """Do what `edit` does, in the words of other gateways."""
        async with open_call(self._context, request, "images.compositions") as call:
            return await self._make(call, required="images", composition=True)

    async def _make(self, call: Call, *, required: str | None = None, composition: bool = False) -> Response:
        asked = read_image_body(call.body)
        references = list_references(call.body, PICTURE_FIELDS)
        unknown = refuse_files(call.body, PICTURE_FIELDS)
        if required is not None and not references:
            raise InvalidRequest(
                f"The field {required} is missing: send at least one picture.",
                param=required,
                code="missing_required_parameter",
            )
        flags = read_flags(asked.prompt)
        ignored = [*ignored_fields(asked), *unknown, *(["duration"] if flags.duration is not None else [])]
        making = _Making(call, asked, flags, references, ignored, composition=composition)
        if asked.dry_run:
            return await show_plan(call, await making.wish(), making.options(task=False), ignored)
        if asked.stream:
            family = "image_edit" if required else "image_generation"
            return await open_stream(call, making.open(family), write_error)
        return await making.wait(task=_wants_task(call, asked))


def _wants_task(call: Call, asked: ImageBody) -> bool:
    if asked.run_async is not None:
        return asked.run_async
    return call.task_answers and not call.preferences.respond_async


@dataclass(frozen=True, slots=True)
class _Making:
    """A checked image call on its way to its job."""

    call: Call
    asked: ImageBody
    flags: Flags
    references: list[Reference]
    ignored: list[str]
    composition: bool

    async def wish(self) -> ImageWish:
        """Have the pictures here, and put together what is wished."""
        inputs = await take_in(self.call, self.references, _PICTURES)
        return build_wish(self.asked, self.flags, self.call.context.options.default_image_model, inputs)

    def options(self, *, task: bool) -> CreateOptions:
        """Put together what the engine wants to know beyond the wish."""
        return self.call.options(task_shape=task, max_credits=self.asked.max_credits)

    async def open(self, family: str) -> Opened:
        """Make the job and open its stream."""
        call, service = self.call, self.call.context.service
        creation = await service.create_image(await self.wish(), call.caller, self.options(task=False))
        stream = ImageStream(call, creation, family, self.asked.partial_images or 0)
        return Opened(stream.events(), call.headers(creation, self.ignored), stream.ending())

    async def wait(self, *, task: bool) -> Response:
        """Make the job and wait for it, or answer with its task."""
        call, wish = self.call, await self.wish()
        creation = await call.context.service.create_image(wish, call.caller, self.options(task=task))
        # Without stream there is nothing for smaller pictures to come before.
        headers = call.headers(creation, [*self.ignored, *(["partial_images"] if self.asked.partial_images else [])])
        beside: dict[str, Any] = {}
        if self.composition:
            beside = {"input_images": len(wish.inputs), "composition_type": "multi_image_synthesis"}
        return await answer(call, creation, ImagesShape(call, self.asked, beside), headers, task_shape=task)
