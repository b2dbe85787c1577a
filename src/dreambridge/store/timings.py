"""How long generations took, for the next ones to be asked for at the right moment."""

from collections import defaultdict, deque
from typing import Final

from sqlalchemy import Connection, delete, insert, select

from dreambridge.store.database import Database
from dreambridge.store.tables import TIMINGS

KEPT: Final = 300
# Deleting what is too old at every tenth time keeps most additions at one statement.
_PRUNE_EVERY: Final = 10
_INSERT: Final = insert(TIMINGS)


class Timings:
    """Keep the last 300 durations, in seconds, of each kind of generation (`key`)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, key: str, seconds: float, at: float) -> None:
        """Write a duration seen at epoch second `at`."""

        def op(connection: Connection) -> None:
            inserted = connection.execute(_INSERT, {"key": key, "seconds": seconds, "at": at}).inserted_primary_key
            if inserted is not None and inserted[0] % _PRUNE_EVERY == 0:
                _prune(connection, key)

        await self._database.write(op)

    async def load(self, key: str) -> tuple[float, ...]:
        """Load a key's last durations, oldest first."""
        newest = select(TIMINGS.c.seconds).where(TIMINGS.c.key == key).order_by(TIMINGS.c.id.desc()).limit(KEPT)
        return await self._database.read(lambda c: tuple(c.execute(newest).scalars())[::-1])

    async def load_all(self) -> dict[str, tuple[float, ...]]:
        """Load every key's last durations, oldest first."""
        statement = select(TIMINGS.c.key, TIMINGS.c.seconds).order_by(TIMINGS.c.id)

        def op(connection: Connection) -> dict[str, tuple[float, ...]]:
            found: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=KEPT))
            for key, seconds in connection.execute(statement):
                found[key].append(seconds)
            return {key: tuple(values) for key, values in found.items()}

        return await self._database.read(op)


def _prune(connection: Connection, key: str) -> None:
    mine = TIMINGS.c.key == key
    newest = select(TIMINGS.c.id).where(mine).order_by(TIMINGS.c.id.desc())
    oldest_kept = newest.offset(KEPT - 1).limit(1).scalar_subquery()
    connection.execute(delete(TIMINGS).where(mine, TIMINGS.c.id < oldest_kept))
