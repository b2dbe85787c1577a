"""Keys are found by their digest, keep their limits, and their use adds up by day."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from dreambridge.domain.key import DayUse, GatewayKey, ImagesMode, KeyLimits
from dreambridge.store.api_keys import ApiKeys
from dreambridge.store.database import Database
from dreambridge.store.jobs import IdempotencyClaim, Jobs, Joined, KeyUse

LIMITS = KeyLimits(("jimeng-4.5", "狐狸"), concurrency=1, rpm=2, credits_per_day=10, images_mode=ImagesMode.TASK)
KEY = GatewayKey("key_1", "a team", "d1", "wxyz", 1000.5, LIMITS)
TODAY = "2026-11-24"


@pytest.fixture
def keys(database: Database) -> ApiKeys:
    return ApiKeys(database)


async def test_a_key_is_found_by_its_digest_as_it_was(keys: ApiKeys) -> None:
    admin = GatewayKey("key_2", "ops", "d2", "0000", 1001.0, admin=True)
    assert await keys.add(KEY)
    assert await keys.add(admin)
    assert await keys.find("d1") == KEY
    assert await keys.find("d3") is None
    assert await keys.all() == (KEY, admin)


async def test_a_name_belongs_to_one_key_also_when_two_ask_at_once(keys: ApiKeys) -> None:
    others = [replace(KEY, id=f"key_{n}", digest=f"d{n}") for n in range(1, 5)]
    assert sum(await asyncio.gather(*map(keys.add, others))) == 1
    assert await keys.add(replace(KEY, id="key_9", digest="d9", name="another"))
    assert not await keys.change("key_9", KEY.name, KeyLimits())
    assert await keys.change("key_9", "another", KeyLimits(rpm=5))
    assert [key.limits for key in await keys.all() if key.id == "key_9"] == [KeyLimits(rpm=5)]


async def test_a_key_is_revoked_once_and_stays_listed(keys: ApiKeys) -> None:
    await keys.add(KEY)
    assert await keys.any_valid()
    await keys.revoke(KEY.id, 2000.0)
    await keys.revoke(KEY.id, 3000.0)
    await keys.touch(KEY.id, 1500.0)
    assert await keys.find("d1") == replace(KEY, revoked_at=2000.0, last_used_at=1500.0)
    assert not await keys.any_valid()


async def test_use_adds_up_by_key_and_day_and_may_be_taken_back(keys: ApiKeys) -> None:
    await asyncio.gather(*[keys.add_use("key_1", DayUse(TODAY, requests=1, credits=2.5)) for _ in range(4)])
    await keys.add_use("key_1", DayUse(TODAY, images=3, videos=1, credits=-4.0))
    await keys.add_use("key_1", DayUse("2026-11-23", requests=7))
    await keys.add_use("key_2", DayUse(TODAY, requests=9))
    assert await keys.use_on("key_1", TODAY) == DayUse(TODAY, 4, 3, 1, 6.0)
    assert await keys.use_on("key_1", "2026-11-22") == DayUse("2026-11-22")
    assert await keys.use("key_1", first="2026-11-01", last="2026-11-30") == (
        DayUse("2026-11-23", 7),
        DayUse(TODAY, 4, 3, 1, 6.0),
    )
    assert await keys.use("key_1", first=TODAY, last=TODAY) == (DayUse(TODAY, 4, 3, 1, 6.0),)


async def test_a_job_and_what_it_counts_for_are_written_together(keys: ApiKeys, jobs: Jobs, make_job: object) -> None:
    assert callable(make_job)
    claim = IdempotencyClaim("scope", "k", "same", 9e9)
    use = KeyUse("key_1", DayUse(TODAY, requests=1, credits=4))
    first = make_job()
    await jobs.create(first, claim, use=use)
    assert await jobs.create(make_job(), claim, use=use) == Joined(first.id)
    assert await keys.use_on("key_1", TODAY) == DayUse(TODAY, requests=1, credits=4.0)


async def test_a_database_of_keys_opens_again(tmp_path: Path) -> None:
    first = await Database.open(None, data_dir=tmp_path)
    await ApiKeys(first).add(KEY)
    await first.aclose()
    second = await Database.open(None, data_dir=tmp_path)
    assert await ApiKeys(second).all() == (KEY,)
    await second.aclose()
