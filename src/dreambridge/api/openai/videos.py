"""OpenAI's `/v1/videos`: jobs that are looked at until they are done, and their bytes."""

from dataclasses import dataclass, replace
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dreambridge.api.calls import Call, answer, deliver_json, error_of, open_call
from dreambridge.api.context import ApiContext
from dreambridge.api.delivery import Receipt
from dreambridge.api.errors import error_response
from dreambridge.api.native.files import send_file
from dreambridge.api.native.pages import read_page, render_page
from dreambridge.api.openai.video_bodies import read_remix_body, read_video_body
from dreambridge.api.openai.video_making import Door, Order, default_for_openai, order_remix, order_video
from dreambridge.api.openai.video_objects import poll_headers, render_video
from dreambridge.api.reader import Body
from dreambridge.domain.artifact import Artifact
from dreambridge.domain.errors import InvalidRequest, JobNotFound, UnsupportedOption
from dreambridge.domain.generation import Kind, VideoRequest
from dreambridge.domain.job import JobState
from dreambridge.engine.credentials import Caller
from dreambridge.engine.service import JobView

ID_PREFIX: Final = "video"


async def find_video(context: ApiContext, request: Request, caller: Caller) -> JobView:
    """Give the caller's video job that the address names; raise JobNotFound, also for a job of another kind."""
    view = await context.service.get(request.path_params["video_id"], caller)
    if view.job.kind is not Kind.VIDEO:
        raise JobNotFound(
            "This job makes no video; it is at /v1/jobs.", param="id", code="job_not_found", job_id=view.job.id
        )
    return view


@dataclass(frozen=True, slots=True)
class VideoShape:
    """The Video object, given at once."""

    call: Call

    @property
    def longest(self) -> float:
        """Give the longest wait: none."""
        return 0.0

    def render_task(self, view: JobView) -> dict[str, Any]:
        """Make the Video as it stands."""
        return render_video(self.call.context, self.call.request, view)

    async def finish(self, view: JobView, headers: dict[str, str], receipt: Receipt) -> Response:
        """Make the answer of a video that is done already."""
        return deliver_json(self.render_task(view), headers, receipt)


class VideoRoutes:
    """`/v1/videos` and what lies under it; each owner sees only what they made."""

    def __init__(self, context: ApiContext) -> None:
        self._context = context

    async def create(self, request: Request) -> Response:
        """Start a video that SPENDS CREDIT, and answer with it at once; JSON or a form."""
        async with open_call(self._context, request, "videos") as call:
            asked = read_video_body(call.body)
            door = Door(default_for_openai(call), ID_PREFIX, at_once=True)
            return await self._start(await order_video(call, asked, door), dry_run=asked.dry_run)

    async def remix(self, request: Request) -> Response:
        """Start a video that SPENDS CREDIT: another's settings, inputs and seed with a new prompt.

        The sites change no existing video; this makes a new one. Raises JobNotFound, UnsupportedOption.
        """
        async with open_call(self._context, request, "videos.remix") as call:
            asked = read_remix_body(call.body)
            view = await find_video(self._context, request, call.caller)
            source = view.job.request
            if not isinstance(source, VideoRequest):
                raise UnsupportedOption(
                    "This video was made from another by a tool; remix the one it was made from.", param="id"
                )
            # What is asked is the body and the address: a key of one video's remix is not another's.
            told = Body({**call.body.fields, "remixed_from_video_id": view.job.id}, call.body.lenient)
            order = order_remix(replace(call, body=told), asked, view.job, source)
            return await self._start(order, dry_run=asked.dry_run)

    async def _start(self, order: Order, *, dry_run: bool) -> Response:
        if dry_run:
            return await order.preview()
        creation, headers = await order.place()
        headers |= poll_headers(self._context, creation.view)
        return await answer(order.call, creation, VideoShape(order.call), headers, task_shape=True)

    async def list(self, request: Request) -> Response:
        """Answer with a page of the caller's videos: `limit` 1–100, `after` an id, `order` asc or desc."""
        caller = await self._context.caller(request)
        page = read_page(request.query_params)
        views, more = await self._context.service.list(
            caller, after=page.after, limit=page.limit, newest_first=page.newest_first, kind=Kind.VIDEO
        )
        return JSONResponse(render_page([render_video(self._context, request, view) for view in views], more=more))

    async def retrieve(self, request: Request) -> Response:
        """Answer with a video; one that failed is 200 as well. Raises JobNotFound."""
        view = await find_video(self._context, request, await self._context.caller(request))
        if view.job.state.ended and view.job.delivered_at is None:
            await self._context.service.delivered(view.job.id)
        headers = {"x-job-id": view.job.id, **poll_headers(self._context, view)}
        return JSONResponse(render_video(self._context, request, view), headers=headers)

    async def delete(self, request: Request) -> Response:
        """Delete an ended video with its prompt and bytes. Raises JobNotFound, UnsupportedOption while it runs."""
        caller = await self._context.caller(request)
        view = await find_video(self._context, request, caller)
        await self._context.service.forget(view.job.id, caller)
        content = {"id": view.job.id, "object": "video.deleted", "deleted": True}
        return JSONResponse(content, headers={"x-job-id": view.job.id})

    async def content(self, request: Request) -> Response:
        """Answer with the bytes of a video, or of its still for `variant=thumbnail`; knows Range.

        Touches the network when the bytes are still at the site. Raises JobNotFound, InvalidRequest,
        UnsupportedOption, SiteUnreachable.
        """
        variant = request.query_params.get("variant") or "video"
        view = await find_video(self._context, request, await self._context.caller(request))
        if view.job.state is not JobState.COMPLETED:
            return error_response(_not_there(view), request, poll_headers(self._context, view))
        if view.emptied:
            raise error_of(view)
        return send_file(request, await self._context.service.artifact_file(_choose(view, variant).id))


def _not_there(view: JobView) -> InvalidRequest:
    if view.job.state.ended:
        why = error_of(view).message
        return InvalidRequest(f"The video failed: {why}", param="id", code="video_failed", job_id=view.job.id)
    return InvalidRequest(
        f"The video is not finished ({view.job.progress.percent} %); ask for it at /v1/videos/{view.job.id} until its "
        "status is completed.",
        param="id",
        code="video_not_ready",
        job_id=view.job.id,
    )


def _choose(view: JobView, variant: str) -> Artifact:
    video = view.artifacts[0]
    if variant == "video":
        return video
    if variant == "spritesheet":
        raise UnsupportedOption("The sites make no spritesheet; allowed: video, thumbnail.", param="variant")
    if variant != "thumbnail":
        raise InvalidRequest("variant takes video or thumbnail.", param="variant")
    cover = view.cover_of(video)
    if cover is None:
        raise JobNotFound("The site gave no still of this video.", param="variant", job_id=view.job.id)
    return cover
