"""What follows a failure, decided from the three answers every error gives. Pure."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from dreambridge.domain.errors import Charged, GatewayError, Retry, SiteBusy

# Before anything was sent, the same work may be tried this often in all.
MOST_ATTEMPTS: Final = 8
# Reads, and calls that never left, may be tried again this often on the same account.
_MOST_SAME: Final = 4
_LONGEST_PAUSE: Final = 60.0


class Next(StrEnum):
    """What to do with the job."""

    FAIL = "fail"
    AGAIN = "again"
    OTHER_ACCOUNT = "other_account"


@dataclass(frozen=True, slots=True)
class RetryDecision:
    """The answer: what next, and after how many seconds."""

    next: Next
    after: float = 0.0


def decide(error: GatewayError, *, attempts: int, others: bool) -> RetryDecision:
    """Decide what follows an error that left the job unsent (surely refused, or never sent).

    `attempts` counts those already made, this one included; `others` tells whether another candidate is left.
    Nothing whose charge is unknown is ever tried again.
    """
    if error.charged is not Charged.NO or attempts >= MOST_ATTEMPTS:
        return RetryDecision(Next.FAIL)
    if error.retry is Retry.OTHER:
        return RetryDecision(Next.OTHER_ACCOUNT) if others else RetryDecision(Next.FAIL)
    if error.retry is Retry.LATER:
        if isinstance(error, SiteBusy) and others:
            return RetryDecision(Next.OTHER_ACCOUNT)
        return RetryDecision(Next.AGAIN, error.retry_after or pause(attempts, first=2.0))
    if error.retry is Retry.SAME and attempts < _MOST_SAME:
        return RetryDecision(Next.AGAIN, pause(attempts, first=0.5))
    return RetryDecision(Next.FAIL)


def pause(attempts: int, *, first: float) -> float:
    """Give the seconds before the next attempt: doubling from `first`, at most a minute."""
    return min(_LONGEST_PAUSE, first * 2.0 ** max(0, attempts - 1))
