"""The files that callers handed in to use them by id."""

from collections.abc import Collection
from typing import Final

from sqlalchemy import Connection, delete, insert, select, tuple_

from dreambridge.domain.asset import Asset
from dreambridge.domain.generation import MediaInput
from dreambridge.store.database import Database
from dreambridge.store.documents import Reader, dump
from dreambridge.store.rows import Row, Values
from dreambridge.store.tables import ASSETS

_MEDIA: Final = Reader(MediaInput)
_ROW: Final = ASSETS.c
_ORDER: Final = (_ROW.created_at, _ROW.id)


class Assets:
    """Keep and find assets; `owners` are keyed digests, times epoch seconds.

    The file of an asset is among those that `Inputs.release` calls needed.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, asset: Asset) -> None:
        """Write a new asset."""
        await self._database.write(lambda c: c.execute(insert(ASSETS), _asset_values(asset)).rowcount)

    async def load(self, asset_id: str, owners: Collection[str]) -> Asset | None:
        """Load an asset; `None` when there is none, or none of one of `owners`."""
        statement = select(ASSETS).where(_ROW.id == asset_id, _ROW.owner.in_(owners))
        row = await self._database.read(lambda c: c.execute(statement).mappings().first())
        return None if row is None else _asset_from(row)

    async def list(
        self, owners: Collection[str], *, after: str | None, limit: int, newest_first: bool = True
    ) -> tuple[Asset, ...]:
        """Load at most `limit` of the owners' assets behind the one `after`; none behind one they do not have."""
        mine = _ROW.owner.in_(owners)
        statement = select(ASSETS).where(mine)
        if after is not None:
            start = select(*_ORDER).where(_ROW.id == after, mine).scalar_subquery()
            place = tuple_(*_ORDER)
            statement = statement.where(place < start if newest_first else place > start)
        keys = [key.desc() for key in _ORDER] if newest_first else _ORDER
        statement = statement.order_by(*keys).limit(limit)
        return await self._database.read(lambda c: tuple(map(_asset_from, c.execute(statement).mappings())))

    async def delete(self, asset_id: str, owners: Collection[str]) -> Asset | None:
        """Delete an asset and give what it was; `None` when there is none, or none of one of `owners`."""
        this = (_ROW.id == asset_id, _ROW.owner.in_(owners))

        def op(connection: Connection) -> Asset | None:
            row = connection.execute(select(ASSETS).where(*this)).mappings().first()
            if row is None or connection.execute(delete(ASSETS).where(*this)).rowcount != 1:
                return None
            return _asset_from(row)

        return await self._database.write(op)


def _asset_values(asset: Asset) -> Values:
    return {
        "id": asset.id,
        "owner": asset.owner,
        "name": asset.name,
        "media": dump(asset.media),
        "file": asset.media.file,
        "created_at": asset.created_at,
    }


def _asset_from(row: Row) -> Asset:
    return Asset(row["id"], row["owner"], _MEDIA.load(row["media"]), row["created_at"], row["name"])
