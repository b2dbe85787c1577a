"""Minutes slide, days begin anew, and what is counted follows what was really paid: with a clock that is set."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from dreambridge.catalog import Catalog
from dreambridge.domain.errors import Charged, GatewayError, KeyLimited, KeySpent, Retry
from dreambridge.domain.generation import ImageRequest
from dreambridge.domain.job import Job, JobError, JobState, Progress
from dreambridge.domain.key import DayUse, GatewayKey, KeyLimits
from dreambridge.engine.key_allowance import KeyAllowance
from dreambridge.engine.keys import KeyDesk
from dreambridge.engine.notices import News, Notices
from dreambridge.engine.sealing import Sealer
from dreambridge.store.api_keys import ApiKeys
from dreambridge.store.database import Database
from dreambridge.store.jobs import Jobs

MIDNIGHT = 1_795_564_800.0  # 2026-11-25
FAILED = JobError("ContentRefused", "No.", "content_policy_violation", Retry.NEVER, Charged.NO)


@dataclass
class SetClock:
    """A clock that stands still until it is set."""

    time: float = MIDNIGHT - 100

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds


class Ledger:
    """Everything that counts for one key, as one process has it."""

    def __init__(self, database: Database, catalog: Catalog, clock: SetClock) -> None:
        self.tasks: list[asyncio.Task[None]] = []
        self.clock, self.keys, self.jobs, self.notices = clock, ApiKeys(database), Jobs(database), Notices()
        shared: dict[str, Any] = {"catalog": catalog, "clock": clock, "spawn": self.spawn}
        self.desk = KeyDesk(self.keys, sealer=Sealer(b"k" * 32), **shared)
        self.allowance = KeyAllowance(self.desk, self.keys, notices=self.notices, **shared)
        self.notices.on_end = self.allowance.ended

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        self.tasks.append(asyncio.create_task(work, name=name))

    async def make(self, key: GatewayKey, job: Job) -> Job:
        """Make a job as the intake does."""
        job = replace(job, owner=self.desk.owner_of(key), created_at=self.clock.now())
        with await self.allowance.grant(key, job.request) as grant:
            await self.jobs.create(job, use=grant.use)
            grant.keep()
            self.notices.publish(News(job))
        return job

    def end(self, job: Job, error: JobError | None = None) -> None:
        state = JobState.COMPLETED if error is None else JobState.FAILED
        self.notices.publish(News(replace(job, state=state, error=error)))

    async def counted(self, key: GatewayKey, day: str) -> DayUse:
        await asyncio.gather(*self.tasks)
        return await self.keys.use_on(key.id, day)


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
async def ledger(tmp_path: Path, catalog: Catalog, clock: SetClock) -> AsyncIterator[Ledger]:
    database = await Database.open(None, data_dir=tmp_path)
    ledger = Ledger(database, catalog, clock)
    yield ledger
    await asyncio.gather(*ledger.tasks)
    await database.aclose()


async def refusal(ledger: Ledger, key: GatewayKey, job: Job) -> GatewayError:
    with pytest.raises((KeyLimited, KeySpent)) as caught:
        await ledger.make(key, job)
    return caught.value


async def test_a_minute_slides(ledger: Ledger, clock: SetClock, make_job: Callable[..., Job]) -> None:
    key, _ = await ledger.desk.create("a", KeyLimits(rpm=2))
    await ledger.make(key, make_job("job_1"))
    clock.time += 40
    await ledger.make(key, make_job("job_2"))
    assert (await refusal(ledger, key, make_job("job_3"))).retry_after == 20
    standing = (await ledger.allowance.standing(key))()
    assert (standing.requests, standing.next_request, standing.all_requests) == (0, 20, 60)
    clock.time += 20
    await ledger.make(key, make_job("job_3"))
    assert (await refusal(ledger, key, make_job("job_4"))).retry_after == 40


async def test_credits_come_back_at_midnight_of_utc_and_a_job_counts_for_the_day_it_was_made(
    ledger: Ledger, clock: SetClock, make_job: Callable[..., Job]
) -> None:
    key, _ = await ledger.desk.create("a", KeyLimits(credits_per_day=7))
    late = await ledger.make(key, make_job("job_1"))
    spent = await refusal(ledger, key, make_job("job_2"))
    assert isinstance(spent, KeySpent)
    assert spent.retry_after is None
    assert (await ledger.allowance.standing(key))().next_day == 100
    clock.time = MIDNIGHT + 5
    await ledger.make(key, make_job("job_2"))
    # What is found out of yesterday's job changes yesterday.
    ledger.allowance.priced(late, 3)
    assert (await ledger.counted(key, "2026-11-24")).credits == 3
    assert (await ledger.counted(key, "2026-11-25")).credits == 4
    assert (await ledger.allowance.standing(key))().credits == 3


async def test_what_was_paid_takes_the_place_of_the_forecast_each_time_it_is_told(
    ledger: Ledger, make_job: Callable[..., Job]
) -> None:
    key, _ = await ledger.desk.create("a", KeyLimits(credits_per_day=8))
    first = await ledger.make(key, make_job("job_1"))
    await ledger.make(key, make_job("job_2"))
    await refusal(ledger, key, make_job("job_3"))
    for cost, left in ((2, 2), (2, 2), (0, 4)):
        ledger.allowance.priced(first, cost)
        assert (await ledger.allowance.standing(key))().credits == left
    await ledger.make(key, make_job("job_3"))
    assert await ledger.counted(key, "2026-11-24") == DayUse("2026-11-24", requests=3, credits=8)


async def test_what_failed_without_charge_is_given_back_once(ledger: Ledger, make_job: Callable[..., Job]) -> None:
    key, _ = await ledger.desk.create("a", KeyLimits(credits_per_day=4))
    job = await ledger.make(key, make_job("job_1"))
    ledger.end(job, FAILED)
    ledger.end(job, FAILED)
    await ledger.make(key, make_job("job_2"))
    unsure = replace(FAILED, charged=Charged.UNKNOWN)
    ledger.end(replace(job, id="job_2"), unsure)
    # Whether that one was paid nobody knows: it counts.
    assert isinstance(await refusal(ledger, key, make_job("job_3")), KeySpent)


async def test_a_job_that_could_not_be_written_counts_nothing(ledger: Ledger, make_job: Callable[..., Job]) -> None:
    key, _ = await ledger.desk.create("a", KeyLimits(rpm=1, credits_per_day=4, concurrency=1))
    with await ledger.allowance.grant(key, make_job().request):
        assert isinstance(await refusal(ledger, key, make_job("job_1")), KeyLimited)
    await ledger.make(key, make_job("job_1"))


async def test_the_first_job_to_end_says_when_to_ask_again(ledger: Ledger, make_job: Callable[..., Job]) -> None:
    key, _ = await ledger.desk.create("a", KeyLimits(concurrency=2))
    jobs = [await ledger.make(key, make_job(f"job_{number}")) for number in range(2)]
    assert (await refusal(ledger, key, make_job("job_9"))).retry_after == 5
    for job, remaining in zip(jobs, (50.0, 17.0), strict=True):
        ledger.notices.publish(News(replace(job, progress=Progress(remaining=remaining))))
    assert (await refusal(ledger, key, make_job("job_9"))).retry_after == 17
    ledger.end(jobs[0])
    await ledger.make(key, make_job("job_9"))


async def test_another_process_counts_the_day_on_from_what_is_on_disk(
    ledger: Ledger, catalog: Catalog, clock: SetClock, make_job: Callable[..., Job], tmp_path: Path
) -> None:
    key, text = await ledger.desk.create("a", KeyLimits(credits_per_day=7))
    job = await ledger.make(key, make_job("job_1"))
    later = Ledger(ledger.keys._database, catalog, clock)
    await later.desk.load()
    assert await later.desk.verify(text.reveal())
    later.notices.publish(News(job))
    assert isinstance(await refusal(later, key, make_job("job_2")), KeySpent)
    later.end(job, FAILED)
    await later.make(key, make_job("job_2"))
    assert (await later.counted(key, "2026-11-24")).credits == 4


async def test_a_key_revoked_elsewhere_is_refused_soon_and_one_revoked_here_at_once(
    ledger: Ledger, catalog: Catalog, clock: SetClock
) -> None:
    here, there = ledger, Ledger(ledger.keys._database, catalog, clock)
    key, text = await here.desk.create("a", KeyLimits())
    assert await there.desk.verify(text.reveal())
    await here.desk.revoke(key.id)
    assert await here.desk.verify(text.reveal()) is None
    clock.time += 6
    assert await there.desk.verify(text.reveal()) is None


async def test_a_price_nobody_knows_counts_nothing_until_it_is_told(
    ledger: Ledger, make_job: Callable[..., Job]
) -> None:
    key, _ = await ledger.desk.create("a", KeyLimits(credits_per_day=9))
    request = make_job().request
    assert isinstance(request, ImageRequest)
    unknown = replace(request, model="jimeng-5.0")
    job = await ledger.make(key, make_job("job_1", request=unknown))
    waiting = await refusal(ledger, key, make_job("job_2", request=unknown))
    assert isinstance(waiting, KeyLimited)
    ledger.end(job)
    ledger.allowance.priced(job, 9)
    assert isinstance(await refusal(ledger, key, make_job("job_2", request=unknown)), KeySpent)
