"""Keep artifacts on disk: where each lies, how it appears and disappears, how much there may be."""

import os
import re
import shutil
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dreambridge.domain.artifact import THUMBNAIL_SIDES

_ID: Final = re.compile(r"[a-z]{1,16}_[a-z2-7]{26}")
_FILE: Final = re.compile(r"[a-z2-7]{2}/([a-z]{1,16}_[a-z2-7]{26})\.([a-z0-9]{2,5})")
_THUMBNAIL: Final = re.compile(r"([a-z]{1,16}_[a-z2-7]{26})\.[0-9]{1,5}\.thumb")
_INCOMING: Final = "incoming"


@dataclass(frozen=True, slots=True)
class _Kept:
    """A file, `size` with its thumbnails."""

    file: str
    size: int
    stored_at: float


class Library:
    """Hold the files of one directory: `<two characters of the id>/<id>.<extension>`, and `incoming/` for the rest.

    Beside a picture may lie `<id>.<side>.thumb`, small versions of it, which go when it goes.
    Names given to and by it are relative to its root, so that the directory can be moved.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._incoming = root / _INCOMING
        self._incoming.mkdir(parents=True, exist_ok=True, mode=0o700)

    def incoming(self, artifact_id: str, step: str = "raw") -> Path:
        """Name a temporary place for an artifact that is being made; `sweep` removes what a crash left there."""
        return self._incoming / f"{_checked(artifact_id)}.{step}"

    def place(self, made: Path, artifact_id: str, extension: str) -> str:
        """Move a complete file to its lasting place, atomically, and return its name in the library."""
        file = f"{_checked(artifact_id).partition('_')[2][:2]}/{artifact_id}.{extension}"
        target = self.path(file)
        try:
            made.replace(target)
        except FileNotFoundError:
            target.parent.mkdir(mode=0o700, exist_ok=True)
            made.replace(target)
        return file

    def path(self, file: str) -> Path:
        """Return where a file of the library lies; raises `ValueError` for a name it never gave."""
        if not _FILE.fullmatch(file):
            raise ValueError("not a file of the library")
        return self._root / file

    def thumbnail(self, file: str, side: int) -> Path:
        """Return where the small version of a file lies, once it is made."""
        return self.path(file).with_name(f"{Path(file).stem}.{side}.thumb")

    def place_thumbnail(self, made: Path, file: str, side: int) -> Path:
        """Move a complete small version of a file beside it; raise `FileNotFoundError` if the file is gone by now."""
        target = self.thumbnail(file, side)
        made.replace(target)
        # Looked for afterwards: whoever deletes takes the file first, so one of the two sees the other.
        if not self.path(file).exists():
            target.unlink(missing_ok=True)
            raise FileNotFoundError(file)
        return target

    def delete(self, file: str) -> bool:
        """Remove a file and its thumbnails; tell whether it was there."""
        try:
            self.path(file).unlink()
        except FileNotFoundError:
            there = False
        else:
            there = True
        for side in THUMBNAIL_SIDES:
            self.thumbnail(file, side).unlink(missing_ok=True)
        return there

    def total_bytes(self) -> int:
        """Add up all kept files. Reads the whole directory: call it in a thread."""
        return sum(kept.size for kept in self._kept())

    def free_bytes(self) -> int:
        """Tell how much room the disk has for us."""
        return shutil.disk_usage(self._root).free

    def sweep(self) -> int:
        """Remove what an earlier process left half made or half deleted; call it at start, before anything is fetched.

        Lists the whole directory.
        """
        left = [*self._incoming.iterdir(), *self._orphans()]
        for path in left:
            path.unlink(missing_ok=True)
        return len(left)

    def retain(self, *, now: float, max_age: float, max_bytes: int) -> tuple[str, ...]:
        """Remove what is older than `max_age` seconds, then the oldest until `max_bytes` suffice; 0 sets no limit.

        Returns the ids of what was removed, oldest first. Reads the whole directory: call it in a thread.
        """
        kept = sorted(self._kept(), key=lambda each: each.stored_at)
        total = sum(each.size for each in kept)
        removed = []
        for each in kept:
            too_old = max_age > 0 and now - each.stored_at > max_age
            if not too_old and not (max_bytes > 0 and total > max_bytes):
                break
            self.delete(each.file)
            total -= each.size
            removed.append(Path(each.file).stem)
        return tuple(removed)

    def _kept(self) -> Iterator[_Kept]:
        for shard, entries in self._shards():
            small: defaultdict[str, int] = defaultdict(int)
            for entry in entries:
                if match := _THUMBNAIL.fullmatch(entry.name):
                    small[match[1]] += entry.stat(follow_symlinks=False).st_size
            for entry in entries:
                if match := _FILE.fullmatch(f"{shard}/{entry.name}"):
                    told = entry.stat(follow_symlinks=False)
                    yield _Kept(match[0], told.st_size + small.pop(match[1], 0), told.st_mtime)

    def _orphans(self) -> Iterator[Path]:
        for _, entries in self._shards():
            names = [entry.name for entry in entries]
            wholes = {name.partition(".")[0] for name in names if not _THUMBNAIL.fullmatch(name)}
            for entry in entries:
                if (match := _THUMBNAIL.fullmatch(entry.name)) and match[1] not in wholes:
                    yield Path(entry.path)

    def _shards(self) -> Iterator[tuple[str, list[os.DirEntry[str]]]]:
        for shard in os.scandir(self._root):
            if shard.is_dir(follow_symlinks=False) and shard.name != _INCOMING:
                yield shard.name, list(os.scandir(shard))


def _checked(artifact_id: str) -> str:
    if not _ID.fullmatch(artifact_id):
        raise ValueError("not an artifact id")
    return artifact_id
