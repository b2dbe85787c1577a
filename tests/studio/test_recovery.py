"""A server that goes away in the middle of a job, and comes back."""

from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, expect
from tests.running import serve_gateway
from tests.studio.visiting import visiting

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.slow
async def test_a_server_that_is_started_again_finishes_the_job_on_the_page_that_waited(
    browser: Browser, tmp_path: Path, clean_environment: None
) -> None:
    async with AsyncExitStack() as later:
        async with serve_gateway(tmp_path) as first:
            visit = await later.enter_async_context(visiting(browser, first.url))
            here = await visit()
            # Tries while the server is away fail, as they must.
            here.forgiven = ("Failed to load resource", "net::ERR_")
            await here.begin("sandbox-restart.plain")
            await here.make("a long night [sim:slow-drawing]")
            await expect(here.page.get_by_role("button", name="Cancel").first).to_be_visible()
        banner = here.page.get_by_text("The server does not answer.")
        await expect(banner).to_be_visible()
        await expect(here.waiting).to_have_count(4)
        async with serve_gateway(tmp_path, port=urlsplit(first.url).port or 0):
            await expect(banner).not_to_be_attached()
            await expect(here.pictures).to_have_count(4)
            assert (await here.newest_job("sandbox-restart.plain"))["state"] == "completed"


async def test_an_order_while_the_server_is_away_keeps_its_place_and_can_be_sent_again(
    browser: Browser, tmp_path: Path, clean_environment: None
) -> None:
    async with AsyncExitStack() as later:
        async with serve_gateway(tmp_path) as first:
            visit = await later.enter_async_context(visiting(browser, first.url))
            here = await visit()
            here.forgiven = ("Failed to load resource", "net::ERR_")
            await here.begin("sandbox-absent.plain")
        await here.make("an order into the dark")
        again = here.stage.get_by_role("button", name="Try again")
        await expect(again).to_be_visible()
        async with serve_gateway(tmp_path, port=urlsplit(first.url).port or 0):
            await expect(here.page.get_by_text("The server does not answer.")).not_to_be_attached()
            await again.click()
            await expect(here.pictures).to_have_count(4)
