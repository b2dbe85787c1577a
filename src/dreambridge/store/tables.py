"""The schema, once: tables for SQLite and PostgreSQL alike; those of sessions and keys are in `access_tables`.

Times are epoch seconds, `# JSON` is a document of `store.documents`; changes need a migration and a new `schema.HEAD`.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    text,
)

from dreambridge.store import access_tables

# One for both files: importing this one knows every table.
METADATA: Final = access_tables.METADATA


def _job_id(*, primary_key: bool = False) -> "Column[str]":
    return Column("job_id", String, ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=primary_key, nullable=False)


JOBS: Final = Table(
    "jobs",
    METADATA,
    Column("id", String, primary_key=True),
    Column("owner", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("state", String, nullable=False),
    Column("unended", Boolean, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("request", Text, nullable=False),  # JSON
    Column("candidates", Text, nullable=False),  # JSON
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
    Column("ended_at", Double),
    Column("not_before", Double, nullable=False),
    Column("account_id", String),
    Column("site", String),
    Column("attempts", Integer, nullable=False),
    Column("progress", Text, nullable=False),  # JSON
    Column("error", Text),  # JSON
    Column("error_code", String),
    Column("partial", Boolean, nullable=False),
    Column("cancel_requested", Boolean, nullable=False),
    Column("delivered_at", Double),
    Column("adopted_at", Double),
    Column("cost", BigInteger),
    Column("fingerprint", String, nullable=False),
    Column("task_shape", Boolean, nullable=False),
    Column("reply", Text),  # JSON
    Index("ix_jobs_unended", "unended", "created_at"),
    Index("ix_jobs_error_code", "error_code"),
    Index("ix_jobs_fingerprint", "fingerprint", "created_at"),
    Index(
        "ix_jobs_adopted",
        "adopted_at",
        sqlite_where=text("adopted_at IS NOT NULL"),
        postgresql_where=text("adopted_at IS NOT NULL"),
    ),
)

JOB_OWNERS: Final = Table(
    "job_owners",
    METADATA,
    _job_id(primary_key=True),
    Column("owner", String, primary_key=True),
    Column("created_at", Double, nullable=False),
    Index("ix_job_owners_owner", "owner", "created_at", "job_id"),
    sqlite_with_rowid=False,
)

SUBMISSIONS: Final = Table(
    "submissions",
    METADATA,
    _job_id(primary_key=True),
    Column("part", Integer, primary_key=True, autoincrement=False),
    Column("count", Integer, nullable=False),
    Column("state", String, nullable=False),
    Column("submit_id", String, unique=True),
    Column("account_id", String),
    Column("seed", BigInteger, nullable=False),
    Column("sends", Integer, nullable=False),
    Column("send_before", Double),
    Column("sent_at", Double),
    Column("looks", Integer, nullable=False),
    Column("record_id", String),
    Column("accepted_at", Double),
    Column("ended_at", Double),
    sqlite_with_rowid=False,
)

JOB_EVENTS: Final = Table(
    "job_events",
    METADATA,
    _job_id(primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", Double, nullable=False),
    Column("name", String, nullable=False),
    Column("data", Text, nullable=False),  # JSON
    sqlite_with_rowid=False,
)

ARTIFACTS: Final = Table(
    "artifacts",
    METADATA,
    Column("id", String, primary_key=True),
    _job_id(),
    Column("owner", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("index", Integer, nullable=False),
    Column("part", Integer, nullable=False),
    Column("item_id", String),
    Column("source_url", Text, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("dimensions", Text),  # JSON
    Column("extension", String, nullable=False),
    Column("exact", Text),  # JSON
    Column("convert", String),
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("attempted_at", Double),
    Column("bytes", BigInteger),
    Column("sha256", String),
    Column("media_type", String),
    Column("file", String),
    Column("fetched_at", Double),
    Column("seconds", Double),
    Column("cover_of", String),
    Index("ix_artifacts_job_id", "job_id"),
    Index("ix_artifacts_state", "state", "created_at"),
)

# Which files of the inputs' directory a job was given; a file that no job needs is erased.
JOB_INPUTS: Final = Table(
    "job_inputs",
    METADATA,
    _job_id(primary_key=True),
    Column("file", String, primary_key=True),
    sqlite_with_rowid=False,
)

# Files that callers handed in to use them by id; `file` is one of the inputs' directory.
ASSETS: Final = Table(
    "assets",
    METADATA,
    Column("id", String, primary_key=True),
    Column("owner", String, nullable=False),
    Column("name", Text),
    Column("media", Text, nullable=False),  # JSON
    Column("file", String, nullable=False),
    Column("created_at", Double, nullable=False),
    Index("ix_assets_owner", "owner", "created_at", "id"),
)

# What an account has on its site already, by content.
UPLOADS: Final = Table(
    "uploads",
    METADATA,
    Column("account_id", String, primary_key=True),
    Column("sha256", String, primary_key=True),
    Column("uri", String),
    Column("vid", String),
    Column("dimensions", Text),  # JSON
    Column("seconds", Double),
    Column("at", Double, nullable=False),
    Index("ix_uploads_at", "at"),
    sqlite_with_rowid=False,
)

# The models that a site last listed for an account.
LIVE_MODELS: Final = Table(
    "live_models",
    METADATA,
    Column("account_id", String, primary_key=True),
    Column("kind", String, primary_key=True),
    Column("site", String, nullable=False),
    Column("models", Text, nullable=False),  # JSON
    Column("read_at", Double, nullable=False),
    sqlite_with_rowid=False,
)

IDEMPOTENCY: Final = Table(
    "idempotency",
    METADATA,
    Column("scope", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("fingerprint", String, nullable=False),
    Column("job_id", String, nullable=False),  # Not a foreign key: the key is claimed before its job is written.
    Column("expires_at", Double, nullable=False),
    Index("ix_idempotency_job_id", "job_id"),
    Index("ix_idempotency_expires_at", "expires_at"),
    sqlite_with_rowid=False,
)

TIMINGS: Final = Table(
    "timings",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("key", String, nullable=False),
    Column("seconds", Double, nullable=False),
    Column("at", Double, nullable=False),
    Index("ix_timings_key", "key", "id"),
)

# Which account a conversation with the agent lives on, for each owner that may continue it.
CONVERSATIONS: Final = Table(
    "conversations",
    METADATA,
    Column("id", String, primary_key=True),
    Column("owner", String, primary_key=True),
    Column("account_id", String, nullable=False),
    Column("site", String, nullable=False),
    Column("used_at", Double, nullable=False),
    Index("ix_conversations_used_at", "used_at"),
    sqlite_with_rowid=False,
)
