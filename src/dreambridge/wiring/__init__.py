"""The composition root: settings in, a running gateway out. Nobody else knows everyone."""

from dreambridge.store.faults import StoreError
from dreambridge.wiring.gateway import Gateway, check_settings, database_url, open_gateway, read_catalog
from dreambridge.wiring.keys import StartRefused
from dreambridge.wiring.offline import open_key_desk
from dreambridge.wiring.server import serve

__all__ = [
    "Gateway",
    "StartRefused",
    "StoreError",
    "check_settings",
    "database_url",
    "open_gateway",
    "open_key_desk",
    "read_catalog",
    "serve",
]
