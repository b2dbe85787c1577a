"""The index of results: where each lies, on the site and here."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Connection, Select, bindparam, func, or_, select, update

from dreambridge.domain.artifact import Artifact, FetchState
from dreambridge.domain.generation import Dimensions
from dreambridge.store.database import Database
from dreambridge.store.rows import artifact_from, dimensions_text
from dreambridge.store.tables import ARTIFACTS

_ROW: Final = ARTIFACTS.c
_PENDING: Final = _ROW.state == FetchState.PENDING.value
_LOAD: Final = select(ARTIFACTS).where(_ROW.id == bindparam("id"))
_OF_JOB: Final = select(ARTIFACTS).where(_ROW.job_id == bindparam("job_id")).order_by(_ROW.index)
_STORED: Final = (
    update(ARTIFACTS)
    .where(_ROW.id == bindparam("b_id"))
    .values(
        {
            name: bindparam(name)
            for name in (
                "state",
                "file",
                "bytes",
                "sha256",
                "media_type",
                "extension",
                "dimensions",
                "seconds",
                "fetched_at",
            )
        }
    )
)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """What is known of an artifact's bytes once they are here; `at` is an epoch second."""

    file: str
    bytes: int
    sha256: str
    media_type: str
    extension: str
    dimensions: Dimensions | None
    at: float
    seconds: float | None = None


class Artifacts:
    """Find results and note what became of their bytes; times are epoch seconds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def load(self, artifact_id: str) -> Artifact | None:
        """Load an artifact."""
        row = await self._database.read(lambda c: c.execute(_LOAD, {"id": artifact_id}).mappings().first())
        return None if row is None else artifact_from(row)

    async def of_job(self, job_id: str) -> tuple[Artifact, ...]:
        """Load a job's artifacts in their order."""
        return await self._database.read(lambda c: _of_job(c, job_id))

    async def pending(self, limit: int, *, tried_before: float | None = None) -> tuple[Artifact, ...]:
        """Load artifacts whose bytes are still to be fetched, oldest first.

        With `tried_before` only those never attempted, or not since then.
        """
        statement = select(ARTIFACTS).where(_PENDING)
        if tried_before is not None:
            statement = statement.where(or_(_ROW.attempted_at.is_(None), _ROW.attempted_at < tried_before))
        return await self._select(statement.order_by(_ROW.created_at, _ROW.id).limit(limit))

    async def stored(self, artifact_id: str, stored: StoredFile) -> bool:
        """Note that the bytes are here; `False` when the artifact was deleted meanwhile."""
        values = {
            "b_id": artifact_id,
            "state": FetchState.STORED.value,
            "file": stored.file,
            "bytes": stored.bytes,
            "sha256": stored.sha256,
            "media_type": stored.media_type,
            "extension": stored.extension,
            "dimensions": dimensions_text(stored.dimensions),
            "seconds": stored.seconds,
            "fetched_at": stored.at,
        }
        return await self._database.write(lambda c: c.execute(_STORED, values).rowcount == 1)

    async def attempted(self, artifact_id: str, at: float) -> bool:
        """Note a fetch that failed and may be tried again; `False` when the artifact was deleted meanwhile."""
        return await self._update(artifact_id, attempts=_ROW.attempts + 1, attempted_at=at)

    async def lost(self, artifact_id: str) -> bool:
        """Note that the bytes can be had no more; `False` when the artifact was deleted meanwhile."""
        return await self._update(artifact_id, state=FetchState.LOST.value)

    async def readdress(self, artifact_id: str, source_url: str) -> None:
        """Note the site's new address for it."""
        await self._update(artifact_id, source_url=source_url)

    async def oldest(self, limit: int, *, created_before: float | None = None) -> Sequence[Artifact]:
        """Load the oldest artifacts whose bytes are here, for retention."""
        statement = select(ARTIFACTS).where(_ROW.state == FetchState.STORED.value)
        if created_before is not None:
            statement = statement.where(_ROW.created_at < created_before)
        return await self._select(statement.order_by(_ROW.created_at, _ROW.id).limit(limit))

    async def total_bytes(self) -> int:
        """Sum the size of everything stored here."""
        # PostgreSQL sums to a decimal, SQLite to an integer.
        statement = select(func.coalesce(func.sum(_ROW.bytes), 0)).where(_ROW.state == FetchState.STORED.value)
        return int(await self._database.read(lambda c: c.execute(statement).scalar_one()))

    async def _select(self, statement: Select[tuple[object, ...]]) -> tuple[Artifact, ...]:
        return await self._database.read(lambda c: tuple(map(artifact_from, c.execute(statement).mappings())))

    async def _update(self, artifact_id: str, **values: str | float | ColumnElement[int]) -> bool:
        statement = update(ARTIFACTS).where(_ROW.id == artifact_id).values(**values)
        return await self._database.write(lambda c: c.execute(statement).rowcount == 1)


def _of_job(connection: Connection, job_id: str) -> tuple[Artifact, ...]:
    return tuple(map(artifact_from, connection.execute(_OF_JOB, {"job_id": job_id}).mappings()))
