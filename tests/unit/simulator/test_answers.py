import json
from collections.abc import Awaitable, Callable, Iterator
from importlib import resources
from typing import Any

import pytest

from dreambridge.simulator.server import SimulatorServer

OpenSite = Callable[..., Awaitable[SimulatorServer]]
Ask = Callable[..., Awaitable[Any]]
Body = Callable[..., dict[str, Any]]
Submit = Callable[..., Awaitable[dict[str, Any]]]
Move = Callable[[float], None]

SAMPLES = resources.files("dreambridge") / "contract" / "samples"


def sample(name: str) -> Any:
    return json.loads((SAMPLES / f"{name}.json").read_text("utf-8"))["answer"]


def lacking(wanted: Any, given: Any, place: str = "answer") -> Iterator[str]:
    """Tell where an answer lacks a name of the sample, or holds another type."""
    if isinstance(wanted, dict) and isinstance(given, dict):
        for name, value in wanted.items():
            if name not in given:
                yield f"{place}.{name} is missing"
            else:
                yield from lacking(value, given[name], f"{place}.{name}")
    elif isinstance(wanted, list) and isinstance(given, list):
        for value in wanted[:1]:
            yield from lacking(value, given[0] if given else None, f"{place}[0]")
    elif type(wanted) is not type(given) and {type(wanted), type(given)} != {int, float}:
        yield f"{place} is {type(given).__name__}, not {type(wanted).__name__}"


def rekeyed(answer: Any, key: str, to: str) -> Any:
    """Put the one entry of a map under another id."""
    answer["data"] = {to: answer["data"][key]}
    return answer


async def test_a_submission_is_answered_as_sampled(open_site: OpenSite, ask: Ask, body: Body) -> None:
    site = await open_site()
    answer = await ask(site, "generate", body())
    assert not list(lacking(sample("generate/accepted"), answer))
    assert answer["data"]["aigc_data"]["history_record_id"].isdigit()
    assert len(answer["data"]["aigc_data"]["history_record_id"]) in {13, 14}


async def test_a_submission_without_credit_is_refused_as_sampled(open_site: OpenSite, ask: Ask, body: Body) -> None:
    site = await open_site(credit=15)
    answer = await ask(site, "generate", body())
    wanted = sample("generate/refused_1006")
    assert answer["data"] == wanted["data"]
    assert (answer["ret"], answer["errmsg"]) == (wanted["ret"], wanted["errmsg"])


@pytest.mark.parametrize(
    "case",
    [
        ("queued", "queued", 5),
        ("generating", "plain", 6),
        ("done", "plain", 60),
        ("input_refused", "input-refused", 60),
    ],
)
async def test_records_look_as_sampled(
    open_site: OpenSite, submit: Submit, ask: Ask, move: Move, case: tuple[str, str, float]
) -> None:
    name, scenario, seconds = case
    site = await open_site()
    record = await submit(site, prompt=f"a fox [sim:{scenario}]")
    move(seconds)
    answer = await ask(site, "history", {"submit_ids": [record["submit_id"]]})
    wanted = sample(f"history/{name}")
    (key,) = wanted["data"]
    given = rekeyed(answer, record["submit_id"], key)
    assert not list(lacking(wanted, given))
    for field in ("status", "fail_code", "fail_msg", "fail_starling_key", "total_image_count", "finished_image_count"):
        assert given["data"][key][field] == wanted["data"][key][field]
    assert given["data"][key]["task"]["status"] == wanted["data"][key]["task"]["status"]
    assert given["data"][key]["queue_info"]["queue_status"] == wanted["data"][key]["queue_info"]["queue_status"]


async def test_a_cancelled_record_looks_as_sampled(open_site: OpenSite, submit: Submit, ask: Ask) -> None:
    site = await open_site()
    record = await submit(site)
    await ask(site, "cancel", {"history_id": record["history_record_id"]})
    answer = await ask(site, "history", {"submit_ids": [record["submit_id"]]})
    wanted = sample("history/cancelled")
    (key,) = wanted["data"]
    assert not list(lacking(wanted, rekeyed(answer, record["submit_id"], key)))


async def test_the_query_decides_the_shape_of_commerce_answers(open_site: OpenSite, ask: Ask) -> None:
    site = await open_site(credit=22)
    plain, queried = await ask(site, "credit"), await ask(site, "credit", query="?aid=513695")
    assert not list(lacking(sample("commerce/credit_a"), plain))
    assert not list(lacking(sample("commerce/credit_b"), queried))
    assert json.loads(queried["response"]) == plain["data"]
    assert plain["data"]["credit"]["gift_credit"] == 22


@pytest.mark.parametrize(("shape", "field"), [("A", "data"), ("B", "response")])
async def test_the_shape_of_commerce_answers_can_be_fixed(
    open_site: OpenSite, ask: Ask, shape: str, field: str
) -> None:
    site = await open_site(commerce_envelope=shape)
    for query in ("", "?aid=513695"):
        assert field in await ask(site, "credit", query=query)


async def test_errors_of_commerce_come_in_the_shape_of_their_call(open_site: OpenSite, ask: Ask) -> None:
    site = await open_site()
    answer = await ask(site, "credit", session="x-expired", query="?aid=513695")
    assert answer["ret"] == "1015"
    assert "svr_time" in answer
    assert "systime" in await ask(site, "credit", session="x-expired")


async def test_an_empty_commerce_body_is_refused(open_site: OpenSite, ask: Ask, web: Any) -> None:
    site = await open_site()
    url = f"{site.base_url}/commerce/v1/benefits/user_credit"
    async with web.post(url, headers={"Cookie": "sessionid=alice"}) as answer:
        assert json.loads(await answer.text())["ret"] == "1000"


async def test_the_daily_credit_is_given_once_a_day(open_site: OpenSite, ask: Ask, move: Move) -> None:
    site = await open_site(credit=0)
    claim = {"time_zone": "Asia/Shanghai"}
    first = await ask(site, "claim", claim)
    assert not list(lacking(sample("commerce/claim"), first))
    assert first["data"]["cur_total_credits"] == 66
    assert (await ask(site, "claim", claim))["ret"] != "0"
    move(86400)
    assert (await ask(site, "claim", claim))["data"]["cur_total_credits"] == 132


async def test_the_ledger_comes_in_pages_newest_first(
    open_site: OpenSite, submit: Submit, ask: Ask, move: Move
) -> None:
    site = await open_site()
    ids = []
    for _ in range(3):
        ids.append((await submit(site))["submit_id"])
        move(60)
    first = await ask(site, "ledger", {"count": 2, "cursor": "0"})
    assert not list(lacking(sample("commerce/ledger"), first))
    rest = await ask(site, "ledger", {"count": 2, "cursor": first["data"]["new_cursor"]})
    listed = [row["submit_id"] for row in first["data"]["records"] + rest["data"]["records"]]
    assert listed == ids[::-1]
    assert (first["data"]["has_more"], rest["data"]["has_more"]) == (True, False)
    assert (await ask(site, "ledger", {"count": 2, "cursor": "0", "history_type": 1}))["data"]["records"] == []


async def test_the_passport_has_no_ret_and_tells_the_living_from_the_dead(open_site: OpenSite, ask: Ask) -> None:
    site = await open_site()
    alive, dead = await ask(site, "passport"), await ask(site, "passport", session="")
    assert not list(lacking(sample("passport/alive"), alive))
    assert not list(lacking(sample("passport/dead"), dead))
    assert "ret" not in alive
    assert "ret" not in dead
    other = await ask(site, "passport", session="bob")
    assert alive["data"]["user_id"] != other["data"]["user_id"]


async def test_only_registered_sessions_live_on_a_listed_site(open_site: OpenSite, ask: Ask, control: Any) -> None:
    site = await open_site(cluster="us", sessions="listed")
    await control(site, "sessions", [{"session": "alice", "cluster": "us"}, {"session": "bob", "cluster": "cn"}])
    answers = [
        (await ask(site, "history", {"submit_ids": ["x"]}, session=name))["ret"] for name in ("alice", "bob", "eve")
    ]
    assert answers == ["0", "1015", "1015"]


async def test_the_live_models_differ_by_cluster_and_need_no_login(open_site: OpenSite, ask: Ask) -> None:
    cn, us = await open_site(), await open_site(cluster="us")
    lists = []
    for site in (cn, us):
        answer = await ask(site, "config", session="")
        assert not list(lacking(sample("mweb/image_models"), answer))
        lists.append({model["model_req_key"] for model in answer["data"]["model_list"]})
    assert "jm_image_model_yc_mj82" in lists[0] - lists[1]
    assert "gpt_image_2" in lists[1] - lists[0]


async def test_membership_and_settings_answer(open_site: OpenSite, ask: Ask) -> None:
    site = await open_site()
    assert (await ask(site, "member", {"scene": "vip"}))["data"]["flag"] is False
    assert (await ask(site, "settings", {"custom_settings": {"aigc_compliance_confirmed": True}}))["ret"] == "0"
    assert (await ask(site, "settings", {}))["ret"] == "1000"


async def test_what_is_not_json_is_a_parameter_error(open_site: OpenSite, web: Any) -> None:
    site = await open_site()
    for raw in (b"{", b"[]"):
        url = f"{site.base_url}/mweb/v1/get_history_by_ids"
        async with web.post(url, data=raw, headers={"Cookie": "sessionid=alice"}) as answer:
            assert json.loads(await answer.text())["ret"] == "1000"
