"""Look whether a gateway that others reach has a key for them; changes nothing."""

from dreambridge.settings import Settings
from dreambridge.store.database import DEFAULT_FILE, Database
from dreambridge.store.faults import StoreError
from dreambridge.store.schema import HEAD
from dreambridge.wiring.diagnosis import Finding, Verdict
from dreambridge.wiring.gateway import database_url, needs_key, without_key
from dreambridge.wiring.stores import open_stores

_PATIENCE = 3.0


async def inspect_keys(settings: Settings) -> list[Finding]:
    """Check that callers have a gateway key where they need one; takes no lock from a running gateway."""
    if not needs_key(settings):
        return []
    try:
        found = await _any_key(settings)
    except (StoreError, OSError):
        return []  # what is wrong with the database is told elsewhere
    if found:
        return [Finding("gateway keys", Verdict.GOOD, "there is one that callers can use")]
    return [Finding("gateway keys", Verdict.BAD, str(without_key(settings)))]


async def _any_key(settings: Settings) -> bool:
    url = database_url(settings)
    if url is None and not (settings.data_dir / DEFAULT_FILE).exists():
        return False
    database = await Database.open(url, data_dir=settings.data_dir, read_only=True, patience=_PATIENCE)
    try:
        return await database.revision() == HEAD and await open_stores(database).keys.any_valid()
    finally:
        await database.aclose()
