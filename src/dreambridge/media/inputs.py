"""Take callers' pictures, videos and sounds in: from anywhere, checked by content, made fit for the sites, kept."""

import asyncio
import contextlib
import hashlib
import os
import re
import secrets
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from dreambridge.domain.errors import InputUnusable
from dreambridge.domain.generation import Dimensions, InputKind, MediaInput, OutputFormat
from dreambridge.media.clips import ClipUnusable, read_clip
from dreambridge.media.fetch import Fetcher, FetchFailed, FetchTooLarge, ResultExpired
from dreambridge.media.probe import PictureUnusable
from dreambridge.media.sniffing import InputFormat, describe, sniff
from dreambridge.media.sources import BadSource, Source, is_address, read_pieces
from dreambridge.media.streams import Saved, TooManyBytes, save_stream
from dreambridge.media.upright import draw_upright, look_at
from dreambridge.media.workbench import Workbench

MAX_PICTURE_BYTES: Final = 20 * 1024**2
MAX_CLIP_BYTES: Final = 100 * 1024**2
_INCOMING: Final = "incoming"
_FILE: Final = re.compile(r"[0-9a-f]{2}/[0-9a-f]{64}\.[a-z0-9]{2,4}")
_ALL: Final = frozenset(InputKind)
_ALLOWED: Final[Mapping[InputKind, str]] = {
    InputKind.IMAGE: "a picture (JPEG, PNG, WebP, HEIC, AVIF, GIF)",
    InputKind.VIDEO: "a video (MP4, MOV)",
    InputKind.AUDIO: "a sound (WAV, MP3)",
}

_SEEN: Final[Mapping[InputKind, str]] = {
    InputKind.IMAGE: "a picture",
    InputKind.VIDEO: "a video",
    InputKind.AUDIO: "a sound",
}


class InputShelf:
    """Keep callers' files by content: `<two digits>/<sha256>.<extension>` below one directory.

    `private_ok` admits addresses of private networks (laboratories).
    """

    def __init__(self, root: Path, *, fetcher: Fetcher, bench: Workbench, private_ok: bool = False) -> None:
        self._root = root
        self._fetcher = fetcher
        self._bench = bench
        self._private_ok = private_ok
        (root / _INCOMING).mkdir(parents=True, exist_ok=True, mode=0o700)

    async def acquire(self, source: Source, *, param: str, kinds: Collection[InputKind] = _ALL) -> MediaInput:
        """Bring a file here, check it and make it fit; the same content is kept once.

        Touches the network for addresses only, under the guard of `media.addresses`. Spends nothing. Raises
        `InputUnusable`, with `param` and the limit that was passed, for whatever is wrong with it.
        """
        place = self._root / _INCOMING / secrets.token_hex(16)
        try:
            saved, form = await self._bring(source, place, param, kinds)
            try:
                return await self._settle(place, saved, form)
            except (PictureUnusable, ClipUnusable) as error:
                raise InputUnusable(f"{param} is {error}.", param=param, code=_code(form)) from error
        finally:
            place.unlink(missing_ok=True)

    def reuse(self, kept: MediaInput, *, param: str, kinds: Collection[InputKind] = _ALL) -> MediaInput:
        """Take a kept file as an input once more; it counts as handed in again. Raises `InputUnusable`."""
        if kept.kind not in kinds:
            raise _wrong_kind(param, f"{_SEEN[kept.kind]} ({kept.extension})", kinds)
        try:
            os.utime(self.path(kept))
        except FileNotFoundError as error:
            message = f"{param} names a file that is no longer kept here; hand it in again."
            raise InputUnusable(message, param=param, code="asset_gone") from error
        return kept

    def path(self, kept: MediaInput) -> Path:
        """Tell where a kept input lies; raise `ValueError` for a name this shelf never gave."""
        return self._place(kept.file)

    def delete(self, file: str) -> bool:
        """Remove a file; tell whether it was there."""
        try:
            self._place(file).unlink()
        except FileNotFoundError:
            return False
        return True

    def sweep(self) -> int:
        """Remove what an earlier process left half made; call it at start."""
        count = 0
        for path in (self._root / _INCOMING).iterdir():
            path.unlink(missing_ok=True)
            count += 1
        return count

    def untouched_since(self, moment: float) -> Iterator[str]:
        """Give the files that nobody handed in since then (epoch seconds). Reads the whole directory."""
        for shard in os.scandir(self._root):
            if shard.name == _INCOMING or not shard.is_dir(follow_symlinks=False):
                continue
            for entry in os.scandir(shard):
                file = f"{shard.name}/{entry.name}"
                if _FILE.fullmatch(file) and entry.stat(follow_symlinks=False).st_mtime < moment:
                    yield file

    def _place(self, file: str) -> Path:
        if not _FILE.fullmatch(file):
            raise ValueError("not a file of the shelf")
        return self._root / file

    async def _bring(
        self, source: Source, place: Path, param: str, kinds: Collection[InputKind]
    ) -> tuple[Saved, InputFormat]:
        """Write the bytes down, refusing the wrong kind at the first of them and too many as soon as they come."""

        def bound(head: bytes) -> int:
            return _limit(_recognise(head, param, kinds))

        try:
            if isinstance(source, str) and is_address(source):
                saved = await self._fetcher.fetch_input(source, to=place, bound=bound, private_ok=self._private_ok)
            else:
                saved = await save_stream(read_pieces(source), place, bound)
        except BadSource as error:
            raise InputUnusable(f"{param} is {error}.", param=param, code=error.code) from error
        except (TooManyBytes, FetchTooLarge) as error:
            raise _too_large(param, error.limit) from error
        except FetchFailed as error:
            raise InputUnusable(
                f"{param} could not be fetched: {error}.", param=param, code="failed_to_download_image"
            ) from error
        except ResultExpired as error:
            raise InputUnusable(
                f"{param} could not be fetched: {str(error).partition(':')[0]}.",
                param=param,
                code="failed_to_download_image",
            ) from error
        return saved, _recognise(saved.head, param, kinds)

    async def _settle(self, place: Path, saved: Saved, form: InputFormat) -> MediaInput:
        if form.kind is not InputKind.IMAGE:
            clip = await asyncio.to_thread(read_clip, place, form)
            return self._keep(place, replace(_entry(saved, form, clip.dimensions), seconds=clip.seconds))
        look = await asyncio.to_thread(look_at, place, form)
        if look.redraw is None:
            return self._keep(place, _entry(saved, form, look.dimensions))
        drawn = place.with_name(f"{place.name}.drawn")
        try:
            size, digest = await self._bench.run(
                lambda: (draw_upright(place, drawn, look), _digest(drawn)), weight=look.weight
            )
            made = Saved(drawn.stat().st_size, digest, b"")
            png = look.redraw is OutputFormat.PNG
            return self._keep(drawn, _entry(made, InputFormat.PNG if png else InputFormat.JPEG, size))
        finally:
            drawn.unlink(missing_ok=True)

    def _keep(self, made: Path, entry: MediaInput) -> MediaInput:
        """Move a file to its place; one that is there already is marked as handed in again."""
        target = self._place(entry.file)
        if target.is_file() and target.stat().st_size == entry.bytes:
            with contextlib.suppress(FileNotFoundError):
                os.utime(target)
                return entry
        target.parent.mkdir(mode=0o700, exist_ok=True)
        made.replace(target)
        return entry


def _entry(saved: Saved, form: InputFormat, size: Dimensions | None) -> MediaInput:
    name = f"{saved.sha256[:2]}/{saved.sha256}.{form.extension}"
    return MediaInput(saved.sha256, form.kind, form.media_type, form.extension, saved.bytes, name, size)


def _recognise(head: bytes, param: str, kinds: Collection[InputKind]) -> InputFormat:
    form = sniff(head)
    if form is not None and form.kind in kinds:
        return form
    if not head:
        raise InputUnusable(f"{param} is empty.", param=param, code="empty_image_file")
    raise _wrong_kind(param, f"{_SEEN[form.kind]} ({form})" if form is not None else describe(head), kinds)


def _wrong_kind(param: str, seen: str, kinds: Collection[InputKind]) -> InputUnusable:
    allowed = " or ".join(_ALLOWED[kind] for kind in InputKind if kind in kinds)
    return InputUnusable(
        f"{param} is {seen} by its content; allowed: {allowed}.", param=param, code="unsupported_image_media_type"
    )


def _limit(form: InputFormat) -> int:
    return MAX_PICTURE_BYTES if form.kind is InputKind.IMAGE else MAX_CLIP_BYTES


def _code(form: InputFormat) -> str:
    return "invalid_image" if form.kind is InputKind.IMAGE else "invalid_media"


def _too_large(param: str, limit: int) -> InputUnusable:
    return InputUnusable(
        f"{param} is too large; allowed: at most {limit // 1024**2} MB ({limit} bytes).",
        param=param,
        code="image_too_large",
    )


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
