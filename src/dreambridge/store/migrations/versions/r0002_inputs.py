"""Note inputs and uploads, the length and the cover of videos, the models that sites list, conversations."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add tables, and columns that are empty for everything made so far; what is there stays as it is."""
    op.create_table(
        "job_inputs",
        sa.Column("job_id", sa.String(), sa.ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("file", sa.String(), primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "uploads",
        sa.Column("account_id", sa.String(), primary_key=True),
        sa.Column("sha256", sa.String(), primary_key=True),
        sa.Column("uri", sa.String()),
        sa.Column("vid", sa.String()),
        sa.Column("dimensions", sa.Text()),
        sa.Column("seconds", sa.Double()),
        sa.Column("at", sa.Double(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_uploads_at", "uploads", ["at"])
    op.create_table(
        "live_models",
        sa.Column("account_id", sa.String(), primary_key=True),
        sa.Column("kind", sa.String(), primary_key=True),
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("models", sa.Text(), nullable=False),
        sa.Column("read_at", sa.Double(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "conversations",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("owner", sa.String(), primary_key=True),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("used_at", sa.Double(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_conversations_used_at", "conversations", ["used_at"])
    op.add_column("jobs", sa.Column("reply", sa.Text()))
    op.add_column("artifacts", sa.Column("seconds", sa.Double()))
    op.add_column("artifacts", sa.Column("cover_of", sa.String()))
