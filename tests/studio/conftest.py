"""A gateway, one Chromium for all tests of the studio, and visits that are judged at their end."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright
from tests.running import Running, serve_gateway
from tests.studio.visiting import Visits, launch, visiting


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Give this machine's Chromium."""
    async with async_playwright() as playwright:
        opened = await launch(playwright)
        yield opened
        await opened.close()


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the gateway's folder, with its admin key."""
    return tmp_path_factory.mktemp("studio")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def gateway(data_dir: Path, clean_environment: None) -> AsyncIterator[Running]:
    """Give a gateway with a quick sandbox."""
    async with serve_gateway(data_dir) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def visit(browser: Browser, gateway: Running) -> AsyncIterator[Visits]:
    """Give a function that opens the studio as somebody new."""
    async with visiting(browser, gateway.url) as opened:
        yield opened
