"""Who carries out a block; each has to have exactly one."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from tests.papers.bench import Bench
from tests.papers.blocks import Block, elsewhere
from tests.papers.output import compare
from tests.papers.programs import run_litellm, run_node, run_python, run_shell
from tests.papers.settings import run_agent, run_environment, run_home_assistant

Run: TypeAlias = Callable[[Block, Bench], Awaitable[str]]
_AGENTS = re.compile(r'"(?:mcpServers|servers)": \{|^\[mcp_servers\.', re.MULTILINE)
_ELSEWHERE = {text.strip() for text in elsewhere()}


@dataclass(frozen=True)
class Runner:
    """Which blocks somebody carries out, and how; without a way, they cannot be carried out here."""

    claims: Callable[[Block], bool]
    run: Run | None


def _is_here(block: Block) -> bool:
    return block.text.strip() not in _ELSEWHERE


def _is_agents(block: Block) -> bool:
    return block.language in {"json", "toml"} and bool(_AGENTS.search(block.text)) and _is_here(block)


def _speaks(*languages: str) -> Callable[[Block], bool]:
    return lambda block: block.language in languages and _is_here(block)


def _holds(pattern: str, *languages: str) -> Callable[[Block], bool]:
    found = re.compile(pattern, re.MULTILINE)
    return lambda block: block.language in languages and _is_here(block) and bool(found.search(block.text))


RUNNERS = {
    "shell": Runner(_speaks("sh", "bash"), run_shell),
    "python": Runner(_speaks("python"), run_python),
    "node": Runner(_speaks("js"), run_node),
    "agent": Runner(_is_agents, run_agent),
    "litellm": Runner(_holds("^model_list:", "yaml"), run_litellm),
    "home assistant": Runner(_holds("openai_conversation.generate_image|^rest_command:", "yaml"), run_home_assistant),
    "environment": Runner(_speaks("env"), run_environment),
    "output": Runner(lambda block: _speaks("json", "text")(block) and not _is_agents(block), compare),
    "elsewhere": Runner(lambda block: not _is_here(block), None),
}


def claimants(block: Block) -> list[str]:
    """Name those who would carry out a block."""
    return [name for name, runner in RUNNERS.items() if runner.claims(block)]
