"""How many credits a day an account of the server may spend, where the operator set a ceiling."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from dreambridge.domain.account import Account, Health
from dreambridge.engine.clock import Clock

_DAY: Final = 86_400.0


class Allowance:
    """Count what accounts spend in a day (UTC): forecasts while jobs run, what they cost once that is known.

    A `ceiling` of 0 sets none. Sessions of callers are their own affair.
    """

    def __init__(self, clock: Clock, ceiling: int) -> None:
        self.ceiling = ceiling
        self._clock = clock
        self._day = 0.0
        self._spent: defaultdict[str, dict[str, int]] = defaultdict(dict)

    def load(self, spent: Iterable[tuple[str, str, int]]) -> None:
        """Take in what was spent earlier today: account, job, credits."""
        self._turn_page()
        for account_id, job_id, cost in spent:
            self._spent[account_id][job_id] = cost

    def day(self) -> float:
        """Give the moment at which this day began (epoch seconds)."""
        return self._clock.now() // _DAY * _DAY

    def spent(self, account_id: str) -> int:
        """Tell what an account has spent today, running jobs at their forecast."""
        self._turn_page()
        return sum(self._spent[account_id].values()) if account_id in self._spent else 0

    def limit(self, account: Account, cost: int | None) -> Account:
        """Give the account as it is, or without credit where a job of this cost would go beyond the ceiling."""
        if not self.ceiling or account.from_request:
            return account
        spent = self.spent(account.id)
        if spent + max(1, cost or 0) <= self.ceiling:
            return account
        reason = (
            f"The account may spend {self.ceiling} credits a day here (setting ACCOUNT_DAILY_CREDITS) and has spent "
            f"{spent}; the next day begins at 00:00 UTC."
        )
        return replace(account, health=Health.NO_CREDIT, cooling_until=None, reason=reason)

    def reserve(self, account_id: str, job_id: str, cost: int | None) -> None:
        """Count a job that an account was given at its forecast; one without counts once its cost is known."""
        if self.ceiling:
            self._turn_page()
            self._spent[account_id][job_id] = cost or 0

    def settle(self, job_id: str, cost: int) -> None:
        """Count what a job really cost; 0 for one that was not charged."""
        for jobs in self._spent.values():
            if job_id in jobs:
                jobs[job_id] = cost

    def _turn_page(self) -> None:
        today = self.day()
        if today != self._day:
            self._day = today
            self._spent.clear()
