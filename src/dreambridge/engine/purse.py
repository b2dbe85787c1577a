"""What accounts can spend and what jobs cost: read off the request path; the daily gift, claimed when empty."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final

import structlog

from dreambridge.domain.account import Account, Credit
from dreambridge.domain.errors import GatewayError
from dreambridge.domain.job import Job
from dreambridge.engine.clock import Clock
from dreambridge.engine.roster import Roster
from dreambridge.upstream.client import UpstreamClient

_FRESH: Final = 60.0
# Settlement lags behind the answer by a second or two.
_SETTLE: Final = 3.0
_CLAIM_AGAIN: Final = 6 * 3600.0
# The ledger is asked for this many rows at most, and this often for the same job.
_MOST_ROWS: Final = 200
_MOST_LOOKS: Final = 5
_LEDGER_PAUSE: Final = 15.0

log = structlog.get_logger("purse")


@dataclass(slots=True)
class _Unpriced:
    submit_ids: frozenset[str]
    looks: int = 0


class Purse:
    """Keep the balances of accounts in use about a minute fresh, and find out what jobs cost."""

    def __init__(
        self,
        roster: Roster,
        client: UpstreamClient,
        clock: Clock,
        *,
        claim_when_empty: bool,
        save_cost: Callable[[str, int], Coroutine[Any, Any, None]],
        spawn: Callable[[Coroutine[Any, Any, None], str], object],
    ) -> None:
        self._roster = roster
        self._client = client
        self._clock = clock
        self._claim_when_empty = claim_when_empty
        self._save_cost = save_cost
        self._spawn = spawn
        self._reading: set[str] = set()
        self._claimed: dict[str, float] = {}
        # Per account, the jobs whose cost is not known yet, and how often the ledger was asked for each.
        self._unpriced: defaultdict[str, dict[str, _Unpriced]] = defaultdict(dict)

    def touch(self, account_id: str) -> None:
        """Have the balance read soon, if what is known of it is older than a minute."""
        account = self._roster.get(account_id)
        if account is None or account_id in self._reading:
            return
        fresh = account.credit_read_at is not None and self._clock.now() - account.credit_read_at < _FRESH
        if fresh and account_id not in self._unpriced:
            return
        self._reading.add(account_id)
        self._spawn(self._read_soon(account_id), f"balance-{account_id}")

    async def balance(self, account_id: str, *, patience: float) -> Credit | None:
        """Give what an account can spend, read anew if what is known is older than a minute; `None` if nothing is.

        Touches the network for `patience` seconds at most; spends nothing, raises nothing.
        """
        account = self._roster.get(account_id)
        if account is None:
            return None
        if account.credit_read_at is not None and self._clock.now() - account.credit_read_at < _FRESH:
            return account.credit
        try:
            async with asyncio.timeout(patience):
                credit = await self._client.fetch_credit(account.session)
        except (GatewayError, TimeoutError) as error:
            log.info("balance_unread", account=account_id, error=type(error).__name__)
            return account.credit
        self._roster.set_credit(account_id, credit, at=self._clock.now())
        return credit

    def price(self, job: Job) -> None:
        """Have the cost of an ended job looked up in the site's ledger."""
        ids = frozenset(each.submit_id for each in job.generations if each.submit_id is not None)
        if job.account_id is not None and ids:
            self._unpriced[job.account_id][job.id] = _Unpriced(ids)
            self.touch(job.account_id)

    async def claim_if_empty(self, account_id: str) -> bool:
        """Claim the account's own daily gift if its balance is zero; tell whether that brought any credit.

        Touches the network; spends nothing; at most one attempt in six hours for an account.
        """
        account = self._roster.get(account_id)
        now = self._clock.now()
        if account is None or not self._claim_when_empty or now - self._claimed.get(account_id, 0.0) < _CLAIM_AGAIN:
            return False
        try:
            credit = await self._client.fetch_credit(account.session)
            self._roster.set_credit(account_id, credit, at=now)
            if credit.total > 0:
                return False
            self._claimed[account_id] = now
            received = await self._client.claim_credit(account.session)
            log.info("daily_credit", account=account_id, received=received)
            self._roster.set_credit(account_id, await self._client.fetch_credit(account.session), at=now)
        except GatewayError as error:
            log.info("daily_credit_failed", account=account_id, code=error.specific_code, site_code=error.site_code)
            return False
        return received > 0

    def forget(self, account_id: str) -> None:
        """Drop what is kept of an account."""
        self._unpriced.pop(account_id, None)
        self._claimed.pop(account_id, None)

    async def _read_soon(self, account_id: str) -> None:
        try:
            await self._clock.sleep(_SETTLE)
            account = self._roster.get(account_id)
            while account is not None:
                credit = await self._client.fetch_credit(account.session)
                self._roster.set_credit(account_id, credit, at=self._clock.now())
                await self._read_ledger(account)
                if account_id not in self._unpriced:
                    return
                await self._clock.sleep(_LEDGER_PAUSE)
                account = self._roster.get(account_id)
        except GatewayError as error:
            log.info("balance_unread", account=account_id, code=error.specific_code, site_code=error.site_code)
        finally:
            self._reading.discard(account_id)

    async def _read_ledger(self, account: Account) -> None:
        waiting = self._unpriced.get(account.id)
        if not waiting:
            return
        rows = await self._client.fetch_ledger(account.session, min(_MOST_ROWS, 20 + 2 * len(waiting)))
        paid: defaultdict[str, int] = defaultdict(int)
        for row in rows:
            if row.submit_id is not None:
                paid[row.submit_id] += row.amount if row.spent else -row.amount
        for job_id, unpriced in list(waiting.items()):
            unpriced.looks += 1
            if unpriced.submit_ids <= paid.keys():
                await self._save_cost(job_id, sum(paid[submit_id] for submit_id in unpriced.submit_ids))
            elif unpriced.looks < _MOST_LOOKS:
                continue
            del waiting[job_id]
        if not waiting:
            del self._unpriced[account.id]
