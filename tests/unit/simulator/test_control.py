import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import aiohttp
import pytest

from dreambridge.simulator.server import SimulatorServer
from dreambridge.simulator.settings import SimulatorOptions

OpenSite = Callable[..., Awaitable[SimulatorServer]]
Ask = Callable[..., Coroutine[Any, Any, Any]]
Body = Callable[..., dict[str, Any]]
Control = Callable[..., Awaitable[Any]]
Submit = Callable[..., Awaitable[dict[str, Any]]]
Look = Callable[..., Awaitable[dict[str, Any] | None]]
Move = Callable[[float], None]


async def until(came_true: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while True:
            if came_true():
                return
            await asyncio.sleep(0.01)


async def test_the_ledger_tells_who_was_charged_and_when_items_were_ready(
    open_site: OpenSite, submit: Submit, look: Look, control: Control, move: Move
) -> None:
    site = await open_site()
    record = await submit(site, prompt="a fox", gen_count=2)
    stuck = await submit(site, prompt="[sim:stuck]", session="bob")
    (line, other) = await control(site, "ledger")
    assert (line["submit_id"], line["record_id"]) == (record["submit_id"], record["history_record_id"])
    assert (line["session"], line["prompt"], line["count"], line["credits"]) == ("alice", "a fox", 2, 8)
    assert (line["state"], line["charged"]) == ("open", 0)
    assert (other["submit_id"], other["ready_at"]) == (stuck["submit_id"], None)
    move(line["ready_at"] - line["accepted_at"] - 0.01)
    early = await look(site, record["submit_id"])
    move(0.02)
    due = await look(site, record["submit_id"])
    assert early is not None
    assert due is not None
    assert (early["finished_image_count"], due["finished_image_count"]) == (0, 2)
    move(60)
    (line, _) = await control(site, "ledger")
    assert (line["state"], line["charged"]) == ("succeeded", 8)


async def test_ready_at_waits_for_a_record_to_become_visible(
    open_site: OpenSite, submit: Submit, control: Control
) -> None:
    site = await open_site(visible_after=90)
    await submit(site)
    (line,) = await control(site, "ledger")
    assert line["ready_at"] == line["visible_at"] == line["accepted_at"] + 90


async def test_stats_count_calls_and_ids(open_site: OpenSite, ask: Ask, submit: Submit, control: Control) -> None:
    site = await open_site()
    await submit(site)
    for size in (1, 10, 10):
        await ask(site, "history", {"submit_ids": ["x"] * size})
    stats = await control(site, "stats")
    assert stats["calls"] == {"generate": 1, "history": 3}
    assert stats["accepted"] == 1
    assert stats["history"] == {"calls": 3, "ids": 21, "largest": 10, "ids_per_call": {"1": 1, "10": 2}}


async def test_refusals_are_listed_with_their_reason(
    open_site: OpenSite, ask: Ask, body: Body, control: Control
) -> None:
    site = await open_site()
    await ask(site, "generate", body(outer={"draft_content": "{}"}))
    (refusal,) = await control(site, "refusals")
    assert (refusal["call"], refusal["ret"], refusal["detail"]) == ("generate", 1002, "draft has no type")
    await control(site, "reset", {})
    assert await control(site, "refusals") == []


async def test_sessions_can_be_registered_with_credit_and_scenario(
    open_site: OpenSite, ask: Ask, body: Body, control: Control
) -> None:
    site = await open_site()
    await control(site, "sessions", {"session": "poor", "credit": 3})
    await control(site, "sessions", {"session": "bad", "scenario": "punished"})
    await control(site, "sessions", {"session": "dead", "alive": False})
    rets = [(await ask(site, "generate", body(), session=name))["ret"] for name in ("poor", "bad", "dead")]
    assert rets == ["1006", "1018", "1015"]
    assert {account["session"] for account in await control(site, "accounts")} == {"poor", "bad", "dead"}


async def test_options_change_while_the_site_runs(
    open_site: OpenSite, ask: Ask, body: Body, control: Control, web: aiohttp.ClientSession
) -> None:
    site = await open_site()
    await control(site, "options", {"scenario": "risk"})
    assert (await ask(site, "generate", body()))["ret"] == "1019"
    await control(site, "options", {"scenario": None, "duplicate_submit": "ignore"})
    same = body()
    assert [(await ask(site, "generate", same))["ret"] for _ in range(2)] == ["0", "0"]
    for wrong in ({"scenario": "sunshine"}, {"cluster": "us"}, {"duplicate_submit": "maybe"}, {"generation": "soon"}):
        async with web.post(f"{site.base_url}/_simulator/options", json=wrong) as answer:
            assert answer.status == 400


@pytest.mark.parametrize(("where", "accepted"), [("before", 0), ("after", 1)])
async def test_a_held_submission_waits_before_or_after_it_is_accepted(
    open_site: OpenSite, ask: Ask, body: Body, control: Control, where: str, accepted: int
) -> None:
    site = await open_site()
    await control(site, "hold", {"where": where})
    waiting = asyncio.create_task(ask(site, "generate", body()))
    await until(lambda: site.world.gate.waiting[where] == 1)
    assert not waiting.done()
    assert len(site.world.records) == accepted
    assert (await control(site, "stats"))["held"][where] == 1
    await control(site, "release", {})
    assert (await waiting)["ret"] == "0"
    assert len(site.world.records) == 1


async def test_a_client_that_dies_while_held_is_still_accepted(
    open_site: OpenSite, ask: Ask, body: Body, control: Control
) -> None:
    site = await open_site()
    await control(site, "hold", {"where": "before"})
    waiting = asyncio.create_task(ask(site, "generate", body()))
    await until(lambda: site.world.gate.waiting["before"] == 1)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await control(site, "release", {})
    await until(lambda: bool(site.world.records))
    assert len(site.world.records) == 1


async def test_a_held_submission_does_not_keep_the_site_from_stopping(
    open_site: OpenSite, ask: Ask, body: Body, control: Control
) -> None:
    site = await open_site()
    await control(site, "hold", {"where": "after"})
    waiting = asyncio.create_task(ask(site, "generate", body()))
    await until(lambda: site.world.gate.waiting["after"] == 1)
    async with asyncio.timeout(5):
        await site.stop()
        await asyncio.gather(waiting, return_exceptions=True)


async def test_unknown_actions_are_404(open_site: OpenSite, web: aiohttp.ClientSession) -> None:
    site = await open_site()
    async with web.get(f"{site.base_url}/_simulator/secrets") as answer:
        assert answer.status == 404


async def test_the_scenarios_can_be_listed(open_site: OpenSite, control: Control) -> None:
    names = {row["name"] for row in await control(await open_site(), "scenarios")}
    assert {"plain", "no-credit", "drop-after", "late"} <= names


async def test_a_taken_port_is_told(open_site: OpenSite) -> None:
    site = await open_site()
    port = int(site.base_url.rpartition(":")[2])
    with pytest.raises(OSError, match="in use"):
        await SimulatorServer(SimulatorOptions(), port=port).start()


async def test_a_stopped_site_listens_no_more(open_site: OpenSite, web: aiohttp.ClientSession) -> None:
    site = await open_site()
    url = f"{site.base_url}/_simulator/stats"
    await site.stop()
    with pytest.raises(aiohttp.ClientConnectionError):
        await web.get(url)
    with pytest.raises(RuntimeError, match="not running"):
        _ = site.base_url


async def test_a_bad_moment_is_no_breach_of_the_contract(
    open_site: OpenSite, ask: Ask, body: Body, control: Control
) -> None:
    site = await open_site(credit=16)
    same = body()
    for wanted in (same, same, body(), body(gen_count=9)):
        await ask(site, "generate", wanted)
    assert [refusal["contract"] for refusal in await control(site, "refusals")] == [False, False, True]
    assert (await control(site, "stats"))["contract_refusals"] == 1


@pytest.mark.parametrize(
    "wrong",
    [{"cluster": "mars"}, {"time_scale": -1}, {"credit": "much"}, {"items": "some"}, {"picture_format": "gif"}],
)
def test_options_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        SimulatorOptions(**wrong)
