"""The token routes: whether sessions live, what they can spend, and the credit of the day."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

if TYPE_CHECKING:
    from tests.integration.conftest import House, Reply, Street

NewSession = Callable[[str], str]
BOTH: dict[str, Any] = {"detect_sites": ("cn", "us")}


async def post(house: House, path: str, body: Any = None, **headers: str) -> Any:
    """Send a request without any credential unless it is among the headers."""
    async with aiohttp.ClientSession() as client, client.post(house.url + path, json=body, headers=headers) as answer:
        return answer.status, await answer.json(), answer.headers


async def check(house: House, token: str) -> Any:
    status, answer, _ = await post(house, "/token/check", {"token": token})
    return answer if status == 200 else (status, answer["error"]["code"], answer["error"]["param"])


def keeps_secret(reply: Reply, *sessions: str) -> None:
    """Check that no four characters in a row of a session are told, but by chance in names that are digests."""
    text = reply.content.decode()
    for session in sessions:
        assert not any(session[at : at + 7] in text for at in range(len(session) - 6))


@pytest.fixture
async def sessions(street: Street, new_session: NewSession) -> dict[str, str]:
    """Give two sites, and sessions: two that live on one, and one that has ended."""
    for name in ("cn", "us"):
        await street.site(name, sessions="listed", daily_credit=66)
    made = {name: new_session(name) for name in ("rich", "poor", "dead")}
    street.register(made["rich"], credit=30, vip=5, purchase=7)
    street.register(made["poor"], credit=0)
    street.register(made["dead"], alive=False)
    return made


# ------------------------------------------------------------------ /token/check


async def test_a_session_is_checked_in_every_spelling_and_without_a_credential(
    street: Street, sessions: dict[str, str]
) -> None:
    rich, dead = sessions["rich"], sessions["dead"]
    async with street.gateway(sandbox=True, **BOTH) as house:
        for token in (f"us-{rich}", f"US-{rich}", f"{rich}:us", rich, f" us-{rich} ", "sandbox"):
            assert await check(house, token) == {"live": True}
        for token in (f"us-{dead}", dead, f"cn-{rich}"):
            assert await check(house, token) == {"live": False}


async def test_what_is_no_session_is_not_live_and_no_site_is_asked(street: Street, sessions: dict[str, str]) -> None:
    async with street.gateway(**BOTH) as house:
        for token in ("hello", f"zz-{sessions['rich']}", "x" * 600):
            assert await check(house, token) == {"live": False}
        assert house.calls("passport", "us") == house.calls("passport", "cn") == 0


async def test_a_check_of_none_or_several_or_through_an_impossible_proxy_names_the_field(
    street: Street, sessions: dict[str, str]
) -> None:
    rich = sessions["rich"]
    async with street.gateway(**BOTH) as house:
        for token in ("", "  ", f"us-{rich},us-{rich}", ",", f"ftp://h:1@us-{rich}", f"http://h@us-{rich}"):
            assert await check(house, token) == (400, "invalid_value", "token")
        assert (await post(house, "/token/check", {}))[1]["error"]["code"] == "missing_required_parameter"
        assert (await post(house, "/token/check", {"token": 7}))[1]["error"]["code"] == "invalid_type"
        assert await check(house, "sandbox") == (403, "not_permitted", None)


async def test_an_explicit_mark_asks_that_site_and_no_other(street: Street, sessions: dict[str, str]) -> None:
    async with street.gateway(**BOTH) as house:
        assert await check(house, f"us-{sessions['dead']}") == {"live": False}
        assert (house.calls("passport", "us"), house.calls("passport", "cn")) == (1, 0)


async def test_a_site_that_does_not_answer_does_not_make_a_session_dead(
    street: Street, sessions: dict[str, str]
) -> None:
    async with street.gateway(**BOTH) as house:
        await street.sites["us"].stop()
        assert (await check(house, f"us-{sessions['rich']}"))[:2] == (502, "site_unreachable")


async def test_a_check_goes_through_the_proxy_of_the_token_and_never_past_it(
    street: Street, sessions: dict[str, str]
) -> None:
    async with street.gateway(**BOTH) as house:
        assert (await check(house, f"http://127.0.0.1:9@us-{sessions['rich']}"))[:2] == (502, "site_unreachable")
        assert house.calls("passport") == 0


# ------------------------------------------------------------------ /token/points and /token


async def test_points_are_told_for_each_session_and_what_failed_beside_them(
    street: Street, sessions: dict[str, str]
) -> None:
    rich, poor, dead = sessions["rich"], sessions["poor"], sessions["dead"]
    async with street.gateway(**BOTH) as house:
        reply = await house.ask("POST", "/token/points", f"us-{rich},us-{dead},{poor}")
        assert reply.status == 200
        first, second, third = reply.json
        assert first["points"] == {"giftCredit": 30, "purchaseCredit": 7, "vipCredit": 5, "totalCredit": 42}
        assert set(first) == {"token", "points"}
        assert (second["points"], second["code"], bool(second["error"])) == (None, "session_expired", True)
        assert third["points"]["totalCredit"] == 0
        masks = [each["token"] for each in reply.json]
        assert len(set(masks)) == 3
        assert all(mask.startswith("us-…") for mask in masks)
        keeps_secret(reply, rich, poor, dead)
        # The mark is no part of the name that stays.
        assert (await house.ask("POST", "/token/points", f"{rich}:us")).json[0]["token"] == masks[0]


async def test_points_of_dead_sessions_only_are_an_error(
    street: Street, sessions: dict[str, str], new_session: NewSession
) -> None:
    dead, unknown = sessions["dead"], new_session("unknown")
    async with street.gateway(**BOTH) as house:
        for path in ("/token/points", "/token/receive"):
            marked = await house.ask("POST", path, f"us-{dead},cn-{dead}")
            assert (marked.status, marked.error["code"], marked.error["charged"]) == (401, "session_expired", "no")
            bare = await house.ask("POST", path, unknown)
            assert (bare.status, bare.error["code"]) == (401, "invalid_api_key")
        for path in ("/token", "/token/points", "/token/receive"):
            assert (await house.ask("POST", path, "hello")).error["code"] == "invalid_api_key"


async def test_a_list_tells_where_each_session_lives_and_nothing_secret(
    street: Street, sessions: dict[str, str], new_session: NewSession
) -> None:
    rich, dead, unknown = sessions["rich"], sessions["dead"], new_session("unknown")
    async with street.gateway(**BOTH) as house:
        reply = await house.ask("POST", "/token", f"{rich},us-{dead},{unknown}")
        assert reply.status == 200
        assert [(each["site"], each["live"]) for each in reply.json] == [("us", True), ("us", False), (None, False)]
        assert {frozenset(each) for each in reply.json} == {frozenset({"token", "site", "name", "live"})}
        assert reply.json[2]["name"] is None
        keeps_secret(reply, rich, dead, unknown)
        drawn = await house.draw(f"us-{rich}")
        # The name is the one under which the account's jobs show it.
        assert (await house.job(drawn, f"us-{rich}"))["account"] == reply.json[0]["name"]


async def test_a_site_that_cannot_be_asked_leaves_open_whether_a_session_lives(
    street: Street, sessions: dict[str, str]
) -> None:
    async with street.gateway(**BOTH) as house:
        await street.sites["cn"].stop()
        reply = await house.ask("POST", "/token", f"us-{sessions['rich']},cn-{sessions['rich']}")
        assert [each["live"] for each in reply.json] == [True, None]
        assert reply.json[1]["code"] == "site_unreachable"
        assert (await house.ask("POST", "/token", f"cn-{sessions['rich']}")).status == 502


async def test_more_sessions_than_a_minute_has_room_for_are_refused(street: Street, sessions: dict[str, str]) -> None:
    async with street.gateway(**BOTH) as house:
        many = ",".join([f"us-{sessions['rich']}", *(f"us-{number:032x}" for number in range(62))])
        assert (await house.ask("POST", "/token", many)).status == 200
        asked = house.calls("passport")
        refused = await house.ask("POST", "/token/points", many)
        assert (refused.status, refused.error["type"]) == (429, "rate_limit_error")
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        assert (house.calls("passport"), house.calls("credit")) == (asked, 0)


# ------------------------------------------------------------------ /token/receive


async def test_the_credit_of_the_day_is_received_once(street: Street, sessions: dict[str, str]) -> None:
    poor, rich, dead = sessions["poor"], sessions["rich"], sessions["dead"]
    async with street.gateway(**BOTH) as house:
        reply = await house.ask("POST", "/token/receive", f"us-{poor},us-{rich},us-{dead}")
        assert reply.status == 200
        first, second, third = reply.json
        assert set(first) == {"token", "credits", "received"}
        assert (first["received"], first["credits"]["giftCredit"], first["credits"]["totalCredit"]) == (True, 66, 66)
        assert (second["received"], second["credits"]["totalCredit"]) == (True, 42 + 66)
        assert (third["received"], third["credits"], third["code"]) == (False, None, "session_expired")
        keeps_secret(reply, poor, rich, dead)
        again = await house.ask("POST", "/token/receive", f"us-{poor}")
        # The site knows the session and says no: that is an answer, with the balance as it stands.
        assert again.status == 200
        assert (again.json[0]["received"], again.json[0]["credits"]["totalCredit"]) == (False, 66)
        assert again.json[0]["error"]
        assert house.calls("claim") == 4


async def test_the_stock_answers_of_the_sandbox(street: Street) -> None:
    async with street.gateway(sandbox=True, **BOTH) as house:
        (points,) = (await house.ask("POST", "/token/points", "sandbox")).json
        assert points["token"].startswith("sandbox-…")
        assert points["points"]["totalCredit"] > 0
        (received,) = (await house.ask("POST", "/token/receive", "sandbox")).json
        assert received["received"] is True
        status, answer, _ = await post(house, "/health")
        assert (status, answer["error"]["code"]) == (405, "method_not_supported")
