"""Conversations with the agent: which account each lives on, and who may continue it."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, delete, select

from dreambridge.store.database import Database
from dreambridge.store.statements import build_upsert
from dreambridge.store.tables import CONVERSATIONS, SUBMISSIONS

_KEEP: Final = build_upsert(CONVERSATIONS)
_ROW: Final = CONVERSATIONS.c


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation and its account; `used_at` is an epoch second."""

    id: str
    account_id: str
    site: str
    used_at: float


class Conversations:
    """Remember conversations; owners are keyed digests, as of jobs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, conversation: Conversation, owners: Collection[str]) -> None:
        """Note where a conversation lives, so that each of the owners can continue it."""
        rows = [
            {
                "id": conversation.id,
                "owner": owner,
                "account_id": conversation.account_id,
                "site": conversation.site,
                "used_at": conversation.used_at,
            }
            for owner in sorted(set(owners))
        ]
        await self._database.write(lambda c: c.execute(_KEEP, rows).rowcount)

    async def find(self, conversation_id: str, owners: Collection[str]) -> Conversation | None:
        """Find a conversation that one of the owners may continue."""
        statement = select(CONVERSATIONS).where(_ROW.id == conversation_id, _ROW.owner.in_(owners)).limit(1)
        row = await self._database.read(lambda c: c.execute(statement).mappings().first())
        return None if row is None else Conversation(row["id"], row["account_id"], row["site"], row["used_at"])

    async def prune(self, before: float) -> int:
        """Forget the conversations that were last used before then, and count their rows."""
        statement = delete(CONVERSATIONS).where(_ROW.used_at < before)
        return await self._database.write(lambda c: c.execute(statement).rowcount)

    async def known(self, submit_ids: Collection[str]) -> frozenset[str]:
        """Tell which submissions belong to a job of ours already: none is followed twice."""

        def read(connection: Connection) -> frozenset[str]:
            wanted = SUBMISSIONS.c.submit_id
            return frozenset(connection.execute(select(wanted).where(wanted.in_(submit_ids))).scalars())

        return await self._database.read(read) if submit_ids else frozenset()
