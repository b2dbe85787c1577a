"""What keeps the sites' own lists of models."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from dreambridge.catalog.live import LiveRows
from dreambridge.engine.clock import Clock
from dreambridge.engine.live_models import LiveModels
from dreambridge.engine.roster import Roster
from dreambridge.upstream.client import UpstreamClient
from dreambridge.wiring.stores import Stores


def build_live(
    rows: LiveRows,
    stores: Stores,
    client: UpstreamClient,
    roster: Roster,
    clock: Clock,
    spawn: Callable[[Coroutine[Any, Any, None], str], "asyncio.Task[None]"],
) -> LiveModels:
    """Put them together; `load` then takes up what was read before."""
    return LiveModels(rows=rows, client=client, roster=roster, lists=stores.live_lists, clock=clock, spawn=spawn)
