"""Sessions of the browser, and accounts of the server."""

from pathlib import Path

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


async def test_another_tab_follows_to_another_account(visit: Visits) -> None:
    here = await visit()
    await here.begin("sandbox-following.plain")
    await here.make_four("A well in a courtyard")
    other = await here.page.context.new_page()
    here.watch(other)
    await other.goto(here.url)
    theirs = other.locator(".stage-prompt", has_text="A well in a courtyard")
    await expect(theirs).to_be_visible()
    await here.page.get_by_role("navigation").get_by_role("button", name="Accounts").click()
    await here.page.get_by_role("button", name="or try the sandbox").click()
    await expect(here.page.locator(".account.active")).to_contain_text("Signed in")
    await expect(theirs).to_have_count(0)


async def test_the_servers_accounts_are_managed_with_its_admin_key(visit: Visits, data_dir: Path) -> None:
    here = await visit()
    here.forgiven = ("the server responded with a status of 401",)
    await here.begin("sandbox-managing.plain")
    await here.page.get_by_role("navigation").get_by_role("button", name="Accounts").click()
    server = here.page.locator("section", has_text="On this server")
    key = server.get_by_label("Paste the server's admin key")
    await key.fill("nonsense")
    await server.get_by_role("button", name="Open").click()
    await expect(server.locator(".field-error")).to_be_visible()
    await key.fill((data_dir / "admin.key").read_text(encoding="utf-8").strip())
    await server.get_by_role("button", name="Open").click()
    await server.get_by_label("Session").fill("sandbox-shared.plain")
    await server.get_by_label("Name").fill("The shared one")
    await server.get_by_role("button", name="Add to the server").click()
    row = server.locator(".account", has_text="The shared one")
    await expect(row).to_contain_text("Ready")
    await row.get_by_role("button", name="Pause").click()
    await expect(row).to_contain_text("Paused")
    await row.get_by_role("button", name="Remove").click()
    await expect(row).to_have_count(0)
    assert await here.page.evaluate("JSON.stringify(localStorage).includes('sandbox-shared')") is False
