"""Accounts of the server as the database keeps them."""

from dataclasses import replace

import pytest
from tests.unit.store.conftest import MakeJob

from dreambridge.domain.account import ServerAccount
from dreambridge.store.database import Database
from dreambridge.store.jobs import Jobs
from dreambridge.store.server_accounts import Clash, ServerAccounts

WHOLE = ServerAccount("acct_1", "狐狸 1", "us", b"\x00sealed", 5.5, True, 1.5, 9e9, 6.5, "登录失效")


@pytest.fixture
def accounts(database: Database) -> ServerAccounts:
    return ServerAccounts(database)


async def test_accounts_come_back_as_they_were_added_the_oldest_first(accounts: ServerAccounts) -> None:
    bare = ServerAccount("acct_2", "us-2", "us", b"x", 4.0)
    assert await accounts.add(WHOLE) is None
    assert await accounts.add(bare) is None
    assert await accounts.all() == (bare, WHOLE)


async def test_an_account_and_a_name_are_there_once(accounts: ServerAccounts) -> None:
    await accounts.add(WHOLE)
    assert await accounts.add(replace(WHOLE, name="other")) is Clash.SESSION
    assert await accounts.add(replace(WHOLE, id="acct_2")) is Clash.NAME
    assert await accounts.add(replace(WHOLE, id="acct_2", name="other")) is None
    assert not await accounts.rename("acct_2", WHOLE.name)
    assert await accounts.rename("acct_1", WHOLE.name)
    assert [each.name for each in await accounts.all()] == [WHOLE.name, "other"]


async def test_each_change_leaves_the_rest_alone(accounts: ServerAccounts) -> None:
    await accounts.add(WHOLE)
    await accounts.add(replace(WHOLE, id="acct_2", name="other"))
    await accounts.rename("acct_1", "new")
    await accounts.set_paused("acct_1", paused=False)
    await accounts.note_check("acct_1", at=8.0, note=None)
    changed = replace(WHOLE, name="new", paused=False, checked_at=8.0, note=None)
    assert await accounts.all() == (changed, replace(WHOLE, id="acct_2", name="other"))
    await accounts.remove("acct_1")
    assert [each.id for each in await accounts.all()] == ["acct_2"]


async def test_costs_are_told_of_jobs_worked_on_since_then(jobs: Jobs, make_job: MakeJob) -> None:
    for name, account, at in (("old", "acct_1", 10.0), ("priced", "acct_1", 20.0), ("open", "acct_2", 30.0)):
        await jobs.create(make_job(id=name, account_id=account, updated_at=at))
    await jobs.create(make_job(id="waiting", updated_at=30.0))
    await jobs.save_cost("priced", 7)
    assert sorted(await jobs.costs_since(20.0)) == [("acct_1", "priced", 7), ("acct_2", "open", None)]


def test_a_record_does_not_print_its_session() -> None:
    assert "sealed" not in repr(WHOLE)
