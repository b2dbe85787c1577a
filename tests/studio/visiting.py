"""Visits of the studio in a real Chromium: what is on the page, and what it must never do."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import pytest
from PIL import Image
from playwright.async_api import Browser, ConsoleMessage, Locator, Page, Playwright, Request, ViewportSize, expect

DESKTOP = ViewportSize(width=1440, height=900)
PHONE = ViewportSize(width=390, height=844)
LOCALES = {"en": "en-US", "zh": "zh-CN"}
# Longer than anything takes, also on a busy machine: what is waited for comes, or the test fails.
PATIENCE_MS = 30_000
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# Whatever the policy forbids becomes a line of the console, which tests read.
_WATCH_POLICY = """
addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
"""


def find_chromium() -> str:
    """Name this machine's Chromium. Skips the test where there is none, and fails it in continuous integration."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found:
        return found
    reason = "chromium is not installed (Debian and Ubuntu: apt install chromium); the studio cannot be tested"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


async def launch(playwright: Playwright) -> Browser:
    """Start this machine's Chromium; nothing is downloaded."""
    expect.set_options(timeout=PATIENCE_MS)
    return await playwright.chromium.launch(executable_path=find_chromium(), args=list(_FLAGS))


@dataclass
class Visit:
    """A page of the studio, and everything it complained about or asked elsewhere."""

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    forgiven: tuple[str, ...] = ()

    def watch(self, page: Page) -> None:
        """Note what a page says on its console, throws, and asks for."""
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(f"thrown: {error}"))
        page.on("request", self._see)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{message.type}: {message.text}")

    def _see(self, request: Request) -> None:
        self.requests.append(request.url)
        parts = urlsplit(request.url)
        if parts.scheme not in {"data", "blob"} and f"{parts.scheme}://{parts.netloc}" != self.url:
            self.strangers.append(request.url)

    def judge(self) -> None:
        """Fail the test for anything on the console that was not foreseen, and for any request that left the origin."""
        foreseen = [each for each in self.complaints if any(text in each for text in self.forgiven)]
        assert [each for each in self.complaints if each not in foreseen] == []
        assert self.strangers == []

    async def begin(self, token: str) -> None:
        """Enter with a credential, as somebody does who pastes one."""
        await self.page.goto(self.url)
        await self.page.locator(".paste input[type=password]").fill(token)
        await self.page.locator(".paste button[type=submit]").click()
        await expect(self.prompt).to_be_visible()
        await expect(self.page.locator(".model-menu .model-name")).not_to_have_text("No models")

    @property
    def prompt(self) -> Locator:
        return self.page.locator("#prompt")

    @property
    def stage(self) -> Locator:
        return self.page.locator(".stage")

    @property
    def waiting(self) -> Locator:
        """Give the placeholders of the newest job."""
        return self.stage.locator(".tile.waiting")

    @property
    def pictures(self) -> Locator:
        """Give the pictures of the newest job that have been loaded."""
        return self.stage.locator(".tile.done img.there")

    async def make(self, prompt: str) -> None:
        """Write a prompt and press Enter; inputs may still be on their way."""
        await self.prompt.fill(prompt)
        await self.prompt.press("Enter")

    async def make_four(self, prompt: str) -> None:
        """Make four pictures and wait for them."""
        await self.make(prompt)
        await expect(self.stage.locator(".stage-prompt")).to_have_text(prompt)
        await expect(self.pictures).to_have_count(4)

    async def choose(self, menu: str, choice: str) -> None:
        """Choose from one of the menus, by the beginnings of what they are called."""
        await self.page.locator(f'button[aria-haspopup][aria-label^="{menu}"]').click()
        await self.page.get_by_role("menuitemradio").filter(has_text=choice).first.click()

    async def tell(self, path: str, token: str) -> Any:
        """Ask the API, beside the page."""
        headers = {"Authorization": f"Bearer {token}"}
        answer = await self.page.context.request.get(f"{self.url}/{path}", headers=headers)
        assert answer.ok, await answer.text()
        return await answer.json()

    async def newest_job(self, token: str) -> dict[str, Any]:
        """Ask the API for the newest job."""
        jobs: list[dict[str, Any]] = (await self.tell("v1/jobs?limit=1", token))["data"]
        return jobs[0]

    async def completed(self, token: str) -> None:
        """Wait until the newest job is completed, whatever the page does."""
        async with asyncio.timeout(PATIENCE_MS / 1000):
            while True:
                if (await self.newest_job(token))["state"] == "completed":
                    return
                await asyncio.sleep(0.1)


Visits = Callable[..., Awaitable[Visit]]


@asynccontextmanager
async def visiting(browser: Browser, url: str) -> AsyncIterator[Visits]:
    """Give a function that opens the studio as somebody new; every visit is judged when the block ends well."""
    visits: list[Visit] = []

    async def visit(*, phone: bool = False, language: str = "en", dark: bool = False, address: str = url) -> Visit:
        context = await browser.new_context(
            viewport=PHONE if phone else DESKTOP,
            is_mobile=phone,
            has_touch=phone,
            locale=LOCALES[language],
            color_scheme="dark" if dark else "light",
        )
        context.set_default_timeout(PATIENCE_MS)
        await context.add_init_script(_WATCH_POLICY)
        page = await context.new_page()
        opened = Visit(page, address)
        opened.watch(page)
        visits.append(opened)
        return opened

    try:
        yield visit
        for each in visits:
            each.judge()
    finally:
        for each in visits:
            await each.page.context.close()


def picture(colour: str = "teal", size: tuple[int, int] = (96, 64)) -> bytes:
    """Draw a small PNG."""
    drawn = BytesIO()
    Image.new("RGB", size, colour).save(drawn, "PNG")
    return drawn.getvalue()
