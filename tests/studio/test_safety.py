"""What the page says of bad input, and what it keeps to itself."""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, expect
from tests.running import Running, serve_gateway
from tests.studio.visiting import Visit, Visits

pytestmark = pytest.mark.asyncio(loop_scope="session")


def shown(error: dict[str, Any]) -> str:
    """Give the API's message as it stands on the page, where code is set without its marks."""
    return str(error["message"]).replace("`", "")


async def refused(here: Visit, prompt: str) -> dict[str, Any]:
    """Send an order that the API refuses, and give the error it answered with."""
    async with here.page.expect_response("**/v1/*/generations") as answered:
        await here.make(prompt)
    answer = await answered.value
    assert answer.status in {400, 401, 403, 404}
    error: dict[str, Any] = (await answer.json())["error"]
    return error


async def fill_more(page: Page, field: str, value: str) -> Locator:
    """Fill a field of the panel of further settings, and close the panel."""
    await page.get_by_role("button", name="More", exact=True).click()
    await page.get_by_label(field, exact=True).fill(value)
    await page.keyboard.press("Escape")
    return page.get_by_label(field, exact=True)


@pytest.mark.parametrize(
    ("field", "value", "param"),
    [("Seed", "-4", "seed"), ("Seed", "many", "seed"), ("Leave out", "no " * 30_000, "negative_prompt")],
    ids=["seed-negative", "seed-words", "negative-long"],
)
async def test_a_field_that_is_wrong_shows_the_words_of_the_api_beside_it(
    visit: Visits, field: str, value: str, param: str
) -> None:
    here = await visit()
    here.forgiven = ("Failed to load resource",)
    await here.begin("sandbox-fields.plain")
    named = await fill_more(here.page, field, value)
    error = await refused(here, "a field")
    assert error["param"] == param
    await expect(here.page.locator("#composer-error")).to_contain_text(shown(error))
    await expect(here.prompt).to_have_value("a field")
    await here.page.get_by_role("button", name="More", exact=True).click()
    await expect(named).to_have_attribute("aria-invalid", "true")
    await expect(here.page.locator(".more-menu .field-error")).to_contain_text(shown(error))
    await named.fill("")
    await expect(here.page.locator(".field-error")).to_have_count(0)
    assert (await here.tell("v1/jobs", "sandbox-fields.plain"))["data"] == []


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_a_prompt_that_is_too_long_is_refused_beside_it_in_the_readers_language(
    visit: Visits, language: str
) -> None:
    here = await visit(language=language)
    here.forgiven = ("Failed to load resource",)
    await here.begin("sandbox-long.plain")
    error = await refused(here, "很长" * 30_000)
    assert error["param"] == "prompt"
    await expect(here.page.locator("#composer-error")).to_contain_text(shown(error))
    await expect(here.prompt).to_have_attribute("aria-invalid", "true")


async def test_the_weight_of_references_is_checked_beside_its_field(visit: Visits) -> None:
    here = await visit()
    here.forgiven = ("Failed to load resource",)
    await here.begin("sandbox-weight.plain")
    await here.make_four("one to lean on")
    await here.stage.locator(".face").first.focus()
    await here.page.keyboard.press("r")
    named = await fill_more(here.page, "Weight of the references", "7")
    error = await refused(here, "leaning too much")
    await expect(here.page.locator("#composer-error")).to_contain_text(shown(error))
    await here.page.get_by_role("button", name="More", exact=True).click()
    await expect(named).to_have_attribute("aria-invalid", "true")


async def test_a_credential_that_the_server_refuses_is_not_kept_and_the_reason_stands_beside_the_field(
    visit: Visits,
) -> None:
    here = await visit()
    here.forgiven = ("Failed to load resource",)
    await here.page.goto(here.url)
    await here.page.get_by_label("Session").fill("no such key")
    await here.page.get_by_role("button", name="Start").click()
    await expect(here.page.get_by_role("alert")).to_contain_text("There is no session in this text.")
    await here.page.get_by_label("Session").fill("nonsense")
    async with here.page.expect_response("**/v1/models") as answered:
        await here.page.get_by_role("button", name="Start").click()
    error = (await (await answered.value).json())["error"]
    await expect(here.page.get_by_role("alert")).to_contain_text(shown(error))
    assert "nonsense" not in await here.page.evaluate("JSON.stringify(localStorage)")


async def test_the_credential_stays_in_the_browser_and_out_of_every_address(visit: Visits) -> None:
    secret = "sandbox-s3cr3tword.plain"
    here = await visit()
    here.forgiven = ("Failed to load resource",)  # accounts of the server are not for everybody
    await here.begin(secret)
    await here.make_four("a locked drawer")
    await here.stage.locator(".face").first.click()
    inspector = here.page.get_by_role("complementary")
    for language in ("Python", "JavaScript", "curl"):
        await inspector.get_by_role("button", name=language).click()
        await expect(inspector.locator("pre")).not_to_contain_text("s3cr3tword")
    for view in ("Jobs", "Accounts", "Make"):
        await here.page.get_by_role("navigation").get_by_role("button", name=view).click()
    await expect(here.prompt).to_be_visible()
    # Settings are in the address, so that it can be shared.
    await here.page.wait_for_function("() => location.hash.includes('locked')")
    assert "s3cr3tword" not in here.page.url
    assert [each for each in here.requests if "s3cr3tword" in each] == []
    assert await here.page.context.cookies() == []
    assert "s3cr3tword" in await here.page.evaluate("JSON.stringify(localStorage)")
    await here.page.goto("about:blank")
    await here.page.goto(here.url)
    await expect(here.pictures).to_have_count(4)


async def test_every_page_keeps_its_policy_and_asks_nobody_else(visit: Visits) -> None:
    """Judged as every visit is; here every part of the page is opened once."""
    here = await visit()
    here.forgiven = ("Failed to load resource",)  # accounts of the server are not for everybody
    page = here.page
    await here.begin("sandbox-policy.plain")
    await here.make_four("a wall with a gate")
    await here.stage.locator(".face").first.click()
    await page.get_by_role("button", name="Open large").click()
    await expect(page.get_by_role("dialog").locator("img.there")).to_be_visible()
    await page.keyboard.press("Escape")
    for view in ("Jobs", "Accounts", "Make"):
        await page.get_by_role("navigation").get_by_role("button", name=view).click()
        await expect(page.locator("#canvas")).to_be_visible()
    for name in ("Model", "Shape", "Resolution", "How many", "More", "Earlier prompts", "Settings"):
        await page.locator(f'button[aria-haspopup][aria-label^="{name}"]').click()
        await expect(page.locator(".panel")).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(page.locator(".panel")).to_have_count(0)
    assert len(here.requests) > 40


async def test_the_watch_on_the_policy_sees_what_the_policy_forbids(visit: Visits) -> None:
    """Tries what must not work: without this the watch could be blind."""
    here = await visit()
    await here.page.goto(here.url)
    await here.page.evaluate("""() => {
        const image = new Image();
        image.src = "http://192.0.2.1/pixel.png";
        document.body.append(image);
    }""")
    while not any("policy: img-src" in each for each in here.complaints):
        await here.page.wait_for_event("console")
    assert here.strangers == ["http://192.0.2.1/pixel.png"]
    here.forgiven = ("192.0.2.1",)
    here.strangers.clear()


CALL = """async ([url, body]) => {
  const headers = { "Authorization": "Bearer sandbox-elsewhere", "Content-Type": "application/json" };
  try {
    const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
    return [answer.status, answer.headers.get("x-job-id"), (await answer.json()).data?.length];
  } catch (error) {
    return error.name;
  }
}"""


async def test_a_page_of_another_origin_calls_the_api_only_where_it_is_named(
    browser: Browser, gateway: Running, tmp_path: Path
) -> None:
    page = await browser.new_page()
    await page.goto(f"{gateway.url}/ping")
    elsewhere = gateway.url
    body = {"prompt": "a fox", "n": 2}
    outcomes = []
    for number, origins in enumerate([(), (elsewhere,)]):
        async with serve_gateway(tmp_path / str(number), allowed_origins=origins) as running:
            outcomes.append(await page.evaluate(CALL, [f"{running.url}/v1/images/generations", body]))
    await page.close()
    assert outcomes[0] == "TypeError"
    status, job, count = outcomes[1]
    assert (status, job[:4], count) == (200, "job_", 2)
