"""Keep what is learned of the server's accounts over a restart: health, cooling, credit."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import structlog

from dreambridge.domain.account import Account
from dreambridge.engine.roster import Roster
from dreambridge.store.accounts import Accounts, AccountStanding
from dreambridge.store.faults import StoreError

log = structlog.get_logger("accounts")


class Standings:
    """Write changes down soon after they happen, several of one account as one."""

    def __init__(
        self, store: Accounts, roster: Roster, spawn: Callable[[Coroutine[Any, Any, None], str], object]
    ) -> None:
        self._store = store
        self._roster = roster
        self._spawn = spawn
        self._changed: set[str] = set()
        self._writing = asyncio.Lock()
        roster.watch(self._note)

    async def restore(self, account: Account) -> Account:
        """Give an account the health and credit it had when it was last seen."""
        known = await self._store.load(account.id)
        if known is None:
            return account
        return replace(
            account,
            health=known.health,
            cooling_until=known.cooling_until,
            reason=known.reason,
            credit=known.credit,
            credit_read_at=known.credit_read_at,
        )

    async def forget(self, account_id: str) -> None:
        """Delete what is kept of an account."""
        self._changed.discard(account_id)
        await self._store.forget(account_id)

    async def flush(self) -> None:
        """Write down what has changed; what cannot be written now is, with the next change."""
        async with self._writing:
            while self._changed:
                account = self._roster.get(self._changed.pop())
                if account is None or account.from_request:
                    continue
                try:
                    await self._store.save(_standing_of(account))
                except StoreError as error:
                    log.warning("standing_not_kept", account=account.id, error=type(error).__name__)

    def _note(self, account: Account) -> None:
        if account.from_request:
            return
        first = not self._changed
        self._changed.add(account.id)
        if first:
            self._spawn(self.flush(), "standings")


def _standing_of(account: Account) -> AccountStanding:
    return AccountStanding(
        account.id,
        health=account.health,
        cooling_until=account.cooling_until,
        reason=account.reason,
        credit=account.credit,
        credit_read_at=account.credit_read_at,
    )
