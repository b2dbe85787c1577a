"""An order given before its references have arrived: remembered, made once, and given up when it is not meant."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import FilePayload, expect
from tests.running import Running
from tests.studio.visiting import Visit, Visits, picture

pytestmark = pytest.mark.asyncio(loop_scope="session")

_FILE = FilePayload(name="lighthouse.png", mimeType="image/png", buffer=picture())
_BROKEN = FilePayload(name="lighthouse.png", mimeType="image/png", buffer=b"not a picture at all")
_LINES = {"en": "Made as soon as the references are there.", "zh": "参考上传完成后即开始生成。"}


@dataclass
class SlowRoad:
    """The road to a gateway on which answers to uploads, all bytes sent, wait until they are let go."""

    url: str
    let_go: asyncio.Event


@asynccontextmanager
async def slow_road(url: str) -> AsyncIterator[SlowRoad]:
    """Open such a road."""
    let_go = asyncio.Event()
    parts = urlsplit(url)

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(parts.hostname, parts.port)
        free = asyncio.Event()
        free.set()

        async def send() -> None:
            while piece := await reader.read(65536):
                if b"POST /v1/assets?name=" in piece:
                    free.clear()
                back.write(piece)
            back.close()

        async def answer() -> None:
            while piece := await there.read(65536):
                if not free.is_set():
                    await let_go.wait()
                writer.write(piece)
            writer.close()

        await asyncio.gather(send(), answer(), return_exceptions=True)

    server = await asyncio.start_server(pass_on, parts.hostname, 0)
    try:
        yield SlowRoad(f"http://{parts.hostname}:{server.sockets[0].getsockname()[1]}", let_go)
    finally:
        let_go.set()
        server.close()


@pytest_asyncio.fixture(loop_scope="session")
async def road(gateway: Running) -> AsyncIterator[SlowRoad]:
    async with slow_road(gateway.url) as opened:
        yield opened


async def order(here: Visit, prompt: str, *, language: str = "en", file: FilePayload = _FILE) -> None:
    """Pick a file, write, and press Enter while the file is on its way."""
    await here.page.locator("input[type=file][data-slot=any]").set_input_files([file])
    # Every byte is sent; that the server has them is not known yet.
    await expect(here.page.locator(".thumbnail progress")).to_have_js_property("value", 1)
    await here.make(prompt)
    await expect(here.page.locator(".awaited")).to_contain_text(_LINES[language])
    await expect(here.page.locator(".sr[role=status]")).to_have_text(_LINES[language])


async def made(here: Visit, token: str) -> int:
    """Count the jobs, once everything that the page may send has been sent."""
    await here.page.evaluate("new Promise((done) => setTimeout(done, 500))")
    return len((await here.tell("v1/jobs", token))["data"])


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_enter_before_the_reference_is_there_makes_one_job_with_it(
    visit: Visits, road: SlowRoad, language: str
) -> None:
    token = f"sandbox-early-{language}.plain"
    here = await visit(language=language, address=road.url)
    await here.begin(token)
    await order(here, "@1 at dusk", language=language)
    await here.prompt.press("Enter")
    assert await made(here, token) == 0
    road.let_go.set()
    await expect(here.pictures).to_have_count(4)
    await expect(here.page.locator(".awaited")).to_have_count(0)
    assert await made(here, token) == 1
    assert len((await here.newest_job(token))["request"]["inputs"]) == 1


async def test_enter_on_the_heels_of_a_remembered_order_makes_no_second_job(visit: Visits, road: SlowRoad) -> None:
    token = "sandbox-heels.plain"
    here = await visit(address=road.url)
    await here.begin(token)
    await order(here, "@1 twice pressed")
    # Pressed by the page itself in the very moment in which the line goes.
    await here.page.evaluate("""() => {
      const composer = document.querySelector(".composer");
      const watch = new MutationObserver(() => {
        if (document.querySelector(".awaited")) return;
        watch.disconnect();
        window.pressed = true;
        composer.requestSubmit();
      });
      watch.observe(composer, { subtree: true, childList: true });
    }""")
    road.let_go.set()
    await here.page.wait_for_function("() => window.pressed")
    await expect(here.pictures).to_have_count(4)
    assert await made(here, token) == 1
    # Later it is a wish of its own.
    await here.page.evaluate("new Promise((done) => setTimeout(done, 1000))")
    await here.prompt.press("Enter")
    await here.page.wait_for_function("() => document.querySelectorAll('.tile').length >= 8")
    assert await made(here, token) == 2


async def test_an_order_whose_reference_is_refused_is_forgotten(visit: Visits, road: SlowRoad) -> None:
    token = "sandbox-refused.plain"
    here = await visit(address=road.url)
    here.forgiven = ("Failed to load resource",)
    await here.begin(token)
    await order(here, "@1 is no picture", file=_BROKEN)
    road.let_go.set()
    await expect(here.page.locator("#composer-error")).to_be_visible()
    await expect(here.page.locator(".awaited")).to_have_count(0)
    assert await made(here, token) == 0
    await expect(here.prompt).to_have_value("@1 is no picture")
    await here.prompt.press("Enter")
    await expect(here.page.locator("#composer-error")).to_contain_text("Remove this reference or add it again")
    assert await made(here, token) == 0
    await here.page.get_by_role("button", name="Remove reference 1").click()
    await here.prompt.press("Enter")
    await expect(here.pictures).to_have_count(4)
    assert await made(here, token) == 1


async def _escape(here: Visit) -> None:
    await here.prompt.press("Escape")


async def _rewrite(here: Visit) -> None:
    await here.prompt.press_sequentially(" and more")


async def _take_back(here: Visit) -> None:
    await here.page.get_by_role("button", name="Take back").click()
    await expect(here.prompt).to_be_focused()


async def _remove(here: Visit) -> None:
    await here.page.get_by_role("button", name="Remove reference 1").click()


@pytest.mark.parametrize("change", [_escape, _rewrite, _take_back, _remove])
async def test_an_order_that_is_not_meant_any_more_is_forgotten(
    visit: Visits, road: SlowRoad, change: Callable[[Visit], Awaitable[None]]
) -> None:
    token = f"sandbox-forgotten{change.__name__.replace('_', '-')}.plain"
    here = await visit(address=road.url)
    await here.begin(token)
    await order(here, "a wish too soon")
    await change(here)
    await expect(here.page.locator(".awaited")).to_have_count(0)
    await expect(here.page.locator(".sr[role=status]")).to_have_text("Nothing is being made.")
    async with here.page.expect_response("**/v1/assets?name=*"):
        road.let_go.set()
    assert await made(here, token) == 0
    await here.prompt.press("Enter")
    await expect(here.pictures).to_have_count(4)
    assert await made(here, token) == 1
