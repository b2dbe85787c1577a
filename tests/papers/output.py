"""Blocks that show what the block before them prints: compared in shape, since ids, times and addresses differ."""

import json
import re
from typing import Any

from tests.papers.bench import Bench
from tests.papers.blocks import Block


def shape(value: Any) -> Any:
    """Give the names and types of an answer; a list is as its first element."""
    if isinstance(value, dict):
        return {name: shape(each) for name, each in value.items()}
    if isinstance(value, list):
        return [shape(each) for each in value[:1]]
    return type(value).__name__


def plain(text: str) -> list[str]:
    """Take from lines what differs from time to time: words with a digit in them, and addresses."""
    lines = (re.sub(r"https?://\S+", "ADDRESS", line) for line in text.strip().splitlines())
    return [re.sub(r"\S*\d\S*", "WORD", line).strip() for line in lines]


async def compare(block: Block, bench: Bench) -> str:
    """Hold a shown output against what was printed."""
    if block.language == "json":
        assert shape(json.loads(bench.printed)) == shape(json.loads(block.text))
    else:
        assert plain(bench.printed) == plain(block.text)
    return ""
