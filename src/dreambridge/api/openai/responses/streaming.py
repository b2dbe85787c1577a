"""A response in events: the item announced, smaller pictures before the finished one, the whole at the end."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from itertools import count
from typing import Any

from dreambridge.api.calls import Call, error_of
from dreambridge.api.client_hints import read_language
from dreambridge.api.errors import render_error
from dreambridge.api.following import follow_job
from dreambridge.api.openai.image_stream import PARTIAL_SIDE
from dreambridge.api.openai.responses.rendering import Answering, Splice, item_id
from dreambridge.api.sse import Ending, Event, Events, format_event
from dreambridge.domain.errors import GatewayError
from dreambridge.domain.job import JobState
from dreambridge.domain.remedies import Language
from dreambridge.engine.service import Creation, JobView


@dataclass(frozen=True, slots=True)
class ResponseStream:
    """The stream of one Responses call; `partials` is 0–3."""

    call: Call
    creation: Creation
    answering: Answering
    partials: int
    numbers: "count[int]"

    def _event(self, kind: str, **content: Any) -> bytes:
        return format_event(self._numbered(kind, content), kind)

    def _numbered(self, kind: str, content: dict[str, Any]) -> dict[str, Any]:
        return {"type": kind, "sequence_number": next(self.numbers), **content}

    def _spliced(self, kind: str, splice: Splice, **content: Any) -> Event:
        return [f"event: {kind}\ndata: ".encode(), *splice.parts(self._numbered(kind, content)), b"\n\n"]

    async def events(self) -> Events:
        """Give the events in OpenAI's order. Raises what the job ended with."""
        view, job_id = self.creation.view, self.creation.view.job.id
        waiting = item_id(job_id)
        yield self._event("response.created", response=self.answering.response(view, []))
        yield self._event("response.in_progress", response=self.answering.response(view, []))
        item = self.answering.item(waiting, "in_progress")
        yield self._event("response.output_item.added", output_index=0, item=item)
        yield self._event("response.image_generation_call.in_progress", item_id=waiting, output_index=0)
        drawing = False
        longest = self.call.context.options.sync_wait_images
        async with aclosing(follow_job(self.call, job_id, seconds=longest)) as views:
            async for view in views:
                if not drawing and view.job.state is JobState.GENERATING:
                    drawing = True
                    yield self._event("response.image_generation_call.generating", item_id=waiting, output_index=0)
        if view.job.state is not JobState.COMPLETED:
            raise error_of(view)
        async with aclosing(self._finish(view, waiting)) as events:
            async for event in events:
                yield event

    async def _finish(self, view: JobView, waiting: str) -> AsyncGenerator[Event]:
        """Give what belongs to the finished picture; further ones of the same job are items of their own."""
        service = self.call.context.service
        items, splice = [], Splice()
        for index, artifact in enumerate(view.artifacts):
            identifier = waiting if index == 0 else item_id(artifact.id)
            if index:
                item = self.answering.item(identifier, "in_progress")
                yield self._event("response.output_item.added", output_index=index, item=item)
            if self.partials:
                small, own = await service.thumbnail(artifact.id, PARTIAL_SIDE), Splice()
                kind = "response.image_generation_call.partial_image"
                facts = {"partial_image_index": 0, "partial_image_b64": own.put(small.path)}
                yield self._spliced(kind, own, item_id=identifier, output_index=index, **facts)
            file, own = await service.artifact_file(artifact.id), Splice()
            kind = "response.image_generation_call.completed"
            yield self._event(kind, item_id=identifier, output_index=index)
            item = self.answering.item(item_id(artifact.id), "completed", file, own.put(file.path))
            yield self._spliced("response.output_item.done", own, output_index=index, item=item)
            items.append({**item, "result": splice.put(file.path)})
        whole = self.answering.response(view, items)
        yield self._spliced("response.completed", splice, response=whole)

    def ending(self) -> Ending:
        """Tell an error as a failed response does, and once more as clients read errors."""

        async def fail(error: GatewayError) -> bytes:
            await self.call.settle(self.creation.view, error, joined=self.creation.joined)
            view = await self.call.context.service.view(self.creation.view.job.id)
            told = render_error(error, read_language(self.call.request.headers))
            failed = {**self.answering.response(view, [], error), "status": "failed"}
            flat = {name: told[name] for name in ("code", "message", "param")}
            return self._event("response.failed", response=failed) + self._event("error", **flat, error=told)

        return Ending(self.call.receipt(self.creation.view.job.id), fail)


def write_error(error: GatewayError, language: Language) -> bytes:
    """Write an error that came before there was a response."""
    told = render_error(error, language)
    flat = {name: told[name] for name in ("code", "message", "param")}
    return format_event({"type": "error", "sequence_number": 0, **flat, "error": told}, "error")
