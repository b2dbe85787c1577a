"""Assets: files that callers hand in once and use by id, until they delete them."""

import asyncio
import re
from collections.abc import Collection
from typing import Final

from dreambridge.domain.asset import Asset
from dreambridge.domain.errors import JobNotFound, QueueFull
from dreambridge.domain.generation import InputKind, MediaInput
from dreambridge.engine.clock import Clock
from dreambridge.engine.credentials import Caller
from dreambridge.engine.inputs import InputDesk, Source
from dreambridge.engine.references import References, is_reference
from dreambridge.engine.room import Room
from dreambridge.engine.sealing import new_id
from dreambridge.engine.views import ArtifactFile
from dreambridge.store.assets import Assets
from dreambridge.store.faults import StoreFull

_ID: Final = re.compile(r"asset_[a-z2-7]{26}")
_LONGEST_NAME: Final = 255


class AssetDesk:
    """Keep assets for their owners; nothing here spends credit."""

    def __init__(self, *, assets: Assets, inputs: InputDesk, references: References, room: Room, clock: Clock) -> None:
        self._assets = assets
        self._inputs = inputs
        self._references = references
        self._room = room
        self._clock = clock

    async def acquire(
        self,
        source: Source,
        caller: Caller | None,
        *,
        param: str,
        kinds: Collection[InputKind] = frozenset(InputKind),
    ) -> MediaInput:
        """Take an input in, as `GenerationService.acquire_input` says; without a caller no id names anything."""
        if caller is not None and is_reference(source):
            return await self._references.acquire(source, caller, param=param, kinds=kinds)
        return await self._inputs.acquire(source, param=param, kinds=kinds)

    async def create(self, source: Source, caller: Caller, *, param: str, name: str | None = None) -> Asset:
        """Keep a file for a caller, checked and made fit as an input; `name` is what they call it.

        An id of the caller's own is a source as well: a result is kept by it. Touches the network for addresses
        only. Raises what `GenerationService.acquire_input` does, and `QueueFull` when there is no room.
        """
        if self._room.low(self._clock.now()):
            raise QueueFull("The disk has too little free space for another file (setting MIN_FREE_BYTES).")
        media = await self.acquire(source, caller, param=param)
        asset = Asset(new_id("asset"), caller.owners[0], media, self._clock.now(), clean_name(name))
        try:
            await self._assets.add(asset)
        except StoreFull as error:
            raise QueueFull("The disk is full, so no further file can be kept.") from error
        return asset

    async def get(self, asset_id: str, caller: Caller) -> Asset:
        """Give one of the caller's assets; raise `JobNotFound`."""
        asset = await self._assets.load(asset_id, caller.owners) if _ID.fullmatch(asset_id) else None
        if asset is None:
            raise _no_asset()
        return asset

    async def list(
        self, caller: Caller, *, after: str | None = None, limit: int = 20, newest_first: bool = True
    ) -> tuple[tuple[Asset, ...], bool]:
        """Give a page of the caller's assets, and whether there are more."""
        if after is not None and not _ID.fullmatch(after):
            return (), False
        found = await self._assets.list(caller.owners, after=after, limit=limit + 1, newest_first=newest_first)
        return found[:limit], len(found) > limit

    async def file(self, asset_id: str, caller: Caller) -> ArtifactFile:
        """Tell where the bytes of one of the caller's assets lie; raise `JobNotFound`."""
        media = (await self.get(asset_id, caller)).media
        path = self._inputs.path(media)
        if not await asyncio.to_thread(path.is_file):
            raise JobNotFound("The bytes of this asset are gone.", code="asset_gone", param="id")
        return ArtifactFile(path, media.media_type, media.bytes, media.dimensions)

    async def delete(self, asset_id: str, caller: Caller) -> None:
        """Delete one of the caller's assets; its file goes once no job and no other asset needs it.

        Jobs made with it are not touched. Raises `JobNotFound`.
        """
        asset = await self._assets.delete(asset_id, caller.owners) if _ID.fullmatch(asset_id) else None
        if asset is None:
            raise _no_asset()
        await self._inputs.erase((asset.media,))


def clean_name(name: str | None) -> str | None:
    """Reduce a file's name to what can be kept and shown: no directories, nothing invisible, no endless length."""
    last = re.split(r"[/\\]", name or "")[-1]
    return "".join(each for each in last if each.isprintable()).strip()[:_LONGEST_NAME] or None


def _no_asset() -> JobNotFound:
    return JobNotFound("No such asset, or not one of yours.", code="asset_not_found", param="id")
