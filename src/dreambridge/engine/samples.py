"""Keep the shape of answers that could not be read, so that someone can see how the protocol moved."""

import hashlib
import json
from pathlib import Path
from typing import Final

_MOST: Final = 100


class Samples:
    """Write scrubbed answers (keys, types and lengths, no strings) into a directory: each shape once, at most 100."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def keep(self, path: str, shape: object) -> None:
        """Keep the shape of an answer to a call at `path`."""
        text = json.dumps({"path": path, "answer": shape}, ensure_ascii=False, indent=1, sort_keys=True)
        name = path.strip("/").replace("/", "_")[-60:] + "-" + hashlib.sha256(text.encode()).hexdigest()[:12] + ".json"
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        target = self._directory / name
        if not target.exists() and sum(1 for _ in self._directory.iterdir()) < _MOST:
            target.write_text(text + "\n", encoding="utf-8")
