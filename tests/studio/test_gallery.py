"""The gallery: search, keys, several at once, and what outlives a reload."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def filled(visit: Any, token: str) -> Any:
    """Open the studio with two jobs of four and two pictures."""
    studio = await visit(token)
    await studio.prompt("A red boat")
    await studio.count("done", 4)
    await studio.page.get_by_role("button", name="How many").click()
    await studio.page.get_by_role("menuitemradio", name="×2").click()
    await studio.prompt("A blue kite")
    await studio.count("done", 6)
    return studio


async def test_search_narrows_as_one_types_and_says_when_nothing_is_left(visit: Any) -> None:
    studio = await filled(visit, "sandbox-gallery-search")
    await studio.tiles("done").first.locator(".face").click()
    await studio.page.keyboard.press("/")
    await studio.page.keyboard.type("red bo")
    await studio.count("done", 4)
    await studio.page.fill("#search", "no such thing")
    await studio.page.get_by_text("Nothing matches.").wait_for()
    await studio.page.get_by_role("button", name="Show everything").click()
    await studio.count("done", 6)


async def test_everything_can_be_done_with_keys(visit: Any) -> None:
    studio = await filled(visit, "sandbox-gallery-keys")
    page = studio.page
    await studio.tiles("done").first.locator(".face").focus()
    await page.keyboard.press("ArrowRight")
    assert await page.evaluate("document.activeElement.closest('.tile').dataset.key.endsWith('/1')")
    await page.keyboard.press("f")
    await page.locator(".corner.heart.on").wait_for()
    await page.keyboard.press("Enter")
    await page.get_by_role("complementary").wait_for()
    await page.keyboard.press(" ")
    viewer = page.locator("dialog.viewer")
    await viewer.wait_for()
    await page.keyboard.press("ArrowRight")
    await viewer.get_by_text("A red boat").wait_for()
    await page.keyboard.press("Escape")
    await viewer.wait_for(state="detached")
    assert await page.evaluate("document.activeElement.classList.contains('face')"), "the focus is back in the gallery"
    await page.keyboard.press("e")
    assert await page.input_value("#prompt") == "A red boat"
    assert await page.evaluate("document.activeElement.id") == "prompt"


async def test_a_range_is_packed_with_a_manifest(visit: Any) -> None:
    studio = await filled(visit, "sandbox-gallery-zip")
    page = studio.page
    await studio.tiles("done").nth(1).hover()
    await studio.tiles("done").nth(1).get_by_role("button", name="Select").click()
    await studio.tiles("done").nth(3).locator(".face").click(modifiers=["Shift"])
    async with page.expect_download() as waiting:
        await page.get_by_role("button", name="Download as zip").click()
    path: Path = await (await waiting.value).path()
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        manifest = json.loads(archive.read("manifest.json"))
        assert [each["prompt"] for each in manifest] == ["A blue kite", "A red boat", "A red boat"]
        assert {each["file"] for each in manifest} | {"manifest.json"} == set(archive.namelist())


async def test_what_was_deleted_comes_back_when_asked(visit: Any) -> None:
    studio = await filled(visit, "sandbox-gallery-undo")
    await studio.tiles("done").first.locator(".face").click()
    await studio.page.keyboard.press("Delete")
    await studio.count("done", 5)
    await studio.page.get_by_role("button", name="Undo").click()
    await studio.count("done", 6)


async def test_a_job_is_found_again_after_a_reload_and_in_another_tab(visit: Any) -> None:
    studio = await visit("sandbox-gallery-reload")
    other = await visit("sandbox-gallery-reload", beside=studio)
    await studio.prompt("[sim:queued] a while")
    await studio.count("waiting", 4)
    await other.count("waiting", 4)
    await studio.page.reload()
    await studio.count("waiting", 4)
    await studio.count("done", 4, timeout=60)
    await other.page.bring_to_front()
    await other.count("done", 4, timeout=60)


async def test_a_link_carries_the_composition_and_no_secret(visit: Any) -> None:
    studio = await visit("sandbox-gallery-link", fragment="#p=A+pier&r=16:9&n=2&seed=7")
    assert await studio.page.input_value("#prompt") == "A pier"
    await studio.page.fill("#prompt", "A longer pier")
    await studio.page.wait_for_url("**/#*p=A+longer+pier*")
    assert "sandbox" not in studio.page.url
    assert "seed=7" in studio.page.url
