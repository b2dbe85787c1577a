"""What the sites themselves list for each account: read when somebody needs it, kept for hours, told with its age."""

import asyncio
from collections.abc import Callable, Collection, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import structlog

from dreambridge.catalog import ModelSpec
from dreambridge.catalog.live import LiveRows
from dreambridge.domain.account import Account
from dreambridge.domain.errors import GatewayError
from dreambridge.domain.generation import Kind
from dreambridge.engine.clock import Clock
from dreambridge.engine.roster import Roster
from dreambridge.store.live_lists import LiveList, LiveLists
from dreambridge.upstream.client import UpstreamClient

_FRESH: Final = 6 * 3600.0
# After a failure the site is left alone for this long.
_PAUSE: Final = 60.0
_STALE: Final = 24 * 3600.0
_KEPT: Final = 30 * 86_400.0

log = structlog.get_logger("models")


@dataclass(frozen=True, slots=True)
class Liveness:
    """Whether the sites list a model for the caller, and how sure that is.

    `read_at` is when the lists were read (epoch seconds), `None` when they never were; `stale` says that they are old,
    or could not be read again when that was due.
    """

    live: bool
    read_at: float | None
    stale: bool


class LiveModels:
    """Keep every account's lists."""

    def __init__(
        self,
        *,
        rows: LiveRows,
        client: UpstreamClient,
        roster: Roster,
        lists: LiveLists,
        clock: Clock,
        spawn: Callable[[Coroutine[Any, Any, None], str], "asyncio.Task[None]"],
    ) -> None:
        self._rows = rows
        self._client = client
        self._roster = roster
        self._lists = lists
        self._clock = clock
        self._spawn = spawn
        self._known: dict[tuple[str, Kind], LiveList] = {}
        self._failed: dict[str, float] = {}
        self._reading: dict[str, asyncio.Task[None]] = {}

    async def load(self) -> None:
        """Take up what an earlier process read."""
        await self._lists.prune(self._clock.now() - _KEPT)
        for each in await self._lists.all():
            if each.site in self._rows.catalog.sites:
                self._take(each)

    async def refresh(self, account_ids: Collection[str], *, patience: float) -> None:
        """Have the lists of these accounts read where they are not fresh; wait `patience` seconds for that at most.

        Touches the network in the background, spends nothing, raises nothing: what is not known stays as it was.
        """
        tasks = [task for name in account_ids if (task := self._read(name)) is not None]
        if tasks and patience > 0:
            await asyncio.wait(tasks, timeout=patience)

    def liveness(self, spec: ModelSpec, account_ids: Collection[str]) -> Liveness:
        """Tell what the lists of these accounts say of a model."""
        now = self._clock.now()
        lists = [found for name in account_ids if (found := self._known.get((name, spec.kind))) is not None]
        keys = {model.key for each in lists for model in each.models}
        read_at = min((each.read_at for each in lists), default=None)
        old = read_at is None or now - read_at > _STALE
        live = any(key in keys for key in spec.keys.values())
        return Liveness(live, read_at, stale=old or any(name in self._failed for name in account_ids))

    def lost(self, site: str, model: str) -> None:
        """Note that a site said it no longer offers a model."""
        log.warning("model_gone", site=site, model=model)
        self._rows.lose(site, model)

    def _read(self, account_id: str) -> "asyncio.Task[None] | None":
        account = self._roster.get(account_id)
        if account is None:
            return None
        task = self._reading.get(account_id)
        if task is None and self._due(account_id):
            task = self._reading[account_id] = self._spawn(self._fetch(account), f"models-{account_id}")
        return task

    def _due(self, account_id: str) -> bool:
        now = self._clock.now()
        if now - self._failed.get(account_id, 0.0) < _PAUSE:
            return False
        lists = [self._known.get((account_id, kind)) for kind in (Kind.IMAGE, Kind.VIDEO)]
        return any(each is None or now - each.read_at > _FRESH for each in lists)

    async def _fetch(self, account: Account) -> None:
        try:
            images = await self._client.fetch_image_models(account.session)
            videos = await self._client.fetch_video_models(account.session)
        except GatewayError as error:
            self._failed[account.id] = self._clock.now()
            log.info("models_unread", account=account.id, code=error.specific_code, site_code=error.site_code)
            return
        finally:
            self._reading.pop(account.id, None)
        self._failed.pop(account.id, None)
        now, site = self._clock.now(), account.session.site
        lists = [
            LiveList(account.id, site, Kind.IMAGE, images, now),
            LiveList(account.id, site, Kind.VIDEO, videos, now),
        ]
        for each in lists:
            self._take(each)
        await self._lists.keep(lists)

    def _take(self, found: LiveList) -> None:
        self._known[found.account_id, found.kind] = found
        today = datetime.fromtimestamp(found.read_at, UTC).date()
        fresh = self._rows.learn(found.site, found.models, today)
        if fresh:
            log.info("models_learned", site=found.site, models=list(fresh))
