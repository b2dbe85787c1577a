"""Show how far a job is: a bar for a person, lines for a file."""

import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from types import MappingProxyType, TracebackType
from typing import Any, Final, Protocol, Self

from dreambridge.cli.terminal import is_terminal, note

_WORDS: Final = MappingProxyType(
    {
        "queued": "waiting for an account",
        "preparing": "preparing",
        "submitting": "sending to the site",
        "generating": "being made",
        "collecting": "collecting the results",
    }
)
# Of lines, only a step this large is worth another one.
_STEP: Final = 10


class ProgressView(AbstractContextManager["ProgressView"], Protocol):
    """Something that shows how far a job, or an upload, is."""

    def show(self, job: Mapping[str, Any]) -> None:
        """Show the job as it is now."""
        ...

    def tell(self, what: str, done: int, whole: int) -> None:
        """Show how much of something else is done."""
        ...

    def say(self, what: str, more: str = "") -> None:
        """Say something of the job in place of where it stands, until it is shown again; `more` stays in sight."""
        ...


def open_view(*, quiet: bool) -> ProgressView:
    """Choose how progress is shown: a bar where a person watches, lines elsewhere, nothing when `quiet`."""
    if quiet:
        return SilentView()
    return BarView() if is_terminal() else LineView()


def describe(job: Mapping[str, Any]) -> str:
    """Say in a few words where a job stands: its state, its place in the site's queue, the time expected."""
    progress = job.get("progress") or {}
    state = str(job.get("state") or "waiting")
    position, length = progress.get("queue_position"), progress.get("queue_length")
    words = [_WORDS.get(state, state)]
    if position and state == "generating":
        of = f" of {length}" if length else ""
        words = [f"{ordinal(position)}{of} in the site's queue"]
    if progress.get("remaining_seconds") and state == "generating":
        words.append(f"about {span(progress['remaining_seconds'])} left")
    return ", ".join(words)


def ordinal(number: int) -> str:
    """Write 1 as 1st, 12 as 12th."""
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if number % 100 in {11, 12, 13} else ending}"


def span(seconds: float) -> str:
    """Write a time as a person says it: 40 s, 3 min, 2 h, 5 d."""
    for most, unit, name in ((90, 1, "s"), (5400, 60, "min"), (172_800, 3600, "h")):
        if seconds < most:
            return f"{max(1, round(seconds / unit))} {name}"
    return f"{round(seconds / 86_400)} d"


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

    def tell(self, what: str, done: int, whole: int) -> None:
        """Show nothing."""

    def say(self, what: str, more: str = "") -> None:
        """Say nothing."""


class LineView(SilentView):
    """Write a line whenever something worth one has changed."""

    def __init__(self) -> None:
        self._last: tuple[object, ...] = ()

    def show(self, job: Mapping[str, Any]) -> None:
        """Write where the job stands, unless a line that says as much was the last."""
        progress = job.get("progress") or {}
        percent = progress.get("percent", 0)
        now = (job.get("state"), progress.get("queue_position"), percent // _STEP)
        if now != self._last:
            self._last = now
            note(f"{percent} %, {describe(job)}")

    def tell(self, what: str, done: int, whole: int) -> None:  # noqa: ARG002 - as the bar does
        """Write what is done, once."""
        self.say(what)

    def say(self, what: str, more: str = "") -> None:
        """Write it, once."""
        if (what,) != self._last:
            self._last = (what,)
            note(f"{what}\n  {more}" if more else what)


class BarView(SilentView):
    """Draw a bar with percent, state, queue place and the time that has passed."""

    def __init__(self) -> None:
        # Imported here: only a terminal needs it.
        from rich.console import Console  # noqa: PLC0415
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415
        from rich.table import Column  # noqa: PLC0415

        console = Console(stderr=True)
        words = TextColumn("{task.description}", table_column=Column(no_wrap=True, overflow="ellipsis", ratio=1))
        self._progress = Progress(
            # The words say more than the bar does.
            BarColumn(bar_width=max(4, min(24, (console.width - 48) // 2))),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            words,
            console=console,
            transient=True,
            expand=True,
        )
        self._task = self._progress.add_task("starting", total=100)

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

    def tell(self, what: str, done: int, whole: int) -> None:
        """Move the bar for something else."""
        self._progress.update(self._task, completed=100 * done / max(1, whole), description=what)

    def say(self, what: str, more: str = "") -> None:
        """Say it beside the bar, which stays as it is, and more above."""
        self._progress.update(self._task, description=what)
        if more:
            note(more)


class Slow:
    """Tell a view of something only once it takes more than a moment."""

    def __init__(self, view: ProgressView, what: str, whole: int, *, after: float = 1.0) -> None:
        self._view, self._what, self._whole = view, what, whole
        self._from = time.monotonic() + after

    def __call__(self, done: int) -> None:
        """Show how much is done, if it is slow."""
        if time.monotonic() >= self._from:
            self._view.tell(self._what, done, self._whole)
