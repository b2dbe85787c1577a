"""Statements built from the schema, once, at import: they are immutable and their compiled form is cached."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Table, TextClause, bindparam, insert, select, text, update

from dreambridge.domain.job import JobState
from dreambridge.store.access_tables import SESSIONS
from dreambridge.store.tables import (
    ARTIFACTS,
    IDEMPOTENCY,
    JOB_EVENTS,
    JOB_INPUTS,
    JOB_OWNERS,
    JOBS,
    SUBMISSIONS,
)


def build_upsert(table: Table, *, replace: bool = True, changed: Mapping[str, str] | None = None) -> TextClause:
    """Build an INSERT that, for a primary key already there, replaces the row or leaves it alone.

    `changed` gives the columns that are replaced, each with its new value; without it all are. As text, since
    SQLAlchemy has this construct once per database while both databases read the same words.
    """
    names = [column.name for column in table.columns]
    keys = [column.name for column in table.primary_key]
    if changed is None:
        changed = {name: f'excluded."{name}"' for name in names if name not in keys}
    changes = ", ".join(f'"{name}" = {value}' for name, value in changed.items())
    columns = ", ".join(f'"{name}"' for name in names)
    parameters = ", ".join(f":{name}" for name in names)
    conflict = ", ".join(f'"{name}"' for name in keys)
    action = f"UPDATE SET {changes}" if replace else "NOTHING"
    statement = text(
        f"INSERT INTO {table.name} ({columns}) VALUES ({parameters}) ON CONFLICT ({conflict}) DO {action}"  # noqa: S608 - names of our schema only
    )
    return statement.bindparams(*(bindparam(column.name, type_=column.type) for column in table.columns))


_ADVANCED: Final = (
    "state",
    "unended",
    "updated_at",
    "ended_at",
    "not_before",
    "account_id",
    "site",
    "attempts",
    "progress",
    "error",
    "error_code",
    "partial",
    "cost",
    "reply",
)

INSERT_JOB: Final = insert(JOBS)
INSERT_OWNER: Final = build_upsert(JOB_OWNERS, replace=False)
INSERT_INPUT: Final = build_upsert(JOB_INPUTS, replace=False)
UPSERT_SUBMISSION: Final = build_upsert(SUBMISSIONS)
# One that landed before its job ended keeps what is known of its bytes, unless it has another address now.
_KEPT: Final = 'CASE WHEN artifacts."source_url" = excluded."source_url" THEN artifacts."{0}" ELSE excluded."{0}" END'
KEEP_ARTIFACT: Final = build_upsert(
    ARTIFACTS,
    changed={
        "index": 'excluded."index"',
        "source_url": 'excluded."source_url"',
        "state": _KEPT.format("state"),
        "attempts": _KEPT.format("attempts"),
    },
)
KEEP_SESSION: Final = build_upsert(SESSIONS)
CLAIM_KEY: Final = build_upsert(IDEMPOTENCY, replace=False)

# Compare and set: a worker whose state or epoch is no longer the job's changes nothing.
ADVANCE: Final = (
    update(JOBS)
    .where(
        JOBS.c.id == bindparam("b_id"),
        JOBS.c.state == bindparam("b_state"),
        JOBS.c.epoch == bindparam("b_epoch"),
    )
    .values({name: bindparam(name) for name in _ADVANCED})
)
PROGRESS: Final = (
    update(JOBS)
    .where(JOBS.c.id == bindparam("b_id"), JOBS.c.epoch == bindparam("b_epoch"), JOBS.c.unended)
    .values(progress=bindparam("progress"))
)
# Only after a statement of the same transaction has touched the job's row, so that two writers take turns.
APPEND_EVENT: Final = text(
    "INSERT INTO job_events (job_id, seq, at, name, data) "
    "SELECT :job_id, COALESCE(MAX(seq), 0) + 1, :at, :name, :data FROM job_events WHERE job_id = :job_id"
).bindparams(
    bindparam("job_id", type_=JOB_EVENTS.c.job_id.type),
    bindparam("at", type_=JOB_EVENTS.c.at.type),
    bindparam("name", type_=JOB_EVENTS.c.name.type),
    bindparam("data", type_=JOB_EVENTS.c.data.type),
)

LOAD_JOB: Final = select(JOBS).where(JOBS.c.id == bindparam("id"))
LOAD_SUBMISSIONS: Final = (
    select(SUBMISSIONS).where(SUBMISSIONS.c.job_id == bindparam("id")).order_by(SUBMISSIONS.c.part)
)
LOAD_JOBS: Final = select(JOBS).where(JOBS.c.id.in_(bindparam("ids", expanding=True)))
LOAD_MANY_SUBMISSIONS: Final = (
    select(SUBMISSIONS)
    .where(SUBMISSIONS.c.job_id.in_(bindparam("ids", expanding=True)))
    .order_by(SUBMISSIONS.c.job_id, SUBMISSIONS.c.part)
)
IS_OWNER: Final = (
    select(JOB_OWNERS.c.job_id)
    .where(JOB_OWNERS.c.job_id == bindparam("id"), JOB_OWNERS.c.owner.in_(bindparam("owners", expanding=True)))
    .limit(1)
)
_OWN: Final = JOB_OWNERS.c.owner.in_(bindparam("owners", expanding=True))
FIND_OWN_JOBS: Final = select(JOB_OWNERS.c.job_id).where(
    JOB_OWNERS.c.job_id.in_(bindparam("ids", expanding=True)), _OWN
)
FIND_OWN_SUBMISSIONS: Final = (
    select(SUBMISSIONS.c.submit_id, SUBMISSIONS.c.job_id)
    .join(JOB_OWNERS, JOB_OWNERS.c.job_id == SUBMISSIONS.c.job_id)
    .where(SUBMISSIONS.c.submit_id.in_(bindparam("ids", expanding=True)), _OWN)
)
_SAME_REQUEST: Final = select(JOBS.c.id, JOBS.c.state, JOBS.c.error).where(
    JOBS.c.fingerprint == bindparam("fingerprint"),
    JOBS.c.created_at >= bindparam("since"),
    select(JOB_OWNERS.c.job_id)
    .where(JOB_OWNERS.c.job_id == JOBS.c.id, JOB_OWNERS.c.owner.in_(bindparam("owners", expanding=True)))
    .exists(),
)
FIND_RUNNING: Final = _SAME_REQUEST.where(JOBS.c.unended).order_by(JOBS.c.created_at.desc(), JOBS.c.id.desc()).limit(1)
FIND_UNDELIVERED: Final = _SAME_REQUEST.where(
    JOBS.c.delivered_at.is_(None), JOBS.c.adopted_at.is_(None), JOBS.c.state != JobState.CANCELLED.value
).order_by(JOBS.c.created_at, JOBS.c.id)
ADOPT: Final = (
    update(JOBS)
    .where(JOBS.c.id == bindparam("b_id"), JOBS.c.adopted_at.is_(None), JOBS.c.delivered_at.is_(None))
    .values(adopted_at=bindparam("adopted_at"))
)
MARK_DELIVERED: Final = (
    update(JOBS).where(JOBS.c.id == bindparam("b_id")).values(delivered_at=bindparam("delivered_at"))
)
