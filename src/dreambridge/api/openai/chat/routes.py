"""The chat route."""

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dreambridge.api.calls import Call, answer, deliver_json, open_call, show_plan
from dreambridge.api.context import ApiContext
from dreambridge.api.delivery import Receipt
from dreambridge.api.gateways.tasks import render_accepted
from dreambridge.api.openai.chat.body import ChatBody, Said, read_chat_body, read_said
from dreambridge.api.openai.chat.housekeeping import answer_housekeeping, load_rules
from dreambridge.api.openai.chat.making import ChatWish, Meant, build_wish, create, find_model, unused_fields
from dreambridge.api.openai.chat.rendering import Completion, render_markdown
from dreambridge.api.openai.chat.streaming import ChatStream, write_error
from dreambridge.api.opening import Opened, open_stream
from dreambridge.api.references import take_in
from dreambridge.api.sse import Events, EventStream, telling
from dreambridge.domain.generation import Kind
from dreambridge.engine.flags import Flags, read_flags
from dreambridge.engine.service import CreateOptions, Creation, JobView


@dataclass(frozen=True, slots=True)
class ChatShape:
    """A ChatCompletion with the results as Markdown."""

    call: Call
    completion: Completion
    longest: float

    def render_task(self, view: JobView) -> dict[str, Any]:
        """Make the task that the call started."""
        return render_accepted(view)

    async def finish(self, view: JobView, headers: dict[str, str], receipt: Receipt) -> Response:
        """Make the whole answer."""
        urls = [self.call.context.result_url(self.call.request, each) for each in view.artifacts]
        pairs = zip(view.artifacts, urls, strict=True)
        words = view.job.reply.text if view.job.reply is not None else ""
        if self.completion.as_images:
            return deliver_json(self.completion.message(words, urls), headers, receipt)
        media = "".join(render_markdown(each, url, number=number) for number, (each, url) in enumerate(pairs))
        content = f"{words}\n\n{media}" if words and media else words or media
        return deliver_json(self.completion.message(content), headers, receipt)


class ChatRoutes:
    """`POST /v1/chat/completions`."""

    def __init__(self, context: ApiContext) -> None:
        self._context = context
        self._rules = load_rules()

    async def complete(self, request: Request) -> Response:
        """Make what the last user message wants, or answer a front end's housekeeping with a short text.

        The job SPENDS CREDIT. Raises every error of the tree; a client that hangs up cancels nothing.
        """
        async with open_call(self._context, request, "chat.completions") as call:
            asked = read_chat_body(call.body)
            extra = asked.model_extra or {}
            limit = extra.get("max_completion_tokens", extra.get("max_tokens"))
            meant = await find_model(call, asked)
            usage = bool(asked.stream_options and asked.stream_options.include_usage)
            completion = Completion(meant.asked, as_images=meant.as_images, usage=usage)
            told = answer_housekeeping(self._rules, asked.messages, limit)
            if told is not None:
                return _tell(call, completion, told, stream=asked.stream)
            return await self._make(call, asked, meant, completion)

    async def _make(self, call: Call, asked: ChatBody, meant: Meant, completion: Completion) -> Response:
        said = read_said(asked.messages)
        flags = read_flags(said.text)
        making = _Making(call, asked, meant, completion, said, flags)
        if asked.dry_run:
            return await show_plan(call, await making.wish(), making.options(), unused_fields(asked, meant, flags))
        if asked.stream:
            return await open_stream(call, making.open(), write_error)
        return await making.wait()


@dataclass(frozen=True, slots=True)
class _Making:
    """A checked chat call on its way to its job."""

    call: Call
    asked: ChatBody
    meant: Meant
    completion: Completion
    said: Said
    flags: Flags

    @property
    def longest(self) -> float:
        """Give the longest wait for what is meant, in seconds."""
        settings = self.call.context.options
        return settings.sync_wait_images if self.meant.kind is Kind.IMAGE else settings.sync_wait_videos

    async def wish(self) -> ChatWish:
        """Have the files here, and put together what is wished."""
        inputs = await take_in(self.call, self.said.references, self.meant.kinds)
        return build_wish(self.call, self.asked, self.meant, self.flags, self.said, inputs)

    def options(self, *, task: bool = False) -> CreateOptions:
        """Put together what the engine wants to know beyond the wish."""
        return self.call.options(task_shape=task, max_credits=self.asked.max_credits)

    async def open(self) -> Opened:
        """Make the job and open its stream."""
        creation = await create(self.call, await self.wish(), self.options())
        stream = ChatStream(self.call, creation, self.completion, self.longest)
        return Opened(stream.events(), self._headers(creation), stream.ending())

    async def wait(self) -> Response:
        """Make the job and wait for it, or answer with its task."""
        task = bool(self.asked.run_async)
        creation = await create(self.call, await self.wish(), self.options(task=task))
        shape = ChatShape(self.call, self.completion, self.longest)
        return await answer(self.call, creation, shape, self._headers(creation), task_shape=task)

    def _headers(self, creation: Creation) -> dict[str, str]:
        headers = self.call.headers(creation, unused_fields(self.asked, self.meant, self.flags))
        if self.said.earlier:
            headers["x-dreambridge-references"] = str(len(self.said.references))
        return headers


def _tell(call: Call, completion: Completion, text: str, *, stream: bool) -> Response:
    """Answer with a text that costs nothing."""
    headers = call.reading_headers()
    if not stream:
        return JSONResponse(completion.message(text), headers=headers)

    async def events() -> Events:
        yield completion.begin()
        yield completion.say(text)
        yield completion.end()

    return EventStream(events(), headers, telling())
