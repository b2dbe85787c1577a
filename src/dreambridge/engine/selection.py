"""Which account does a job. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from dreambridge.domain.account import Account, Health

# A balance that lapses within a day is spent first.
_SOON: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Load:
    """What an account has to do: generations in flight, and when (epoch seconds) it was last given one."""

    in_flight: int = 0
    last_given: float = 0.0


@dataclass(frozen=True, slots=True)
class Choice:
    """The answer: an account to use now; or when to ask again; or that no candidate ever can (`never`).

    `hopeless` is the first of the candidates that cannot, for its reason.
    """

    account: Account | None
    wait_until: float | None = None
    never: bool = False
    hopeless: Account | None = None


def choose_account(
    candidates: Iterable[tuple[Account, Load]], *, now: float, concurrency: int, weight: int, cost: int | None
) -> Choice:
    """Choose among the accounts that may do a job of `weight` submissions costing `cost` credits (`None`: unknown).

    Order: those that are well and have a free place; known to have the credit; credit that lapses soon; fewest in
    flight; longest unused. An account with work for more places than it has is taken when it is idle. A paused
    account is waited for.
    """
    ready: list[tuple[tuple[int, float, int, float], Account]] = []
    wait_until: float | None = None
    hopeless: Account | None = None
    waiting = False
    for account, load in candidates:
        if account.removed:
            hopeless = hopeless or account
            continue
        if account.paused:
            waiting = True
            continue
        if account.health in {Health.EXPIRED, Health.BARRED, Health.NO_CREDIT} and not _over(account, now):
            hopeless = hopeless or account
            continue
        if account.cooling_until is not None and account.cooling_until > now:
            wait_until = min(wait_until or account.cooling_until, account.cooling_until)
            continue
        if load.in_flight and load.in_flight + weight > concurrency:
            waiting = True
            continue
        ready.append((_rank(account, load, now, cost), account))
    if ready:
        return Choice(min(ready, key=lambda pair: pair[0])[1])
    if waiting or wait_until is not None:
        return Choice(None, wait_until)
    return Choice(None, never=True, hopeless=hopeless)


def _over(account: Account, now: float) -> bool:
    """Tell whether a spell with an end is over; without an end it lasts until the account changes."""
    return account.cooling_until is not None and account.cooling_until <= now


def _rank(account: Account, load: Load, now: float, cost: int | None) -> tuple[int, float, int, float]:
    credit = account.credit
    short = 1 if credit is not None and cost is not None and credit.total < cost else 0
    lapses = credit.expires_at if credit is not None and credit.total > 0 and credit.expires_at is not None else None
    soon = lapses if lapses is not None and now < lapses < now + _SOON else now + _SOON
    return (short, soon, load.in_flight, load.last_given)
