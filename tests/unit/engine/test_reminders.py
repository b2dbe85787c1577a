"""What an operator is told before an account stops working, and how much an account may spend a day."""

from dataclasses import replace

import pytest

from dreambridge.domain.account import Account, Credit, Health, ServerAccount, Session
from dreambridge.domain.secret import Secret
from dreambridge.engine.allowance import Allowance
from dreambridge.engine.reminders import list_reminders
from dreambridge.engine.roster import Roster
from dreambridge.engine.sealing import Sealer
from dreambridge.engine.selection import Load, choose_account

NOW = 1_775_000_000.0
HOUR, DAY = 3600.0, 86_400.0
ACCOUNT = Account("acct_a", Session("us", Secret("x"), "7", "8"), from_request=False)
RECORD = ServerAccount("acct_a", "us-1", "us", b"sealed", NOW)


class Hand:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.at = NOW // DAY * DAY

    def now(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += seconds


@pytest.mark.parametrize(
    ("left", "words"),
    [(4 * DAY, None), (71 * HOUR, "71 hours"), (90.0, "less than an hour"), (-1.0, "has ended"), (None, None)],
)
def test_a_session_is_reminded_of_in_its_last_three_days(left: float | None, words: str | None) -> None:
    record = replace(RECORD, session_expires_at=None if left is None else NOW + left)
    found = list_reminders(ACCOUNT, record, now=NOW, low=0)
    assert [each.code for each in found] == (["session_expires"] if words else [])
    assert words is None or words in found[0].message


def test_what_the_site_says_of_a_session_counts_before_its_cookie() -> None:
    account, record = replace(ACCOUNT, health=Health.EXPIRED), replace(RECORD, session_expires_at=NOW + HOUR)
    assert [each.code for each in list_reminders(account, record, now=NOW, low=0)] == ["session_expired"]


@pytest.mark.parametrize(("total", "low", "told"), [(9, 10, True), (10, 10, False), (0, 0, False), (None, 10, False)])
def test_low_credit_is_told_below_the_limit(total: int | None, low: int, told: bool) -> None:
    account = replace(ACCOUNT, credit=None if total is None else Credit(gift=total))
    assert [each.code for each in list_reminders(account, RECORD, now=NOW, low=low)] == ["credit_low"] * told


def test_a_day_s_ceiling_counts_forecasts_until_costs_are_known_and_begins_anew_at_midnight() -> None:
    hand = Hand()
    allowance = Allowance(hand, 10)
    assert allowance.limit(ACCOUNT, 10) is ACCOUNT
    assert allowance.limit(ACCOUNT, 11).health is Health.NO_CREDIT
    allowance.reserve("acct_a", "job_1", 6)
    assert allowance.limit(ACCOUNT, 4) is ACCOUNT
    assert "spent 6" in (allowance.limit(ACCOUNT, 5).reason or "")
    allowance.settle("job_1", 0)
    assert allowance.limit(ACCOUNT, 10) is ACCOUNT
    allowance.load([("acct_a", "job_0", 10)])
    assert allowance.limit(ACCOUNT, None).health is Health.NO_CREDIT
    assert allowance.limit(replace(ACCOUNT, from_request=True), 5).health is Health.READY
    hand.at += DAY
    assert (allowance.spent("acct_a"), allowance.limit(ACCOUNT, 10)) == (0, ACCOUNT)


def test_without_a_ceiling_nothing_is_counted() -> None:
    allowance = Allowance(Hand(), 0)
    allowance.reserve("acct_a", "job_1", 1_000_000)
    assert allowance.limit(ACCOUNT, 1_000_000) is ACCOUNT


def test_a_paused_account_is_waited_for_and_a_removed_one_is_not() -> None:
    def choose(*accounts: Account) -> tuple[str | None, bool]:
        pairs = [(account, Load()) for account in accounts]
        choice = choose_account(pairs, now=NOW, concurrency=8, weight=1, cost=None)
        return (choice.account.id if choice.account else None), choice.never

    paused, removed = replace(ACCOUNT, paused=True), replace(ACCOUNT, removed=True)
    other = replace(ACCOUNT, id="acct_b")
    assert choose(paused) == (None, False)
    assert choose(removed) == (None, True)
    assert choose(removed, paused) == (None, False)
    assert choose(paused, other, removed) == ("acct_b", False)


def test_the_accounts_of_the_server_are_those_that_were_added_and_are_not_paused() -> None:
    roster = Roster(Sealer(b"k" * 32), Hand())
    came = roster.admit("us", Secret("f" * 32), None)
    roster.install(ACCOUNT)
    roster.install(replace(ACCOUNT, id="acct_b", paused=True))
    assert roster.configured() == (ACCOUNT,)
    roster.set_paused("acct_b", paused=False)
    assert [each.id for each in roster.configured()] == ["acct_a", "acct_b"]
    roster.retire("acct_a")
    assert [each.id for each in roster.configured()] == ["acct_b"]
    assert came.from_request
    # A session that comes with a request again is as good as new.
    kept = replace(came, removed=True, health=Health.BARRED)
    roster.install(kept)
    assert roster.admit("us", Secret("f" * 32), None) == came
