"""Gateway keys and what was made with them: the digest of a key is kept, never the key."""

from collections.abc import Callable
from typing import Final

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from dreambridge.domain.key import DayUse, GatewayKey, KeyLimits
from dreambridge.store.access_tables import API_KEYS, KEY_USAGE
from dreambridge.store.database import Database
from dreambridge.store.documents import Reader, dump
from dreambridge.store.rows import Row, Values
from dreambridge.store.statements import build_upsert

_LIMITS: Final = Reader(KeyLimits)
_ROW: Final = API_KEYS.c
_USE: Final = KEY_USAGE.c
_COUNTS: Final = ("requests", "images", "videos", "credits")
_ADD: Final = build_upsert(KEY_USAGE, changed={name: f'key_usage."{name}" + excluded."{name}"' for name in _COUNTS})


class ApiKeys:
    """Keep gateway keys and their use by day; times are epoch seconds, days are of UTC."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, key: GatewayKey) -> bool:
        """Write a new key; `False`, and nothing is written, when another has its name."""
        values = _key_values(key)

        def op(connection: Connection) -> bool:
            if connection.execute(select(_ROW.id).where(_ROW.name == key.name)).first() is not None:
                return False
            connection.execute(insert(API_KEYS), values)
            return True

        return await self._once(op)

    async def change(self, key_id: str, name: str, limits: KeyLimits) -> bool:
        """Give a key another name and other limits; `False` when another key has the name."""
        statement = update(API_KEYS).where(_ROW.id == key_id).values(name=name, limits=dump(limits))

        def op(connection: Connection) -> bool:
            others = select(_ROW.id).where(_ROW.name == name, _ROW.id != key_id)
            if connection.execute(others).first() is not None:
                return False
            connection.execute(statement)
            return True

        return await self._once(op)

    async def revoke(self, key_id: str, at: float) -> None:
        """Note that a key counts no more; the first time stays."""
        statement = update(API_KEYS).where(_ROW.id == key_id, _ROW.revoked_at.is_(None)).values(revoked_at=at)
        await self._database.write(lambda c: c.execute(statement).rowcount)

    async def touch(self, key_id: str, at: float) -> None:
        """Note when a key was last used."""
        statement = update(API_KEYS).where(_ROW.id == key_id).values(last_used_at=at)
        await self._database.write(lambda c: c.execute(statement).rowcount)

    async def all(self) -> tuple[GatewayKey, ...]:
        """Load every key, oldest first, revoked ones among them."""
        statement = select(API_KEYS).order_by(_ROW.created_at, _ROW.id)
        return await self._database.read(lambda c: tuple(map(_key_from, c.execute(statement).mappings())))

    async def find(self, digest: str) -> GatewayKey | None:
        """Find the key of a digest, revoked or not."""
        statement = select(API_KEYS).where(_ROW.hash == digest)
        row = await self._database.read(lambda c: c.execute(statement).mappings().first())
        return None if row is None else _key_from(row)

    async def any_valid(self) -> bool:
        """Tell whether there is a key that is not revoked."""
        statement = select(_ROW.id).where(_ROW.revoked_at.is_(None)).limit(1)
        return await self._database.read(lambda c: c.execute(statement).first() is not None)

    async def add_use(self, key_id: str, use: DayUse) -> None:
        """Add to what was made with a key on a day; what is taken back is negative."""
        await self._database.write(lambda c: add_use(c, key_id, use))

    async def use_on(self, key_id: str, day: str) -> DayUse:
        """Load what was made with a key on one day."""
        statement = select(KEY_USAGE).where(_USE.key_id == key_id, _USE.day == day)
        row = await self._database.read(lambda c: c.execute(statement).mappings().first())
        return DayUse(day) if row is None else _use_from(row)

    async def use(self, key_id: str, *, first: str, last: str) -> tuple[DayUse, ...]:
        """Load what was made with a key from one day to another, by day; days without any use are left out."""
        statement = (
            select(KEY_USAGE).where(_USE.key_id == key_id, _USE.day >= first, _USE.day <= last).order_by(_USE.day)
        )
        return await self._database.read(lambda c: tuple(map(_use_from, c.execute(statement).mappings())))

    async def _once(self, op: Callable[[Connection], bool]) -> bool:
        try:
            return await self._database.write(op)
        except IntegrityError:
            # Another process took the name between the two statements.
            return False


def add_use(connection: Connection, key_id: str, use: DayUse) -> None:
    """Add to a key's use; whole within one transaction, so that a job and its count are written together."""
    connection.execute(_ADD, {"key_id": key_id, "day": use.day, **{name: getattr(use, name) for name in _COUNTS}})


def _key_values(key: GatewayKey) -> Values:
    return {
        "id": key.id,
        "name": key.name,
        "hash": key.digest,
        "hint": key.hint,
        "admin": key.admin,
        "limits": dump(key.limits),
        "created_at": key.created_at,
        "revoked_at": key.revoked_at,
        "last_used_at": key.last_used_at,
    }


def _key_from(row: Row) -> GatewayKey:
    return GatewayKey(
        id=row["id"],
        name=row["name"],
        digest=row["hash"],
        hint=row["hint"],
        created_at=row["created_at"],
        limits=_LIMITS.load(row["limits"]),
        admin=row["admin"],
        revoked_at=row["revoked_at"],
        last_used_at=row["last_used_at"],
    )


def _use_from(row: Row) -> DayUse:
    return DayUse(row["day"], **{name: row[name] for name in _COUNTS})
