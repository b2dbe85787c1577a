"""The part of the schema that says who may use what: sessions, accounts, gateway keys."""

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Double, LargeBinary, MetaData, String, Table, Text

METADATA: Final = MetaData()

# Sessions that came with requests, for as long as a job needs them.
SESSIONS: Final = Table(
    "sessions",
    METADATA,
    Column("account_id", String, primary_key=True),
    Column("site", String, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("kept_at", Double, nullable=False),
)

SITE_MEMORY: Final = Table(
    "site_memory",
    METADATA,
    Column("digest", String, primary_key=True),
    Column("site", String, nullable=False),
)

# How well an account was when last seen, whether added or come with a request.
ACCOUNTS: Final = Table(
    "accounts",
    METADATA,
    Column("id", String, primary_key=True),
    Column("health", String, nullable=False),
    Column("cooling_until", Double),
    Column("detail", Text, nullable=False),  # JSON
)

# The accounts that were added to the server; `id` is the one that `Roster.name` gives.
SERVER_ACCOUNTS: Final = Table(
    "server_accounts",
    METADATA,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False, unique=True),
    Column("site", String, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("paused", Boolean, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("session_made_at", Double),
    Column("session_expires_at", Double),
    Column("checked_at", Double),
    Column("note", Text),
)

# Keys are kept as their SHA-256 alone; a revoked one stays, for the jobs and the usage that are its own.
API_KEYS: Final = Table(
    "api_keys",
    METADATA,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False, unique=True),
    Column("hash", String, nullable=False, unique=True),
    Column("hint", String, nullable=False),
    Column("admin", Boolean, nullable=False),
    Column("limits", Text, nullable=False),  # JSON
    Column("created_at", Double, nullable=False),
    Column("revoked_at", Double),
    Column("last_used_at", Double),
)

# What a key used on a day (YYYY-MM-DD, UTC).
KEY_USAGE: Final = Table(
    "key_usage",
    METADATA,
    Column("key_id", String, primary_key=True),
    Column("day", String, primary_key=True),
    Column("requests", BigInteger, nullable=False),
    Column("images", BigInteger, nullable=False),
    Column("videos", BigInteger, nullable=False),
    Column("credits", Double, nullable=False),
    sqlite_with_rowid=False,
)
