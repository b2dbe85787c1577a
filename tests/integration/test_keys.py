"""Gateway keys: whose jobs are whose, what is kept of a key, revoking, usage, and who may look after them."""

import csv
import io
import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from openai import AsyncOpenAI, AuthenticationError
from tests.integration.keyholder import Key, Operator, until

Sessions = Callable[[str], str]


@pytest.fixture
async def operator(house: Any, new_session: Sessions) -> Operator:
    """Give the operator of a gateway with one account."""
    operator = Operator(house)
    await operator.add_account(f"us-{new_session('ours')}")
    return operator


def site_calls(house: Any) -> int:
    return int(sum(house.site().world.stats.calls.values()))


async def test_a_key_makes_pictures_with_the_accounts_of_the_server(house: Any, operator: Operator) -> None:
    key = await operator.create()
    async with AsyncOpenAI(base_url=f"{house.url}/v1", api_key=key.text) as client:
        raw = await client.images.with_raw_response.generate(prompt="a fox", n=1, response_format="url")
        assert len(raw.parse().data or []) == 1
        assert not [name for name in raw.headers if "ratelimit" in name]
    assert len(await house.ledger()) == 1


@pytest.mark.parametrize("credential", ["db-" + "x" * 43, "db-short", "db-admin-" + "x" * 43])
async def test_an_unknown_key_is_refused_without_any_call_to_a_site(
    house: Any, operator: Operator, credential: str
) -> None:
    before = site_calls(house)
    async with AsyncOpenAI(base_url=f"{house.url}/v1", api_key=credential) as client:
        with pytest.raises(AuthenticationError) as caught:
            await client.images.generate(prompt="a fox")
        assert (caught.value.code, caught.value.type) == ("invalid_api_key", "invalid_request_error")
        with pytest.raises(AuthenticationError):
            await client.models.list()
    assert site_calls(house) == before


async def test_keys_see_their_own_jobs_only_and_the_session_behind_them_sees_none(
    house: Any, operator: Operator, new_session: Sessions
) -> None:
    one, two = await operator.create(), await operator.create()
    made = await house.draw(one.text)
    job = f"/v1/jobs/{made.headers['x-job-id']}"
    session = f"us-{new_session('ours')}"
    assert (await house.ask("GET", job, one.text)).status == 200
    for stranger in (two.text, operator.token, session):
        assert (await house.ask("GET", job, stranger)).status == 404
        assert (await house.ask("GET", "/v1/jobs", stranger)).json["data"] == []
        assert (await house.ask("POST", f"{job}/cancel", stranger)).status == 404
    # And the other way round: what the session makes is its own.
    own = await house.draw(session)
    assert (await house.ask("GET", f"/v1/jobs/{own.headers['x-job-id']}", one.text)).status == 404


async def test_a_conversation_of_a_key_is_not_the_sessions(
    house: Any, operator: Operator, new_session: Sessions
) -> None:
    key = await operator.create()
    body = {"model": "agent", "messages": [{"role": "user", "content": "画一只狐狸"}]}
    said = await house.ask("POST", "/v1/chat/completions", key.text, body=body)
    assert said.status == 200
    job = await house.job(said, key.text)
    more = {**body, "conversation_id": job["request"]["conversation_id"]}
    refused = await house.ask("POST", "/v1/chat/completions", f"us-{new_session('ours')}", body=more)
    assert refused.error["code"] == "conversation_not_found"
    assert (await house.ask("POST", "/v1/chat/completions", key.text, body=more)).status == 200


async def test_a_revoked_key_is_refused_at_once_and_its_running_job_goes_on(house: Any, operator: Operator) -> None:
    key = await operator.create()
    started = await house.draw(key.text, prefer="respond-async")
    assert started.status == 202
    await operator.revoke(key)
    refused = await house.draw(key.text, "another fox")
    assert (refused.status, refused.error["code"]) == (401, "invalid_api_key")
    assert (await house.ask("GET", f"/v1/jobs/{started.headers['x-job-id']}", key.text)).status == 401
    usage = await until(lambda: operator.usage(key), lambda found: found["total"]["images"])
    assert (usage["total"]["requests"], usage["total"]["images"]) == (1, 1)
    assert [each["revoked_at"] is not None for each in (await operator.ask("GET", "/v1/keys")).json["data"]] == [True]


async def test_the_database_shows_no_key_and_the_list_neither(house: Any, operator: Operator) -> None:
    keys = [await operator.create(), await operator.create(admin=True)]
    for key in keys:
        assert len(key.text) == 46
        await house.draw(key.text)
    listed = (await operator.ask("GET", "/v1/keys")).content.decode()
    with closing(sqlite3.connect(house.data_dir / "dreambridge.db")) as database:
        dump = "\n".join(database.iterdump())
    raw = b"".join(path.read_bytes() for path in house.data_dir.glob("dreambridge.db*"))
    assert "api_keys" in dump
    for key in keys:
        secret = key.text.removeprefix("db-")
        for place in (listed, dump):
            assert secret not in place
            assert secret[:20] not in place
        assert secret.encode() not in raw
        assert key.text[-4:] in listed


async def test_without_an_account_a_key_is_told_how_the_operator_adds_one(house: Any) -> None:
    operator = Operator(house)
    key = await operator.create()
    for path, body in (
        ("/v1/images/generations", {"prompt": "a fox"}),
        ("/v1/chat/completions", {"model": "jimeng-4.5", "messages": [{"role": "user", "content": "a fox"}]}),
        ("/v1/responses", {"input": "a fox"}),
    ):
        refused = await house.ask("POST", path, key.text, body=body)
        assert (refused.status, refused.error["code"]) == (503, "no_account")
        assert "dreambridge accounts add" in refused.error["message"]
        assert "dreambridge accounts add" in refused.error["remedy"]
        assert refused.headers["x-should-retry"] == "false"
    assert (await house.ask("GET", "/v1/models", key.text)).json["data"] == []
    assert (await house.ask("GET", "/v1/models/jimeng-4.5", key.text)).status == 503
    assert (await house.ask("GET", "/v1/jobs", key.text)).json["data"] == []


async def test_usage_counts_by_day_in_json_and_csv_with_what_was_really_paid(house: Any, operator: Operator) -> None:
    key = await operator.create()
    body = {"prompt": "foxes", "n": 2, "model": "jimeng-4.5"}
    made = await house.ask("POST", "/v1/images/generations", key.text, body=body)
    assert made.status == 200
    # Its price is not known beforehand: it counts once the ledger tells.
    unknown = await house.ask("POST", "/v1/images/generations", key.text, body={**body, "model": "jimeng-5.0", "n": 1})
    assert unknown.status == 200
    paid = sum(row["credits"] for row in await house.ledger())
    usage = await until(lambda: operator.usage(key), lambda found: found["total"]["credits"] == paid)
    assert usage["total"] == {"requests": 2, "images": 3, "videos": 0, "credits": paid}
    assert [day["day"] for day in usage["data"]] == [usage["to"]]
    for reply in (
        await operator.ask("GET", f"/v1/keys/{key.id}/usage", accept="text/csv"),
        await operator.ask("GET", f"/v1/keys/{key.id}/usage?format=csv"),
    ):
        assert reply.headers["content-type"].startswith("text/csv")
        rows = list(csv.DictReader(io.StringIO(reply.content.decode())))
        expected = {"day": usage["to"], "requests": "2", "images": "3", "videos": "0", "credits": f"{paid:g}"}
        assert rows == [expected]
    assert (await operator.usage(key, "?from=2020-01-01&to=2020-12-31"))["data"] == []


async def test_usage_and_limits_survive_a_restart(street: Any, new_session: Sessions) -> None:
    await street.site("us")
    async with street.gateway() as house:
        operator = Operator(house)
        await operator.add_account(f"us-{new_session('ours')}")
        key = await operator.create(limits={"credits_per_day": 4})
        assert (await house.draw(key.text)).status == 200
    async with street.gateway() as house:
        operator = Operator(house)
        refused = await house.draw(key.text, "another fox")
        assert (refused.status, refused.error["code"]) == (429, "insufficient_quota")
        assert (await operator.usage(key))["total"]["requests"] == 1


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x" * 65}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"name": 7}, "name"),
        ({"name": "a", "limits": {"rpm": 0}}, "limits.rpm"),
        ({"name": "a", "limits": {"rpm": "2"}}, "limits.rpm"),
        ({"name": "a", "limits": {"rpm": 1.5}}, "limits.rpm"),
        ({"name": "a", "limits": {"concurrency": 0}}, "limits.concurrency"),
        ({"name": "a", "limits": {"credits_per_day": -1}}, "limits.credits_per_day"),
        ({"name": "a", "limits": {"models": []}}, "limits.models"),
        ({"name": "a", "limits": {"models": ["nobody"]}}, "limits.models[0]"),
        ({"name": "a", "limits": {"images_mode": "never"}}, "limits.images_mode"),
        ({"name": "a", "limits": {"concurency": 1}}, "limits.concurency"),
        ({"name": "a", "limit": {}}, "limit"),
        ({"name": "a", "admin": "yes"}, "admin"),
        ([], None),
    ],
)
async def test_a_key_that_cannot_be_made_as_said_is_not_made(
    house: Any, body: dict[str, Any], param: str | None
) -> None:
    operator = Operator(house)
    refused = await operator.ask("POST", "/v1/keys", body=body)
    assert (refused.status, refused.error["param"]) == (400, param)
    assert (await operator.ask("GET", "/v1/keys")).json["data"] == []


async def test_names_are_unique_and_changes_leave_what_they_do_not_name(house: Any) -> None:
    operator = Operator(house)
    key = await operator.create(name="team", limits={"rpm": 5, "concurrency": 2})
    taken = await operator.ask("POST", "/v1/keys", body={"name": "team"})
    assert (taken.status, taken.error["code"]) == (400, "name_taken")
    changed = await operator.change(key, limits={"rpm": None, "credits_per_day": 7})
    assert changed["limits"] == {
        "models": None,
        "concurrency": 2,
        "rpm": None,
        "credits_per_day": 7,
        "images_mode": None,
    }
    assert (await operator.change(key, name="crew"))["limits"] == changed["limits"]
    assert (await operator.ask("GET", f"/v1/keys/{key.id}")).json["name"] == "crew"
    for method, path, body in (
        ("PATCH", key.id, {}),
        ("PATCH", key.id, {"limits": {"rpm": 0}}),
        ("PATCH", key.id, {"limits": {"rmp": 1}}),
        ("GET", f"{key.id}/usage?from=yesterday", None),
        ("GET", f"{key.id}/usage?from=2026-02-30", None),
        ("GET", f"{key.id}/usage?from=2026-02-03&to=2026-02-01", None),
        ("GET", f"{key.id}/usage?format=xml", None),
    ):
        assert (await operator.ask(method, f"/v1/keys/{path}", body=body)).status == 400
    for method, path in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("GET", "/usage")):
        missing = await operator.ask(
            method, f"/v1/keys/key_none{path}", body={"name": "a"} if method == "PATCH" else None
        )
        assert (missing.status, missing.error["code"]) == (404, "key_not_found")


async def test_only_the_admin_key_and_keys_made_for_it_look_after_keys(house: Any, new_session: Sessions) -> None:
    operator = Operator(house)
    plain, admin = await operator.create(), await operator.create(admin=True)
    assert (await house.ask("GET", "/v1/keys", admin.text)).status == 200
    for method, path in (
        ("GET", "/v1/keys"),
        ("POST", "/v1/keys"),
        ("GET", f"/v1/keys/{plain.id}"),
        ("PATCH", f"/v1/keys/{plain.id}"),
        ("DELETE", f"/v1/keys/{plain.id}"),
        ("GET", f"/v1/keys/{plain.id}/usage"),
    ):
        for token in (plain.text, f"us-{new_session('mine')}"):
            assert (await house.ask(method, path, token)).error["code"] == "admin_key_needed"
        assert (await house.ask(method, path, "nobody")).status == 401
    await operator.revoke(admin)
    assert (await house.ask("GET", "/v1/keys", admin.text)).status == 401


async def test_the_admin_key_draws_without_limits_and_keeps_its_jobs_to_itself(house: Any, operator: Operator) -> None:
    made = await house.draw(operator.token)
    assert made.status == 200
    assert (await house.ask("GET", f"/v1/jobs/{made.headers['x-job-id']}", operator.token)).status == 200
    assert (await operator.ask("GET", "/v1/keys")).json["data"] == []


async def test_where_keys_are_required_a_session_is_refused_on_loopback_too(street: Any, new_session: Sessions) -> None:
    await street.site("us")
    async with street.gateway(require_gateway_key=True) as house:
        operator = Operator(house)
        await operator.add_account(f"us-{new_session('ours')}")
        key = await operator.create()
        before = site_calls(house)
        for token in (f"us-{new_session('mine')}", new_session("mine"), "sandbox"):
            refused = await house.draw(token)
            assert (refused.status, refused.error["code"]) == (403, "not_permitted")
            assert "REQUIRE_GATEWAY_KEY" in refused.error["message"]
        assert site_calls(house) == before
        assert (await house.draw(key.text)).status == 200


async def test_a_gateway_key_is_not_asked_about_as_a_session(house: Any, operator: Operator) -> None:
    key = await operator.create()
    refused = await house.ask("POST", "/token/points", key.text)
    assert (refused.status, refused.error["code"]) == (403, "not_permitted")


async def test_a_key_that_asks_for_much_leaves_every_second_turn_to_another(street: Any, new_session: Sessions) -> None:
    await street.site("us")
    async with street.gateway(account_concurrency=1) as house:
        operator = Operator(house)
        await operator.add_account(f"us-{new_session('ours')}")
        greedy, modest = await operator.create(), await operator.create()

        async def start(key: Key, prompt: str) -> Any:
            return await house.draw(key.text, prompt, prefer="respond-async")

        house.change_site(generation="fixed:3000")
        first = await start(greedy, "the first wolf")
        await until(house.ledger, bool)
        house.change_site(generation="fixed:1")
        many = [await start(greedy, f"{number} wolves") for number in range(6)]
        few = [await start(modest, f"{number} foxes") for number in range(2)]
        await house.ask("POST", f"/v1/jobs/{first.headers['x-job-id']}/cancel", greedy.text)
        for key, replies in ((greedy, many), (modest, few)):
            for reply in replies:
                assert (await house.ended(reply, key.text))["status"] == "completed"
        # In the order in which the site was asked.
        order = "".join("m" if "foxes" in row["prompt"] else "g" for row in await house.ledger())
        assert order in {"gmgmggggg", "ggmgmgggg"}
