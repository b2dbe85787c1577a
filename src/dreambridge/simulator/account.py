"""One user of the simulated site: credit, daily gift, ledger, records."""

import hashlib
import heapq
import math
import time
from dataclasses import dataclass, field
from typing import Any

from dreambridge.simulator.record import Record
from dreambridge.simulator.scenarios import Scenario

INCOME, SPENDING = 1, 2
_CHINA_TIME = 8 * 3600
_DAY = 86400


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One line of the account's ledger; readable from `visible_at` on, for settlement lags behind."""

    amount: int
    title: str
    kind: int
    submit_id: str
    created_at: float
    visible_at: float


@dataclass(slots=True)
class Account:
    """An account and its records. Credits are taken lazily: `settle` brings it up to a moment."""

    session: str
    gift: int = 0
    vip: int = 0
    purchase: int = 0
    alive: bool = True
    scenario: Scenario | None = None
    registered_member: bool = False
    claimed_on: str = ""
    reserved: int = 0
    ledger: list[LedgerRow] = field(default_factory=list)
    by_submit: dict[str, Record] = field(default_factory=dict)
    _due: list[tuple[float, str, Record]] = field(default_factory=list)

    @property
    def uid(self) -> str:
        """Return the user id: 16 digits that follow from the session."""
        digest = hashlib.md5(self.session.encode(), usedforsecurity=False).hexdigest()
        return str(10**15 + int(digest[:12], 16) % (9 * 10**15))

    @property
    def member(self) -> bool:
        """Tell whether it has a membership: registered so, or by its scenario."""
        return self.registered_member or (self.scenario is not None and self.scenario.member)

    @property
    def total(self) -> int:
        """Return the balance, reservations not taken off."""
        return self.gift + self.vip + self.purchase

    def can_pay(self, amount: int) -> bool:
        """Tell whether the balance covers this beside all open records."""
        return self.total - self.reserved >= amount

    def add(self, record: Record) -> None:
        """Take a new record in and reserve its price."""
        self.by_submit[record.wish.submit_id] = record
        self.reserved += record.credits
        if not math.isinf(record.settles_at):
            heapq.heappush(self._due, (record.settles_at, record.record_id, record))

    def settle(self, now: float, ledger_delay: float) -> None:
        """Take the credits of every record that ended by now, and write its ledger rows."""
        while self._due and self._due[0][0] <= now:
            moment, _, record = heapq.heappop(self._due)
            if record.cancelled_at is not None:
                continue  # released when it was cancelled
            self.reserved -= record.credits
            charge = record.charge()
            if charge:
                self._pay(record, charge, moment, moment + ledger_delay)

    def cancel(self, record: Record, now: float, ledger_delay: float) -> None:
        """Give up a record that has not ended: its reservation returns, and the ledger shows both ways."""
        record.cancelled_at = now
        self.reserved -= record.credits
        if record.credits:
            submit_id, visible = record.wish.submit_id, now + ledger_delay
            self.ledger.append(LedgerRow(record.credits, _title(record), SPENDING, submit_id, now, visible))
            self.ledger.append(LedgerRow(record.credits, "取消生成返还", INCOME, submit_id, now, visible))

    def claim(self, amount: int, now: float) -> bool:
        """Receive the daily gift; False when it was received already today (China time)."""
        today = day_of(now)
        if self.claimed_on == today:
            return False
        self.claimed_on = today
        self.gift += amount
        self.ledger.append(LedgerRow(amount, "每日免费积分", INCOME, "", now, now))
        return True

    def payload(self, now: float) -> dict[str, Any]:
        """Return the balance as the credit call tells it; gifts expire at the end of the day in China."""
        end_of_day = int((now + _CHINA_TIME) // _DAY + 1) * _DAY - _CHINA_TIME - 1
        gifts = [{"residual_credits": self.gift, "credits_life_end": end_of_day}] if self.gift else []
        expiring = [{"credit_amount": self.gift, "expire_time": end_of_day}] if self.gift else []
        return {
            "credit": {"vip_credit": self.vip, "gift_credit": self.gift, "purchase_credit": self.purchase},
            "expiring_credits": expiring,
            "credits_detail": {"vip_credits": [], "gift_credits": gifts, "purchase_credits": []},
        }

    def _pay(self, record: Record, charge: int, moment: float, visible: float) -> None:
        submit_id = record.wish.submit_id
        self.ledger.append(LedgerRow(charge, _title(record), SPENDING, submit_id, moment, visible))
        if record.scenario.ending.charge == "refunded":
            self.ledger.append(LedgerRow(charge, "生成失败返还", INCOME, submit_id, moment, visible))
            return
        left = charge
        for purse in ("gift", "vip", "purchase"):  # what expires first goes first
            taken = min(left, getattr(self, purse))
            setattr(self, purse, getattr(self, purse) - taken)
            left -= taken


def day_of(now: float) -> str:
    """Return the day in China, as YYYY-MM-DD."""
    return time.strftime("%Y-%m-%d", time.gmtime(now + _CHINA_TIME))


def _title(record: Record) -> str:
    return "视频生成" if record.wish.clip else "图片生成"
