"""Keep artifacts on disk: where each lies, how it appears and disappears, how much there may be."""

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_ID: Final = re.compile(r"[a-z]{1,16}_[a-z2-7]{26}")
_FILE: Final = re.compile(r"[a-z2-7]{2}/([a-z]{1,16}_[a-z2-7]{26})\.([a-z0-9]{2,5})")
_INCOMING: Final = "incoming"


@dataclass(frozen=True, slots=True)
class _Kept:
    file: str
    size: int
    stored_at: float


class Library:
    """Hold the files of one directory: `<two characters of the id>/<id>.<extension>`, and `incoming/` for the rest.

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

    def delete(self, file: str) -> bool:
        """Remove a file; tell whether it was there."""
        try:
            self.path(file).unlink()
        except FileNotFoundError:
            return False
        return True

    def total_bytes(self) -> int:
        """Add up all kept files. Reads the whole directory: call it in a thread."""
        return sum(kept.size for kept in self._kept())

    def free_bytes(self) -> int:
        """Tell how much room the disk has for us."""
        return shutil.disk_usage(self._root).free

    def sweep(self) -> int:
        """Remove what an earlier process left half made; call it at start, before anything is fetched."""
        count = 0
        for path in self._incoming.iterdir():
            path.unlink(missing_ok=True)
            count += 1
        return count

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
        for shard in os.scandir(self._root):
            if not shard.is_dir(follow_symlinks=False) or shard.name == _INCOMING:
                continue
            for entry in os.scandir(shard):
                file = f"{shard.name}/{entry.name}"
                if _FILE.fullmatch(file):
                    told = entry.stat(follow_symlinks=False)
                    yield _Kept(file, told.st_size, told.st_mtime)


def _checked(artifact_id: str) -> str:
    if not _ID.fullmatch(artifact_id):
        raise ValueError("not an artifact id")
    return artifact_id
