"""Keep the files that callers hand in to use them by id."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add a table; what is there stays as it is."""
    op.create_table(
        "assets",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("name", sa.Text()),
        sa.Column("media", sa.Text(), nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
    )
    op.create_index("ix_assets_owner", "assets", ["owner", "created_at", "id"])
