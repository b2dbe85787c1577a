"""What accounts can spend: read off the request path; and the daily gift, claimed when empty."""

from collections.abc import Callable, Coroutine
from typing import Any, Final

import structlog

from dreambridge.domain.errors import GatewayError
from dreambridge.engine.clock import Clock
from dreambridge.engine.roster import Roster
from dreambridge.upstream.client import UpstreamClient

_FRESH: Final = 60.0
# Settlement lags behind the answer by a second or two.
_SETTLE: Final = 3.0
_CLAIM_AGAIN: Final = 6 * 3600.0

log = structlog.get_logger("purse")


class Purse:
    """Keep the balances of accounts in use about a minute fresh."""

    def __init__(
        self,
        roster: Roster,
        client: UpstreamClient,
        clock: Clock,
        *,
        claim_when_empty: bool,
        spawn: Callable[[Coroutine[Any, Any, None], str], object],
    ) -> None:
        self._roster = roster
        self._client = client
        self._clock = clock
        self._claim_when_empty = claim_when_empty
        self._spawn = spawn
        self._reading: set[str] = set()
        self._claimed: dict[str, float] = {}

    def touch(self, account_id: str) -> None:
        """Have the balance read soon, if what is known of it is older than a minute."""
        account = self._roster.get(account_id)
        if account is None or account_id in self._reading:
            return
        if account.credit_read_at is not None and self._clock.now() - account.credit_read_at < _FRESH:
            return
        self._reading.add(account_id)
        self._spawn(self._read_soon(account_id), f"balance-{account_id}")

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
        self._claimed.pop(account_id, None)

    async def _read_soon(self, account_id: str) -> None:
        try:
            await self._clock.sleep(_SETTLE)
            account = self._roster.get(account_id)
            if account is not None:
                credit = await self._client.fetch_credit(account.session)
                self._roster.set_credit(account_id, credit, at=self._clock.now())
        except GatewayError as error:
            log.info("balance_unread", account=account_id, code=error.specific_code, site_code=error.site_code)
        finally:
            self._reading.discard(account_id)
