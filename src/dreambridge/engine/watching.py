"""One record being followed, and what its looks mean."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from dreambridge.domain.errors import Charged, GenerationFailed
from dreambridge.domain.submission import HistoryRecord
from dreambridge.engine import pacing


@dataclass(slots=True, eq=False)
class Watch:
    """One record being followed: since when (its acceptance), how many items are expected, until when."""

    submit_id: str
    expected: int
    since: float
    deadline: float
    key: str
    on_news: Callable[[HistoryRecord, pacing.Distribution, float], None]
    done: "asyncio.Future[HistoryRecord]"
    next_look: float = 0.0
    last_look: float = 0.0
    pause: float = 0.0
    looking: bool = False
    alone: bool = False
    forecast: float | None = None
    failures: int = 0
    started: float = field(default=0.0)


def plan_look(watch: Watch, now: float) -> None:
    """Set the next look, not beyond the deadline."""
    watch.last_look = now
    watch.next_look = min(now + watch.pause, max(watch.deadline, now + pacing.SHORTEST))


def timed_out(age: float) -> GenerationFailed:
    """Say that a generation never ended; `age` is in seconds."""
    return GenerationFailed(
        f"The site did not finish this generation within {age / 60:.0f} minutes. It is still looked for now and then "
        "for a day, and completed if it turns up.",
        code="generation_timeout",
        charged=Charged.UNKNOWN,
    )


def seconds_taken(watch: Watch, record: HistoryRecord, now: float) -> float:
    """Estimate how long a record took: between the last two looks, by the site's own clock where it tells."""
    start = watch.started or watch.since
    finished = None
    if record.finished_at and record.created_at and not watch.started:
        # finish_time is a whole second, created_time has a fraction: on average half a second too early.
        finished = record.finished_at + 0.5 - record.created_at
    return pacing.taken(max(0.1, watch.last_look - start), max(0.1, now - start), finished)
