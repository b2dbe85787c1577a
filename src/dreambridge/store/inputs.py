"""Which input files jobs and assets still need."""

from typing import Final

from sqlalchemy import Connection, delete, func, or_, select, union

from dreambridge.store.database import Database
from dreambridge.store.tables import ASSETS, JOB_INPUTS, JOBS

_ENDED: Final = func.coalesce(JOBS.c.ended_at, JOBS.c.updated_at)
_NEEDED: Final = union(select(JOB_INPUTS.c.file), select(ASSETS.c.file))


class Inputs:
    """Tell which files of the inputs' directory are needed; `Jobs.create` notes those of each job."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def release(self, ended_before: float) -> frozenset[str]:
        """Let go of the files of jobs that ended before then (epoch seconds); give those that are still needed.

        An asset's file is needed for as long as there is the asset.
        """

        def op(connection: Connection) -> frozenset[str]:
            keeping = select(JOBS.c.id).where(or_(JOBS.c.unended, ended_before <= _ENDED))
            connection.execute(delete(JOB_INPUTS).where(JOB_INPUTS.c.job_id.not_in(keeping)))
            return frozenset(connection.execute(_NEEDED).scalars())

        return await self._database.write(op)
