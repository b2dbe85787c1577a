"""The gallery: searching, choosing many, and tabs that agree."""

import json
import zipfile
from pathlib import Path

import pytest
from playwright.async_api import expect
from tests.studio.visiting import Visits

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_gallery_is_searched_as_one_types(visit: Visits) -> None:
    here = await visit()
    await here.begin("sandbox-search.plain")
    await here.choose("How many", "×1")
    for prompt in ("a red fox", "a blue whale", "a red kite"):
        await here.make(prompt)
        await expect(here.stage.locator(".stage-prompt")).to_have_text(prompt)
        await expect(here.pictures).to_have_count(1)
    tiles = here.page.locator(".tile.done .face")
    await here.page.locator("#search").press_sequentially("red")
    await expect(tiles).to_have_count(2)
    await here.page.locator("#search").fill("red fox")
    await expect(tiles).to_have_count(1)
    await here.page.locator("#search").fill("purple")
    await expect(here.page.get_by_text("Nothing matches.")).to_be_visible()
    await here.page.get_by_role("button", name="Show everything").click()
    await expect(tiles).to_have_count(3)
    await expect(here.page.locator("#search")).to_have_value("")


async def test_favourites_are_found_and_outlive_a_reload(visit: Visits) -> None:
    here = await visit()
    await here.begin("sandbox-favourite.plain")
    await here.make_four("a meadow")
    await here.stage.locator(".face").nth(2).focus()
    await here.page.keyboard.press("f")
    await expect(here.stage.locator(".heart.on")).to_have_count(1)
    await here.page.reload()
    await here.page.get_by_role("button", name="Favourites only").click()
    await expect(here.page.locator(".tile.done")).to_have_count(1)


async def test_chosen_pictures_come_as_a_zip_with_a_manifest(visit: Visits, tmp_path: Path) -> None:
    here = await visit()
    await here.begin("sandbox-zip.plain")
    await here.make_four("four winds")
    faces = here.stage.locator(".face")
    await faces.nth(0).click(modifiers=["ControlOrMeta"])
    await faces.nth(2).click(modifiers=["Shift"])
    await expect(here.page.get_by_role("toolbar")).to_contain_text("3 selected")
    async with here.page.expect_download() as coming:
        await here.page.get_by_role("button", name="Download as zip").click()
    archive = tmp_path / "chosen.zip"
    await (await coming.value).save_as(archive)
    with zipfile.ZipFile(archive) as packed:
        assert packed.testzip() is None
        manifest = json.loads(packed.read("manifest.json"))
        assert {each["file"] for each in manifest} | {"manifest.json"} == set(packed.namelist())
        assert [each["prompt"] for each in manifest] == ["four winds"] * 3


async def test_deleting_can_be_undone(visit: Visits) -> None:
    here = await visit()
    await here.begin("sandbox-undo.plain")
    await here.make_four("a house of cards")
    await here.stage.locator(".face").first.focus()
    await here.page.keyboard.press("Delete")
    await expect(here.stage.locator(".tile")).to_have_count(3)
    await here.page.get_by_role("button", name="Undo").click()
    await expect(here.stage.locator(".tile")).to_have_count(4)


async def test_two_tabs_agree_on_what_is_made_cancelled_and_liked(visit: Visits) -> None:
    here = await visit()
    await here.begin("sandbox-tabs.plain")
    other = await here.page.context.new_page()
    here.watch(other)
    await other.goto(here.url)
    await expect(other.get_by_text("What you make appears here.")).to_be_visible()

    await here.make("a tower seen from two sides [sim:stuck]")
    await expect(other.locator(".stage .tile.waiting")).to_have_count(4)
    await other.get_by_role("button", name="Cancel").first.click()
    await expect(here.stage.get_by_text("You cancelled this.")).to_be_visible()

    await here.make_four("a bridge seen from two sides")
    await expect(other.locator(".stage .tile.done img.there")).to_have_count(4)
    await here.stage.locator(".face").first.focus()
    await here.page.keyboard.press("f")
    await expect(here.stage.locator(".heart.on")).to_have_count(1)
    await expect(other.locator(".stage .heart.on")).to_have_count(1)


async def test_jobs_of_the_same_second_stand_newest_first_also_after_a_reload(visit: Visits) -> None:
    here = await visit()
    await here.begin("sandbox-order.plain")
    await here.choose("How many", "×1")
    prompts = [f"number {number}" for number in range(6)]
    for prompt in prompts:
        await here.make(prompt)
    names = [f"Picture: {prompt}" for prompt in reversed(prompts)]
    tiles = here.page.locator(".tile.done .face")
    await expect(tiles).to_have_count(6)
    assert [await each.get_attribute("aria-label") for each in await tiles.all()] == names
    await here.page.reload()
    await expect(tiles).to_have_count(6)
    assert [await each.get_attribute("aria-label") for each in await tiles.all()] == names


# Scrolls down in steps, one in a frame, and notes in the middle how many tiles in view are without their picture.
FLY = """async ([step, frames]) => {
  const canvas = document.querySelector("#canvas");
  const bare = () => [...document.querySelectorAll(".grid .tile.done")].filter((tile) => {
    const box = tile.getBoundingClientRect();
    return box.top < canvas.clientHeight && box.bottom > 0 && !tile.querySelector("img");
  }).length;
  let middle = 0;
  for (let frame = 0; frame < frames; frame += 1) {
    canvas.scrollTop += step;
    await new Promise(requestAnimationFrame);
    if (frame === Math.round(frames * 0.8)) middle = bare();
  }
  return middle;
}"""


async def test_pictures_are_not_asked_for_while_the_gallery_flies_past_and_come_where_it_stops(visit: Visits) -> None:
    here = await visit()
    await here.begin("sandbox-flight.plain")
    headers = {"Authorization": "Bearer sandbox-flight.plain"}
    for number in range(12):
        body = {"prompt": f"flock {number}", "n": 10, "model": "jimeng-4.5"}
        answer = await here.page.context.request.post(f"{here.url}/v1/images/generations", headers=headers, data=body)
        assert answer.ok, await answer.text()
    await here.page.reload()
    await expect(here.page.locator(".grid .tile.done img").first).to_be_visible()
    assert await here.page.evaluate(FLY, [120, 24]) > 0
    assert await here.page.locator(".grid .tile").count() < 60
    await expect(here.page.locator(".grid .tile.done:not(:has(img))")).to_have_count(0)
    assert await here.page.locator(".grid .tile.done img").count() > 20
    await here.page.evaluate("document.querySelector('#canvas').scrollTop = 0")
    await here.page.mouse.move(600, 300)
    assert await here.page.evaluate(FLY, [8, 80]) == 0
    # Marks come where the pointer moves, and not where the gallery moves under it.
    await expect(here.page.locator(".corner.pick")).to_have_count(0)
    await here.page.mouse.move(606, 303)
    await expect(here.page.locator(".corner.pick")).to_have_count(1)
