"""`/v1/jobs`: list, look, cancel, delete; each owner sees only what they made."""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dreambridge.api.context import ApiContext
from dreambridge.api.native.pages import one_of, read_page, render_page
from dreambridge.api.native.rendering import render_job
from dreambridge.domain.job import JobState
from dreambridge.engine.service import JobView

# How soon it makes sense to look again at a job that runs.
_POLL_SECONDS: Final = "2"


class JobRoutes:
    """The routes of jobs."""

    def __init__(self, context: ApiContext) -> None:
        self._context = context

    async def list(self, request: Request) -> Response:
        """Answer with a page: `limit` 1–100, `after` a job's id, `order` asc or desc, `state` one of ours."""
        caller = await self._context.caller(request)
        page = read_page(request.query_params)
        state = request.query_params.get("state")
        views, more = await self._context.service.list(
            caller,
            after=page.after,
            limit=page.limit,
            newest_first=page.newest_first,
            state=None if state is None else JobState(one_of("state", state, tuple(JobState))),
        )
        data = [render_job(self._context, request, view) for view in views]
        return JSONResponse(render_page(data, more=more))

    async def retrieve(self, request: Request) -> Response:
        """Answer with a job. Raises JobNotFound."""
        caller = await self._context.caller(request)
        view = await self._context.service.get(request.path_params["job_id"], caller)
        if view.job.state.ended and view.job.delivered_at is None:
            await self._context.service.delivered(view.job.id)
        return self._answer(request, view)

    async def cancel(self, request: Request) -> Response:
        """Cancel a job as soon as that is safe and answer with it. Raises JobNotFound."""
        caller = await self._context.caller(request)
        return self._answer(request, await self._context.service.cancel(request.path_params["job_id"], caller))

    async def delete(self, request: Request) -> Response:
        """Delete an ended job with its prompt and artifacts. Raises JobNotFound, UnsupportedOption while it runs."""
        caller = await self._context.caller(request)
        job_id = request.path_params["job_id"]
        await self._context.service.forget(job_id, caller)
        return JSONResponse({"id": job_id, "object": "job.deleted", "deleted": True}, headers={"x-job-id": job_id})

    def _answer(self, request: Request, view: JobView) -> Response:
        content: dict[str, Any] = render_job(self._context, request, view)
        headers = {"x-job-id": view.job.id, "vary": "Accept-Language"}
        if not view.job.state.ended:
            headers["retry-after"] = _POLL_SECONDS
        return JSONResponse(content, headers=headers)
