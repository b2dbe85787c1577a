"""The list of the server's accounts: on disk and, for quick answers, in memory; names are unique in it."""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from dreambridge.domain.account import ServerAccount
from dreambridge.domain.errors import InvalidRequest, JobNotFound
from dreambridge.store.server_accounts import Clash, ServerAccounts

_NAME: Final = re.compile(r"[^\W_][\w.@+\- ]{0,62}[\w.@+\-]|[^\W_]")
_ID: Final = ("acct_", "acctp_")


class Register:
    """Keep the records of accounts, the oldest first."""

    def __init__(self, store: ServerAccounts) -> None:
        self._store = store
        self._records: dict[str, ServerAccount] = {}
        # Two that are added at once must not be given the same name.
        self._adding = asyncio.Lock()

    def __iter__(self) -> Iterator[ServerAccount]:
        """Go through the records as they are now."""
        return iter(tuple(self._records.values()))

    async def load(self) -> None:
        """Read all of them from the disk."""
        self._records = {record.id: record for record in await self._store.all()}

    def find(self, ref: str) -> ServerAccount:
        """Give a record by id or name. Raises `JobNotFound`."""
        found = self._records.get(ref) or next((each for each in self if each.name == ref), None)
        if found is None:
            raise JobNotFound("There is no such account on this server.")
        return found

    async def add(self, record: ServerAccount) -> None:
        """Write a new record down; one without a name gets one: the site's, with a number.

        Raises `InvalidRequest` when its session or its name is here already.
        """
        async with self._adding:
            if not record.name:
                record = replace(record, name=self._make_name(record.site))
            clash = await self._store.add(record)
            if clash is not None:
                raise taken(record.name) if clash is Clash.NAME else doubled(self._records.get(record.id))
            self._records[record.id] = record

    async def rename(self, record: ServerAccount, name: str) -> None:
        """Give an account another name. Raises `InvalidRequest` when it is no name, or another's."""
        if name == record.name:
            return
        self.check_name(name)
        if not await self._store.rename(record.id, name):
            raise taken(name)
        self._change(record.id, name=name)

    async def set_paused(self, record: ServerAccount, *, paused: bool) -> None:
        """Note whether an account is given work."""
        await self._store.set_paused(record.id, paused=paused)
        self._change(record.id, paused=paused)

    async def note_check(self, record: ServerAccount, *, at: float, note: str | None) -> None:
        """Note when the site was asked, and what was wrong then."""
        await self._store.note_check(record.id, at=at, note=note)
        self._change(record.id, checked_at=at, note=note)

    async def remove(self, record: ServerAccount) -> None:
        """Erase a record and its session."""
        await self._store.remove(record.id)
        self._records.pop(record.id, None)

    def check_name(self, name: str) -> None:
        """Raise `InvalidRequest` for what cannot be a name, or is one already."""
        if not _NAME.fullmatch(name) or name.startswith(_ID):
            raise InvalidRequest(
                "name has 1 to 64 letters, digits, blanks or . _ @ + - and begins with a letter or a digit.",
                param="name",
                code="invalid_value",
            )
        if any(each.name == name for each in self):
            raise taken(name)

    def _make_name(self, site: str) -> str:
        names = {each.name for each in self}
        return next(name for number in range(1, len(names) + 2) if (name := f"{site}-{number}") not in names)

    def _change(self, account_id: str, **changes: Any) -> None:
        if account_id in self._records:
            self._records[account_id] = replace(self._records[account_id], **changes)


def taken(name: str) -> InvalidRequest:
    """Say that a name is another's."""
    return InvalidRequest(f"Another account has the name {name}.", param="name", code="name_taken")


def doubled(record: ServerAccount | None) -> InvalidRequest:
    """Say that a session is here already, and by which name."""
    known = f" as {record.name}" if record is not None else ""
    return InvalidRequest(f"This session is on the server already{known}.", param="session", code="account_exists")
