"""Accounts of the server: pasted in any form, found alive, kept encrypted, paused and removed while it runs."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from dreambridge.engine.admin import ADMIN_FILE
from dreambridge.store.database import DEFAULT_FILE

if TYPE_CHECKING:
    from tests.integration.conftest import House, Reply, Street

NewSession = Callable[[str], str]
PATH = "/v1/accounts"


def admin_of(house: House) -> str:
    return (house.data_dir / ADMIN_FILE).read_text().strip()


async def manage(house: House, method: str, path: str = "", body: Any = None) -> Reply:
    return await house.ask(method, PATH + path, admin_of(house), body=body)


async def add(house: House, session: str, **more: Any) -> dict[str, Any]:
    reply = await manage(house, "POST", body={"session": session, **more})
    assert reply.status == 201, reply.content
    assert reply.headers["location"].endswith(f"{PATH}/{reply.json['id']}")
    return dict(reply.json)


async def refused(house: House, session: str, **more: Any) -> dict[str, Any]:
    reply = await manage(house, "POST", body={"session": session, **more})
    assert 400 <= reply.status < 600
    return {**reply.error, "status": reply.status}


async def two_sites(street: Street) -> None:
    for name in ("cn", "us"):
        await street.site(name, sessions="listed")


def sites_asked(house: House) -> list[str]:
    return [name for name in house.sites if house.calls("passport", name)]


# ------------------------------------------------------------------ adding


@pytest.mark.parametrize(
    ("pasted", "asked"),
    [
        ("{0}", ["cn", "us"]),
        ("us-{0}", ["us"]),
        ("{0}:us", ["us"]),
        ("Cookie: sessionid={0}; sid_tt={0}; store-country-code=us", ["us"]),
        ("curl 'https://dreamina.capcut.com/mweb/v1/x' -H 'accept: */*' -H 'cookie: uid_tt=1; sessionid={0}'", ["us"]),
        ('curl ^"https://dreamina.capcut.com/^" ^\r\n  -b ^"sessionid={0}; a=^%^3D^"', ["us"]),
        ('[{{"name": "sessionid", "value": "{0}", "domain": ".capcut.com"}}]', ["us"]),
    ],
)
async def test_whatever_is_pasted_the_site_is_found_and_no_more_are_asked_than_needed(
    street: Street, new_session: NewSession, pasted: str, asked: list[str]
) -> None:
    await two_sites(street)
    token = new_session("pasted")
    street.register(token, "us", credit=77)
    async with street.gateway(detect_sites=("cn", "us")) as house:
        account = await add(house, pasted.format(token))
        assert (account["site"], account["name"], account["health"]) == ("us", "us-1", "ready")
        assert account["credit"]["total"] == 77
        assert sites_asked(house) == asked
        # It works at once, without a restart.
        assert (await house.draw(f"us-{token}")).status == 200


async def test_the_times_of_the_cookie_are_told_and_a_notice_when_it_ends_soon(
    street: Street, new_session: NewSession
) -> None:
    await street.site("us")
    token = new_session("guarded")
    street.register(token, credit=3)
    async with street.gateway() as house:
        made = 1_500_000_000
        account = await add(house, f"sessionid={token}; sid_guard={token}%7C{made}%7C31536000%7CFri", site="us")
        assert (account["session_made_at"], account["session_expires_at"]) == (made, made + 31_536_000)
        assert [notice["code"] for notice in account["notices"]] == ["session_expires", "credit_low"]


async def test_a_dead_session_is_refused_with_the_reason_and_nothing_is_kept(
    street: Street, new_session: NewSession
) -> None:
    await two_sites(street)
    token = new_session("dead")
    street.register(token, "us", alive=False)
    async with street.gateway(detect_sites=("cn", "us")) as house:
        error = await refused(house, token)
        assert (error["status"], error["code"], error["param"]) == (400, "session_dead", "session")
        assert "cn, us" in error["message"]
        assert token not in json.dumps(error)
        assert (await manage(house, "GET")).json["data"] == []


async def test_a_site_that_cannot_be_asked_decides_nothing(street: Street, new_session: NewSession) -> None:
    await street.site("us", scenario="site-down")
    async with street.gateway() as house:
        error = await refused(house, f"us-{new_session('late')}")
        assert (error["status"], error["code"]) == (502, "site_unreachable")


@pytest.mark.parametrize(
    ("session", "code", "param"),
    [
        ("", "session_unreadable", "session"),
        ("hunter2", "session_unreadable", "session"),
        ("curl 'https://hunter2", "session_unreadable", "session"),
        ("{hunter2", "session_unreadable", "session"),
        ("sid=hunter2; other=1", "session_unreadable", "session"),
        ("http://hunter2@us-hunter2", "session_unreadable", "session"),
    ],
)
async def test_what_is_no_session_is_refused_without_repeating_it(
    house: House, session: str, code: str, param: str
) -> None:
    error = await refused(house, session)
    assert (error["status"], error["code"], error["param"]) == (400, code, param)
    assert "hunter2" not in json.dumps(error)


async def test_bad_fields_are_named(house: House, new_session: NewSession) -> None:
    token = f"us-{new_session('fields')}"
    for more, param in (
        ({"name": "a/b"}, "name"),
        ({"name": ""}, "name"),
        ({"name": "acct_x"}, "name"),
        ({"name": 5}, "name"),
        ({"site": "mars"}, "site"),
        ({"site": "cn"}, "site"),
        ({"proxy": "nonsense"}, "proxy"),
        ({"proxy": "http://h"}, "proxy"),
    ):
        error = await refused(house, token, **more)
        assert (error["status"], error["param"]) == (400, param), more
    assert house.calls("passport") == 0
    assert (await manage(house, "POST", body={})).error["code"] == "missing_required_parameter"


async def test_a_session_is_added_once_and_the_refusal_names_the_account(house: House, new_session: NewSession) -> None:
    token = new_session("twice")
    await add(house, f"us-{token}", name="狐狸 1")
    error = await refused(house, f"sessionid={token}", site="us")
    assert (error["status"], error["code"]) == (400, "account_exists")
    assert "狐狸 1" in error["message"]
    error = await refused(house, f"us-{new_session('other')}", name="狐狸 1")
    assert (error["code"], error["param"]) == ("name_taken", "name")


async def test_accounts_that_are_added_at_once_get_names_of_their_own(house: House, new_session: NewSession) -> None:
    made = await asyncio.gather(*(add(house, f"us-{new_session(f'at once {n}')}") for n in range(5)))
    assert sorted(each["name"] for each in made) == [f"us-{n}" for n in range(1, 6)]


async def test_what_has_no_effect_is_named(house: House, new_session: NewSession) -> None:
    reply = await manage(house, "POST", body={"session": f"us-{new_session('a')}", "colour": "red"})
    assert reply.headers["x-dreambridge-ignored"] == "colour"


# ------------------------------------------------------------------ who may


async def test_only_the_admin_may_manage_accounts(house: House, new_session: NewSession) -> None:
    account = await add(house, f"us-{new_session('one')}")
    for method, path in (
        ("POST", ""),
        ("PATCH", f"/{account['id']}"),
        ("DELETE", f"/{account['id']}"),
        ("POST", f"/{account['id']}/check"),
    ):
        known = await house.ask(method, PATH + path, f"us-{new_session('caller')}", body={})
        assert (known.status, known.error["code"]) == (403, "admin_key_needed")
        unknown = await house.ask(method, PATH + path, "db-admin-nonsense", body={})
        assert (unknown.status, unknown.error["code"]) == (401, "invalid_api_key")


async def test_a_caller_sees_the_accounts_of_their_own_credential_and_no_others(
    house: House, new_session: NewSession
) -> None:
    await add(house, f"us-{new_session('kept')}")
    own = f"us-{new_session('own')}"
    await house.draw(own)
    (seen,) = (await house.ask("GET", PATH, own)).json["data"]
    assert (seen["name"], seen["site"], seen["health"]) == (None, "us", "ready")
    assert seen["fingerprint"] == f"…{seen['id'][-6:]}"
    assert (await house.ask("GET", f"{PATH}/{seen['id']}", own)).json["id"] == seen["id"]
    (kept,) = (await manage(house, "GET")).json["data"]
    assert kept["id"] != seen["id"]
    assert (await house.ask("GET", f"{PATH}/{kept['id']}", own)).status == 404


# ------------------------------------------------------------------ changing


async def test_a_paused_account_takes_no_new_work_until_it_is_resumed(house: House, new_session: NewSession) -> None:
    token = f"us-{new_session('tired')}"
    await add(house, token, name="tired")
    assert (await manage(house, "PATCH", "/tired", {"paused": True})).json["paused"] is True
    reply = await house.draw(token)
    assert (reply.status, reply.error["code"]) == (503, "account_paused")
    assert await house.ledger() == []
    assert (await manage(house, "PATCH", "/tired", {"paused": False, "name": "fresh"})).json["name"] == "fresh"
    assert (await house.draw(token)).status == 200
    assert (await manage(house, "GET", "/tired")).status == 404
    assert (await manage(house, "PATCH", "/fresh", {})).error["code"] == "missing_required_parameter"


async def test_a_check_tells_that_a_session_ended_and_that_it_is_back(house: House, new_session: NewSession) -> None:
    token = new_session("wavering")
    await add(house, f"us-{token}", name="wavering")
    house.site().world.accounts[token].alive = False
    gone = (await manage(house, "POST", "/wavering/check")).json
    assert (gone["health"], [each["code"] for each in gone["notices"]]) == ("expired", ["session_expired"])
    assert gone["note"] == gone["reason"]
    house.site().world.accounts[token].alive = True
    back = (await manage(house, "POST", "/wavering/check")).json
    assert (back["health"], back["note"], back["notices"]) == ("ready", None, [])
    house.change_site(scenario="site-down")
    assert (await manage(house, "POST", "/wavering/check")).error["code"] == "site_unreachable"
    assert (await manage(house, "GET", "/wavering")).json["note"]


async def test_health_pause_and_name_outlive_a_restart_and_no_request_s_session_does(
    street: Street, new_session: NewSession
) -> None:
    await street.site("us")
    barred, quiet = new_session("barred"), new_session("quiet")
    async with street.gateway() as house:
        await add(house, f"us-{barred}", name="barred")
        await add(house, f"us-{quiet}", name="quiet")
        assert (await house.draw(f"us-{barred}", "a fox [sim:punished]")).error["code"] == "account_barred"
        await manage(house, "PATCH", "/quiet", {"paused": True})
        before = (await manage(house, "GET")).json["data"]
    async with street.gateway() as house:
        after = (await manage(house, "GET")).json["data"]
        assert [(each["name"], each["health"], each["paused"]) for each in after] == [
            ("barred", "barred", False),
            ("quiet", "ready", True),
        ]
        assert [each["reason"] for each in after] == [each["reason"] for each in before]
        assert [each["cooling_until"] for each in after] == [each["cooling_until"] for each in before]
        assert [each["credit"] for each in after] == [each["credit"] for each in before]
        assert (await house.draw(f"us-{barred}")).error["code"] == "account_barred"
        assert house.calls("generate") == 1


async def test_no_file_of_the_data_directory_shows_a_session(street: Street, new_session: NewSession) -> None:
    await street.site("us")
    token = new_session("hidden")
    async with street.gateway() as house:
        await add(house, f"us-{token}", name="hidden")
        for path in (path for path in house.data_dir.rglob("*") if path.is_file()):
            assert token.encode() not in path.read_bytes(), path.name
        with closing(sqlite3.connect(house.data_dir / DEFAULT_FILE)) as database:
            assert database.execute("SELECT name, site FROM server_accounts").fetchall() == [("hidden", "us")]


# ------------------------------------------------------------------ removing


async def test_an_account_without_open_jobs_is_removed_and_leaves_nothing(
    house: House, new_session: NewSession
) -> None:
    account = await add(house, f"us-{new_session('gone')}", name="gone")
    reply = await manage(house, "DELETE", f"/{account['id']}")
    assert reply.json == {"id": account["id"], "object": "account.deleted", "deleted": True, "name": "gone"}
    assert (await manage(house, "GET", "/gone")).status == 404
    with closing(sqlite3.connect(house.data_dir / DEFAULT_FILE)) as database:
        for table in ("server_accounts", "accounts", "sessions"):
            assert database.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)  # noqa: S608 - names above
    # Added again it is the same account.
    assert (await add(house, f"us-{new_session('gone')}"))["id"] == account["id"]


async def test_an_account_with_an_open_job_wants_force_and_its_paid_job_is_followed_to_the_end(
    street: Street, new_session: NewSession
) -> None:
    await street.site("us", generation="fixed:100")
    token = f"us-{new_session('busy')}"
    async with street.gateway(account_concurrency=1) as house:
        await add(house, token, name="busy")
        first = await house.draw(token, "paid", prefer="respond-async")
        second = await house.draw(token, "waits", prefer="respond-async")
        async with asyncio.timeout(10):
            while True:
                if (await house.job(first, token))["state"] == "generating":
                    break
                await asyncio.sleep(0.01)
        assert (await manage(house, "GET", "/busy")).json["in_flight"] == 1
        reply = await manage(house, "DELETE", "/busy")
        assert (reply.status, reply.error["code"]) == (400, "account_has_jobs")
        assert (await manage(house, "DELETE", "/busy?force=maybe")).error["param"] == "force"
        assert (await manage(house, "DELETE", "/busy?force=true")).status == 200
        waited = await house.ended(second, token)
        assert waited["error"]["code"] == "account_removed"
        assert (await house.ended(first, token))["status"] == "completed"
        assert len(await house.ledger()) == 1


# ------------------------------------------------------------------ the ceiling of a day


async def test_an_account_spends_no_more_a_day_than_its_ceiling_also_over_a_restart(
    street: Street, new_session: NewSession
) -> None:
    await street.site("us")
    token = f"us-{new_session('thrifty')}"
    async with street.gateway(account_daily_credits=5) as house:
        await add(house, token, name="thrifty")
        assert (await house.draw(token)).status == 200
        account = (await manage(house, "GET", "/thrifty")).json
        assert (account["spent_today"], account["daily_credits"]) == (4, 5)
    async with street.gateway(account_daily_credits=5) as house:
        assert (await manage(house, "GET", "/thrifty")).json["spent_today"] == 4
        second = await house.draw(token, "an owl")
        assert (second.status, second.error["code"]) == (429, "insufficient_quota")
        assert "ACCOUNT_DAILY_CREDITS" in second.error["message"]
        # Whoever brings a session of their own decides for it.
        assert (await house.draw(f"us-{new_session('guest')}")).status == 200
        assert len(await house.ledger()) == 2
