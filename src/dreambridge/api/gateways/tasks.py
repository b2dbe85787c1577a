"""The asynchronous image task, in the shape that scripts of the task gateway read."""

import re
import time
from contextlib import suppress
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dreambridge.api.calls import error_of
from dreambridge.api.context import ApiContext
from dreambridge.api.fields import read_fields
from dreambridge.api.reader import LENIENT_HEADER, read_body
from dreambridge.domain.errors import InvalidRequest, JobNotFound
from dreambridge.domain.job import Job, JobState
from dreambridge.engine.service import JobView

_MOST_IDS: Final = 100
_ID: Final = re.compile(r"[A-Za-z0-9_\-]{1,64}", re.ASCII)
_PENDING: Final = frozenset({JobState.QUEUED, JobState.PREPARING})


def render_accepted(view: JobView) -> dict[str, Any]:
    """Make the answer to a call that starts a task.

    `submit_id` is the task's own id until the paid call is prepared, which gives it one: a task is found by either.
    """
    return {
        "task_id": view.job.id,
        "submit_id": _submit_id(view.job) or view.job.id,
        "status": "pending",
        "message": f"Task accepted; ask for it at /v1/images/tasks/{view.job.id}",
        "created": int(view.job.created_at),
    }


def render_task(context: ApiContext, request: Request, view: JobView) -> dict[str, Any]:
    """Make a task's state; `createdAt` is in seconds, `images` is there as soon as one exists."""
    job = view.job
    status = "failed" if view.emptied else _status(job.state)
    task: dict[str, Any] = {"taskId": job.id, "status": status, "progress": job.progress.percent}
    if job.state is JobState.COMPLETED:
        task["progress"] = 100
    if view.artifacts:
        task["images"] = [context.result_url(request, artifact) for artifact in view.artifacts]
    if task["status"] == "failed":
        error = error_of(view) if view.emptied else view.error
        code, message = (error.specific_code, error.message) if error else ("cancelled", "The task was cancelled.")
        task["error"] = f"{code}: {message}"
    task["createdAt"] = int(job.created_at)
    return task


def _status(state: JobState) -> str:
    if state in _PENDING:
        return "pending"
    if not state.ended:
        return "processing"
    return "completed" if state is JobState.COMPLETED else "failed"


def _submit_id(job: Job) -> str | None:
    return next((each.submit_id for each in job.submissions if each.submit_id is not None), None)


class TaskHistory(BaseModel):
    """The body of `POST /v1/images/history`: ids of tasks or of their submissions, in any of its lists."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True)

    submit_ids: list[str] = Field(default=[], description="Ids as `submit_id` or `task_id` told them; 1–100 in all.")
    task_ids: list[str] = Field(default=[], description="The same.")
    ids: list[str] = Field(default=[], description="The same.")


def read_ids(fields: dict[str, Any]) -> list[str]:
    """Read the ids of a look at several tasks, in order. Raises InvalidRequest."""
    body = read_fields(TaskHistory, fields)
    named = {"submit_ids": body.submit_ids, "task_ids": body.task_ids, "ids": body.ids}
    for name, values in named.items():
        for index, value in enumerate(values):
            if not _ID.fullmatch(value):
                raise InvalidRequest(f"{name}[{index}] is not the id of a task.", param=f"{name}[{index}]")
    ids = [value for values in named.values() for value in values]
    if not 1 <= len(ids) <= _MOST_IDS:
        raise InvalidRequest(f"submit_ids takes 1 to {_MOST_IDS} ids; these are {len(ids)}.", param="submit_ids")
    return ids


class TaskRoutes:
    """`GET /v1/images/tasks/{id}`, `POST /v1/images/history`."""

    def __init__(self, context: ApiContext) -> None:
        self._context = context

    async def retrieve(self, request: Request) -> Response:
        """Answer with a task's state; a failed task is still a 200, as its scripts expect. Raises JobNotFound."""
        caller = await self._context.caller(request)
        view = await self._context.service.get(request.path_params["task_id"], caller)
        await self._note(view)
        return JSONResponse(render_task(self._context, request, view), headers={"x-job-id": view.job.id})

    async def history(self, request: Request) -> Response:
        """Answer with several tasks at once, one entry for each id in the order asked; no site is asked.

        An id that is unknown, or another owner's, has an entry that is `failed` and not `found`. Raises InvalidRequest.
        """
        caller = await self._context.caller(request)
        body = await read_body(request, self._context.options.max_body_bytes)
        ids = read_ids(body.fields)
        # Submit ids are UUIDs, which some write in capitals; ids of jobs are in lower case too.
        known = await self._context.desks.census.find_ids({each.lower() for each in ids}, caller)
        entries: dict[str, dict[str, Any]] = {}
        for job_id in dict.fromkeys(known.values()):
            with suppress(JobNotFound):  # deleted a moment ago
                view = await self._context.service.get(job_id, caller)
                entries[job_id] = self._entry(request, view)
                await self._note(view)
        data = [entries.get(known.get(each.lower(), "")) or _unknown(each) for each in ids]
        headers = {LENIENT_HEADER: "true"} if body.lenient else None
        return JSONResponse({"created": int(time.time()), "data": data}, headers=headers)

    def _entry(self, request: Request, view: JobView) -> dict[str, Any]:
        empty: dict[str, Any] = {"submit_id": _submit_id(view.job), "images": [], "error": None}
        return {**empty, **render_task(self._context, request, view), "found": True}

    async def _note(self, view: JobView) -> None:
        """Note that an ended task was told."""
        if view.job.state.ended and view.job.delivered_at is None:
            await self._context.service.delivered(view.job.id)


def _unknown(asked: str) -> dict[str, Any]:
    """Make the entry of an id that stands for no task of the caller's."""
    return {
        "submit_id": asked,
        "images": [],
        "error": f"{JobNotFound.code}: No such task, or not one of yours.",
        "taskId": None,
        "status": "failed",
        "progress": 0,
        "createdAt": None,
        "found": False,
    }
