"""A gateway for the papers of each language, and a bench for the blocks of a page."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TypeAlias

import pytest
import pytest_asyncio
from tests.papers.bench import Bench
from tests.running import Running, serve_gateway

Benches: TypeAlias = Callable[[str], Bench]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def gateways(tmp_path_factory: pytest.TempPathFactory, clean_environment: None) -> AsyncIterator[list[Running]]:
    """Give two gateways with a quick sandbox, so that both languages can be tried at once."""
    async with AsyncExitStack() as stack:
        folders = [tmp_path_factory.mktemp(name) for name in ("english", "chinese")]
        yield [await stack.enter_async_context(serve_gateway(folder)) for folder in folders]


@pytest.fixture(scope="session")
def gateway(gateways: list[Running]) -> Running:
    """Give one of them."""
    return gateways[0]


@pytest.fixture(scope="session")
def seen() -> set[str]:
    """Give the ids of the jobs of earlier pages."""
    return set()


@pytest.fixture
def benches(gateways: list[Running], tmp_path: Path, seen: set[str]) -> Benches:
    """Give what makes a folder with the reader's picture for a page, next to the gateway of its language."""

    def make(page: str) -> Bench:
        folder = tmp_path / page.replace("/", "-")
        folder.mkdir()
        made = Bench(gateways[page.endswith(".zh.md")], folder, seen)
        made.prepare()
        return made

    return make
