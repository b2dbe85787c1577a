"""The site in a real Chromium: searched in both languages, read on a telephone, and never calling elsewhere."""

import pytest
from playwright.async_api import expect
from tests.studio.visiting import Visits

pytestmark = pytest.mark.asyncio(loop_scope="session")

SEARCHES = {"en": ("", "idempotency"), "zh": ("/zh/", "重复付费"), "zh, a word inside a sentence": ("/zh/", "沙盒")}


@pytest.mark.parametrize("case", SEARCHES)
async def test_a_search_finds_pages_in_the_language_it_was_made_in(visit: Visits, case: str) -> None:
    path, word = SEARCHES[case]
    here = await visit(language=case[:2])
    await here.page.goto(here.url + path)
    await here.page.keyboard.press("/")
    await here.page.get_by_role("combobox").or_(here.page.get_by_role("textbox")).first.fill(word)
    found = here.page.locator("a:has(mark)").first
    await expect(found).to_be_visible()
    await found.click()
    await expect(here.page.locator("article")).to_contain_text(word, ignore_case=True)
    assert ("/zh/" in here.page.url) is (path == "/zh/")


async def test_the_other_language_of_a_page_is_one_click_away(visit: Visits) -> None:
    here = await visit()
    await here.page.goto(f"{here.url}/deployment/")
    await here.page.get_by_role("link", name="简体中文").click()
    await expect(here.page.get_by_role("heading", level=1)).to_contain_text("部署")
    assert here.page.url == f"{here.url}/zh/deployment/"
    await here.page.get_by_role("link", name="English").click()
    await expect(here.page.get_by_role("heading", level=1)).to_contain_text("Deployment")


async def test_a_look_that_was_chosen_holds_in_the_other_language(visit: Visits) -> None:
    here = await visit()
    await here.page.goto(f"{here.url}/deployment/")
    body = here.page.locator("body")
    await expect(body).to_have_attribute("data-md-color-scheme", "default")
    for title in ("Light", "Dark"):
        await here.page.locator(f"label[title={title}]:visible").click()
    await expect(body).to_have_attribute("data-md-color-scheme", "slate")
    await here.page.get_by_role("link", name="简体中文").click()
    await expect(here.page.locator("h1")).to_contain_text("部署")
    await expect(body).to_have_attribute("data-md-color-scheme", "slate")


@pytest.mark.parametrize("path", ["/", "/zh/", "/zh/models/", "/configuration/", "/architecture/", "/zh/session/"])
async def test_no_page_is_wider_than_a_telephone(visit: Visits, path: str) -> None:
    here = await visit(phone=True)
    await here.page.goto(here.url + path)
    assert await here.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
