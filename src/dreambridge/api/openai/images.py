"""The image routes: a wish in, a job behind it, pictures or a task out."""

from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from dreambridge.api.calls import Call, answer, deliver_json, open_call, show_plan
from dreambridge.api.context import ApiContext
from dreambridge.api.delivery import Receipt
from dreambridge.api.forms import Form
from dreambridge.api.gateways.tasks import render_accepted
from dreambridge.api.openai.answers import deliver_base64, render_urls
from dreambridge.api.openai.image_stream import ImageStream
from dreambridge.api.openai.schemas import (
    ImageBody,
    ignored_fields,
    prefers_base64,
    read_format,
    read_image_body,
)
from dreambridge.api.references import PICTURE_FIELDS, list_references, refuse_files, take_in
from dreambridge.api.sse import EventStream
from dreambridge.domain.errors import InvalidRequest
from dreambridge.domain.generation import ImageWish, InputKind, MediaInput
from dreambridge.engine.flags import Flags, read_flags
from dreambridge.engine.service import JobView

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
        inputs = await take_in(call, references, _PICTURES)
        wish = build_wish(asked, flags, self._context.options.default_image_model, inputs)
        task = not asked.stream and self._wants_task(call, asked)
        options = call.options(task_shape=task, max_credits=asked.max_credits)
        ignored = [*ignored_fields(asked), *unknown, *(["duration"] if flags.duration is not None else [])]
        if asked.partial_images and not asked.stream:
            ignored.append("partial_images")
        if asked.dry_run:
            return await show_plan(call, wish, options, ignored)
        creation = await self._context.service.create_image(wish, call.caller, options)
        headers = call.headers(creation, ignored)
        if asked.stream:
            family = "image_edit" if required else "image_generation"
            stream = ImageStream(call, creation, family, asked.partial_images or 0)
            return EventStream(stream.events(), headers, stream.ending())
        beside = {"input_images": len(inputs), "composition_type": "multi_image_synthesis"} if composition else {}
        return await answer(call, creation, ImagesShape(call, asked, beside), headers, task_shape=task)

    def _wants_task(self, call: Call, asked: ImageBody) -> bool:
        if asked.run_async is not None:
            return asked.run_async
        # What only OpenAI's clients send as a form is never answered in another gateway's shape by a setting.
        return (
            self._context.options.task_answers
            and not call.preferences.respond_async
            and not isinstance(call.body, Form)
        )
