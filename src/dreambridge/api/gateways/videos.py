"""Videos in the words of other gateways: an answer that waits for the video, and a task that is asked for again."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dreambridge.api.calls import Call, answer, deliver_json, error_of, open_call
from dreambridge.api.context import ApiContext
from dreambridge.api.delivery import Delivery, Receipt, base64_length, dump_json
from dreambridge.api.errors import status_of
from dreambridge.api.gateways.tasks import render_accepted
from dreambridge.api.native.rendering import status_word
from dreambridge.api.openai.video_bodies import VideoBody, read_video_body
from dreambridge.api.openai.video_making import Door, order_video
from dreambridge.api.openai.video_objects import poll_headers, seconds_of
from dreambridge.api.openai.videos import ID_PREFIX, find_video
from dreambridge.domain.job import JobState
from dreambridge.engine.service import JobView

_RATE: Final = 24


@dataclass(frozen=True, slots=True)
class WaitingShape:
    """The answer of gateways that wait: `{"created", "data": [{"url", "revised_prompt"}]}`."""

    call: Call
    asked: VideoBody

    @property
    def longest(self) -> float:
        """Give the longest wait, in seconds."""
        return self.call.context.options.sync_wait_videos

    def render_task(self, view: JobView) -> dict[str, Any]:
        """Make the task that the call started."""
        return {**render_accepted(view), "message": f"Task accepted; ask for it at /v1/videos/{view.job.id}"}

    async def finish(self, view: JobView, headers: dict[str, str], receipt: Receipt) -> Response:
        """Make the answer with the address, or with the video itself as base64, read from disk while it is sent."""
        made, context = view.artifacts[0], self.call.context
        words = {"revised_prompt": view.job.request.prompt}
        if self.asked.response_format != "b64_json":
            data = [{"url": context.result_url(self.call.request, made), **words}]
            return deliver_json({**self._render_head(view), "data": data}, headers, receipt)
        file = await context.service.artifact_file(made.id)
        head = dump_json(self._render_head(view))[:-1] + b',"data":[' + dump_json(words)[:-1] + b',"b64_json":"'
        parts: list[bytes | Path] = [head, file.path, b'"}]}']
        return Delivery(parts, len(head) + base64_length(file.size) + len(b'"}]}'), headers, receipt)

    def _render_head(self, view: JobView) -> dict[str, Any]:
        size = view.artifacts[0].dimensions or view.job.request.native
        return {
            "created": int(view.job.created_at),
            "model": view.job.request.asked_model,
            "size": None if size is None else str(size),
            "seconds": seconds_of(view),
        }


@dataclass(frozen=True, slots=True)
class TaskShape:
    """The first answer of the relay's video task: `{"task_id", "status"}`."""

    call: Call

    @property
    def longest(self) -> float:
        """Give the longest wait: none."""
        return 0.0

    def render_task(self, view: JobView) -> dict[str, Any]:
        """Make the task that the call started."""
        return {"task_id": view.job.id, "status": status_word(view.job.state)}

    async def finish(self, view: JobView, headers: dict[str, str], receipt: Receipt) -> Response:
        """Make the answer of a task that is done already."""
        return deliver_json(self.render_task(view), headers, receipt)


def render_relay_task(context: ApiContext, request: Request, view: JobView) -> dict[str, Any]:
    """Make the state of a task; `error.code` is the status that the error would have as an answer."""
    job = view.job
    task: dict[str, Any] = {"task_id": job.id, "status": "failed" if view.emptied else status_word(job.state)}
    if job.state is JobState.COMPLETED and not view.emptied:
        made = view.artifacts[0]
        size = made.dimensions or job.request.native
        task |= {
            "url": context.result_url(request, made),
            "format": made.extension,
            "metadata": {
                "duration": float(seconds_of(view)),
                "fps": _RATE,
                "width": size.width if size else None,
                "height": size.height if size else None,
                "seed": next((part.seed for part in job.submissions if part.seed), job.request.seed),
            },
        }
    elif job.state.ended:
        error = error_of(view)
        task["error"] = {"code": status_of(error), "message": error.message}
    return task


class GatewayVideoRoutes:
    """`/v1/videos/generations` and `/v1/video/generations`."""

    def __init__(self, context: ApiContext) -> None:
        self._context = context

    async def generate(self, request: Request) -> Response:
        """Make a video, which SPENDS CREDIT, and wait for it as long as the client will. Raises every error."""
        async with open_call(self._context, request, "videos.generations") as call:
            asked = read_video_body(call.body)
            task = asked.run_async is True
            door = Door(self._context.options.default_video_model, "job", at_once=task)
            order = await order_video(call, asked, door)
            if asked.dry_run:
                return await order.preview()
            creation, headers = await order.place()
            return await answer(call, creation, WaitingShape(call, asked), headers, task_shape=task)

    async def start(self, request: Request) -> Response:
        """Start a task, which SPENDS CREDIT, in the words of a relay."""
        async with open_call(self._context, request, "video.generations") as call:
            asked = read_video_body(call.body)
            door = Door(self._context.options.default_video_model, ID_PREFIX, at_once=True)
            order = await order_video(call, asked, door)
            if asked.dry_run:
                return await order.preview()
            creation, headers = await order.place()
            headers |= poll_headers(self._context, creation.view)
            return await answer(call, creation, TaskShape(call), headers, task_shape=True)

    async def retrieve(self, request: Request) -> Response:
        """Answer with a task's state; a failed task is 200 as well. Raises JobNotFound."""
        view = await find_video(self._context, request, await self._context.caller(request))
        if view.job.state.ended and view.job.delivered_at is None:
            await self._context.service.delivered(view.job.id)
        headers = {"x-job-id": view.job.id, **poll_headers(self._context, view)}
        return JSONResponse(render_relay_task(self._context, request, view), headers=headers)
