"""The site, built once, and served on loopback for a browser."""

import functools
import http.server
import importlib.util
import os
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright
from scripts.website.build import build
from tests.studio.visiting import Visits, launch, visiting


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the built site. Skips the test without Zensical, and fails it in continuous integration."""
    if importlib.util.find_spec("zensical") is None:
        reason = "zensical is not installed (make setup); the site of the documentation cannot be built"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    target = tmp_path_factory.mktemp("website") / "site"
    build(target)
    return target


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def served(site: Path) -> Iterator[str]:
    """Serve the site, and give its address."""
    handler = functools.partial(_Quiet, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Give this machine's Chromium."""
    async with async_playwright() as playwright:
        opened = await launch(playwright)
        yield opened
        await opened.close()


@pytest_asyncio.fixture(loop_scope="session")
async def visit(browser: Browser, served: str) -> AsyncIterator[Visits]:
    """Give a function that opens the site as somebody new; whatever it loads elsewhere fails the test."""
    async with visiting(browser, served) as opened:
        yield opened
