"""What an operator should know of an account before it stops working. Pure."""

from dataclasses import dataclass
from typing import Final

from dreambridge.domain.account import Account, Health, ServerAccount

_SOON: Final = 3 * 86_400.0
_HOUR: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Reminder:
    """One thing worth knowing: a `code` for programs, a `message` for a person."""

    code: str
    message: str


def list_reminders(account: Account, record: ServerAccount | None, *, now: float, low: int) -> tuple[Reminder, ...]:
    """List what runs out: the session, by its cookie, within three days, or the credit, below `low`."""
    found = []
    if account.health is Health.EXPIRED:
        found.append(Reminder("session_expired", "The site no longer knows this session; add the account anew."))
    elif record is not None and record.session_expires_at is not None:
        left = record.session_expires_at - now
        if left <= 0:
            found.append(Reminder("session_expires", "By its cookie the session has ended; add the account anew."))
        elif left <= _SOON:
            words = f"{left / _HOUR:.0f} hours" if left >= _HOUR else "less than an hour"
            found.append(Reminder("session_expires", f"By its cookie the session ends in {words}."))
    if account.credit is not None and account.credit.total < low:
        found.append(Reminder("credit_low", f"{account.credit.total} credits are left."))
    return tuple(found)
