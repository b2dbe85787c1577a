"""Everything with the keyboard alone: no test here has a pointer."""

import pytest
from playwright.async_api import Page, expect
from tests.studio.visiting import Visit, Visits

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def press(page: Page, *keys: str) -> None:
    for key in keys:
        await page.keyboard.press(key)


async def tab_to(page: Page, selector: str, most: int = 40) -> None:
    """Press Tab until what is wanted has the focus."""
    for _ in range(most):
        if await page.evaluate("(wanted) => document.activeElement.matches(wanted)", selector):
            return
        await page.keyboard.press("Tab")
    pytest.fail(f"{selector} cannot be reached with Tab")


async def enter(here: Visit, token: str, prompt: str) -> None:
    """Come in and make four pictures."""
    await here.page.goto(here.url)
    await tab_to(here.page, ".paste input")
    await here.page.keyboard.type(token)
    await here.page.keyboard.press("Enter")
    await expect(here.prompt).to_be_focused()
    await expect(here.page.locator(".model-menu .model-name")).not_to_have_text("No models")
    await here.page.keyboard.type(prompt)
    await here.page.keyboard.press("Enter")
    await expect(here.pictures).to_have_count(4)


def focused(here: Visit, number: int) -> str:
    return f'.stage .tile[data-key$="/{number}"] .face'


async def test_pictures_are_made_walked_opened_and_used_without_a_pointer(visit: Visits) -> None:
    here = await visit()
    page = here.page
    await enter(here, "sandbox-keys.plain", "a key in a door")
    await page.keyboard.press("Control+a")
    await page.keyboard.type("something else")

    await page.evaluate("document.activeElement.blur()")
    await tab_to(page, ".stage .face")
    await expect(page.locator(focused(here, 0))).to_be_focused()
    await press(page, "ArrowRight", "ArrowRight", "ArrowLeft")
    await expect(page.locator(focused(here, 1))).to_be_focused()

    await press(page, "Enter")
    inspector = page.get_by_role("complementary", name="Details")
    await expect(inspector).to_be_visible()
    await press(page, "Escape")
    await expect(inspector).not_to_be_attached()

    await press(page, "Space")
    viewer = page.get_by_role("dialog", name="Large view")
    await expect(viewer.locator("img.there")).to_be_visible()
    large = await viewer.locator("img").last.get_attribute("src")
    await press(page, "ArrowRight")
    await expect(viewer.locator("img").last).not_to_have_attribute("src", str(large))
    await press(page, "Escape")
    await expect(viewer).not_to_be_attached()
    await expect(page.locator(focused(here, 2))).to_be_focused()

    await press(page, "f")
    await expect(here.stage.locator(".heart.on")).to_have_count(1)
    await press(page, "r")
    await expect(page.locator(".thumbnail")).to_have_count(1)
    async with page.expect_download() as coming:
        await press(page, "d")
    assert (await coming.value).suggested_filename.startswith("a-key-in-a-door-")
    await press(page, "e")
    await expect(here.prompt).to_be_focused()
    await expect(here.prompt).to_have_value("a key in a door")


async def test_searching_and_the_list_of_keys_have_keys_of_their_own(visit: Visits) -> None:
    here = await visit()
    page = here.page
    await enter(here, "sandbox-signs.plain", "signs on a road")
    await page.evaluate("document.activeElement.blur()")
    await press(page, "/")
    await expect(page.locator("#search")).to_be_focused()
    await page.keyboard.type("nothing like it")
    await expect(page.get_by_text("Nothing matches.")).to_be_visible()
    await press(page, "Escape")
    await expect(page.locator(".tile.done")).to_have_count(4)
    await press(page, "?")
    dialog = page.get_by_role("dialog", name="Keys")
    await expect(dialog).to_be_visible()
    await press(page, "Escape")
    await expect(dialog).not_to_be_attached()
    for _ in range(20):
        # What the dialog gives back when it closes may come after the key.
        await press(page, "c")
        if await here.prompt.evaluate("field => field === document.activeElement"):
            break
    await expect(here.prompt).to_be_focused()


async def test_a_menu_is_opened_walked_and_left_by_keys(visit: Visits) -> None:
    here = await visit()
    page = here.page
    await here.begin("sandbox-menus.plain")
    count = page.locator('button[aria-label^="How many"]')
    await tab_to(page, 'button[aria-label^="How many"]')
    await press(page, "Enter", "Home", "Enter")  # faster than the menu is drawn
    await expect(count).to_have_attribute("aria-label", "How many: ×1")
    await expect(count).to_be_focused()
    await press(page, "Enter", "Escape")
    await expect(count).to_have_attribute("aria-expanded", "false")
    await expect(count).to_be_focused()


async def test_earlier_prompts_come_back_with_the_arrow_keys(visit: Visits) -> None:
    here = await visit()
    await enter(here, "sandbox-recall.plain", "the first of its kind")
    await here.prompt.fill("")
    await press(here.page, "ArrowUp")
    await expect(here.prompt).to_have_value("the first of its kind")
