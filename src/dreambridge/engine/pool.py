"""Lease accounts to jobs, fairly between callers, and keep the pace each account may be used at."""

import asyncio
import random
from collections import OrderedDict, defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from dreambridge.domain.account import Account, Health
from dreambridge.domain.errors import AccountBarred, GatewayError, NoAccountReady, OutOfCredit, Retry, SessionExpired
from dreambridge.domain.job import Job
from dreambridge.engine.allowance import Allowance
from dreambridge.engine.clock import Clock
from dreambridge.engine.roster import Roster
from dreambridge.engine.selection import Choice, Load, choose_account

_JITTER: Final = 0.3
# So many of an owner's waiters are looked at for one that an account is free for.
_LOOK_AHEAD: Final = 32


@dataclass(frozen=True, slots=True)
class Lease:
    """One job's temporary right to an account; `weight` is the number of its submissions."""

    job_id: str
    account: Account
    weight: int


@dataclass(slots=True)
class _Waiter:
    job: Job
    weight: int
    cost: int | None
    future: "asyncio.Future[Lease]"


class Pool:
    """Give accounts to waiting jobs: one turn per owner, the policy of `selection`, a gap between submissions."""

    def __init__(
        self,
        roster: Roster,
        clock: Clock,
        *,
        concurrency: int,
        gap: float,
        allowance: Allowance | None = None,
        rng: random.Random | None = None,
    ) -> None:
        self._roster = roster
        self._clock = clock
        self._concurrency = concurrency
        self._gap = gap
        self.allowance = allowance or Allowance(clock, 0)
        self._random = rng or random.Random()  # noqa: S311 - jitter, not a secret
        self._loads: defaultdict[str, Load] = defaultdict(Load)
        # Owners take turns: the first of them is served, then goes to the end.
        self._waiting: OrderedDict[str, deque[_Waiter]] = OrderedDict()
        self._next_send: dict[str, float] = {}
        self._alarm: asyncio.TimerHandle | None = None

    async def lease(self, job: Job, *, weight: int, cost: int | None) -> Lease:
        """Wait for an account; raise at once when none of the candidates can ever take the job."""
        waiter = _Waiter(job, weight, cost, asyncio.get_running_loop().create_future())
        self._waiting.setdefault(job.owner, deque()).append(waiter)
        self._serve()
        try:
            return await waiter.future
        except asyncio.CancelledError:
            self._abandon(waiter)
            raise

    def hold(self, job: Job, account: Account, *, weight: int) -> Lease:
        """Take up again the lease of a job that was under way before a restart."""
        return self._take(job, account, weight)

    def release(self, lease: Lease) -> None:
        """Give the account back and serve who waits."""
        load = self._loads[lease.account.id]
        self._loads[lease.account.id] = replace(load, in_flight=max(0, load.in_flight - lease.weight))
        self._serve()

    async def turn(self, account_id: str) -> None:
        """Wait until this account may submit again: the gap, with up to 30 % jitter on top."""
        if not self._gap:
            return
        now = self._clock.now()
        start = max(now, self._next_send.get(account_id, 0.0))
        self._next_send[account_id] = start + self._gap * (1 + self._random.random() * _JITTER)
        if start > now:
            await self._clock.sleep(start - now)

    def choose(self, names: Sequence[str], *, weight: int, cost: int | None) -> Choice:
        """Tell which of these accounts would be given a job now, if nobody else waited; takes nothing."""
        accounts = (self._roster.get(name) for name in names)
        known = [
            (self.allowance.limit(account, cost), self._loads[account.id])
            for account in accounts
            if account is not None
        ]
        return choose_account(known, now=self._clock.now(), concurrency=self._concurrency, weight=weight, cost=cost)

    def load(self, account_id: str) -> Load:
        """Tell what an account has to do."""
        return self._loads[account_id]

    def forget(self, account_id: str) -> None:
        """Drop the bookkeeping of an idle account that nobody uses any more."""
        if not self._loads[account_id].in_flight:
            self._loads.pop(account_id, None)
            self._next_send.pop(account_id, None)

    def position(self, job_id: str) -> int | None:
        """Give the place of a waiting job among those of its owner, from 1."""
        for queue in self._waiting.values():
            for place, waiter in enumerate(queue, start=1):
                if waiter.job.id == job_id:
                    return place
        return None

    def refresh(self) -> None:
        """Serve again after an account's health or credit changed."""
        self._serve()

    def close(self) -> None:
        """Stop the alarm."""
        if self._alarm is not None:
            self._alarm.cancel()

    def _serve(self) -> None:
        """Give out what can be given; a full round in which no owner could be served ends it."""
        idle_turns = 0
        wake: float | None = None
        while self._waiting and idle_turns < len(self._waiting):
            owner, queue = next(iter(self._waiting.items()))
            self._waiting.move_to_end(owner)
            served, soonest = self._serve_owner(queue)
            idle_turns = 0 if served else idle_turns + 1
            if soonest is not None:
                wake = min(wake or soonest, soonest)
            if not queue:
                self._waiting.pop(owner, None)
        self._set_alarm(wake)

    def _serve_owner(self, queue: deque[_Waiter]) -> tuple[bool, float | None]:
        """Serve the first of an owner's waiters that can be served; tell whether, and when else to try again.

        A waiter is overtaken only on accounts that none before it waits for: so a heavy one gets its turn too.
        """
        awaited: set[str] = set()
        wake: float | None = None
        for place, waiter in enumerate(tuple(islice(queue, _LOOK_AHEAD))):
            names = [name for name in waiter.job.candidates if name not in awaited]
            whole = len(names) == len(waiter.job.candidates)
            if not waiter.future.done():
                if not names and not whole:
                    continue
                choice = self.choose(names, weight=waiter.weight, cost=waiter.cost)
                if choice.account is not None:
                    self.allowance.reserve(choice.account.id, waiter.job.id, waiter.cost)
                    waiter.future.set_result(self._take(waiter.job, choice.account, waiter.weight))
                elif choice.never and whole:
                    waiter.future.set_exception(why_never(choice.hopeless))
                else:
                    if choice.wait_until is not None:
                        wake = min(wake or choice.wait_until, choice.wait_until)
                    awaited.update(names)
                    continue
            del queue[place]
            return True, wake
        return False, wake

    def _take(self, job: Job, account: Account, weight: int) -> Lease:
        load = self._loads[account.id]
        self._loads[account.id] = Load(load.in_flight + weight, self._clock.now())
        return Lease(job.id, account, weight)

    def _abandon(self, waiter: _Waiter) -> None:
        if waiter.future.done() and not waiter.future.cancelled() and waiter.future.exception() is None:
            self.release(waiter.future.result())
        queue = self._waiting.get(waiter.job.owner)
        if queue is not None and waiter in queue:
            queue.remove(waiter)
            if not queue:
                self._waiting.pop(waiter.job.owner, None)

    def _set_alarm(self, wake: float | None) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        if wake is not None:
            delay = max(0.01, wake - self._clock.now())
            self._alarm = asyncio.get_running_loop().call_later(delay, self._serve)


def why_never(account: Account | None) -> GatewayError:
    """Say why no candidate will ever take the job, in the terms of the first of them."""
    if account is None:
        return NoAccountReady("The session of this job is no longer known here; ask again with the session.")
    if account.removed:
        return NoAccountReady(
            "The account of this job was removed from this server.", code="account_removed", retry=Retry.NEVER
        )
    reason = account.reason or account.health.value
    if account.health is Health.EXPIRED:
        expired = SessionExpired(reason)
        expired.from_request = account.from_request
        return expired
    if account.health is Health.NO_CREDIT:
        return OutOfCredit(reason)
    barred = AccountBarred(reason)
    barred.from_request = account.from_request
    return barred
