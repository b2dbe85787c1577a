"""One gateway for all papers, and a bench for the blocks of each page."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from tests.papers.bench import Bench
from tests.running import Running, serve_gateway


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def gateway(tmp_path_factory: pytest.TempPathFactory, clean_environment: None) -> AsyncIterator[Running]:
    """Give a gateway with a quick sandbox."""
    async with serve_gateway(tmp_path_factory.mktemp("papers")) as running:
        yield running


@pytest.fixture(scope="session")
def seen() -> set[str]:
    """Give the ids of the jobs of earlier pages."""
    return set()


@pytest.fixture
def bench(gateway: Running, tmp_path: Path, seen: set[str]) -> Bench:
    """Give a folder with the reader's picture, next to the gateway."""
    made = Bench(gateway, tmp_path, seen)
    made.prepare()
    return made
