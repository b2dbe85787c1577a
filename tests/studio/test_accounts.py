"""Sessions of the browser, and accounts of the server."""

import pytest
from playwright.async_api import expect
from tests.studio.visiting import Visits

pytestmark = pytest.mark.asyncio(loop_scope="session")

SESSION = "0123456789abcdef" * 2
PASTED = {
    SESSION: SESSION,
    f"us-{SESSION}": f"us-{SESSION}",
    f"Bearer {SESSION}": SESSION,
    f"passport_csrf_token=1; sessionid={SESSION}; store-region=cn": SESSION,
    f"Cookie: a=b; sessionid_ss={SESSION}": SESSION,
    f"curl 'https://example.com/x' -H 'cookie: n=1; sessionid={SESSION}; m=2' --data-raw '{{}}'": SESSION,
    "sandbox": "sandbox",
    "": None,
    "no session here": None,
    "a=b; c=d; e=f": None,
}


async def test_the_session_is_found_in_whatever_is_pasted(visit: Visits) -> None:
    here = await visit()
    await here.page.goto(here.url)
    read = "async (text) => (await import('./studio/sessions.js')).readPasted(text)"
    assert {text: await here.page.evaluate(read, text) for text in PASTED} == PASTED


async def test_an_account_shows_its_credit_and_can_be_left(visit: Visits) -> None:
    here = await visit()
    await here.begin("sandbox-leaving.plain")
    places = here.page.get_by_role("navigation")
    await places.get_by_role("button", name="Accounts").click()
    account = here.page.locator(".account", has_text="Signed in")
    await expect(account).to_contain_text("credits")
    await account.get_by_role("button", name="Remove").click()
    await expect(here.page.get_by_text("No session yet.")).to_be_visible()
    await places.get_by_role("button", name="Make").click()
    await expect(here.page.get_by_role("button", name="or try the sandbox")).to_be_visible()
