"""Pictures that go with a prompt: dropped, pasted, picked, or taken from the gallery."""

import base64

import pytest
from playwright.async_api import FilePayload, Page, expect
from tests.studio.visiting import Visits, picture

pytestmark = pytest.mark.asyncio(loop_scope="session")

_FILE = FilePayload(name="lighthouse.png", mimeType="image/png", buffer=picture())
_TRANSFER = """([name, data]) => {
  const bytes = Uint8Array.from(atob(data), (each) => each.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name, { type: "image/png" }));
  return transfer;
}"""


async def drop(page: Page, name: str, content: bytes, onto: str = "#canvas") -> None:
    """Drop a file as a file manager does."""
    transfer = await page.evaluate_handle(_TRANSFER, [name, base64.b64encode(content).decode()])
    await page.dispatch_event(onto, "dragover", {"dataTransfer": transfer})
    await expect(page.get_by_text("Drop to use as references")).to_be_visible()
    await page.dispatch_event(onto, "drop", {"dataTransfer": transfer})
    await expect(page.get_by_text("Drop to use as references")).not_to_be_attached()


async def test_a_dropped_file_becomes_the_one_input_of_the_job(visit: Visits) -> None:
    token = "sandbox-drop.plain"
    here = await visit()
    await here.begin(token)
    await drop(here.page, "lighthouse.png", picture())
    await expect(here.page.get_by_role("button", name="Remove reference 1")).to_be_visible()
    await here.make_four("@1 at night")
    job = await here.newest_job(token)
    assert len(job["request"]["inputs"]) == 1


async def test_a_pasted_picture_becomes_a_reference(visit: Visits) -> None:
    here = await visit()
    await here.page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=here.url)
    await here.begin("sandbox-paste.plain")
    await here.page.evaluate(
        """async (data) => {
          const bytes = Uint8Array.from(atob(data), (each) => each.charCodeAt(0));
          const blob = new Blob([bytes], { type: "image/png" });
          await navigator.clipboard.write([new ClipboardItem({ "image/png": blob })]);
        }""",
        base64.b64encode(picture("salmon")).decode(),
    )
    await here.prompt.focus()
    await here.page.keyboard.press("ControlOrMeta+v")
    await expect(here.page.get_by_role("button", name="Remove reference 1")).to_be_visible()
    await expect(here.page.locator(".thumbnail img")).to_have_js_property("naturalWidth", 96)


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
async def test_picked_files_are_numbered_and_can_be_named_in_the_prompt(visit: Visits, *, phone: bool) -> None:
    here = await visit(phone=phone)
    await here.begin("sandbox-pick.plain")
    files = [_FILE, FilePayload(name="boat.png", mimeType="image/png", buffer=picture("navy"))]
    await here.page.locator("input[type=file][data-slot=any]").set_input_files(files)
    await expect(here.page.locator(".thumbnail .number")).to_have_text(["1", "2"])
    await here.prompt.press_sequentially("the boat of @")
    await expect(here.page.get_by_role("option")).to_have_count(2)
    await here.prompt.press("ArrowDown")
    await here.prompt.press("Enter")
    await expect(here.prompt).to_have_value("the boat of @2 ")


async def test_a_picture_of_the_gallery_becomes_a_reference_and_is_not_uploaded_again(visit: Visits) -> None:
    token = "sandbox-regard.plain"
    here = await visit()
    await here.begin(token)
    await here.make_four("a first harbour")
    await here.stage.locator(".face").first.click()
    await here.page.get_by_role("button", name="Use as reference").click()
    await expect(here.page.locator(".thumbnail")).to_have_count(1)
    await here.make_four("the harbour again, from @1")
    assert len((await here.newest_job(token))["request"]["inputs"]) == 1
    assert [each for each in here.requests if "v1/assets?name" in each] == []


async def test_a_file_that_is_no_picture_is_refused_in_the_words_of_the_api(visit: Visits) -> None:
    here = await visit()
    here.forgiven = ("Failed to load resource",)
    await here.begin("sandbox-broken.plain")
    async with here.page.expect_response("**/v1/assets?*") as answered:
        await drop(here.page, "broken.png", b"not a picture at all")
    error = (await (await answered.value).json())["error"]
    await expect(here.page.get_by_role("alert")).to_contain_text(error["message"])
    await expect(here.page.locator(".references.wrong")).to_be_visible()
