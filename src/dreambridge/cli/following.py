"""Show a job's progress: a bar for a person, lines for a file."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, Protocol, Self

from dreambridge.cli.terminal import is_terminal, note


class ProgressView(AbstractContextManager["ProgressView"], Protocol):
    """Something that shows how far a job is."""

    def show(self, job: Mapping[str, Any]) -> None:
        """Show the job as it is now."""
        ...


def open_view(*, quiet: bool) -> ProgressView:
    """Choose how progress is shown: a bar where a person watches, lines elsewhere, nothing when `quiet`."""
    if quiet:
        return SilentView()
    return BarView() if is_terminal() else LineView()


def describe(job: Mapping[str, Any]) -> str:
    """Say in a few words where a job stands: its state, its place in the site's queue, the seconds expected."""
    progress = job.get("progress") or {}
    words = [str(job.get("state") or job.get("status") or "waiting")]
    position, length = progress.get("queue_position"), progress.get("queue_length")
    if position:
        words.append(f"place {position} of {length}" if length else f"place {position}")
    elif progress.get("remaining_seconds"):
        words.append(f"about {round(progress['remaining_seconds'])} s left")
    return ", ".join(words)


class SilentView:
    """Show nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave nothing behind."""

    def show(self, job: Mapping[str, Any]) -> None:
        """Show nothing."""


class LineView(SilentView):
    """Write a line whenever something changed."""

    def __init__(self) -> None:
        self._last = ""

    def show(self, job: Mapping[str, Any]) -> None:
        """Write where the job stands, unless that is what was written last."""
        progress = job.get("progress") or {}
        position = progress.get("queue_position")
        line = f"{job.get('state')} {progress.get('percent', 0)} %" + (f", place {position}" if position else "")
        if line != self._last:
            self._last = line
            note(line)


class BarView(SilentView):
    """Draw a bar with percent, state and queue place."""

    def __init__(self) -> None:
        # Imported here: only a terminal needs it.
        from rich.console import Console  # noqa: PLC0415
        from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415

        self._progress = Progress(
            SpinnerColumn(),
            BarColumn(bar_width=32),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.description}", markup=False),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._progress.add_task("sending", total=100)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the bar away."""
        self._progress.stop()

    def show(self, job: Mapping[str, Any]) -> None:
        """Move the bar."""
        percent = (job.get("progress") or {}).get("percent", 0)
        self._progress.update(self._task, completed=percent, description=describe(job))
