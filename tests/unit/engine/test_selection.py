"""Which account does a job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreambridge.domain.account import Account, Credit, Health, Session
from dreambridge.domain.secret import Secret
from dreambridge.engine.selection import Choice, Load, choose_account

if TYPE_CHECKING:
    from collections.abc import Iterable

NOW = 1000.0
DAY = 86_400.0


def an_account(name: str, **more: Any) -> Account:
    return Account(id=name, session=Session("us", Secret(name), "7", "0"), from_request=True, **more)


def choose(*candidates: tuple[Account, Load], weight: int = 1, cost: int | None = 4, concurrency: int = 2) -> Choice:
    return choose_account(candidates, now=NOW, concurrency=concurrency, weight=weight, cost=cost)


@pytest.mark.parametrize(
    ("why", "better", "worse"),
    [
        ("knows it can pay", ({"credit": Credit(gift=9)}, Load(1)), ({"credit": Credit(gift=3)}, Load(0))),
        (
            "its credit lapses first",
            ({"credit": Credit(gift=9, expires_at=NOW + 60)}, Load(1)),
            ({"credit": Credit(gift=9, expires_at=NOW + 600)}, Load(0)),
        ),
        (
            "credit that lapses within a day beats credit that stays",
            ({"credit": Credit(gift=9, expires_at=NOW + 60)}, Load(1)),
            ({"credit": Credit(purchased=900)}, Load(0)),
        ),
        ("has less in flight", ({}, Load(0, NOW)), ({}, Load(1, 0.0))),
        ("was unused for longer", ({}, Load(0, 10.0)), ({}, Load(0, 20.0))),
        ("has a free place", ({}, Load(1)), ({"credit": Credit(gift=9, expires_at=NOW + 5)}, Load(2))),
        ("is well", ({}, Load(1)), ({"health": Health.EXPIRED}, Load(0))),
        ("is not cooling", ({}, Load(1)), ({"health": Health.COOLING, "cooling_until": NOW + 1}, Load(0))),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_the_account_is_chosen_that(
    why: str, better: tuple[dict[str, Any], Load], worse: tuple[dict[str, Any], Load]
) -> None:
    one, two = (an_account("better", **better[0]), better[1]), (an_account("worse", **worse[0]), worse[1])
    for order in ((one, two), (two, one)):
        found = choose(*order).account
        assert found is not None, why
        assert found.id == "better", why


def test_a_day_away_credit_is_in_no_hurry() -> None:
    far = an_account("far", credit=Credit(gift=9, expires_at=NOW + 2 * DAY))
    assert choose((far, Load(1)), (an_account("idle", credit=Credit(purchased=9)), Load(0))).account != far


def test_a_balance_that_seems_short_is_tried_when_there_is_no_other() -> None:
    short = an_account("short", credit=Credit(gift=1))
    assert choose((short, Load())).account == short


def test_a_job_for_more_places_than_there_are_gets_an_idle_account() -> None:
    account = an_account("one")
    assert choose((account, Load(0)), weight=5).account == account
    assert choose((account, Load(1)), weight=5) == Choice(None, None)


def test_the_end_of_the_first_cooling_is_when_to_ask_again() -> None:
    cooling = [(an_account(str(n), health=Health.COOLING, cooling_until=NOW + n), Load()) for n in (9, 5, 7)]
    assert choose(*cooling) == Choice(None, wait_until=NOW + 5)


@pytest.mark.parametrize("health", [Health.EXPIRED, Health.BARRED, Health.NO_CREDIT])
def test_an_account_that_cannot_is_hopeless_until_its_spell_is_over(health: Health) -> None:
    ill = an_account("ill", health=health, cooling_until=NOW + 1)
    assert choose((ill, Load())) == Choice(None, never=True, hopeless=ill)
    well = an_account("ill", health=health, cooling_until=NOW)
    assert choose((well, Load())).account == well
    forever = an_account("ill", health=health)
    assert choose((forever, Load())).never


def test_a_busy_account_beside_a_hopeless_one_is_waited_for() -> None:
    ill = an_account("ill", health=Health.BARRED)
    assert choose((ill, Load()), (an_account("busy"), Load(2))) == Choice(None, None)


def test_no_candidate_at_all_is_hopeless_without_a_reason() -> None:
    assert choose() == Choice(None, never=True)


accounts = st.builds(
    an_account,
    st.sampled_from("abcdef"),
    health=st.sampled_from(Health),
    cooling_until=st.none() | st.floats(NOW - 10, NOW + 10),
    credit=st.none() | st.builds(Credit, st.integers(0, 9), st.integers(0, 9), expires_at=st.none() | st.just(NOW + 9)),
)
candidates = st.lists(st.tuples(accounts, st.builds(Load, st.integers(0, 4), st.floats(0, NOW))), max_size=6)


@given(candidates, st.integers(1, 4), st.integers(1, 4), st.none() | st.integers(0, 20))
def test_a_chosen_account_always_has_room_and_every_refusal_has_its_reason(
    given_accounts: Iterable[tuple[Account, Load]], weight: int, concurrency: int, cost: int | None
) -> None:
    known = list(given_accounts)
    choice = choose_account(known, now=NOW, concurrency=concurrency, weight=weight, cost=cost)
    if choice.account is not None:
        loads = [load for account, load in known if account is choice.account]
        assert any(not load.in_flight or load.in_flight + weight <= concurrency for load in loads)
        assert choice.account.cooling_until is None or choice.account.cooling_until <= NOW
    elif choice.never:
        assert all(account.health in {Health.EXPIRED, Health.BARRED, Health.NO_CREDIT} for account, _ in known)
    else:
        assert known
