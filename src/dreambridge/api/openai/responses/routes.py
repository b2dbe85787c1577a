"""The routes of responses."""

import re
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dreambridge.api.calls import Call, answer, error_of, open_call, show_plan
from dreambridge.api.context import ApiContext
from dreambridge.api.delivery import Delivery, Receipt, base64_length
from dreambridge.api.gateways.tasks import render_accepted
from dreambridge.api.openai.chat.making import find_kind
from dreambridge.api.openai.responses.body import RESPONSE_PREFIX, Heard, read_response_body
from dreambridge.api.openai.responses.rendering import Answering, Splice, item_id
from dreambridge.api.openai.responses.streaming import ResponseStream, write_error
from dreambridge.api.openai.schemas import check_background, read_format
from dreambridge.api.opening import Opened, open_stream
from dreambridge.api.references import take_in
from dreambridge.domain.errors import JobNotFound, UnknownModel
from dreambridge.domain.generation import ImageWish, InputKind
from dreambridge.domain.job import JobState
from dreambridge.engine.flags import Flags, read_flags
from dreambridge.engine.service import CreateOptions, Creation, JobView

# Names of models that speak: the tool's callers name one beside the tool.
_LANGUAGE_MODEL: Final = re.compile(
    r"(?:chatgpt|gpt|o[0-9]|codex|claude|gemini|qwen|deepseek|glm|kimi|llama|grok)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class ResponseShape:
    """A Response object with its pictures."""

    call: Call
    answering: Answering

    @property
    def longest(self) -> float:
        """Give the longest wait, in seconds."""
        return self.call.context.options.sync_wait_images

    def render_task(self, view: JobView) -> dict[str, Any]:
        """Make the task that the call started."""
        return render_accepted(view)

    async def finish(self, view: JobView, headers: dict[str, str], receipt: Receipt) -> Response:
        """Make the whole response, the pictures read from disk while it is sent."""
        splice = Splice()
        items = await _items(self.call.context, self.answering, view, splice)
        return _deliver(splice, self.answering.response(view, items), headers, receipt)


async def _items(context: ApiContext, answering: Answering, view: JobView, splice: Splice) -> list[dict[str, Any]]:
    items = []
    for artifact in view.artifacts:
        file = await context.service.artifact_file(artifact.id)
        items.append(answering.item(item_id(artifact.id), "completed", file, splice.put(file.path)))
    return items


def _deliver(splice: Splice, content: dict[str, Any], headers: dict[str, str], receipt: Receipt) -> Delivery:
    parts = splice.parts(content)
    length = sum(base64_length(part.stat().st_size) if isinstance(part, Path) else len(part) for part in parts)
    return Delivery(parts, length, headers, receipt)


@dataclass(frozen=True, slots=True)
class _Making:
    """A checked Responses call on its way to its job."""

    call: Call
    heard: Heard
    model: str | None
    flags: Flags
    unused: list[str]

    @property
    def ignored(self) -> list[str]:
        """Name what has no effect."""
        extra, own = self.heard.asked.model_extra or {}, self.heard.tool.model_extra or {}
        return [*self.unused, *extra, *(f"tools.{name}" for name in own)]

    async def wish(self) -> ImageWish:
        """Have the pictures here, and put together what is wished."""
        tool, flags = self.heard.tool, self.flags
        references = () if tool.action == "generate" else self.heard.said.references
        return ImageWish(
            prompt=flags.prompt,
            model=self.model,
            count=1,
            size=tool.size,
            ratio=flags.ratio or tool.ratio,
            resolution=flags.resolution or tool.resolution,
            output_format=read_format(tool.output_format),
            default_model=self.call.context.options.default_image_model,
            inputs=await take_in(self.call, references, {InputKind.IMAGE}),
        )

    def options(self) -> CreateOptions:
        """Put together what the engine wants to know beyond the wish."""
        return self.call.options(max_credits=self.heard.asked.max_credits)

    async def _create(self) -> tuple[Creation, Answering]:
        creation = await self.call.context.service.create_image(await self.wish(), self.call.caller, self.options())
        asked, made = self.heard.asked, creation.view.job.request
        size = str(made.exact or made.native)
        return creation, Answering(
            asked.model or made.asked_model, size, asked.previous_response_id, background=asked.background
        )

    async def open(self) -> Opened:
        """Make the job and open its stream."""
        creation, answering = await self._create()
        stream = ResponseStream(self.call, creation, answering, self.heard.tool.partial_images or 0, count())
        return Opened(stream.events(), self.call.headers(creation, self.ignored), stream.ending())

    async def wait(self) -> Response:
        """Make the job and wait for it, or answer with what it is where it goes on in the background."""
        creation, answering = await self._create()
        headers = self.call.headers(creation, self.ignored)
        if self.heard.asked.background and not creation.view.job.state.ended:
            return JSONResponse(answering.response(creation.view, []), headers=headers)
        return await answer(self.call, creation, ResponseShape(self.call, answering), headers)


class ResponseRoutes:
    """`/v1/responses`."""

    def __init__(self, context: ApiContext) -> None:
        self._context = context

    async def create(self, request: Request) -> Response:
        """Make a picture by the image_generation tool. The job SPENDS CREDIT. Raises every error of the tree."""
        async with open_call(self._context, request, "responses") as call:
            heard = read_response_body(call.body)
            model, unused = await self._find_model(call, heard)
            return await self._make(call, heard, model, unused)

    async def _make(self, call: Call, heard: Heard, model: str | None, unused: list[str]) -> Response:
        check_background(heard.tool.background)
        making = _Making(call, heard, model, read_flags(heard.said.text), unused)
        if heard.asked.dry_run:
            return await show_plan(call, await making.wish(), making.options(), making.ignored)
        if heard.asked.stream:
            return await open_stream(call, making.open(), write_error)
        return await making.wait()

    async def _find_model(self, call: Call, heard: Heard) -> tuple[str | None, list[str]]:
        """Choose what draws: the tool's model, the call's if it is one of ours, else the default.

        A language model's name is no fault where the tool is named: its words are never asked for. Such a name is given
        back as without effect. Raises UnknownModel for any other name that nobody knows.
        """
        name = heard.asked.model
        if heard.tool.model is not None:
            return heard.tool.model, [] if name is None else ["model"]
        if name is None:
            return None, []
        try:
            await find_kind(call, name)
        except UnknownModel:
            if heard.named and _LANGUAGE_MODEL.match(name.strip()):
                return None, ["model"]
            raise
        return name, []

    async def retrieve(self, request: Request) -> Response:
        """Answer with a response as it stands, its pictures in it. Raises JobNotFound."""
        caller = await self._context.caller(request)
        view = await self._context.service.get(_job_id(request), caller)
        headers = {"x-job-id": view.job.id}
        answering = Answering(view.job.request.asked_model, background=True)
        if view.job.state is not JobState.COMPLETED:
            error = error_of(view) if view.job.state.ended else None
            if error is not None and view.job.delivered_at is None:
                await self._context.service.delivered(view.job.id)
            return JSONResponse(answering.response(view, [], error), headers=headers)
        splice = Splice()
        items = await _items(self._context, answering, view, splice)

        async def note() -> None:
            await self._context.service.delivered(view.job.id)

        return _deliver(splice, answering.response(view, items), headers, Receipt(note, lambda: None))

    async def cancel(self, request: Request) -> Response:
        """Cancel a response as soon as that is safe, and answer with it. Raises JobNotFound."""
        caller = await self._context.caller(request)
        view = await self._context.service.cancel(_job_id(request), caller)
        error = error_of(view) if view.job.state.ended and view.job.state is not JobState.COMPLETED else None
        answering = Answering(view.job.request.asked_model, background=True)
        return JSONResponse(answering.response(view, [], error), headers={"x-job-id": view.job.id})

    async def delete(self, request: Request) -> Response:
        """Delete a response with its prompt and pictures. Raises JobNotFound, UnsupportedOption while it runs."""
        caller = await self._context.caller(request)
        await self._context.service.forget(_job_id(request), caller)
        return JSONResponse({"id": request.path_params["response_id"], "object": "response", "deleted": True})


def _job_id(request: Request) -> str:
    name = str(request.path_params["response_id"])
    if not name.startswith(RESPONSE_PREFIX):
        raise JobNotFound("There is no such response.", code="response_not_found", param="response_id")
    return "job_" + name.removeprefix(RESPONSE_PREFIX)
