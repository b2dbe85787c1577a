"""What axe-core finds on each page, in both looks: nothing serious."""

from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect
from tests.studio.visiting import Visits

pytestmark = pytest.mark.asyncio(loop_scope="session")

_GRAVE = {"serious", "critical"}


async def find_grave(page: Page) -> list[str]:
    """Run axe-core and give what is serious or critical, with where it is."""
    # Colours are judged as they are at rest.
    await page.wait_for_function("() => document.getAnimations().every((each) => each.playState !== 'running')")
    results: dict[str, Any] = (await Axe().run(page)).response
    return [
        f"{each['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
        for each in results["violations"]
        if each["impact"] in _GRAVE
        for node in each["nodes"][:3]
    ]


@pytest.mark.slow
@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
async def test_axe_finds_nothing_serious_on_any_page(visit: Visits, *, dark: bool, phone: bool) -> None:
    here = await visit(dark=dark, phone=phone)
    here.forgiven = ("Failed to load resource",)  # accounts of the server are not for everybody
    page = here.page
    found: dict[str, list[str]] = {}
    await page.goto(here.url)
    await expect(page.get_by_role("button", name="or try the sandbox")).to_be_visible()
    await expect(page.locator(".example-picture img.there")).to_have_count(3)
    found["welcome"] = await find_grave(page)

    await here.begin(f"sandbox-axe{dark:d}{phone:d}.plain")
    found["empty"] = await find_grave(page)
    await here.make("one that goes wrong [sim:refused]")
    await expect(here.stage.locator(".tile.failed")).to_be_visible()
    found["failure"] = await find_grave(page)
    await here.make_four("a quiet street")
    found["canvas"] = await find_grave(page)
    await here.stage.locator(".face").first.click()
    await expect(page.get_by_role("complementary")).to_be_visible()
    found["inspector"] = await find_grave(page)
    await page.get_by_role("button", name="Open large").click()
    await expect(page.get_by_role("dialog").locator("img.there")).to_be_visible()
    found["viewer"] = await find_grave(page)
    await page.keyboard.press("Escape")
    await page.get_by_role("complementary").get_by_role("button", name="Close").click()
    for name in ("Model", "Shape", "More", "Settings"):
        await page.locator(f'button[aria-haspopup][aria-label^="{name}"]').click()
        await expect(page.locator(".panel")).to_be_visible()
        found[name] = await find_grave(page)
        await page.keyboard.press("Escape")
    await here.make("one that lasts [sim:stuck]")
    await expect(here.page.get_by_role("button", name="Cancel").first).to_be_visible()
    found["waiting"] = await find_grave(page)
    for name, row in (("Jobs", ".list tbody tr"), ("Accounts", ".account .standing")):
        await page.get_by_role("navigation").get_by_role("button", name=name).click()
        await expect(page.locator(row).first).to_be_visible()
        found[name] = await find_grave(page)
    assert {name: problems for name, problems in found.items() if problems} == {}


async def test_axe_would_find_a_button_without_a_name(visit: Visits) -> None:
    here = await visit()
    await here.page.goto(here.url)
    await expect(here.page.locator("h1")).to_be_visible()
    await here.page.evaluate("document.querySelector('main').append(document.createElement('button'))")
    assert any(each.startswith("button-name") for each in await find_grave(here.page))


async def test_progress_and_ends_are_announced(visit: Visits) -> None:
    here = await visit()
    await here.begin("sandbox-announced.plain")
    await here.make_four("a bell tower")
    await expect(here.page.locator('[aria-live="polite"]')).to_have_text("Finished")
