"""Follow every open record of an account in one loop: which to ask for, and when, in one call."""

import asyncio
import heapq
from typing import Final

import structlog

from dreambridge.domain.account import Account
from dreambridge.domain.errors import (
    AnswerUnreadable,
    Charged,
    GatewayError,
    GatewayFault,
    SessionExpired,
    SiteBusy,
    SiteRefused,
)
from dreambridge.domain.submission import HistoryRecord, RecordStatus
from dreambridge.engine import pacing
from dreambridge.engine.clock import Clock
from dreambridge.engine.experience import Experience
from dreambridge.engine.watching import Watch, plan_look, seconds_taken, timed_out
from dreambridge.upstream.client import UpstreamClient

# Calls under way at once for one account: enough for a thousand records, few enough to be polite.
_CALLS_AT_ONCE: Final = 6
# A call waits this share of its first record's pause (at most _LONGEST_SLACK seconds) for company.
_SLACK: Final = 0.1
_LONGEST_SLACK: Final = 0.3
# A record may ride along once this share of its pause is over.
_RIDE: Final = 0.35
_MOST_SLOWDOWN: Final = 8.0
_EXPIRED_LOOKS: Final = 3

log = structlog.get_logger("follower")


class Follower:
    """Ask the site for the open records of one account until each has ended."""

    def __init__(
        self, account: Account, client: UpstreamClient, experience: Experience, clock: Clock, *, batch: int
    ) -> None:
        self._account = account
        self._client = client
        self._experience = experience
        self._clock = clock
        self._batch = batch
        self._watches: dict[str, Watch] = {}
        self._wake = asyncio.Event()
        self._slots = asyncio.Semaphore(_CALLS_AT_ONCE)
        self._slowdown = 1.0

    @property
    def idle(self) -> bool:
        """Tell whether nothing is followed."""
        return not self._watches

    def follow(self, watch: Watch) -> None:
        """Follow one more record; its future gets the last record, or the error that ended the looks."""
        known = self._experience.distribution(watch.key, watch.forecast)
        now = self._clock.now()
        watch.last_look = watch.since
        company = len(self._watches) + 1
        first = pacing.first_look(known, company=company, slowdown=self._slowdown)
        watch.next_look = max(now, watch.since + first)
        watch.pause = watch.next_look - watch.last_look
        self._watches[watch.submit_id] = watch
        self._experience.begin(watch.key, watch.submit_id, watch.since)
        self._wake.set()

    def leave(self, submit_id: str) -> None:
        """Stop following a record."""
        if watch := self._watches.get(submit_id):
            self._forget(watch)
            self._wake.set()

    def hurry(self, submit_id: str) -> None:
        """Look at a record at once: something has just happened to it."""
        if watch := self._watches.get(submit_id):
            watch.next_look = self._clock.now()
            self._wake.set()

    def abandon(self) -> None:
        """End every watch with `GatewayFault`: the loop broke, and nobody would wake who waits."""
        for watch in list(self._watches.values()):
            fault = GatewayFault("The gateway failed while it followed this job.", charged=Charged.UNKNOWN)
            self._fail(watch, fault)

    async def run(self) -> None:
        """Look until nothing is left to follow. Touches the network; spends nothing."""
        async with asyncio.TaskGroup() as calls:
            while self._watches:
                batch, wait = self._pick(self._clock.now())
                if not batch:
                    await self._pause(wait)
                    continue
                for watch in batch:
                    watch.looking = True
                await self._slots.acquire()
                calls.create_task(self._look(batch))

    def _pick(self, now: float) -> tuple[list[Watch], float]:
        """Choose the next call's records, or say how long to wait (s)."""
        free = [watch for watch in self._watches.values() if not watch.looking]
        soonest = heapq.nsmallest(self._batch, free, key=lambda watch: watch.next_look)
        if not soonest:
            return [], pacing.LONGEST
        first = soonest[0]
        soonest = [first] if first.alone else [watch for watch in soonest if not watch.alone]
        start = first.next_look
        if len(free) > 1:
            full = soonest[-1].next_look if len(soonest) == self._batch else start + _LONGEST_SLACK
            start = min(start + min(_SLACK * first.pause, _LONGEST_SLACK), max(start, full))
        if start > now:
            return [], start - now
        return [
            watch
            for watch in soonest
            if watch.next_look <= now or now - watch.last_look >= _RIDE * max(watch.pause, 0.001)
        ], 0.0

    async def _pause(self, seconds: float) -> None:
        self._wake.clear()
        try:
            async with asyncio.timeout(max(0.001, seconds)):
                await self._wake.wait()
        except TimeoutError:
            pass

    async def _look(self, batch: list[Watch]) -> None:
        try:
            wanted = {watch.submit_id: watch.expected for watch in batch}
            records = await self._client.fetch_history(self._account.session, wanted)
        except GatewayError as error:
            self._after_failure(batch, error)
        else:
            self._slowdown = max(1.0, self._slowdown * 0.8)
            now = self._clock.now()
            for watch in batch:
                self._after_look(watch, records.get(watch.submit_id), now, len(batch))
        finally:
            self._slots.release()
            for watch in batch:
                watch.looking = False
            self._wake.set()

    def _after_look(self, watch: Watch, record: HistoryRecord | None, now: float, company: int) -> None:
        watch.failures, watch.alone = 0, False
        if record is not None and record.status in {RecordStatus.DONE, RecordStatus.FAILED}:
            self._end(watch, record, now)
            return
        if now >= watch.deadline:
            self._fail(watch, timed_out(now - watch.since))
            return
        in_queue = False
        queue_seconds = None
        if record is not None:
            watch.forecast = record.forecast_generate or watch.forecast
            in_queue = bool(record.queue_position)
            queue_seconds = record.forecast_queue
        if in_queue:
            # Waiting in the site's queue is not generating: the clock of experience starts when it ends.
            watch.started = now
        known = self._experience.distribution(watch.key, watch.forecast)
        age = now - (watch.started or watch.since)
        watch.pause = pacing.next_look(
            known, age, company=company, queue_seconds=queue_seconds, in_queue=in_queue, slowdown=self._slowdown
        )
        plan_look(watch, now)
        if record is not None:
            watch.on_news(record, known, age)

    def _after_failure(self, batch: list[Watch], error: GatewayError) -> None:
        now = self._clock.now()
        log.warning("history_failed", account=self._account.id, code=error.specific_code, site_code=error.site_code)
        if isinstance(error, SiteBusy):
            self._slowdown = min(_MOST_SLOWDOWN, self._slowdown * 2)
        for watch in batch:
            watch.failures += 1
            if isinstance(error, SessionExpired) and watch.failures >= _EXPIRED_LOOKS:
                error.charged = Charged.UNKNOWN
                self._fail(watch, error)
                continue
            if now >= watch.deadline:
                self._fail(watch, timed_out(now - watch.since))
                continue
            if isinstance(error, SiteBusy):
                watch.pause = self._slowdown
            elif isinstance(error, AnswerUnreadable | SiteRefused) and len(batch) > 1:
                # One record may have spoilt the answer for all of them: the next time each is asked for by itself.
                watch.alone, watch.pause = True, pacing.SHORTEST
            else:
                watch.pause = min(pacing.LONGEST, 0.5 * 2.0 ** min(watch.failures, 8))
            plan_look(watch, now)

    def _end(self, watch: Watch, record: HistoryRecord, now: float) -> None:
        self._forget(watch, seconds_taken(watch, record, now) if record.status is RecordStatus.DONE else None)
        if not watch.done.done():
            watch.done.set_result(record)

    def _fail(self, watch: Watch, error: GatewayError) -> None:
        self._forget(watch)
        if not watch.done.done():
            watch.done.set_exception(error)

    def _forget(self, watch: Watch, seconds: float | None = None) -> None:
        self._watches.pop(watch.submit_id, None)
        self._experience.end(watch.key, watch.submit_id, seconds, self._clock.now())
