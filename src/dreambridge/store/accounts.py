"""What we know of accounts between two starts."""

from typing import Final

from sqlalchemy import delete, select

from dreambridge.store.access_tables import ACCOUNTS
from dreambridge.store.database import Database
from dreambridge.store.rows import AccountStanding, standing_from, standing_values
from dreambridge.store.statements import build_upsert

__all__ = ["AccountStanding", "Accounts"]

_SAVE: Final = build_upsert(ACCOUNTS)


class Accounts:
    """Save and load the health, cooldown and credit of accounts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, standing: AccountStanding) -> None:
        """Write an account's standing, in place of an earlier one."""
        values = standing_values(standing)
        await self._database.write(lambda c: c.execute(_SAVE, values).rowcount)

    async def load(self, account_id: str) -> AccountStanding | None:
        """Load an account's standing."""
        statement = select(ACCOUNTS).where(ACCOUNTS.c.id == account_id)
        row = await self._database.read(lambda c: c.execute(statement).mappings().first())
        return None if row is None else standing_from(row)

    async def load_all(self) -> dict[str, AccountStanding]:
        """Load every account's standing by its id."""
        statement = select(ACCOUNTS)
        rows = await self._database.read(lambda c: c.execute(statement).mappings().all())
        return {row["id"]: standing_from(row) for row in rows}

    async def forget(self, account_id: str) -> None:
        """Delete what is known of an account."""
        statement = delete(ACCOUNTS).where(ACCOUNTS.c.id == account_id)
        await self._database.write(lambda c: c.execute(statement).rowcount)
