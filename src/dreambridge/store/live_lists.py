"""The models that sites last listed for an account, so that a restart asks nobody."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, select

from dreambridge.domain.generation import Kind
from dreambridge.domain.live_model import LiveModel
from dreambridge.store.database import Database
from dreambridge.store.documents import Reader, dump
from dreambridge.store.statements import build_upsert
from dreambridge.store.tables import LIVE_MODELS

_MODEL: Final = Reader(LiveModel)
_KEEP: Final = build_upsert(LIVE_MODELS)


@dataclass(frozen=True, slots=True)
class LiveList:
    """What a site listed of one kind for one account, and when (epoch seconds)."""

    account_id: str
    site: str
    kind: Kind
    models: tuple[LiveModel, ...]
    read_at: float


class LiveLists:
    """Keep the newest list of each account and kind."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, lists: Sequence[LiveList]) -> None:
        """Write lists in place of earlier ones."""
        rows = [
            {
                "account_id": each.account_id,
                "site": each.site,
                "kind": each.kind.value,
                "models": dump(each.models),
                "read_at": each.read_at,
            }
            for each in lists
        ]
        if rows:
            await self._database.write(lambda c: c.execute(_KEEP, rows).rowcount)

    async def all(self) -> tuple[LiveList, ...]:
        """Load every list, oldest first."""
        statement = select(LIVE_MODELS).order_by(LIVE_MODELS.c.read_at)
        rows = await self._database.read(lambda c: c.execute(statement).mappings().all())
        return tuple(
            LiveList(
                row["account_id"],
                row["site"],
                Kind(row["kind"]),
                tuple(map(_MODEL.read, json.loads(row["models"]))),
                row["read_at"],
            )
            for row in rows
        )

    async def prune(self, before: float) -> int:
        """Drop lists read before then, and count them."""
        statement = delete(LIVE_MODELS).where(LIVE_MODELS.c.read_at < before)
        return await self._database.write(lambda c: c.execute(statement).rowcount)
