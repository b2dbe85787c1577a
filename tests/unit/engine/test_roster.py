"""The accounts we know."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dreambridge.domain.account import Credit, Health
from dreambridge.domain.secret import Secret
from dreambridge.engine.roster import Roster
from dreambridge.engine.sealing import Sealer, SealError

if TYPE_CHECKING:
    pass

PROXY = Secret("http://user:pass@127.0.0.1:8080")
SESSION = Secret("0123456789abcdef" * 2)


class Hand:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.at = 1_000_000.0

    def now(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += seconds


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def known(sealer: Sealer, hand: Hand) -> Roster:
    return Roster(sealer, hand)


def test_a_session_is_one_account_however_often_it_comes(known: Roster) -> None:
    first = known.admit("us", SESSION, None)
    assert known.admit("us", Secret(SESSION.reveal()), None) is first
    assert known.get(first.id) is first
    assert SESSION.reveal() not in first.id
    assert SESSION.reveal() not in repr(first)


def test_site_session_and_proxy_make_the_account(known: Roster) -> None:
    ids = {
        known.admit("us", SESSION, None).id,
        known.admit("cn", SESSION, None).id,
        known.admit("us", Secret("f" * 32), None).id,
        known.admit("us", SESSION, PROXY).id,
    }
    assert len(ids) == 4
    assert len(known.all()) == 4


def test_the_device_stays_the_same_over_restarts_and_proxies_but_not_over_servers(sealer: Sealer, hand: Hand) -> None:
    here = Roster(sealer, hand).session("us", SESSION, None)
    again = Roster(Sealer(b"k" * 32), hand).session("us", SESSION, PROXY)
    elsewhere = Roster(Sealer(b"l" * 32), hand).session("us", SESSION, None)
    assert (here.web_id, here.user_id) == (again.web_id, again.user_id)
    assert here.web_id != elsewhere.web_id


@pytest.mark.parametrize("proxy", [None, PROXY])
def test_a_sealed_account_comes_back_whole(sealer: Sealer, hand: Hand, proxy: Secret | None) -> None:
    before = Roster(sealer, hand)
    account = before.admit("sg", SESSION, proxy)
    sealed = before.seal(account)
    assert SESSION.reveal().encode() not in sealed
    after = Roster(Sealer(b"k" * 32), hand)
    assert after.unseal(account.id, sealed) == account
    assert after.get(account.id) == account


def test_an_account_sealed_with_another_key_is_not_taken_back(sealer: Sealer, hand: Hand) -> None:
    before = Roster(sealer, hand)
    account = before.admit("us", SESSION, None)
    after = Roster(Sealer(b"l" * 32), hand)
    with pytest.raises(SealError):
        after.unseal(account.id, before.seal(account))
    assert after.get(account.id) is None


def test_health_and_credit_are_kept_and_strangers_ignored(known: Roster) -> None:
    account = known.admit("us", SESSION, None)
    known.set_health(account.id, Health.COOLING, until=5.0, reason="slow down")
    known.set_credit(account.id, Credit(gift=3), at=4.0)
    known.set_health("acct_nobody", Health.READY)
    known.set_credit("acct_nobody", Credit(), at=1.0)
    found = known.get(account.id)
    assert found is not None
    assert (found.health, found.cooling_until, found.reason) == (Health.COOLING, 5.0, "slow down")
    assert (found.credit, found.credit_read_at) == (Credit(gift=3), 4.0)
    assert len(known.all()) == 1


def test_an_account_rests_a_quarter_of_an_hour_after_its_last_request(known: Roster, hand: Hand) -> None:
    account = known.admit("us", SESSION, None)
    hand.at += 800
    assert not known.rested(account.id, hand.now())
    known.admit("us", SESSION, None)
    hand.at += 800
    assert not known.rested(account.id, hand.now())
    hand.at += 101
    assert known.rested(account.id, hand.now())
    known.drop(account.id)
    assert known.get(account.id) is None
