"""Bring one artifact's bytes into the library: fetched, checked by content, pictures made what was asked for."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from dreambridge.domain.artifact import Artifact
from dreambridge.domain.generation import InputKind, Kind
from dreambridge.engine.clock import Clock
from dreambridge.engine.origin import Origin
from dreambridge.media.clips import ClipUnusable, read_clip
from dreambridge.media.convert import Converter
from dreambridge.media.fetch import Fetcher
from dreambridge.media.library import Library
from dreambridge.media.sniffing import HEAD_BYTES, InputFormat, sniff
from dreambridge.media.streams import Saved
from dreambridge.store.artifacts import StoredFile

_MAX_PICTURE: Final = 100 * 1024**2
# Half an hour of 4k; and the time that a slow line needs for it.
_MAX_CLIP: Final = 2 * 1024**3
_CLIP_SECONDS: Final = 1800.0
_INPUT_KINDS: Final[Mapping[Kind, InputKind]] = {Kind.VIDEO: InputKind.VIDEO, Kind.AUDIO: InputKind.AUDIO}


class Keeper:
    """Fetch artifacts into the library."""

    def __init__(self, *, library: Library, fetcher: Fetcher, converter: Converter, clock: Clock) -> None:
        self._library = library
        self._fetcher = fetcher
        self._converter = converter
        self._clock = clock

    async def bring(self, artifact: Artifact, origin: Origin) -> StoredFile:
        """Fetch the bytes over the network and put them in their place; spends nothing.

        Raises `ResultExpired`, `FetchFailed`, `PictureUnusable`, `ClipUnusable` and `OSError`.
        """
        raw = self._library.incoming(artifact.id)
        moving = artifact.kind is not Kind.IMAGE
        saved = await self._fetcher.fetch_result(
            artifact.source_url,
            to=raw,
            proxy=origin.account.session.proxy if origin.account else None,
            max_bytes=_MAX_CLIP if moving else _MAX_PICTURE,
            private_ok=origin.private_ok,
            seconds=_CLIP_SECONDS if moving else None,
        )
        return await (self._keep_clip if moving else self._keep_picture)(artifact, raw, saved)

    async def _keep_picture(self, artifact: Artifact, raw: Path, saved: Saved) -> StoredFile:
        made = self._library.incoming(artifact.id, "made")
        converted = await self._converter.convert(
            raw, made, exact=artifact.exact, output_format=artifact.convert, sha256=saved.sha256
        )
        return StoredFile(
            file=self._library.place(made, artifact.id, converted.format.extension),
            bytes=converted.bytes,
            sha256=converted.sha256,
            media_type=converted.media_type,
            extension=converted.format.extension,
            dimensions=converted.dimensions,
            at=self._clock.now(),
        )

    async def _keep_clip(self, artifact: Artifact, raw: Path, saved: Saved) -> StoredFile:
        """Keep a video or a sound as the site made it."""
        form = sniff(saved.head[:HEAD_BYTES])
        if form is None or form.kind is not _INPUT_KINDS.get(artifact.kind):
            raise ClipUnusable(f"not a {artifact.kind} by its content")
        clip = await asyncio.to_thread(read_clip, raw, InputFormat(form), length_told=False)
        return StoredFile(
            file=self._library.place(raw, artifact.id, form.extension),
            bytes=saved.bytes,
            sha256=saved.sha256,
            media_type=form.media_type,
            extension=form.extension,
            dimensions=clip.dimensions,
            at=self._clock.now(),
            seconds=clip.seconds or artifact.seconds,
        )
