"""Balances that somebody asks for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

import pytest

from dreambridge.domain.account import Credit
from dreambridge.domain.secret import Secret
from dreambridge.engine.purse import Purse

if TYPE_CHECKING:
    from tests.unit.engine.conftest import FakeSite

    from dreambridge.engine.clock import Clock
    from dreambridge.engine.roster import Roster
    from dreambridge.upstream.client import UpstreamClient

Leap = Callable[[Coroutine[Any, Any, Any]], Any]
CREDIT = "/commerce/v1/benefits/user_credit"


@pytest.fixture
def purse(roster: Roster, client: UpstreamClient, clock: Clock, site: FakeSite) -> Purse:
    site.answers[CREDIT] = lambda _: site.answer({"credit": {"gift_credit": 7}})

    async def save(job_id: str, cost: int) -> None:
        raise AssertionError((job_id, cost))

    return Purse(roster, client, clock, claim_when_empty=False, save_cost=save, spawn=lambda work, _: work.close())


def test_a_balance_is_read_anew_when_what_is_known_is_older_than_a_minute(
    purse: Purse, roster: Roster, site: FakeSite, leap: Leap
) -> None:
    async def scene() -> list[Credit | None]:
        account = roster.admit("us", Secret("one"), None)
        told = []
        for pause in (0, 59, 2):
            await asyncio.sleep(pause)
            told.append(await purse.balance(account.id, patience=5))
        return [*told, await purse.balance("acct_none", patience=5)]

    assert leap(scene()) == [Credit(gift=7)] * 3 + [None]
    assert site.calls[CREDIT] == 2


def test_a_balance_that_takes_too_long_is_what_was_known_before(
    purse: Purse, roster: Roster, site: FakeSite, leap: Leap
) -> None:
    site.latency = 60.0

    async def scene() -> tuple[Credit | None, float, Credit | None]:
        account = roster.admit("us", Secret("one"), None)
        began = asyncio.get_running_loop().time()
        first = await purse.balance(account.id, patience=5)
        took = asyncio.get_running_loop().time() - began
        roster.set_credit(account.id, Credit(gift=3), at=0.0)
        return first, took, await purse.balance(account.id, patience=5)

    assert leap(scene()) == (None, pytest.approx(5), Credit(gift=3))
