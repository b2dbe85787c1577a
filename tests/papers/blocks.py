"""The fenced blocks of the papers that a reader is to type, paste or compare with."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_PAGES = (
    "README*.md",
    "docs/quick-start*.md",
    "docs/session*.md",
    "docs/keys*.md",
    "docs/command-line*.md",
    "docs/how-to/*.md",
)
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```\n", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A block: where it is, its language and its text."""

    page: str
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def read(page: str) -> str:
    """Read a page of the repository."""
    return (ROOT / page).read_text(encoding="utf-8")


def pages() -> list[str]:
    """List the pages whose blocks are carried out."""
    found = {file.relative_to(ROOT).as_posix() for pattern in _PAGES for file in ROOT.glob(pattern)}
    return sorted(found)


def blocks_in(page: str, text: str) -> Iterator[Block]:
    """Find the blocks of a page in their order."""
    for match in _FENCE.finditer(text):
        yield Block(page, text.count("\n", 0, match.start()) + 1, match[1], match[2])


def blocks_of(page: str) -> list[Block]:
    """Give the blocks of a page."""
    return list(blocks_in(page, read(page)))


def elsewhere() -> dict[str, str]:
    """Name the blocks that cannot be carried out here, each with the reason."""
    rows = tomllib.loads((Path(__file__).parent / "elsewhere.toml").read_text(encoding="utf-8"))["block"]
    return {row["text"]: row["reason"] for row in rows}
