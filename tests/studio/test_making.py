"""Making: pictures one by one, videos, cancelling, failures, and jobs that outlive the page."""

import pytest
from playwright.async_api import Route, expect
from tests.studio.visiting import Visits

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_video_is_made_and_plays_in_its_place(visit: Visits) -> None:
    here = await visit()
    await here.begin("sandbox-video.plain")
    await here.page.locator(".model-menu > button").click()
    await here.page.get_by_role("group", name="Videos").get_by_role("menuitemradio").first.click()
    await here.make("a kite rises over the bay")
    tile = here.stage.locator(".tile.done")
    await expect(tile).to_have_count(1)
    assert (await here.newest_job("sandbox-video.plain"))["kind"] == "video"
    await tile.hover()
    clip = tile.locator("video.playing")
    await expect(clip).to_be_attached()
    playing = "clip => clip.muted && !clip.paused && clip.readyState >= 2 && clip.currentTime > 0"
    await here.page.wait_for_function(playing, arg=await clip.element_handle())
    await here.page.mouse.move(0, 0)
    await expect(clip).not_to_be_attached()


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
async def test_a_job_under_way_is_found_again_after_a_reload_and_can_be_cancelled(
    visit: Visits, *, phone: bool
) -> None:
    token = f"sandbox-reload{phone:d}.plain"
    here = await visit(phone=phone)
    await here.begin(token)
    await here.make("a tower without end [sim:stuck]")
    await expect(here.waiting).to_have_count(4)
    # Until the server has it there is nothing to be found again.
    await expect(here.page.get_by_role("button", name="Cancel").first).to_be_visible()

    await here.page.reload()
    await expect(here.waiting).to_have_count(4)
    await expect(here.stage.locator(".stage-prompt")).to_have_text("a tower without end [sim:stuck]")

    await here.page.get_by_role("button", name="Cancel").first.click()
    await expect(here.stage.get_by_text("You cancelled this.")).to_be_visible()
    assert (await here.newest_job(token))["state"] == "cancelled"


async def test_a_job_that_ends_while_the_page_is_away_is_there_when_it_comes_back(visit: Visits) -> None:
    token = "sandbox-away.plain"
    here = await visit()
    await here.begin(token)
    await here.make("a slow river [sim:slow-drawing]")
    await expect(here.page.get_by_role("button", name="Cancel").first).to_be_visible()
    await here.page.goto("about:blank")
    await here.completed(token)
    await here.page.goto(here.url)
    await expect(here.pictures).to_have_count(4)


async def test_pictures_appear_one_by_one_as_they_are_done(visit: Visits) -> None:
    here = await visit()
    await here.page.add_init_script("""
        new MutationObserver(() => {
          const count = document.querySelectorAll(".stage .tile.done").length;
          const seen = (window.seen ??= []);
          if (count && seen.at(-1) !== count) seen.push(count);
        }).observe(document, { subtree: true, childList: true, attributes: true });
    """)
    await here.begin("sandbox-staggered.staggered")
    await here.make_four("steps up a hill")
    seen = await here.page.evaluate("window.seen")
    assert len(seen) > 1, f"the pictures came all at once: {seen}"
    assert seen == sorted(seen)


async def test_a_failure_keeps_its_place_and_says_who_can_do_what(visit: Visits) -> None:
    here = await visit(language="zh")
    await here.begin("sandbox-failure.plain")
    await here.make("不行的画面 [sim:output-refused]")
    place = here.stage.locator(".tile.failed")
    await expect(place).to_contain_text("站点未通过内容审核。")
    await place.get_by_role("button", name="修改提示词").click()
    await expect(here.prompt).to_have_value("不行的画面 [sim:output-refused]")
    await expect(here.prompt).to_be_focused()


async def test_an_order_whose_answer_was_lost_is_joined_and_not_made_twice(visit: Visits) -> None:
    token = "sandbox-joined.plain"
    here = await visit()
    here.forgiven = ("Failed to load resource",)
    await here.begin(token)

    async def lose_the_answer(route: Route) -> None:
        await route.fetch()
        await here.completed(token)
        await route.abort("connectionreset")

    await here.page.route("**/v1/images/generations", lose_the_answer, times=1)
    await here.make("the same lamp once")
    await here.stage.get_by_role("button", name="Try again").click()
    await expect(here.pictures).to_have_count(4)
    assert len((await here.tell("v1/jobs", token))["data"]) == 1


async def test_a_link_carries_the_composition(visit: Visits) -> None:
    here = await visit()
    await here.begin("sandbox-link.plain")
    await here.choose("Shape", "2560×1440")
    await here.prompt.fill("a letter to a friend")
    await here.page.wait_for_function("() => location.hash.includes('friend') && location.hash.includes('16')")
    address = here.page.url
    other = await visit()
    await other.page.goto(address)
    await other.page.get_by_role("button", name="or try the sandbox").click()
    await expect(other.prompt).to_have_value("a letter to a friend")
    await expect(other.page.locator('button[aria-label^="Shape"]')).to_have_accessible_name("Shape 16:9, 2560×1440")
