"""`/v1/jobs`: list, look, cancel, delete; each owner sees only what they made."""

import re
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dreambridge.api.context import ApiContext
from dreambridge.api.native.rendering import render_job
from dreambridge.domain.errors import InvalidRequest
from dreambridge.domain.job import JobState
from dreambridge.engine.service import JobView

_LARGEST_PAGE: Final = 100
_DEFAULT_PAGE: Final = 20
# How soon it makes sense to look again at a job that runs.
_POLL_SECONDS: Final = "2"


class JobRoutes:
    """The routes of jobs."""

    def __init__(self, context: ApiContext) -> None:
        self._context = context

    async def list(self, request: Request) -> Response:
        """Answer with a page: `limit` 1–100, `after` a job's id, `order` asc or desc, `state` one of ours."""
        caller = await self._context.caller(request)
        query = request.query_params
        state = query.get("state")
        views, more = await self._context.service.list(
            caller,
            after=query.get("after"),
            limit=_read_limit(query.get("limit")),
            newest_first=_one_of("order", query.get("order", "desc"), ("desc", "asc")) == "desc",
            state=None if state is None else JobState(_one_of("state", state, tuple(JobState))),
        )
        data = [render_job(self._context, request, view) for view in views]
        return JSONResponse(
            {
                "object": "list",
                "data": data,
                "first_id": data[0]["id"] if data else None,
                "last_id": data[-1]["id"] if data else None,
                "has_more": more,
            }
        )

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


def _read_limit(text: str | None) -> int:
    if text is None:
        return _DEFAULT_PAGE
    if not re.fullmatch(r"[0-9]{1,4}", text, re.ASCII) or not 1 <= int(text) <= _LARGEST_PAGE:
        raise InvalidRequest(f"limit takes a whole number from 1 to {_LARGEST_PAGE}.", param="limit")
    return int(text)


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise InvalidRequest(f"{name} takes one of {', '.join(allowed)}.", param=name)
    return value
