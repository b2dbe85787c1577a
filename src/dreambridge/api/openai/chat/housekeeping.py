"""Chat messages of front ends that ask for no picture: answered with a short text, free of charge."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from dreambridge.api.openai.chat.body import read_text


@dataclass(frozen=True, slots=True)
class Rule:
    """When a message is housekeeping, and what is answered; `housekeeping.toml` explains the fields."""

    pattern: re.Pattern[str]
    answer: str
    where: str = "user"
    role: str | None = None
    max_tokens: int | None = None


def load_rules() -> tuple[Rule, ...]:
    """Read the rules that come with the package."""
    text = (files(__package__) / "housekeeping.toml").read_text(encoding="utf-8")
    return tuple(
        Rule(
            re.compile(row["pattern"], re.IGNORECASE | re.DOTALL),
            row["answer"],
            row.get("where", "user"),
            row.get("role"),
            row.get("max_tokens"),
        )
        for row in tomllib.loads(text)["rule"]
    )


def answer_housekeeping(rules: Sequence[Rule], messages: list[dict[str, Any]], limit: object) -> str | None:
    """Give what a front end is told that asks for no picture; `None` for a wish. `limit` is the tokens it wants."""
    users = [message for message in messages if message.get("role") == "user"]
    for rule in rules:
        message = {"last": messages[-1], "first": messages[0]}.get(rule.where, users[-1])
        if rule.role is not None and message.get("role") != rule.role:
            continue
        if rule.max_tokens is not None and not (type(limit) is int and 0 < limit <= rule.max_tokens):
            continue
        content = message.get("content")
        if isinstance(content, list) and any(isinstance(part, dict) and part.get("type") != "text" for part in content):
            continue
        if rule.pattern.match(read_text(content, f"messages[{messages.index(message)}].content")):
            return rule.answer
    return None
