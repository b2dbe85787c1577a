"""News of jobs, inside this process: who waits for which job, and what became of it."""

import asyncio
from collections import Counter, OrderedDict, defaultdict
from collections.abc import AsyncGenerator, Callable, Collection
from dataclasses import dataclass, field, replace
from typing import Final

from dreambridge.domain.artifact import Artifact
from dreambridge.domain.job import Job

# Ended jobs kept in memory, so that a waiter or an early poll needs no read of the database.
_RECENT: Final = 512


@dataclass(frozen=True, slots=True)
class News:
    """A job as it stands, with its artifacts as far as it has any."""

    job: Job
    artifacts: tuple[Artifact, ...] = ()


@dataclass(slots=True)
class _Readers:
    """Those who follow one job: how many, and what wakes them."""

    count: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        self.changed.set()
        self.changed = asyncio.Event()


class Notices:
    """Hold the latest state of open jobs and wake who waits for one.

    `ended` counts the jobs that ended since the start, by kind, state and the code of their error; `on_end` is told of
    each of these once.
    """

    def __init__(self, on_end: Callable[[News], None] | None = None) -> None:
        self.on_end = on_end
        self._open: dict[str, News] = {}
        self._ended: OrderedDict[str, News] = OrderedDict()
        self.ended: Counter[tuple[str, str, str]] = Counter()
        self._waiters: defaultdict[str, set[asyncio.Future[None]]] = defaultdict(set)
        self._readers: dict[str, _Readers] = {}
        self._stopping = False

    def publish(self, news: News) -> None:
        """Hold the latest state of a job, and wake who follows it or waits for its end.

        News without artifacts says nothing of those that are known already: they stay.
        """
        job_id = news.job.id
        held = self.latest(job_id)
        if held is not None and held.artifacts and not news.artifacts:
            news = replace(news, artifacts=held.artifacts)
        if news.job.state.ended:
            if self._open.pop(job_id, None) is not None:
                code = news.job.error.code if news.job.error is not None else ""
                self.ended[news.job.kind.value, news.job.state.value, code] += 1
                if self.on_end is not None:
                    self.on_end(news)
            self._ended[job_id] = news
            self._wake(job_id)
            while len(self._ended) > _RECENT:
                self._ended.popitem(last=False)
        else:
            self._open[job_id] = news
        if readers := self._readers.get(job_id):
            readers.wake()

    def latest(self, job_id: str) -> News | None:
        """Give the latest news of an open or recently ended job."""
        return self._open.get(job_id) or self._ended.get(job_id)

    def followed(self, job_id: str) -> bool:
        """Tell whether somebody follows a job."""
        return job_id in self._readers

    async def follow(self, job_id: str) -> AsyncGenerator[News]:
        """Give the latest news of a job at once, then whatever it has become, until its end or `end_all`.

        Who reads slowly is given the newest only. Of a job that is not held here there is nothing.
        """
        readers = self._readers.setdefault(job_id, _Readers())
        readers.count += 1
        told: News | None = None
        try:
            while True:
                changed, news = readers.changed, self.latest(job_id)
                if news is None:
                    return
                if news is not told:
                    told = news
                    yield news
                if told.job.state.ended or self._stopping:
                    return
                await changed.wait()
        finally:
            readers.count -= 1
            if not readers.count:
                self._readers.pop(job_id, None)

    def note_cost(self, job_id: str, cost: int) -> None:
        """Put the cost to what is held of a job."""
        news = self._ended.get(job_id)
        if news is not None:
            self._ended[job_id] = replace(news, job=replace(news.job, cost=cost))

    def forget(self, job_id: str) -> None:
        """Drop what is held of a job."""
        self._open.pop(job_id, None)
        self._ended.pop(job_id, None)
        if readers := self._readers.get(job_id):
            readers.wake()

    def forget_artifacts(self, job_id: str, artifact_ids: Collection[str]) -> None:
        """Drop what is held of some artifacts of an ended job."""
        news = self._ended.get(job_id)
        if news is not None:
            rest = tuple(each for each in news.artifacts if each.id not in artifact_ids)
            self._ended[job_id] = replace(news, artifacts=rest)

    def open_count(self) -> int:
        """Count the jobs that are not ended."""
        return len(self._open)

    def open_jobs(self) -> tuple[Job, ...]:
        """Give the jobs that are not ended."""
        return tuple(news.job for news in self._open.values())

    async def end(self, job_id: str) -> None:
        """Wait for a job's end, or for `end_all`."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters[job_id].add(future)
        try:
            await future
        finally:
            waiters = self._waiters.get(job_id)
            if waiters is not None:
                waiters.discard(future)
                if not waiters:
                    self._waiters.pop(job_id, None)

    def end_all(self) -> None:
        """Wake everyone who waits or follows, for good: the server is going down."""
        self._stopping = True
        for job_id in list(self._waiters):
            self._wake(job_id)
        for readers in self._readers.values():
            readers.wake()

    def _wake(self, job_id: str) -> None:
        for future in self._waiters.pop(job_id, ()):
            if not future.done():
                future.set_result(None)
