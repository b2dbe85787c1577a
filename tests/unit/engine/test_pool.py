"""Leases: turns between owners, places on accounts, the gap between submissions, and reasons why there is none."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

import pytest

from dreambridge.domain.account import Health
from dreambridge.domain.errors import AccountBarred, GatewayError, NoAccountReady, OutOfCredit, SessionExpired
from dreambridge.domain.secret import Secret
from dreambridge.engine.pool import Pool

if TYPE_CHECKING:
    from dreambridge.domain.job import Job
    from dreambridge.engine.clock import Clock
    from dreambridge.engine.roster import Roster

Leap = Callable[[Coroutine[Any, Any, Any]], Any]
Jobs = Callable[..., "Job"]


@pytest.fixture
def pool(roster: Roster, clock: Clock) -> Callable[..., Pool]:
    def build(*, concurrency: int = 2, gap: float = 0.0) -> Pool:
        return Pool(roster, clock, concurrency=concurrency, gap=gap, rng=random.Random(3))  # noqa: S311 - jitter

    return build


@pytest.fixture
def admit(roster: Roster, leap: Leap) -> Callable[[str], str]:
    """Give the way to make an account known; it gives the account's id."""

    def admit_one(name: str) -> str:
        async def inside() -> str:
            return roster.admit("us", Secret(name), None).id

        return str(leap(inside()))

    return admit_one


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_an_account_has_no_more_jobs_than_places(
    pool: Callable[..., Pool], admit: Callable[[str], str], make_job: Jobs, leap: Leap
) -> None:
    account, leases = admit("one"), pool(concurrency=2)

    async def scene() -> list[bool]:
        waits = [
            asyncio.create_task(leases.lease(make_job(f"j{n}", candidates=(account,)), weight=1, cost=None))
            for n in range(3)
        ]
        await settle()
        before = [wait.done() for wait in waits]
        assert leases.load(account).in_flight == 2
        assert leases.position("j2") == 1
        leases.release(await waits[0])
        await waits[2]
        assert leases.load(account).in_flight == 2
        return before

    assert leap(scene()) == [True, True, False]


def test_owners_take_turns(pool: Callable[..., Pool], admit: Callable[[str], str], make_job: Jobs, leap: Leap) -> None:
    account, leases = admit("one"), pool(concurrency=1)
    served: list[str] = []

    async def work(name: str, owner: str) -> None:
        lease = await leases.lease(make_job(name, owner=owner, candidates=(account,)), weight=1, cost=None)
        served.append(name)
        await asyncio.sleep(1)
        leases.release(lease)

    async def scene() -> None:
        async with asyncio.TaskGroup() as group:
            for name in ("a1", "a2", "a3", "a4"):
                group.create_task(work(name, "own_a"))
            await settle()
            for name in ("b1", "b2"):
                group.create_task(work(name, "own_b"))

    leap(scene())
    assert served == ["a1", "a2", "b1", "a3", "b2", "a4"]


def test_a_job_that_waits_for_its_account_blocks_no_other_owner(
    pool: Callable[..., Pool], admit: Callable[[str], str], make_job: Jobs, leap: Leap
) -> None:
    busy, free, leases = admit("busy"), admit("free"), pool(concurrency=1)

    async def scene() -> str:
        await leases.lease(make_job("j0", owner="own_a", candidates=(busy,)), weight=1, cost=None)
        stuck = asyncio.create_task(leases.lease(make_job("j1", owner="own_a", candidates=(busy,)), weight=1, cost=0))
        await settle()
        lease = await leases.lease(make_job("j2", owner="own_b", candidates=(free,)), weight=1, cost=None)
        assert not stuck.done()
        stuck.cancel()
        return lease.account.id

    assert leap(scene()) == free


def test_a_job_that_waits_for_one_account_blocks_no_job_of_its_owner_on_another(
    pool: Callable[..., Pool], admit: Callable[[str], str], make_job: Jobs, leap: Leap
) -> None:
    busy, free, leases = admit("busy"), admit("free"), pool(concurrency=1)

    async def scene() -> str:
        await leases.lease(make_job("j0", candidates=(busy,)), weight=1, cost=None)
        stuck = asyncio.create_task(leases.lease(make_job("j1", candidates=(busy,)), weight=1, cost=None))
        await settle()
        lease = await leases.lease(make_job("j2", candidates=(busy, free)), weight=1, cost=None)
        assert not stuck.done()
        stuck.cancel()
        return lease.account.id

    assert leap(scene()) == free


def test_a_heavy_job_is_not_overtaken_on_its_account_by_light_ones(
    pool: Callable[..., Pool], admit: Callable[[str], str], make_job: Jobs, leap: Leap
) -> None:
    account, leases = admit("one"), pool(concurrency=2)
    served: list[str] = []

    async def work(name: str, weight: int) -> None:
        lease = await leases.lease(make_job(name, candidates=(account,)), weight=weight, cost=None)
        served.append(name)
        await asyncio.sleep(1)
        leases.release(lease)

    async def scene() -> None:
        async with asyncio.TaskGroup() as group:
            for name, weight in (("light", 1), ("heavy", 2), ("late", 1), ("later", 1)):
                group.create_task(work(name, weight))
                await settle()

    leap(scene())
    assert served == ["light", "heavy", "late", "later"]


def test_a_waiting_job_that_is_cancelled_leaves_its_place(
    pool: Callable[..., Pool], admit: Callable[[str], str], make_job: Jobs, leap: Leap
) -> None:
    account, leases = admit("one"), pool(concurrency=1)

    async def scene() -> None:
        first = await leases.lease(make_job("j0", candidates=(account,)), weight=1, cost=None)
        waits = [
            asyncio.create_task(leases.lease(make_job(f"j{n}", candidates=(account,)), weight=1, cost=None))
            for n in (1, 2)
        ]
        await settle()
        waits[0].cancel()
        await settle()
        assert leases.position("j1") is None
        assert leases.position("j2") == 1
        leases.release(first)
        await waits[1]
        assert leases.load(account).in_flight == 1

    leap(scene())


def test_a_cancel_at_the_moment_of_the_lease_gives_the_place_back(
    pool: Callable[..., Pool], admit: Callable[[str], str], make_job: Jobs, leap: Leap
) -> None:
    account, leases = admit("one"), pool(concurrency=1)

    async def scene() -> None:
        first = await leases.lease(make_job("j0", candidates=(account,)), weight=1, cost=None)
        wait = asyncio.create_task(leases.lease(make_job("j1", candidates=(account,)), weight=1, cost=None))
        await settle()
        leases.release(first)
        wait.cancel()
        await settle()
        assert wait.cancelled()
        assert leases.load(account).in_flight == 0

    leap(scene())


def test_submissions_of_an_account_keep_their_gap_with_some_jitter(
    pool: Callable[..., Pool], admit: Callable[[str], str], leap: Leap
) -> None:
    account, other, leases = admit("one"), admit("two"), pool(gap=0.25)

    async def scene() -> list[float]:
        loop, times = asyncio.get_running_loop(), []

        async def go() -> None:
            await leases.turn(account)
            times.append(loop.time())

        began = loop.time()
        await asyncio.gather(*(go() for _ in range(20)))
        await leases.turn(other)
        assert loop.time() == max(times), "another account has a gap of its own"
        return [began, *times]

    times = leap(scene())
    gaps = [after - before for before, after in itertools.pairwise(times[1:])]
    assert times[1] == times[0]
    assert all(gap + 1e-9 >= 0.25 and gap <= 0.25 * 1.3 + 1e-9 for gap in gaps)
    assert len({round(gap, 6) for gap in gaps}) > 10


def test_a_cooling_account_is_taken_when_its_time_has_come(
    pool: Callable[..., Pool], admit: Callable[[str], str], roster: Roster, clock: Clock, make_job: Jobs, leap: Leap
) -> None:
    account, leases = admit("one"), pool()

    async def scene() -> float:
        began = clock.now()
        roster.set_health(account, Health.COOLING, until=began + 7)
        await leases.lease(make_job(candidates=(account,)), weight=1, cost=None)
        return clock.now() - began

    assert 7 <= leap(scene()) < 7.1


@pytest.mark.parametrize(
    "verdict",
    [
        (Health.EXPIRED, SessionExpired),
        (Health.BARRED, AccountBarred),
        (Health.NO_CREDIT, OutOfCredit),
    ],
)
def test_a_job_whose_accounts_can_never_do_it_is_told_why_at_once(
    pool: Callable[..., Pool],
    admit: Callable[[str], str],
    roster: Roster,
    make_job: Jobs,
    leap: Leap,
    verdict: tuple[Health, type[GatewayError]],
) -> None:
    account, leases, (health, error) = admit("one"), pool(), verdict
    roster.set_health(account, health, reason="because")

    async def scene() -> None:
        await leases.lease(make_job(candidates=(account,)), weight=1, cost=None)

    with pytest.raises(error, match="because"):
        leap(scene())


def test_a_job_whose_sessions_are_gone_is_told_so(pool: Callable[..., Pool], make_job: Jobs, leap: Leap) -> None:
    leases = pool()

    async def scene() -> None:
        await leases.lease(make_job(candidates=("acct_gone",)), weight=1, cost=None)

    with pytest.raises(NoAccountReady):
        leap(scene())


def test_the_lease_of_a_job_from_before_a_restart_counts(
    pool: Callable[..., Pool], admit: Callable[[str], str], roster: Roster, make_job: Jobs, leap: Leap
) -> None:
    account, leases = admit("one"), pool(concurrency=1)

    async def scene() -> None:
        known = roster.get(account)
        assert known is not None
        held = leases.hold(make_job("j0", candidates=(account,)), known, weight=1)
        wait = asyncio.create_task(leases.lease(make_job("j1", candidates=(account,)), weight=1, cost=None))
        await settle()
        assert not wait.done()
        leases.release(held)
        await wait

    leap(scene())
