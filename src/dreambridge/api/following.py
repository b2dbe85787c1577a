"""Follow a job for a client that reads along, at most as long as its route waits."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from dreambridge.api.calls import Call, error_of, still_running
from dreambridge.engine.service import JobView


async def follow_job(call: Call, job_id: str, *, seconds: float) -> AsyncGenerator[JobView]:
    """Give a job as it stands and whenever it changes; its end is the last.

    Raises StillRunning when `seconds` are over, or the server stops, before that; JobNotFound after the end of one
    whose results were deleted.
    """
    clock = asyncio.get_running_loop().time
    deadline, view = clock() + seconds, None
    async with aclosing(call.context.service.follow(job_id)) as views:
        while view is None or not view.job.state.ended:
            try:
                view = await asyncio.wait_for(anext(views), deadline - clock())
            except (TimeoutError, StopAsyncIteration):
                break
            yield view
    if view is None or not view.job.state.ended:
        raise still_running(call, view or await call.context.service.view(job_id))
    if view.emptied:
        raise error_of(view)
