"""What is known of accounts and of how long things take, from one start to the next."""

import pytest

from dreambridge.domain.account import Credit, Health
from dreambridge.store.accounts import Accounts, AccountStanding
from dreambridge.store.database import Database
from dreambridge.store.timings import KEPT, Timings


@pytest.fixture
def accounts(database: Database) -> Accounts:
    return Accounts(database)


@pytest.fixture
def timings(database: Database) -> Timings:
    return Timings(database)


async def test_standing_comes_back_as_it_was_saved(accounts: Accounts) -> None:
    standing = AccountStanding(
        "acct_1", Health.COOLING, 99.5, "登录失效 \x00", Credit(1, 2, 3, expires_at=8.5), credit_read_at=7.0
    )
    await accounts.save(AccountStanding("acct_1"))
    await accounts.save(standing)
    await accounts.save(AccountStanding("acct_2"))
    assert await accounts.load("acct_1") == standing
    assert await accounts.load_all() == {"acct_1": standing, "acct_2": AccountStanding("acct_2")}


async def test_forgotten_account_has_no_standing(accounts: Accounts) -> None:
    await accounts.save(AccountStanding("acct_1"))
    await accounts.forget("acct_1")
    assert await accounts.load("acct_1") is None


async def test_last_durations_of_each_key_are_kept_in_order(database: Database, timings: Timings) -> None:
    for number in range(KEPT + 25):
        await timings.add("long", float(number), at=1.0)
    await timings.add("short", 0.5, at=2.0)
    expected = tuple(float(number) for number in range(25, KEPT + 25))
    assert await timings.load("long") == expected
    assert await timings.load_all() == {"long": expected, "short": (0.5,)}
    assert await timings.load("none") == ()


async def test_older_durations_are_deleted(database: Database, timings: Timings) -> None:
    for number in range(2 * KEPT):
        await timings.add("key", float(number), at=1.0)
    rows = await database.read(lambda c: c.exec_driver_sql("SELECT COUNT(*) FROM timings").scalar_one())
    assert KEPT <= rows < KEPT + 10
