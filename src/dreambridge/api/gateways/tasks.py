"""The asynchronous image task, in the shape that scripts of the task gateway read."""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dreambridge.api.context import ApiContext
from dreambridge.domain.job import JobState
from dreambridge.engine.service import JobView

_PENDING: Final = frozenset({JobState.QUEUED, JobState.PREPARING})


def render_accepted(view: JobView) -> dict[str, Any]:
    """Make the answer to a call that starts a task; `submit_id` is null until the paid call has one."""
    submissions = view.job.submissions
    return {
        "task_id": view.job.id,
        "submit_id": submissions[0].submit_id if submissions else None,
        "status": "pending",
        "message": f"Task accepted; ask for it at /v1/images/tasks/{view.job.id}",
        "created": int(view.job.created_at),
    }


def render_task(context: ApiContext, request: Request, view: JobView) -> dict[str, Any]:
    """Make a task's state; `createdAt` is in seconds, `images` is there as soon as one exists."""
    job = view.job
    task: dict[str, Any] = {"taskId": job.id, "status": _status(job.state), "progress": job.progress.percent}
    if job.state is JobState.COMPLETED:
        task["progress"] = 100
    if view.artifacts:
        task["images"] = [context.result_url(request, artifact) for artifact in view.artifacts]
    if task["status"] == "failed":
        error = view.error
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


class TaskRoutes:
    """`GET /v1/images/tasks/{id}`."""

    def __init__(self, context: ApiContext) -> None:
        self._context = context

    async def retrieve(self, request: Request) -> Response:
        """Answer with a task's state; a failed task is still a 200, as its scripts expect. Raises JobNotFound."""
        caller = await self._context.caller(request)
        view = await self._context.service.get(request.path_params["task_id"], caller)
        if view.job.state.ended and view.job.delivered_at is None:
            await self._context.service.delivered(view.job.id)
        return JSONResponse(render_task(self._context, request, view), headers={"x-job-id": view.job.id})
