"""From the first visit to four pictures, as anybody would do it."""

import asyncio

import pytest
from playwright.async_api import Route, expect
from tests.studio.visiting import Visits

pytestmark = pytest.mark.asyncio(loop_scope="session")

WORDS = {
    "en": {"sandbox": "or try the sandbox", "shape": "Shape", "accounts": "Accounts"},
    "zh": {"sandbox": "或先试试沙盒", "shape": "画幅", "accounts": "账号"},
}


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
@pytest.mark.parametrize("language", ["en", "zh"])
async def test_a_first_visit_takes_one_click_and_a_prompt_to_four_pictures(
    visit: Visits, language: str, *, phone: bool
) -> None:
    words = WORDS[language]
    here = await visit(phone=phone, language=language)
    page, may_leave = here.page, asyncio.Event()

    async def hold(route: Route) -> None:
        await may_leave.wait()
        await route.continue_()

    await page.goto(here.url)
    await expect(page.locator("html")).to_have_attribute("lang", language)
    await page.get_by_role("button", name=words["sandbox"]).click()
    await here.choose(words["shape"], "2560×1440")

    # The order has not reached the server yet, and the places are on the page.
    await page.route("**/v1/images/generations", hold)
    await here.make("three boats in the fog")
    await expect(here.waiting).to_have_count(4)
    before = [await each.bounding_box() for each in await here.waiting.all()]
    for box in before:
        assert box is not None
        assert box["width"] / box["height"] == pytest.approx(16 / 9, rel=0.02)

    may_leave.set()
    await expect(here.pictures).to_have_count(4)
    after = [await each.bounding_box() for each in await here.stage.locator(".tile.done").all()]
    assert after == before, "the pictures must come where their places were"
    assert here.url in page.url


async def test_the_pictures_of_the_examples_are_drawn_only_when_they_come_into_view(visit: Visits) -> None:
    here = await visit()
    await here.page.set_viewport_size({"width": 900, "height": 260})
    await here.page.goto(here.url)
    await expect(here.page.locator(".example-picture")).to_have_count(3)
    assert [each for each in here.requests if "images/generations" in each] == []
    await here.page.locator(".example").last.scroll_into_view_if_needed()
    await expect(here.page.locator(".example-picture img.there").first).to_be_visible()


async def test_an_example_becomes_the_prompt(visit: Visits) -> None:
    here = await visit()
    await here.page.goto(here.url)
    example = here.page.locator(".example").first
    said = await example.inner_text()
    await example.click()
    await expect(here.prompt).to_have_value(said)
