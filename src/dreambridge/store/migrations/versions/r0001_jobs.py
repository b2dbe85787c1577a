"""Create the tables of jobs, results, sessions, accounts and timings."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def _create_accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("health", sa.String(), nullable=False),
        sa.Column("cooling_until", sa.Double()),
        sa.Column("detail", sa.Text(), nullable=False),
    )


def _create_idempotency() -> None:
    op.create_table(
        "idempotency",
        sa.Column("scope", sa.String(), primary_key=True),
        sa.Column("key", sa.String(), primary_key=True),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("job_id", sa.String(), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_idempotency_expires_at", "idempotency", ["expires_at"])
    op.create_index("ix_idempotency_job_id", "idempotency", ["job_id"])


def _create_jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("unended", sa.Boolean(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("candidates", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.Column("ended_at", sa.Double()),
        sa.Column("not_before", sa.Double(), nullable=False),
        sa.Column("account_id", sa.String()),
        sa.Column("site", sa.String()),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("progress", sa.Text(), nullable=False),
        sa.Column("error", sa.Text()),
        sa.Column("error_code", sa.String()),
        sa.Column("partial", sa.Boolean(), nullable=False),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("delivered_at", sa.Double()),
        sa.Column("adopted_at", sa.Double()),
        sa.Column("cost", sa.BigInteger()),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("task_shape", sa.Boolean(), nullable=False),
    )
    op.create_index(
        "ix_jobs_adopted",
        "jobs",
        ["adopted_at"],
        sqlite_where=sa.text("adopted_at IS NOT NULL"),
        postgresql_where=sa.text("adopted_at IS NOT NULL"),
    )
    op.create_index("ix_jobs_error_code", "jobs", ["error_code"])
    op.create_index("ix_jobs_fingerprint", "jobs", ["fingerprint", "created_at"])
    op.create_index("ix_jobs_unended", "jobs", ["unended", "created_at"])


def _create_sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("account_id", sa.String(), primary_key=True),
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("kept_at", sa.Double(), nullable=False),
    )


def _create_site_memory() -> None:
    op.create_table(
        "site_memory",
        sa.Column("digest", sa.String(), primary_key=True),
        sa.Column("site", sa.String(), nullable=False),
    )


def _create_timings() -> None:
    op.create_table(
        "timings",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
    )
    op.create_index("ix_timings_key", "timings", ["key", "id"])


def _create_artifacts() -> None:
    op.create_table(
        "artifacts",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("job_id", sa.String(), sa.ForeignKey("jobs.id", ondelete="CASCADE"), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.String()),
        sa.Column("source_url", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("dimensions", sa.Text()),
        sa.Column("extension", sa.String(), nullable=False),
        sa.Column("exact", sa.Text()),
        sa.Column("convert", sa.String()),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("attempted_at", sa.Double()),
        sa.Column("bytes", sa.BigInteger()),
        sa.Column("sha256", sa.String()),
        sa.Column("media_type", sa.String()),
        sa.Column("file", sa.String()),
        sa.Column("fetched_at", sa.Double()),
    )
    op.create_index("ix_artifacts_job_id", "artifacts", ["job_id"])
    op.create_index("ix_artifacts_state", "artifacts", ["state", "created_at"])


def _create_job_events() -> None:
    op.create_table(
        "job_events",
        sa.Column("job_id", sa.String(), sa.ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("seq", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sqlite_with_rowid=False,
    )


def _create_job_owners() -> None:
    op.create_table(
        "job_owners",
        sa.Column("job_id", sa.String(), sa.ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("owner", sa.String(), primary_key=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_job_owners_owner", "job_owners", ["owner", "created_at", "job_id"])


def _create_submissions() -> None:
    op.create_table(
        "submissions",
        sa.Column("job_id", sa.String(), sa.ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("part", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("submit_id", sa.String(), unique=True),
        sa.Column("account_id", sa.String()),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("sends", sa.Integer(), nullable=False),
        sa.Column("send_before", sa.Double()),
        sa.Column("sent_at", sa.Double()),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.String()),
        sa.Column("accepted_at", sa.Double()),
        sa.Column("ended_at", sa.Double()),
        sqlite_with_rowid=False,
    )


def upgrade() -> None:
    """Create every table; written out, so that later changes of the schema leave this script alone."""
    _create_accounts()
    _create_idempotency()
    _create_jobs()
    _create_sessions()
    _create_site_memory()
    _create_timings()
    _create_artifacts()
    _create_job_events()
    _create_job_owners()
    _create_submissions()
