"""The sites' own lists: new models usable, lost ones marked, each list with its date and kept over a restart."""

from collections.abc import Callable
from typing import Any

NEW = "new-model"
LEFT = "model-leaves"


async def models(house: Any, token: str) -> dict[str, dict[str, Any]]:
    reply = await house.ask("GET", "/v1/models", token)
    return {entry["id"]: entry["dreambridge"] for entry in reply.json["data"]}


async def test_a_model_is_live_when_the_site_lists_it(house: Any, new_session: Callable[[str], str]) -> None:
    token = f"us-{new_session('a')}"
    found = await models(house, token)
    known = found["jimeng-4.5"]
    assert (known["live"], known["stale"]) == (True, False)
    assert known["lists_read_at"].startswith("20")
    asked = house.site().world.stats.calls.copy()
    await models(house, token)
    assert house.site().world.stats.calls == asked


async def test_a_model_that_only_the_site_knows_can_be_used_at_once_by_its_key(
    street: Any, new_session: Callable[[str], str]
) -> None:
    await street.site("us", scenario=NEW)
    token = f"us-{new_session('a')}"
    async with street.gateway() as house:
        listed = await models(house, token)
        fresh = sorted(name for name, about in listed.items() if about["status"] == "uncertain" and about["live"])
        kinds = {listed[name]["kind"] for name in fresh}
        assert kinds == {"image", "video"}, fresh
        name = next(each for each in fresh if listed[each]["kind"] == "image")
    async with street.gateway() as house:
        # Another process has the lists of the first, and asks no site for them.
        body = {"prompt": "a fox", "model": name, "n": 1}
        reply = await house.ask("POST", "/v1/images/generations", token, body=body)
        assert reply.status == 200, reply.content
        assert house.site().world.refusals == type(house.site().world.refusals)()


async def test_an_unknown_name_is_looked_for_in_the_sites_lists_before_it_is_refused(
    street: Any, new_session: Callable[[str], str]
) -> None:
    await street.site("us", scenario=NEW)
    key = next(
        model.key for models in street.sites["us"].world.market.models.values() for model in models if model.coming
    )
    async with street.gateway() as house:
        body = {"prompt": "a fox", "model": key, "n": 1}
        reply = await house.ask("POST", "/v1/images/generations", f"us-{new_session('a')}", body=body)
        assert reply.status == 200, reply.content
        other = {**body, "model": "no-such-model"}
        assert (await house.ask("POST", "/v1/images/generations", f"us-{new_session('a')}", body=other)).status == 404


async def test_a_model_that_the_site_has_taken_away_is_listed_no_more(
    street: Any, new_session: Callable[[str], str]
) -> None:
    await street.site("us", scenario=LEFT)
    token = f"us-{new_session('a')}"
    async with street.gateway() as house:
        assert (await models(house, token))["jimeng-4.1"]["live"] is False
        body = {"prompt": "a fox", "model": "jimeng-4.1", "n": 1}
        refused = await house.ask("POST", "/v1/images/generations", token, body=body)
        assert (refused.status, refused.error["param"], refused.error["site_code"]) == (400, "model", "2061")
        assert "jimeng-4.1" not in await models(house, token)


async def test_lists_that_cannot_be_read_leave_the_catalogue_and_are_called_stale(
    street: Any, new_session: Callable[[str], str]
) -> None:
    await street.site("us")
    async with street.gateway() as house:
        await street.sites["us"].stop()
        found = await models(house, f"us-{new_session('a')}")
        assert (found["jimeng-4.5"]["live"], found["jimeng-4.5"]["stale"]) == (False, True)
