"""Sessions that came with a request, encrypted by the engine, and the site that each was found on."""

import json
from typing import Final

from sqlalchemy import Connection, delete, func, select, union

from dreambridge.domain.artifact import FetchState
from dreambridge.domain.job import SOUGHT_CODES, JobState
from dreambridge.store.access_tables import SESSIONS, SITE_MEMORY
from dreambridge.store.database import Database
from dreambridge.store.job_writes import SealedSession, keep_session
from dreambridge.store.rows import Row
from dreambridge.store.statements import build_upsert
from dreambridge.store.tables import ARTIFACTS, JOBS, SUBMISSIONS

# A session kept by itself needs a moment until its job is written; an unconfirmed submission is sought for a day.
_GRACE_SECONDS: Final = 60.0
_SLOW_SECONDS: Final = 24 * 3600.0
_REMEMBER: Final = build_upsert(SITE_MEMORY)


class Sessions:
    """Keep sealed sessions exactly as long as something needs them; times are epoch seconds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, account_id: str, site: str, sealed: bytes, at: float) -> None:
        """Write an account's session, in place of an earlier one (`Jobs.create` does it together with the job)."""
        session = SealedSession(account_id, site, sealed)
        await self._database.write(lambda c: keep_session(c, session, at))

    async def load(self, account_id: str) -> SealedSession | None:
        """Load an account's session."""
        statement = select(SESSIONS).where(SESSIONS.c.account_id == account_id)
        row = await self._database.read(lambda c: c.execute(statement).mappings().first())
        return None if row is None else _session_from(row)

    async def all(self) -> tuple[SealedSession, ...]:
        """Load every session."""
        statement = select(SESSIONS)
        return await self._database.read(lambda c: tuple(map(_session_from, c.execute(statement).mappings())))

    async def erase_unneeded(self, now: float) -> tuple[str, ...]:
        """Delete the sessions that nothing needs, and give their accounts' ids.

        Needed are those of jobs that have not ended, of artifacts still to be fetched and of submissions still to be
        looked up, and any kept within the last minute.
        """

        def op(connection: Connection) -> tuple[str, ...]:
            old = select(SESSIONS.c.account_id).where(SESSIONS.c.kept_at < now - _GRACE_SECONDS)
            unneeded = set(connection.execute(old).scalars())
            if unneeded:
                unneeded -= _needed(connection, now - _SLOW_SECONDS)
                connection.execute(delete(SESSIONS).where(SESSIONS.c.account_id.in_(unneeded)))
            return tuple(sorted(unneeded))

        return await self._database.write(op)

    async def remember_site(self, digest: str, site: str) -> None:
        """Note the site on which a session was found; `digest` tells nothing of the session."""
        await self._database.write(lambda c: c.execute(_REMEMBER, {"digest": digest, "site": site}).rowcount)

    async def site_of(self, digest: str) -> str | None:
        """Tell the site noted for a session."""
        statement = select(SITE_MEMORY.c.site).where(SITE_MEMORY.c.digest == digest)
        return await self._database.read(lambda c: c.execute(statement).scalar())


def _session_from(row: Row) -> SealedSession:
    return SealedSession(row["account_id"], row["site"], row["sealed"])


def _needed(connection: Connection, unconfirmed_since: float) -> set[str]:
    needed: set[str] = set()
    for text in connection.execute(select(JOBS.c.candidates).where(JOBS.c.unended)).scalars():
        needed.update(json.loads(text))
    unconfirmed = (
        JOBS.c.error_code.in_(SOUGHT_CODES),
        JOBS.c.state == JobState.FAILED.value,
        func.coalesce(JOBS.c.ended_at, JOBS.c.updated_at) >= unconfirmed_since,
    )
    fetched = ARTIFACTS.c.state == FetchState.PENDING.value
    working = [
        select(JOBS.c.id).where(JOBS.c.unended),
        select(JOBS.c.id).where(*unconfirmed),
        select(ARTIFACTS.c.job_id).where(fetched),
    ]
    jobs = union(*working).subquery()
    leased = select(JOBS.c.account_id).join(jobs, jobs.c.id == JOBS.c.id)
    sent = select(SUBMISSIONS.c.account_id).join(jobs, jobs.c.id == SUBMISSIONS.c.job_id)
    needed.update(found for found in connection.execute(union(leased, sent)).scalars() if found is not None)
    return needed
