"""Sessions of the browser, and accounts of the server."""

from typing import Any

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="session")

SESSION = "0123456789abcdef0123456789abcdef"
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


@pytest.mark.parametrize("text", PASTED)
async def test_the_session_is_found_in_whatever_is_pasted(visit: Any, text: str) -> None:
    studio = await visit()
    found = await studio.page.evaluate("async (text) => (await import('./studio/sessions.js')).readPasted(text)", text)
    assert found == PASTED[text]


async def test_a_credential_that_the_server_does_not_know_is_refused_in_its_words(visit: Any) -> None:
    studio = await visit()
    await studio.page.get_by_label("Session").fill("nonsense")
    await studio.page.get_by_role("button", name="Start").click()
    await studio.page.locator(".field-error", has_text="This is no credential we know.").wait_for()
    assert await studio.page.evaluate("localStorage.getItem('dreambridge.credentials')") in {None, "[]"}


async def test_an_account_shows_its_credit_and_can_be_left(visit: Any) -> None:
    studio = await visit("sandbox-accounts-credit")
    await studio.page.get_by_role("button", name="Accounts").click()
    await studio.page.locator(".account", has_text="Signed in").get_by_text("credits").wait_for()
    await studio.page.get_by_role("button", name="Remove").click()
    await studio.page.get_by_text("No session yet.").wait_for()
    await studio.page.get_by_role("button", name="Make").click()
    await studio.page.get_by_text("or try the sandbox").wait_for()


async def test_no_session_is_ever_in_an_address(visit: Any) -> None:
    studio = await visit("sandbox-accounts-hidden")
    addresses: list[str] = []
    studio.page.on("request", lambda request: addresses.append(request.url))
    await studio.prompt("A gate")
    await studio.count("done", 4)
    await studio.page.get_by_role("button", name="Accounts").click()
    await studio.page.locator(".account", has_text="Signed in").wait_for()
    assert addresses
    assert not [each for each in [*addresses, studio.page.url] if "accounts-hidden" in each]
