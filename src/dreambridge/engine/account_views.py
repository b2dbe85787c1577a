"""What is told of accounts."""

from dataclasses import dataclass
from typing import Final

from dreambridge.domain.account import Account, ServerAccount
from dreambridge.engine.clock import Clock
from dreambridge.engine.pool import Pool
from dreambridge.engine.reminders import Reminder, list_reminders

_FINGERPRINT: Final = 6


@dataclass(frozen=True, slots=True)
class AccountView:
    """What may be told of an account: nothing of its session.

    `record` is `None` for an account that came with a request. `in_flight` counts its generations under way, `spent`
    its credits of today, of at most `ceiling` (0 for none).
    """

    account: Account
    record: ServerAccount | None
    in_flight: int
    spent: int
    ceiling: int
    reminders: tuple[Reminder, ...]

    @property
    def fingerprint(self) -> str:
        """Name the account shortly, by a keyed digest that tells nothing of the session."""
        return f"…{self.account.id[-_FINGERPRINT:]}"


class Views:
    """Look at accounts as they are now; below `low` credits one runs low."""

    def __init__(self, pool: Pool, clock: Clock, low: int) -> None:
        self._pool = pool
        self._clock = clock
        self._low = low

    def look(self, account: Account, record: ServerAccount | None) -> AccountView:
        """Put together what may be told of an account."""
        allowance = self._pool.allowance
        return AccountView(
            account=account,
            record=record,
            in_flight=self._pool.load(account.id).in_flight,
            spent=allowance.spent(account.id),
            ceiling=0 if account.from_request else allowance.ceiling,
            reminders=list_reminders(account, record, now=self._clock.now(), low=self._low),
        )
