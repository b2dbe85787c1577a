"""Gateway keys: what knows them, and what counts for them and against other limits."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from dreambridge.catalog import Catalog
from dreambridge.engine.clock import Clock
from dreambridge.engine.key_allowance import KeyAllowance
from dreambridge.engine.keys import KeyDesk
from dreambridge.engine.notices import Notices
from dreambridge.engine.pool import Pool
from dreambridge.engine.sealing import Sealer
from dreambridge.wiring.stores import Stores

Spawn = Callable[[Coroutine[Any, Any, None], str], object]


@dataclass(frozen=True, slots=True)
class Access:
    """Gateway keys and their limits."""

    keys: KeyDesk
    key_allowance: KeyAllowance


async def open_access(
    stores: Stores, notices: Notices, *, catalog: Catalog, sealer: Sealer, clock: Clock, spawn: Spawn
) -> Access:
    """Put them together, and have what ends counted from now on."""
    keys = KeyDesk(stores.keys, catalog=catalog, sealer=sealer, clock=clock, spawn=spawn)
    await keys.load()
    key_allowance = KeyAllowance(keys, stores.keys, notices=notices, catalog=catalog, clock=clock, spawn=spawn)
    notices.on_end = key_allowance.ended
    return Access(keys, key_allowance)


def build_cost_saver(
    stores: Stores, notices: Notices, pool: Pool, access: Access
) -> Callable[[str, int], Coroutine[Any, Any, None]]:
    """Make what notes the true cost of a job wherever it counts."""

    async def save_cost(job_id: str, cost: int) -> None:
        await stores.jobs.save_cost(job_id, cost)
        pool.allowance.settle(job_id, cost)
        notices.note_cost(job_id, cost)
        news = notices.latest(job_id)
        job = news.job if news is not None else await stores.jobs.load(job_id)
        if job is not None:
            access.key_allowance.priced(job, cost)

    return save_cost
