"""Bring the bytes of artifacts here: in the background, again after a restart, and at once when someone asks."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import structlog

from dreambridge.domain.account import Account
from dreambridge.domain.artifact import Artifact, FetchState
from dreambridge.domain.errors import GatewayError, JobNotFound
from dreambridge.engine.awaited import Awaited
from dreambridge.engine.clock import Clock
from dreambridge.engine.keeping import Keeper
from dreambridge.engine.origin import Origin
from dreambridge.engine.shelf import Shelf, with_bytes
from dreambridge.media.clips import ClipUnusable
from dreambridge.media.fetch import FetchFailed, ResultExpired
from dreambridge.media.library import Library
from dreambridge.media.probe import PictureUnusable
from dreambridge.store.artifacts import Artifacts
from dreambridge.store.faults import StoreError

_WORKERS: Final = 12
_MOST_ATTEMPTS: Final = 12
_PAUSES: Final = (1.0, 3.0, 10.0, 30.0, 120.0, 600.0)

log = structlog.get_logger("harvest")


class Harvest:
    """Fetch pending artifacts with a bounded number of workers; who asks for one is served before the rest."""

    def __init__(  # noqa: PLR0913 - the parts it stands on, each by its name
        self,
        *,
        artifacts: Artifacts,
        library: Library,
        keeper: Keeper,
        clock: Clock,
        origin: Callable[[Artifact], Coroutine[Any, Any, Origin]],
        new_address: Callable[[Artifact, Account], Coroutine[Any, Any, str | None]],
        spawn: Callable[[Coroutine[Any, Any, None], str], object],
    ) -> None:
        self._artifacts = artifacts
        self._library = library
        self._keeper = keeper
        self._clock = clock
        self._origin = origin
        self._new_address = new_address
        self._spawn = spawn
        self._queue: OrderedDict[str, Artifact] = OrderedDict()
        self._later: dict[str, asyncio.TimerHandle] = {}
        self._awaited = Awaited()
        self._shelf = Shelf()
        self._busy: set[str] = set()
        self._workers = 0

    def add(self, artifacts: Iterable[Artifact]) -> None:
        """Have artifacts fetched in the background; one in hand already only takes its new place, or a new address."""
        for artifact in artifacts:
            known = self._shelf.get(artifact.id)
            if known is not None and known.source_url == artifact.source_url:
                self._shelf.put(replace(known, index=artifact.index))
                continue
            self._shelf.put(artifact)
            self._enqueue(artifact)

    def _enqueue(self, artifact: Artifact) -> None:
        if artifact.state is FetchState.PENDING and artifact.id not in self._busy:
            if handle := self._later.pop(artifact.id, None):
                handle.cancel()
            self._queue[artifact.id] = artifact
        self._man()

    def latest(self, artifact: Artifact) -> Artifact:
        """Give the newest that is known here of an artifact."""
        return self._shelf.get(artifact.id) or artifact

    async def find(self, artifact_id: str) -> Artifact:
        """Give an artifact's row; raise `JobNotFound`."""
        artifact = self._shelf.get(artifact_id) or await self._artifacts.load(artifact_id)
        if artifact is None:
            raise JobNotFound("No such artifact.", code="artifact_not_found")
        return artifact

    async def of_job(self, job_id: str) -> tuple[Artifact, ...]:
        """Give the rows of a job's artifacts in their order."""
        return await self._artifacts.of_job(job_id)

    async def ensure(self, artifact_id: str) -> Artifact:
        """Give an artifact whose bytes are here, fetching it first if need be.

        Raises `JobNotFound` when there is none or its bytes are lost, `SiteUnreachable` when they cannot be had now.
        """
        artifact = await self.find(artifact_id)
        if artifact.state is FetchState.STORED and not self._whole(artifact):
            # A power cut may leave a row without its bytes: they are brought once more.
            artifact = replace(artifact, state=FetchState.PENDING)
        if artifact.state is FetchState.PENDING:
            waiting = self._awaited.join(artifact_id)
            if handle := self._later.pop(artifact_id, None):
                handle.cancel()
            if artifact_id not in self._busy:
                self._queue[artifact_id] = artifact
                self._queue.move_to_end(artifact_id, last=False)
            self._man()
            artifact = await waiting
        if artifact.state is FetchState.LOST or artifact.file is None:
            raise JobNotFound("The bytes of this artifact are gone.", code="artifact_gone")
        return artifact

    def _whole(self, artifact: Artifact) -> bool:
        try:
            return self.path(artifact).stat().st_size == artifact.bytes
        except OSError:
            return False

    def path(self, artifact: Artifact) -> Path:
        """Tell where a stored artifact lies."""
        return self._library.path(artifact.file or "")

    def forget(self, artifact: Artifact) -> None:
        """Drop an artifact whose row was deleted, and its file; a fetch that is under way ends without a trace."""
        self._queue.pop(artifact.id, None)
        self._shelf.bury(artifact.id)
        if handle := self._later.pop(artifact.id, None):
            handle.cancel()
        if artifact.file is not None:
            self._library.delete(artifact.file)
        self._awaited.answer(replace(artifact, state=FetchState.LOST))

    def close(self) -> None:
        """Stop the timers; the workers belong to the crew."""
        for handle in self._later.values():
            handle.cancel()

    def _man(self) -> None:
        while self._workers < min(_WORKERS, len(self._queue) + len(self._busy)) and self._queue:
            self._workers += 1
            self._spawn(self._work(), "harvest")

    async def _work(self) -> None:
        try:
            while self._queue:
                _, artifact = self._queue.popitem(last=False)
                self._busy.add(artifact.id)
                try:
                    await self._bring(artifact)
                except StoreError:
                    self._delay(artifact, _PAUSES[2])
                except BaseException:
                    self._awaited.refuse(artifact.id)
                    raise
                finally:
                    self._busy.discard(artifact.id)
                if self._outdated(artifact) and artifact.id not in self._later:
                    self._enqueue(self.latest(artifact))
        finally:
            self._workers -= 1

    async def _bring(self, artifact: Artifact) -> None:
        origin = await self._origin(artifact)
        if origin.out_of_reach:
            await self._postpone(artifact, "proxy unknown", permanent=False)
            return
        try:
            stored = await self._fetch(artifact, origin)
        except ResultExpired:
            await self._readdress(artifact, origin)
        except FetchFailed as error:
            if artifact.attempts and not error.permanent:
                # Twice in vain: the media host itself may have moved.
                await self._readdress(artifact, origin)
            else:
                await self._postpone(artifact, "FetchFailed", permanent=error.permanent)
        except (PictureUnusable, ClipUnusable, OSError) as error:
            await self._postpone(artifact, type(error).__name__, permanent=False)
        else:
            self._settle(stored)

    async def _fetch(self, artifact: Artifact, origin: Origin) -> Artifact:
        stored = await self._keeper.bring(artifact, origin)
        if not await self._artifacts.stored(artifact.id, stored):
            # It was deleted meanwhile, alone or with its job.
            self._library.delete(stored.file)
            self._shelf.bury(artifact.id)
            return replace(artifact, state=FetchState.LOST)
        return with_bytes(artifact, stored)

    async def _readdress(self, artifact: Artifact, origin: Origin) -> None:
        """Ask the site for a new address; without one, the bytes are tried for again later."""
        url = None
        if origin.account is not None:
            try:
                url = await self._new_address(artifact, origin.account)
            except GatewayError as error:
                log.warning("readdress_failed", artifact_of=artifact.job_id, code=error.specific_code)
        if url is None or url == artifact.source_url:
            await self._postpone(artifact, "no other address", permanent=False)
            return
        artifact = replace(artifact, source_url=url)
        self._put(artifact)
        await self._artifacts.readdress(artifact.id, url)
        await self._postpone(artifact, "readdressed", permanent=False, pause=0.0)

    async def _postpone(self, artifact: Artifact, why: str, *, permanent: bool, pause: float | None = None) -> None:
        if self._outdated(artifact):
            return
        attempts = artifact.attempts + 1
        artifact = replace(artifact, attempts=attempts)
        log.warning("fetch_failed", job=artifact.job_id, index=artifact.index, attempt=attempts, why=why)
        final = permanent or attempts >= _MOST_ATTEMPTS
        noted = (
            self._artifacts.lost(artifact.id) if final else self._artifacts.attempted(artifact.id, self._clock.now())
        )
        if not await noted:
            final = True
            self._shelf.bury(artifact.id)
        if final:
            self._settle(replace(artifact, state=FetchState.LOST))
            return
        self._put(artifact)
        delay = _PAUSES[min(attempts, len(_PAUSES)) - 1] if pause is None else pause
        if attempts > 2:
            self._awaited.refuse(artifact.id)
        self._delay(artifact, delay)

    def _delay(self, artifact: Artifact, seconds: float) -> None:
        self._later[artifact.id] = asyncio.get_running_loop().call_later(seconds, self._again, artifact)

    def _again(self, artifact: Artifact) -> None:
        self._later.pop(artifact.id, None)
        newest = self.latest(artifact)
        self._enqueue(replace(artifact, index=newest.index, source_url=newest.source_url))

    def _outdated(self, artifact: Artifact) -> bool:
        """Tell whether an artifact in hand was given another address meanwhile."""
        return self.latest(artifact).source_url != artifact.source_url

    def _put(self, artifact: Artifact) -> None:
        self._shelf.put(replace(artifact, index=self.latest(artifact).index))

    def _settle(self, artifact: Artifact) -> None:
        if not self._outdated(artifact):
            self._put(artifact)
        self._awaited.answer(artifact)
