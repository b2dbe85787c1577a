"""The accounts that were added to the server, their sessions encrypted by the engine."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, delete, insert, or_, select, update

from dreambridge.domain.account import ServerAccount
from dreambridge.store.access_tables import SERVER_ACCOUNTS
from dreambridge.store.database import Database
from dreambridge.store.rows import Row

_ROW: Final = SERVER_ACCOUNTS.c
_FIELDS: Final = tuple(column.name for column in SERVER_ACCOUNTS.columns)


class Clash(StrEnum):
    """What another account has already."""

    SESSION = "session"
    NAME = "name"


class ServerAccounts:
    """Keep and change accounts; their health is kept by `Accounts`, like everyone's."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, account: ServerAccount) -> Clash | None:
        """Write a new account, unless its id or its name is taken."""

        def op(connection: Connection) -> Clash | None:
            same = or_(_ROW.id == account.id, _ROW.name == account.name)
            taken = connection.execute(select(_ROW.id).where(same)).scalars().all()
            if taken:
                return Clash.SESSION if account.id in taken else Clash.NAME
            connection.execute(insert(SERVER_ACCOUNTS), {name: getattr(account, name) for name in _FIELDS})
            return None

        return await self._database.write(op)

    async def all(self) -> tuple[ServerAccount, ...]:
        """Load every account, the oldest first."""
        statement = select(SERVER_ACCOUNTS).order_by(_ROW.created_at, _ROW.id)
        return await self._database.read(lambda c: tuple(map(_account_from, c.execute(statement).mappings())))

    async def rename(self, account_id: str, name: str) -> bool:
        """Give an account another name; tell whether that was free."""

        def op(connection: Connection) -> bool:
            others = select(_ROW.id).where(_ROW.name == name, _ROW.id != account_id)
            if connection.execute(others).first() is not None:
                return False
            connection.execute(update(SERVER_ACCOUNTS).where(_ROW.id == account_id).values(name=name))
            return True

        return await self._database.write(op)

    async def set_paused(self, account_id: str, *, paused: bool) -> None:
        """Note whether an account is given work."""
        await self._change(account_id, {"paused": paused})

    async def note_check(self, account_id: str, *, at: float, note: str | None) -> None:
        """Note when the site was asked about an account, and what was wrong then."""
        await self._change(account_id, {"checked_at": at, "note": note})

    async def remove(self, account_id: str) -> None:
        """Erase an account and its session."""
        statement = delete(SERVER_ACCOUNTS).where(_ROW.id == account_id)
        await self._database.write(lambda c: c.execute(statement).rowcount)

    async def _change(self, account_id: str, values: Mapping[str, Any]) -> None:
        statement = update(SERVER_ACCOUNTS).where(_ROW.id == account_id).values(**values)
        await self._database.write(lambda c: c.execute(statement).rowcount)


def _account_from(row: Row) -> ServerAccount:
    return ServerAccount(**{name: row[name] for name in _FIELDS})
