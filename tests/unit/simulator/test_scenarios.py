import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from dreambridge.simulator.scenarios import load_scenarios
from dreambridge.simulator.server import SimulatorServer

OpenSite = Callable[..., Awaitable[SimulatorServer]]
Ask = Callable[..., Awaitable[Any]]
Body = Callable[..., dict[str, Any]]
Submit = Callable[..., Awaitable[dict[str, Any]]]
Look = Callable[..., Awaitable[dict[str, Any] | None]]
Move = Callable[[float], None]

REFUSED_AT_SUBMISSION = {
    "no-credit": 1006,
    "no-credit-5000": 5000,
    "daily-limit": 121101,
    "expired": 1015,
    "expired-at-submit": 1015,
    "punished": 1018,
    "risk": 1019,
    "risk-1021": 1021,
    "risk-2035": 2035,
    "risk-4013": 4013,
    "risk-minus-6": -6,
    "compliance": 4010,
    "rate-1": 1,
    "rate-1057": 1057,
    "rate-1310": 1310,
    "refused": 2038,
    "retired-model": 2061,
    "denied": 3018,
    "generation-error": 2002,
    "unknown-ret": 987654,
}


@pytest.mark.parametrize("name", REFUSED_AT_SUBMISSION)
async def test_a_session_named_after_a_refusal_meets_it(open_site: OpenSite, ask: Ask, body: Body, name: str) -> None:
    site = await open_site()
    answer = await ask(site, "generate", body(), session=f"sandbox-{name}")
    assert answer["ret"] == str(REFUSED_AT_SUBMISSION[name])
    assert answer["data"]["aigc_data"] is None
    assert not site.world.records


async def test_a_prompt_wins_over_a_session_and_a_session_over_the_option(
    open_site: OpenSite, ask: Ask, body: Body
) -> None:
    site = await open_site(scenario="punished")
    answers = [
        await ask(site, "generate", body()),
        await ask(site, "generate", body(), session="x.risk"),
        await ask(site, "generate", body(prompt="a fox [sim:refused]"), session="x.risk"),
        await ask(site, "generate", body(prompt="a fox [sim:plain]"), session="x.risk"),
    ]
    assert [answer["ret"] for answer in answers] == ["1018", "1019", "2038", "0"]


def test_the_longest_name_at_the_end_of_a_session_is_meant() -> None:
    table = load_scenarios()
    late = table.in_session("sandbox-late-and-lost")
    assert late is not None
    assert late.name == "late-and-lost"
    assert table.in_session("sandbox-latest") is None


def test_every_scenario_says_what_it_does_in_both_languages() -> None:
    for row in load_scenarios().rows.values():
        assert row.en
        assert any(ord(letter) > 0x2E80 or letter.isdigit() for letter in row.zh)
        assert row.name == row.name.lower()
        assert row.group or row.name == "plain"


async def test_an_expired_session_is_dead_everywhere(open_site: OpenSite, ask: Ask) -> None:
    site = await open_site()
    assert (await ask(site, "history", {"submit_ids": ["x"]}, session="my-expired"))["ret"] == "1015"
    assert (await ask(site, "credit", session="my-expired"))["ret"] == "1015"
    assert (await ask(site, "passport", session="my-expired"))["data"]["error_code"] == 13


FAILING = {
    # name: record status, task status, fail code, fail key holds, items
    "input-refused": (30, 10, "2038", "guidelines", 0),
    "input-refused-key-only": (30, 10, "", "guidelines", 0),
    "output-refused": (30, 40, "2041", "guidelines", 0),
    "face": (30, 10, "4011", "", 0),
    "copyright": (30, 40, "", "copyright_block", 0),
    "failed": (30, 30, "100402", "", 0),
    "failed-with-items": (30, 30, "100402", "", 2),
    "partial": (50, 50, "", "", 3),
    "empty-success": (50, 50, "", "", 0),
    "never-50": (45, 45, "", "", 4),
    "status-10": (10, 10, "", "", 4),
    "stuck": (45, 45, "", "", 0),
    "stuck-in-queue": (20, 20, "", "", 0),
}


@pytest.mark.parametrize("name", FAILING)
async def test_a_record_ends_as_its_scenario_says(
    open_site: OpenSite, submit: Submit, look: Look, move: Move, name: str
) -> None:
    site = await open_site()
    record = await submit(site, prompt=f"a fox [sim:{name}]")
    move(3600)
    shown = await look(site, record["submit_id"])
    assert shown is not None
    status, task, code, key, items = FAILING[name]
    assert (shown["status"], shown["task"]["status"], shown["fail_code"]) == (status, task, code)
    assert key in shown["fail_starling_key"]
    assert len(shown["item_list"]) == shown["finished_image_count"] == items


async def test_a_refused_prompt_fails_before_anything_is_drawn(
    open_site: OpenSite, submit: Submit, look: Look, move: Move
) -> None:
    site = await open_site()
    record = await submit(site, prompt="[sim:input-refused] a fox")
    move(4)
    shown = await look(site, record["submit_id"])
    assert shown is not None
    assert shown["status"] == 30


@pytest.mark.parametrize(
    ("name", "left"),
    [("plain", 84), ("failed", 100), ("failed-charged", 84), ("failed-refunded", 100), ("partial", 88), ("stuck", 100)],
)
async def test_credits_are_taken_at_the_end_as_the_scenario_says(
    open_site: OpenSite, submit: Submit, ask: Ask, move: Move, name: str, left: int
) -> None:
    site = await open_site(credit=100)
    record = await submit(site, prompt=f"[sim:{name}]")
    assert (await ask(site, "credit"))["data"]["credit"]["gift_credit"] == 100
    move(60)
    assert (await ask(site, "credit"))["data"]["credit"]["gift_credit"] == left
    rows = (await ask(site, "ledger", {"count": 20, "cursor": "0"}))["data"]["records"]
    assert all(row["submit_id"] == record["submit_id"] for row in rows)
    assert sum(row["amount"] if row["history_type"] == 2 else -row["amount"] for row in rows) == 100 - left


async def test_ledger_rows_come_some_seconds_after_the_items(
    open_site: OpenSite, submit: Submit, ask: Ask, move: Move
) -> None:
    site = await open_site()
    await submit(site)
    counts = []
    for seconds in (10, 4, 2):
        move(seconds)
        counts.append(len((await ask(site, "ledger", {"count": 20, "cursor": "0"}))["data"]["records"]))
    assert counts == [0, 0, 1]


async def test_a_record_can_stay_absent_for_some_looks(open_site: OpenSite, submit: Submit, look: Look) -> None:
    site = await open_site()
    record = await submit(site, prompt="[sim:absent]")
    seen = [await look(site, record["submit_id"]) is not None for _ in range(5)]
    assert seen == [False, False, False, True, True]


async def test_a_record_can_become_visible_late(open_site: OpenSite, submit: Submit, look: Look, move: Move) -> None:
    site = await open_site(time_scale=0.1)
    record = await submit(site, prompt="[sim:late]")
    move(8.9)
    assert await look(site, record["submit_id"]) is None
    move(0.2)
    assert await look(site, record["submit_id"]) is not None


@pytest.mark.parametrize(("name", "times"), [("history-2008-once", 1), ("history-1057", 3)])
async def test_a_fault_of_history_strikes_as_often_as_it_says(
    open_site: OpenSite, submit: Submit, ask: Ask, name: str, times: int
) -> None:
    site = await open_site()
    record = await submit(site, prompt=f"[sim:{name}]")
    rets = [(await ask(site, "history", {"submit_ids": [record["submit_id"]]}))["ret"] for _ in range(times + 2)]
    assert [ret == "0" for ret in rets] == [False] * times + [True, True]


async def test_http_errors_of_history_are_real_ones(
    open_site: OpenSite, submit: Submit, web: aiohttp.ClientSession
) -> None:
    site = await open_site()
    record = await submit(site, prompt="[sim:history-500-once]")
    statuses = []
    for _ in range(2):
        async with web.post(
            f"{site.base_url}/mweb/v1/get_history_by_ids",
            json={"submit_ids": [record["submit_id"]]},
            headers={"Cookie": "sessionid=alice"},
        ) as answer:
            statuses.append(answer.status)
    assert statuses == [500, 200]


UNCLEAR = {
    # name: what the client meets, whether the site accepted
    "drop-before": ("dropped", False),
    "drop-after": ("dropped", True),
    "late-and-lost": ("dropped", True),
    "truncated": ("cut", True),
    "garbage": ("unreadable", True),
    "html": ("unreadable", False),
    "html-after": ("unreadable", True),
    "http-500": ("500", False),
    "http-502-once": ("502", False),
    "http-502-after": ("502", True),
    "rate-429": ("429", False),
    "site-down": ("503", False),
}


async def _meet(site: SimulatorServer, web: aiohttp.ClientSession, body: dict[str, Any]) -> str:
    url, headers = f"{site.base_url}/mweb/v1/aigc_draft/generate", {"Cookie": "sessionid=alice"}
    try:
        async with web.post(url, json=body, headers=headers) as answer:
            text = await answer.text()
            if answer.status != 200:
                return str(answer.status)
            json.loads(text)
    except aiohttp.ServerDisconnectedError:
        return "dropped"
    except aiohttp.ClientPayloadError:
        return "cut"
    except ValueError:
        return "unreadable"
    return "answered"


@pytest.mark.parametrize("name", UNCLEAR)
async def test_an_unclear_submission_was_accepted_or_not_as_named(
    open_site: OpenSite, web: aiohttp.ClientSession, body: Body, name: str
) -> None:
    site = await open_site()
    met, accepted = UNCLEAR[name]
    assert await _meet(site, web, body(prompt=f"[sim:{name}]")) == met
    assert len(site.world.records) == accepted


async def test_a_dropped_submission_is_taken_when_it_is_sent_again(
    open_site: OpenSite, web: aiohttp.ClientSession, body: Body
) -> None:
    site = await open_site()
    again = body(prompt="[sim:drop-before]")
    assert [await _meet(site, web, again) for _ in range(2)] == ["dropped", "answered"]
    assert len(site.world.records) == 1
    assert await _meet(site, web, body(prompt="[sim:drop-before]")) == "dropped"


async def test_a_submission_can_be_answered_without_a_record_id(open_site: OpenSite, ask: Ask, body: Body) -> None:
    site = await open_site()
    answer = await ask(site, "generate", body(prompt="[sim:no-record-id]"))
    assert "history_record_id" not in answer["data"]["aigc_data"]
    assert len(site.world.records) == 1


async def test_ret_can_be_an_integer(open_site: OpenSite, ask: Ask, body: Body) -> None:
    site = await open_site()
    assert (await ask(site, "generate", body(), session="x-integer-ret"))["ret"] == 0
    assert (await ask(site, "credit", session="x-integer-ret"))["ret"] == 0


async def test_a_slow_answer_comes_in_the_end(open_site: OpenSite, submit: Submit) -> None:
    site = await open_site(time_scale=0.001)
    assert (await submit(site, prompt="[sim:slow]"))["status"] == 20


async def test_finish_time_and_image_addresses_can_be_missing(
    open_site: OpenSite, submit: Submit, look: Look, move: Move
) -> None:
    site = await open_site()
    bare = await submit(site, prompt="[sim:no-finish-time]")
    cover = await submit(site, prompt="[sim:cover-only]")
    move(60)
    first, second = await look(site, bare["submit_id"]), await look(site, cover["submit_id"])
    assert first is not None
    assert second is not None
    assert "finish_time" not in first
    assert first["task"]["finish_time"] == 0
    assert second["item_list"][0]["image"]["large_images"] == []
    assert "aigc_resize:0:0.png" in second["item_list"][0]["common_attr"]["cover_url"]


async def test_an_unknown_scenario_is_not_started(open_site: OpenSite) -> None:
    with pytest.raises(ValueError, match="unknown scenario"):
        await open_site(scenario="sunshine")


# Every code of the sites' own tables that ends a submission; every code or word that records were seen to fail with.
RETS = (
    *(
        1,
        -6,
        1000,
        1001,
        1002,
        1006,
        1010,
        1014,
        1015,
        1018,
        1019,
        1021,
        1057,
        1063,
        1159,
        1161,
        1162,
        1189,
        1190,
        1310,
    ),
    *(2002, 2003, 2004, 2005, 2014, 2020, 2035, 2038, 2039, 2040, 2041, 2042, 2043, 2046, 2047, 2048, 2050, 2061, 2203),
    *(2204, 3018, 3020, 3021, 4001, 4002, 4003, 4010, 4013, 5000, 5001, 5002, 10020, 121101),
)
FAILS = (
    *("2038", "2039", "2041", "2042", "2043", "2052", "4011", "1006", "100402", "130006", "140001", "copyright_block"),
    *("violates_community_guidelines", "InputTextRisk", "InputImageRisk", "OutputImageRisk", "inputvideorisk"),
    *("OutputVideoRisk", "OutputAudioCopyright", "RejectFace", "sensitive_text", "account_block", "risk_notification"),
    *("risk_control", "daily_usage_limit", "taskcanceled"),
)


def test_every_known_refusal_and_failure_has_a_scenario() -> None:
    rows = load_scenarios().rows.values()
    rets = {int(row.fault.value) for row in rows if row.fault and row.fault.kind == "ret"}
    assert set(RETS) <= rets
    endings = [row.ending for row in rows]
    told = {part for ending in endings for part in (ending.fail_code, ending.fail_msg)}
    keys = " ".join(ending.key for ending in endings)
    assert [word for word in FAILS if word not in told and word not in keys] == []


async def test_a_numbered_scenario_refuses_with_its_code(open_site: OpenSite, ask: Ask, body: Body) -> None:
    site = await open_site()
    assert (await ask(site, "generate", body(prompt="a fox [sim:ret-1063]")))["ret"] == "1063"


SHAPES: dict[str, Callable[[dict[str, Any]], bool]] = {
    "fail-code-while-running": lambda shown: (shown["status"], shown["fail_code"]) == (45, "2038"),
    "fail-code-number": lambda shown: shown["fail_code"] == 2039,
    "reason-in-task": lambda shown: shown["fail_msg"] == "" and shown["task"]["resp_ret"]["errmsg"] == "InputTextRisk",
    "reason-in-result": lambda shown: (
        shown["gen_result_data"]["result_msg"] == "OutputImageRisk" and "resp_ret" not in shown["task"]
    ),
    "status-60": lambda shown: shown["status"] == 60 and shown["fail_code"] == "100402",
    "fail-risk-control": lambda shown: "risk_control" in shown["fail_starling_key"] and shown["fail_code"] == "",
}


@pytest.mark.parametrize("name", SHAPES)
async def test_a_failure_is_told_where_the_scenario_says(
    open_site: OpenSite, submit: Submit, look: Look, move: Move, name: str
) -> None:
    site = await open_site()
    record = await submit(site, prompt=f"a fox [sim:{name}]")
    move(60)
    shown = await look(site, record["submit_id"])
    assert shown is not None
    assert SHAPES[name](shown)
    assert shown["item_list"] == []
    assert shown["finish_time"] > 0


async def test_records_can_be_keyed_by_the_other_id(open_site: OpenSite, submit: Submit, ask: Ask) -> None:
    site = await open_site()
    record = await submit(site, prompt="a fox [sim:other-key]")
    submit_id, record_id = record["submit_id"], record["history_record_id"]
    assert list((await ask(site, "history", {"submit_ids": [submit_id]}))["data"]) == [record_id]
    assert list((await ask(site, "history", {"history_ids": [record_id]}))["data"]) == [submit_id]


async def test_the_passport_can_be_flat(open_site: OpenSite, ask: Ask) -> None:
    site = await open_site()
    assert (await ask(site, "passport", session="x-passport-flat"))["user_id"]


async def test_latency_delays_every_call(open_site: OpenSite, ask: Ask) -> None:
    site = await open_site(latency=0.05)
    begin = time.perf_counter()
    await ask(site, "credit")
    assert time.perf_counter() - begin >= 0.05
