"""`GET /v1/jobs/{id}/events`: a job's life as it happens."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from dreambridge.api.client_hints import read_language
from dreambridge.api.context import ApiContext
from dreambridge.api.native.rendering import render_artifact, render_job, render_progress, status_word
from dreambridge.api.sse import Events, EventStream, format_event, telling
from dreambridge.domain.progress import describe_progress
from dreambridge.engine.service import JobView


class EventRoutes:
    """The events of jobs."""

    def __init__(self, context: ApiContext) -> None:
        self._context = context

    async def follow(self, request: Request) -> Response:
        """Tell of a job until it ends: `progress`, an `artifact` as each lands, and `end` with the whole job.

        Reading along changes nothing, and going away does not either. Raises JobNotFound.
        """
        caller = await self._context.caller(request)
        view = await self._context.service.get(request.path_params["job_id"], caller)
        headers = {"x-job-id": view.job.id, "vary": "Accept-Language"}
        return EventStream(self._events(request, view), headers, telling(read_language(request.headers)))

    async def _events(self, request: Request, first: JobView) -> Events:
        told: set[str] = set()
        last: dict[str, Any] = {}
        async with aclosing(self._views(first)) as views:
            async for view in views:
                for artifact in view.artifacts:
                    if artifact.id not in told:
                        told.add(artifact.id)
                        shown = render_artifact(self._context, request, artifact, view.cover_of(artifact))
                        yield format_event({"type": "artifact", "artifact": shown}, "artifact")
                if view.job.state.ended:
                    await self._note(view)
                    whole = render_job(self._context, request, view)
                    yield format_event({"type": "end", "job": whole}, "end")
                    return
                now = self._progress(request, view)
                if now != last:
                    last = now
                    yield format_event(now, "progress")

    async def _views(self, first: JobView) -> AsyncGenerator[JobView]:
        if first.job.state.ended:
            yield first
            return
        async with aclosing(self._context.service.follow(first.job.id)) as views:
            async for view in views:
                yield view

    async def _note(self, view: JobView) -> None:
        if view.job.delivered_at is None:
            await self._context.service.delivered(view.job.id)

    @staticmethod
    def _progress(request: Request, view: JobView) -> dict[str, Any]:
        return {
            "type": "progress",
            "id": view.job.id,
            "status": status_word(view.job.state),
            "state": view.job.state.value,
            "progress": render_progress(view.job),
            "message": describe_progress(view.job, read_language(request.headers)),
        }
