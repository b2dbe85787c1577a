"""What can be done while no gateway runs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from dreambridge.engine.clock import SystemClock
from dreambridge.engine.keys import KeyDesk
from dreambridge.engine.runner import Crew
from dreambridge.settings import Settings
from dreambridge.store.database import Database
from dreambridge.wiring.gateway import check_settings, database_url, read_catalog
from dreambridge.wiring.keys import open_keys
from dreambridge.wiring.stores import open_stores


@asynccontextmanager
async def open_key_desk(settings: Settings) -> AsyncIterator[KeyDesk]:
    """Open the database of the data directory for gateway keys, as a gateway does: it is locked meanwhile.

    Raises `StartRefused`, `StoreError` (`DatabaseInUse` while a gateway runs), `CatalogError`.
    """
    check_settings(settings)
    sealer = open_keys(settings).sealer
    catalog = read_catalog(settings, None)
    database = await Database.open(database_url(settings), data_dir=settings.data_dir)
    crew = Crew()
    try:
        keys = open_stores(database).keys
        yield KeyDesk(keys, catalog=catalog, sealer=sealer, clock=SystemClock(), spawn=crew.spawn)
    finally:
        await crew.aclose()
        await database.aclose()
