"""The append-only file that lets accounts, records and ledger survive a restart of the simulator."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO


class Journal:
    """Write one JSON line an event; do nothing without a folder.

    A line is handed to the operating system at once but not forced to disk: it survives a killed process, not a
    power cut. The file is readable by its owner only, since it holds the session ids that were used.
    """

    def __init__(self, folder: Path | None) -> None:
        self._path = folder / "journal.jsonl" if folder else None
        self._file: TextIO | None = None

    def replay(self) -> Iterator[dict[str, Any]]:
        """Yield the events of earlier runs; a last line cut off by a kill is skipped."""
        if self._path is None or not self._path.exists():
            return
        with self._path.open(encoding="utf-8") as file:
            for line in file:
                if line.endswith("\n"):
                    yield json.loads(line)

    def append(self, event: str, **facts: Any) -> None:
        """Write one event."""
        if self._path is None:
            return
        if self._file is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._end_last_line()
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            self._file = os.fdopen(descriptor, "a", encoding="utf-8")
        self._file.write(json.dumps({"event": event, **facts}, ensure_ascii=False) + "\n")
        self._file.flush()

    def forget(self) -> None:
        """Remove everything written."""
        self.close()
        if self._path is not None:
            self._path.unlink(missing_ok=True)

    def close(self) -> None:
        """Close the file; a later event opens it again."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _end_last_line(self) -> None:
        # What a kill cut off must not swallow the next event.
        if self._path is None or not self._path.exists():
            return
        with self._path.open("rb+") as file:
            content_end = file.seek(0, os.SEEK_END)
            if content_end == 0:
                return
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                whole = self._path.read_bytes().rfind(b"\n") + 1
                file.truncate(whole)
