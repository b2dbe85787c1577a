"""A gateway with its sandbox and a real browser; every page must end without an error or a breach of its policy."""

import shutil
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import pytest_asyncio
from tests.running import Running, serve_gateway

playwright = pytest.importorskip("playwright.async_api", reason="the browser's driver is not installed")

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DESKTOP: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}
LOCALES = {"en": "en-US", "zh": "zh-CN"}


@dataclass
class Visit:
    """One page, where it lies, and what went wrong on it."""

    page: Any
    url: str
    faults: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)

    async def prompt(self, text: str) -> None:
        """Write a prompt and press Enter."""
        await self.page.fill("#prompt", text)
        await self.page.press("#prompt", "Enter")

    def tiles(self, state: str) -> Any:
        """Find the items in a state: waiting, done, failed."""
        return self.page.locator(f".tile.{state}")

    async def count(self, state: str, wanted: int, timeout: float = 30) -> None:
        """Wait until so many items are in a state."""
        await playwright.expect(self.tiles(state)).to_have_count(wanted, timeout=timeout * 1000)


Open: TypeAlias = Callable[..., Coroutine[Any, Any, Visit]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def gateway(tmp_path_factory: pytest.TempPathFactory, clean_environment: None) -> AsyncIterator[Running]:
    async with serve_gateway(tmp_path_factory.mktemp("studio"), sandbox_speed=0.05) as running:
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Any]:
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("there is no Chromium on this machine")
    async with playwright.async_playwright() as driver:
        launched = await driver.chromium.launch(executable_path=str(Path(found)), args=list(FLAGS))
        yield launched
        await launched.close()


@pytest_asyncio.fixture(loop_scope="session")
async def visit(gateway: Running, browser: Any) -> AsyncIterator[Open]:
    """Open the studio: `token` is a session that is there already, `size` DESKTOP or PHONE."""
    contexts: list[Any] = []
    visits: list[Visit] = []

    async def open_page(
        token: str | None = None,
        *,
        language: str = "en",
        size: dict[str, Any] | None = None,
        url: str = gateway.url,
        fragment: str = "",
        beside: Visit | None = None,
    ) -> Visit:
        context = (
            beside.page.context if beside else await browser.new_context(locale=LOCALES[language], **(size or DESKTOP))
        )
        if beside is None:
            contexts.append(context)
        page = await context.new_page()
        visited = Visit(page, url)
        visits.append(visited)
        page.on("pageerror", lambda error: visited.faults.append(str(error)))
        page.on("request", lambda request: visited.hosts.add(request.url.split("/")[2] if "//" in request.url else ""))
        page.on(
            "console",
            lambda said: visited.faults.append(said.text) if "Content Security Policy" in said.text else None,
        )
        if token is not None:
            one = f'[{{"id":"c1","value":"{token}","label":""}}]'
            await page.add_init_script(
                f"localStorage.getItem('dreambridge.credentials') ?? (localStorage.setItem('dreambridge.credentials', "
                f"'{one}'), localStorage.setItem('dreambridge.active', '\"c1\"'))"
            )
        await page.goto(f"{url}/{fragment}")
        if token is not None:
            await page.locator("#prompt").wait_for()
        return visited

    yield open_page
    for each in visits:
        assert each.faults == []
        assert each.hosts <= {each.url.split("//")[1], ""}, "nothing comes from elsewhere"
    for context in contexts:
        await context.close()
