"""Callers' inputs on their way to a site: brought there once an account, remembered, erased when nobody needs them."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from weakref import WeakValueDictionary

from dreambridge.domain.account import Account
from dreambridge.domain.errors import InputUnusable
from dreambridge.domain.generation import InputKind, MediaInput
from dreambridge.domain.submission import UploadedInput
from dreambridge.engine.clock import Clock
from dreambridge.media.inputs import InputShelf
from dreambridge.media.sources import Source
from dreambridge.store.inputs import Inputs
from dreambridge.store.uploads import Uploads
from dreambridge.upstream.client import UpstreamClient
from dreambridge.upstream.uploader import Uploader, UploadSource

__all__ = ["Brought", "InputDesk", "Source"]

# Nobody knows how long the sites keep what is uploaded. One that is gone is refused, and then brought anew.
_REMEMBERED: Final = 7 * 86_400.0
# A file stays this long after it was handed in, or after its last job has ended.
_GRACE: Final = 3600.0
_ANY: Final = frozenset(InputKind)


@dataclass(frozen=True, slots=True)
class Brought:
    """Inputs as they lie on a site, by `sha256`; `remembered` are those that were there already, by our own notes."""

    uploads: Mapping[str, UploadedInput]
    remembered: tuple[str, ...] = ()


class InputDesk:
    """Take inputs in, and bring them to the site of an account."""

    def __init__(
        self,
        *,
        shelf: InputShelf,
        uploader: Uploader,
        client: UpstreamClient,
        uploads: Uploads,
        inputs: Inputs,
        clock: Clock,
    ) -> None:
        self._shelf = shelf
        self._uploader = uploader
        self._client = client
        self._uploads = uploads
        self._inputs = inputs
        self._clock = clock
        # Two jobs with the same picture bring it once: the second waits and finds it remembered.
        self._under_way: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    async def acquire(self, source: Source, *, param: str, kinds: Collection[InputKind] = _ANY) -> MediaInput:
        """Take a caller's file in; touches the network for addresses only. Raises `InputUnusable`."""
        return await self._shelf.acquire(source, param=param, kinds=kinds)

    def reuse(self, kept: MediaInput, *, param: str, kinds: Collection[InputKind] = _ANY) -> MediaInput:
        """Take a file that is kept here as an input once more, without a copy. Raises `InputUnusable`."""
        return self._shelf.reuse(kept, param=param, kinds=kinds)

    def path(self, kept: MediaInput) -> Path:
        """Tell where a kept file lies."""
        return self._shelf.path(kept)

    async def bring(self, account: Account, inputs: Sequence[MediaInput]) -> Brought:
        """Give each input as it lies on the account's site; what is not there yet is uploaded, all at once.

        Touches the network, spends nothing. Raises `InputUnusable` for an input that is no longer here,
        `ContentRefused` where the site checks pictures and refuses one, and what `Uploader.upload` raises.
        """
        if not inputs:
            return Brought({})
        wanted = {each.sha256: each for each in inputs}
        found = await self._remembered(account, wanted)
        missing = [each for name, each in wanted.items() if name not in found]
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._bring(account, each)) for each in missing]
        except ExceptionGroup as failed:
            # One that fails ends the others: the job cannot do with less.
            raise failed.exceptions[0] from failed
        return Brought({**found, **{task.result().sha256: task.result() for task in tasks}}, tuple(found))

    async def forget(self, account_id: str, names: Collection[str]) -> None:
        """Note that the site may no longer know what was brought there."""
        await self._uploads.forget(account_id, names)

    async def erase_unneeded(self) -> int:
        """Erase the files that no job and no asset needs any more, and count them; forget uploads of long ago."""
        now = self._clock.now()
        needed = await self._inputs.release(now - _GRACE)
        await self._uploads.prune(now - _REMEMBERED)
        return await asyncio.to_thread(self._erase, needed, now - _GRACE)

    async def erase(self, inputs: Sequence[MediaInput]) -> None:
        """Erase at once the files of a deleted job or asset that no other one needs."""
        if inputs:
            needed = await self._inputs.release(self._clock.now() - _GRACE)
            for file in {each.file for each in inputs} - needed:
                self._shelf.delete(file)

    def _erase(self, needed: Collection[str], before: float) -> int:
        return sum(self._shelf.delete(file) for file in list(self._shelf.untouched_since(before)) if file not in needed)

    async def _remembered(self, account: Account, names: Collection[str]) -> dict[str, UploadedInput]:
        return await self._uploads.find(account.id, list(names), since=self._clock.now() - _REMEMBERED)

    async def _bring(self, account: Account, kept: MediaInput) -> UploadedInput:
        key = (account.id, kept.sha256)
        lock = self._under_way.setdefault(key, asyncio.Lock())
        waited = lock.locked()
        async with lock:
            if waited and (found := await self._remembered(account, (kept.sha256,))):
                return found[kept.sha256]
            path = self._shelf.path(kept)
            if not path.is_file():
                raise InputUnusable("An input of this job is no longer kept here; hand it in again.", param="image")
            brought = (await self._uploader.upload(account.session, [UploadSource(kept, path)]))[kept.sha256]
            if brought.uri is not None:
                await self._client.check_input(account.session, brought.uri)
            await self._uploads.remember(account.id, (brought,), self._clock.now())
            return brought
