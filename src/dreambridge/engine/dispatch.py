"""Who runs a job. Here: a task in this process."""

from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from dreambridge.domain.job import Job
from dreambridge.engine.runner import Runner
from dreambridge.engine.workshop import Work


class Dispatcher(Protocol):
    """Hand jobs to workers."""

    def dispatch(self, job: Job) -> None:
        """Have a job run from where it stands; running twice is prevented by its epoch."""
        ...

    def cancel(self, job_id: str) -> bool:
        """Tell the worker of a job that its owner cancelled it; `False` when no worker here has it."""
        ...


class LocalDispatcher:
    """Run every job as a task of this process."""

    def __init__(self, runner: Runner, spawn: Callable[[Coroutine[Any, Any, None], str], object]) -> None:
        self._runner = runner
        self._spawn = spawn
        self._running: dict[str, Work] = {}

    def dispatch(self, job: Job) -> None:
        """Start the job's task, unless it runs already."""
        if job.id in self._running:
            return
        work = Work(job)
        self._running[job.id] = work
        self._spawn(self._run(work), f"job-{job.id}")

    def cancel(self, job_id: str) -> bool:
        """Tell the job's task."""
        work = self._running.get(job_id)
        if work is None:
            return False
        work.cancel()
        return True

    async def _run(self, work: Work) -> None:
        try:
            await self._runner.run(work)
        finally:
            self._running.pop(work.job.id, None)
