"""Bring a database to the schema this version knows."""

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, bindparam, inspect, text

from dreambridge.store.faults import SchemaTooNew
from dreambridge.store.tables import METADATA

# The newest script in migrations/versions. A constant, because asking Alembic costs a third of a second at each start.
HEAD: Final = "0004"

_MIGRATIONS: Final = Path(__file__).parent / "migrations"
_VERSION: Final = text("SELECT version_num FROM alembic_version")
_CREATE_VERSION: Final = text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
_STAMP: Final = text("INSERT INTO alembic_version (version_num) VALUES (:head)").bindparams(bindparam("head"))
# One number for all replicas, so that of several that start together one creates the tables.
_PG_LOCK: Final = text("SELECT pg_advisory_xact_lock(7105326)")


def read_revision(connection: Connection) -> str | None:
    """Tell which migration the database is at; `None` when it has no tables of ours."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(_VERSION).scalar()


def bring_to_head(connection: Connection) -> None:
    """Create the tables, or migrate them; does nothing, and imports nothing, when they are current.

    Raises `SchemaTooNew` for a database of a later version. Runs inside the caller's transaction.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(_PG_LOCK)
    revision = read_revision(connection)
    if revision is None:
        METADATA.create_all(connection)
        connection.execute(_CREATE_VERSION)
        connection.execute(_STAMP, {"head": HEAD})
    elif revision != HEAD:
        migrate(connection, revision)


def migrate(connection: Connection, revision: str | None) -> None:
    """Run the migration scripts that come after `revision`, with Alembic."""
    # Imported here: a third of a second that only a migration should cost.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", _MIGRATIONS.as_posix().replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if revision is not None and revision not in known:
        raise SchemaTooNew(f"the database is at {revision}, this version knows {HEAD}: start the newer version")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
