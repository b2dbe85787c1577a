"""Deleting pictures: gone from the page at once, from the server for good when it cannot be undone any more."""

from typing import Any

import pytest
from playwright.async_api import Route, expect
from tests.studio.visiting import Visit, Visits

pytestmark = pytest.mark.asyncio(loop_scope="session")
# Seconds; longer than a deletion can be undone.
UNDO_IS_OVER = 8


async def begin(visit: Visits, token: str) -> Visit:
    """Enter with a clock that can be moved."""
    here = await visit()
    await here.page.clock.install()
    await here.begin(token)
    return here


async def delete_first(here: Visit) -> str:
    """Delete the first picture of the newest job, and give its address."""
    face = here.stage.locator(".tile.done .face").first
    source = await face.locator("img").get_attribute("src")
    assert source is not None
    count = await here.stage.locator(".tile").count()
    await face.focus()
    await here.page.keyboard.press("Delete")
    await expect(here.stage.locator(".tile")).to_have_count(count - 1)
    return source.partition("?")[0]


async def status(here: Visit, address: str) -> int:
    return (await here.page.context.request.get(address)).status


async def results(here: Visit, token: str) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = (await here.newest_job(token))["artifacts"]
    return made


async def nothing_taken(here: Visit) -> None:
    """Wait until the page keeps nothing in mind that it took away."""
    await here.page.wait_for_function("() => localStorage.getItem('dreambridge.removed') === '[]'")


async def test_one_picture_of_several_is_deleted_for_good_and_the_others_stay(visit: Visits) -> None:
    token = "sandbox-one-less.plain"
    here = await begin(visit, token)
    await here.make_four("four chairs")
    address = await delete_first(here)
    assert await status(here, address) == 200
    async with here.page.expect_response("**/v1/artifacts/*") as answered:
        await here.page.clock.fast_forward(UNDO_IS_OVER * 1000)
    assert (await (await answered.value).json())["object"] == "artifact.deleted"
    await nothing_taken(here)
    assert await status(here, address) == await status(here, f"{address}?w=256") == 404
    assert [each["index"] for each in await results(here, token)] == [1, 2, 3]
    await here.page.reload()
    await expect(here.pictures).to_have_count(3)


async def test_an_undone_deletion_deletes_nothing(visit: Visits) -> None:
    token = "sandbox-undone.plain"
    here = await begin(visit, token)
    await here.make_four("a second thought")
    await delete_first(here)
    await here.page.clock.fast_forward(3000)
    await here.page.get_by_role("button", name="Undo").click()
    await expect(here.stage.locator(".tile")).to_have_count(4)
    await here.page.clock.fast_forward(UNDO_IS_OVER * 1000)
    await here.page.evaluate("new Promise(requestAnimationFrame)")
    assert len(await results(here, token)) == 4
    assert await here.page.get_by_role("button", name="Undo").count() == 0


async def test_the_last_picture_takes_its_job_along(visit: Visits) -> None:
    token = "sandbox-last.plain"
    here = await begin(visit, token)
    await here.choose("How many", "×1")
    await here.make("a lone tree")
    await expect(here.pictures).to_have_count(1)
    await here.stage.locator(".face").first.focus()
    async with here.page.expect_response("**/v1/jobs/*"):
        await here.page.keyboard.press("Delete")
        await expect(here.page.get_by_text("What you make appears here.")).to_be_visible()
        await here.page.clock.fast_forward(UNDO_IS_OVER * 1000)
    await nothing_taken(here)
    assert (await here.tell("v1/jobs", token))["data"] == []


async def test_a_picture_deleted_while_its_job_runs_goes_when_the_job_has_ended(visit: Visits) -> None:
    token = "sandbox-eager.staggered"
    here = await begin(visit, token)
    await here.make("steps taken back")
    await expect(here.pictures.first).to_be_visible()
    address = await delete_first(here)
    await here.page.clock.fast_forward(UNDO_IS_OVER * 1000)
    await here.completed(token)
    await nothing_taken(here)
    assert await status(here, address) == 404
    assert len(await results(here, token)) == 3
    await expect(here.pictures).to_have_count(3)


async def test_a_deletion_whose_page_was_closed_too_soon_is_carried_out_at_the_next_visit(visit: Visits) -> None:
    token = "sandbox-hasty.plain"
    here = await begin(visit, token)
    await here.make_four("a door left open")
    address = await delete_first(here)
    await here.page.reload()
    await expect(here.pictures).to_have_count(3)
    assert await status(here, address) == 200
    await here.page.clock.fast_forward(UNDO_IS_OVER * 1000)
    await nothing_taken(here)
    assert await status(here, address) == 404


async def test_another_tab_erases_nothing_that_is_undone(visit: Visits) -> None:
    token = "sandbox-two-minds.plain"
    here = await begin(visit, token)
    await here.make_four("two minds")
    other = await here.page.context.new_page()
    here.watch(other)
    await other.clock.install()
    await other.goto(here.url)
    await expect(other.locator(".stage .tile.done img.there")).to_have_count(4)
    await delete_first(here)
    await expect(other.locator(".stage .tile")).to_have_count(3)
    await here.page.get_by_role("button", name="Undo").click()
    await other.clock.fast_forward(UNDO_IS_OVER * 1000)
    await expect(other.locator(".stage .tile.done")).to_have_count(4)
    assert len(await results(here, token)) == 4


async def test_a_picture_the_server_does_not_let_go_comes_back_with_the_reason(visit: Visits) -> None:
    here = await begin(visit, "sandbox-kept.plain")
    here.forgiven = ("Failed to load resource",)
    await here.make_four("a stubborn mule")

    async def refuse(route: Route) -> None:
        await route.fulfill(status=500, json={"error": {"message": "The disk says no.", "code": "internal_error"}})

    await here.page.route(lambda url: "/v1/artifacts/art_" in url and "." not in url.rpartition("/")[2], refuse)
    await delete_first(here)
    await here.page.clock.fast_forward(UNDO_IS_OVER * 1000)
    await expect(here.page.locator(".notice")).to_contain_text("The disk says no.")
    await expect(here.stage.locator(".tile.done")).to_have_count(4)


async def test_a_job_emptied_elsewhere_takes_no_place_in_the_gallery_and_is_done_in_the_list(visit: Visits) -> None:
    token = "sandbox-elsewhere.plain"
    here = await begin(visit, token)
    await here.make_four("an empty room")
    for each in await results(here, token):
        answer = await here.page.context.request.delete(
            f"{here.url}/v1/artifacts/{each['id']}", headers={"Authorization": f"Bearer {token}"}
        )
        assert answer.ok
    await here.page.reload()
    await expect(here.page.get_by_text("What you make appears here.")).to_be_visible()
    await expect(here.page.locator(".tile")).to_have_count(0)
    await here.page.goto(f"{here.url}/#v=jobs")
    row = here.page.get_by_role("row").filter(has_text="an empty room")
    await expect(row.locator(".state")).to_have_text("Done")
    await row.get_by_role("button", name="an empty room").click()
    await expect(here.page.get_by_text("What you make appears here.")).to_be_visible()
