"""What gateway keys may still make: the one place where their limits are enforced, and what counts for them.

Counted is a job that is made, never one that is joined or taken over. Its credits count as forecast from the moment it
is accepted, and as paid once the site's ledger tells; what failed and was not charged counts nothing. A price that
nobody knows counts nothing until the ledger tells it, and a key with a daily limit has one such job at a time.
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Self

from dreambridge.catalog import Catalog
from dreambridge.domain.errors import Charged, KeyLimited, KeySpent, NotPermitted
from dreambridge.domain.followup import JobRequest
from dreambridge.domain.generation import Kind
from dreambridge.domain.job import Job
from dreambridge.domain.key import DayUse, GatewayKey
from dreambridge.engine.clock import Clock
from dreambridge.engine.keys import KeyDesk, day_of, meant_by
from dreambridge.engine.notices import News, Notices
from dreambridge.engine.pricing import forecast_cost
from dreambridge.engine.quota import DAY, MINUTE, Standing
from dreambridge.store.api_keys import ApiKeys
from dreambridge.store.jobs import KeyUse

# After how many seconds to ask again when nobody knows when a job of the key will end.
_USUAL_WAIT: Final = 5.0
# Jobs whose cost differs from the forecast are remembered, so many of them, to correct it once more from there.
_REMEMBERED: Final = 4096


@dataclass(slots=True)
class _Tally:
    """What a key has made: on a day, within a minute, and what is being written down now."""

    day: str
    credits: float
    made: deque[float] = field(default_factory=deque)
    pending: int = 0
    pending_unpriced: int = 0


@dataclass(slots=True)
class Grant:
    """Leave to make one job, in a `with` block: counted from its beginning, given back at its end unless `keep` is."""

    use: KeyUse | None = None
    _end: Callable[[bool], None] = lambda kept: None  # noqa: ARG005 - nothing counts without a key
    _kept: bool = False

    def keep(self) -> None:
        """Note that the job was made."""
        self._kept = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._end(self._kept)


class KeyAllowance:
    """Count what keys make and hold it against their limits; the counts of this process, and of the day on disk."""

    def __init__(
        self,
        desk: KeyDesk,
        keys: ApiKeys,
        *,
        notices: Notices,
        catalog: Catalog,
        clock: Clock,
        spawn: Callable[[Coroutine[Any, Any, None], str], object],
    ) -> None:
        self._desk = desk
        self._keys = keys
        self._notices = notices
        self._catalog = catalog
        self._clock = clock
        self._spawn = spawn
        self._tallies: dict[str, _Tally] = {}
        self._corrected: OrderedDict[str, float] = OrderedDict()

    def check_model(self, key: GatewayKey | None, model: str) -> None:
        """Raise `NotPermitted` when a key may not use a model, by the name that requests carry."""
        if key is not None and not self.permits(key, model):
            raise NotPermitted(
                f"This key may not use the model {model}; it may use {', '.join(key.limits.models or ())}.",
                param="model",
                code="model_not_allowed",
            )

    def permits(self, key: GatewayKey | None, model: str) -> bool:
        """Tell whether a key may use a model, by the name that requests carry."""
        if key is None or key.limits.models is None:
            return True
        return any(model in meant_by(self._catalog, name) for name in key.limits.models)

    async def check(self, key: GatewayKey | None, request: JobRequest) -> None:
        """Raise what `grant` would, counting nothing."""
        if key is not None:
            self._check(key, await self._tally(key), request)

    async def grant(self, key: GatewayKey | None, request: JobRequest) -> Grant:
        """Give leave to make a job; raise `NotPermitted`, `KeyLimited`, `KeySpent`. Reads the disk once a day."""
        if key is None:
            return Grant()
        tally = await self._tally(key)
        self._check(key, tally, request)
        now, cost = self._clock.now(), forecast_cost(self._catalog, request)
        tally.made.append(now)
        tally.credits += cost or 0
        tally.pending += 1
        tally.pending_unpriced += cost is None

        day = tally.day

        def end(kept: bool) -> None:
            tally.pending -= 1
            tally.pending_unpriced -= cost is None
            if not kept:
                if now in tally.made:
                    tally.made.remove(now)
                if tally.day == day:
                    tally.credits -= cost or 0

        return Grant(KeyUse(key.id, DayUse(day, requests=1, credits=cost or 0)), end)

    async def standing(self, key: GatewayKey) -> Callable[[], Standing]:
        """Give what tells how a key stands against its limits, at any later moment. Reads the disk once a day."""
        await self._tally(key)
        return lambda: self._stand(key, self._tallies[key.id])

    def ended(self, news: News) -> None:
        """Count what an ended job made, or take back what it was counted with when nothing was charged."""
        key_id = self._desk.key_of(news.job.owner)
        if key_id is None:
            return
        error = news.job.error
        if error is not None and error.charged in {Charged.NO, Charged.REFUNDED}:
            self.priced(news.job, 0)
        kinds = [each.kind for each in news.artifacts if each.cover_of is None]
        use = DayUse(day_of(news.job.created_at), images=kinds.count(Kind.IMAGE), videos=kinds.count(Kind.VIDEO))
        if kinds:
            self._spawn(self._keys.add_use(key_id, use), f"use-{news.job.id}")

    def priced(self, job: Job, cost: float) -> None:
        """Count what a job really cost in place of what it was counted with."""
        key_id = self._desk.key_of(job.owner)
        if key_id is None:
            return
        counted = self._corrected.get(job.id)
        more = cost - ((forecast_cost(self._catalog, job.request) or 0) if counted is None else counted)
        self._corrected[job.id] = cost
        while len(self._corrected) > _REMEMBERED:
            self._corrected.popitem(last=False)
        if not more:
            return
        day, tally = day_of(job.created_at), self._tallies.get(key_id)
        if tally is not None and tally.day == day:
            tally.credits += more
        self._spawn(self._keys.add_use(key_id, DayUse(day, credits=more)), f"cost-{job.id}")

    async def _tally(self, key: GatewayKey) -> _Tally:
        day = day_of(self._clock.now())
        held = self._tallies.get(key.id)
        if held is None or held.day != day:
            use = await self._keys.use_on(key.id, day)
            held = self._tallies.get(key.id)
            # Whoever read first has begun to count.
            if held is None:
                held = self._tallies[key.id] = _Tally(day, use.credits)
            elif held.day != day:
                held.day, held.credits = day, use.credits
        return held

    def _check(self, key: GatewayKey, tally: _Tally, request: JobRequest) -> None:
        self.check_model(key, request.model)
        limits, standing = key.limits, self._stand(key, tally)
        if standing.running is not None and standing.running <= 0:
            raise KeyLimited(
                f"This key may have {limits.concurrency} jobs under way at once, and has.",
                retry_after=self._first_end(key),
            )
        if standing.requests is not None and standing.requests <= 0:
            raise KeyLimited(
                f"This key may make {limits.rpm} jobs a minute, and has.",
                code="rate_limit_exceeded",
                retry_after=standing.next_request,
            )
        if limits.credits_per_day is None:
            return
        cost = forecast_cost(self._catalog, request)
        if tally.credits + (cost or 0) > limits.credits_per_day or (cost is None and not standing.credits):
            priced = "what this costs is not known beforehand" if cost is None else f"this is forecast to cost {cost}"
            raise KeySpent(
                f"This key may spend {limits.credits_per_day} credits a day and has spent {tally.credits:g}; {priced}. "
                "The day ends at 00:00 UTC."
            )
        if cost is None and (tally.pending_unpriced or any(self._unpriced(job) for job in self._open(key))):
            raise KeyLimited(
                "This key has a daily limit of credits and a job of unknown price under way; one at a time.",
                retry_after=self._first_end(key),
            )

    def _stand(self, key: GatewayKey, tally: _Tally) -> Standing:
        now, limits = self._clock.now(), key.limits
        while tally.made and tally.made[0] <= now - MINUTE:
            tally.made.popleft()
        spent = tally.credits if tally.day == day_of(now) else 0.0
        running = None
        if limits.concurrency is not None:
            running = max(0, limits.concurrency - tally.pending - len(self._open(key)))
        return Standing(
            limits=limits,
            running=running,
            requests=None if limits.rpm is None else max(0, limits.rpm - len(tally.made)),
            next_request=tally.made[0] + MINUTE - now if tally.made else 0.0,
            all_requests=tally.made[-1] + MINUTE - now if tally.made else 0.0,
            credits=None if limits.credits_per_day is None else max(0, int(limits.credits_per_day - spent)),
            next_day=DAY - now % DAY,
        )

    def _open(self, key: GatewayKey) -> list[Job]:
        owner = self._desk.owner_of(key)
        return [job for job in self._notices.open_jobs() if job.owner == owner]

    def _unpriced(self, job: Job) -> bool:
        return forecast_cost(self._catalog, job.request) is None

    def _first_end(self, key: GatewayKey) -> float:
        """Tell in how many seconds the first of a key's jobs is expected to end."""
        known = [job.progress.remaining for job in self._open(key) if job.progress.remaining is not None]
        return max(1.0, min(known, default=_USUAL_WAIT))
