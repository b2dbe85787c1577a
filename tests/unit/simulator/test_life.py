import math
import random
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from dreambridge.simulator.progress import Generation, Life, Pace, parse_generation, phase_at, plan_life
from dreambridge.simulator.server import SimulatorServer

OpenSite = Callable[..., Awaitable[SimulatorServer]]
Ask = Callable[..., Awaitable[Any]]
Submit = Callable[..., Awaitable[dict[str, Any]]]
Look = Callable[..., Awaitable[dict[str, Any] | None]]
Move = Callable[[float], None]


def chance(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 -- repeatable, not secret


def life(seed: int = 0, *, pace: Pace | None = None, scale: float = 1.0, count: int = 4, seconds: float = 12.5) -> Life:
    return plan_life(seconds=seconds, count=count, scale=scale, pace=pace or Pace(), rng=chance(seed))


def test_a_life_goes_20_42_45_50_and_its_items_come_together() -> None:
    one = life()
    seen = [(phase_at(one, moment).status, phase_at(one, moment).items) for moment in (0, 1.4, 2.8, 4.2, 9, 14)]
    assert seen == [(20, 0), (42, 0), (42, 0), (45, 0), (45, 0), (50, 4)]


def test_some_lives_show_all_items_once_before_they_say_so() -> None:
    ends = {life(seed).end - life(seed).complete for seed in range(20)}
    assert 0 in ends
    assert any(0 < late < 2 for late in ends)


def test_the_scale_multiplies_every_moment() -> None:
    slow, fast = life(3), life(3, scale=0.01)
    assert fast == Life(*(_scaled(value) for value in (slow.queue, slow.thinking, slow.drawing, slow.items, slow.end)))


def _scaled(value: Any) -> Any:
    return tuple(v * 0.01 for v in value) if isinstance(value, tuple) else value * 0.01


def test_staggered_items_come_one_by_one() -> None:
    one = life(pace=Pace(staggered=True))
    counts = [phase_at(one, second / 10).items for second in range(130)]
    assert counts == sorted(counts)
    assert set(counts) == {0, 1, 2, 3, 4}


def test_a_place_in_the_queue_falls_until_the_turn_comes() -> None:
    one = life(pace=Pace(queue=60))
    places = [phase_at(one, second).queue_idx for second in range(0, 61, 10)]
    assert places == sorted(places, reverse=True)
    assert places[0] > 30
    assert places[-1] == 0
    assert phase_at(one, 30).queue_status == 1


@pytest.mark.parametrize(
    ("stays", "status", "items"), [("queued", 20, 0), ("thinking", 42, 0), ("drawing", 45, 0), ("drawn", 45, 4)]
)
def test_a_life_can_stay_where_it_is(stays: str, status: int, items: int) -> None:
    phase = phase_at(life(pace=Pace(stays=stays)), 1e9)
    assert (phase.status, phase.items, phase.ended) == (status, items, False)


def test_lognormal_times_have_the_mean_that_the_forecast_tells() -> None:
    generation = parse_generation("lognormal:20:0.5")
    rng = chance(1)
    drawn = [generation.draw(rng, "2k") for _ in range(4000)]
    assert math.isclose(sum(drawn) / len(drawn), generation.expected("2k"), rel_tol=0.05)
    assert generation.expected("2k") == 20


@pytest.mark.parametrize("resolution", ["1k", "1.5k", "2k", "4k"])
def test_observed_times_grow_with_the_resolution(resolution: str) -> None:
    low, high = {"1k": (11, 14), "1.5k": (14, 32), "2k": (19, 54), "4k": (30, 80)}[resolution]
    rng = chance(2)
    assert all(low <= Generation("protocol").draw(rng, resolution) <= high for _ in range(200))


@pytest.mark.parametrize("text", ["", "soon", "fixed", "fixed:-1", "lognormal:20", "lognormal:0:1", "protocol:1"])
def test_nonsense_for_a_generation_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="generation must be"):
        parse_generation(text)


async def test_a_record_lives_by_the_clock(open_site: OpenSite, submit: Submit, look: Look, move: Move) -> None:
    site = await open_site(generation="fixed:20", time_scale=0.5)
    record = await submit(site, gen_count=2)
    assert (record["status"], record["task"]["status"], record["item_list"]) == (20, 20, [])
    seen = []
    for _ in range(12):
        shown = await look(site, record["submit_id"])
        assert shown is not None
        seen.append((shown["status"], shown["finished_image_count"]))
        move(1)
    assert seen[0] == (20, 0)
    assert seen[1] == (42, 0)
    assert seen[2] == (45, 0)
    assert seen[9] == (45, 0)
    assert seen[-1] == (50, 2)


async def test_a_finished_record_has_times_counts_and_its_draft(
    open_site: OpenSite, submit: Submit, look: Look, move: Move
) -> None:
    site = await open_site()
    record = await submit(site, gen_count=3)
    move(60)
    shown = await look(site, record["submit_id"])
    assert shown is not None
    assert shown["total_image_count"] == shown["finished_image_count"] == len(shown["item_list"]) == 3
    assert record["created_time"] < shown["finish_time"] <= record["created_time"] + 13
    assert shown["task"]["finish_time"] == shown["finish_time"]
    assert shown["fail_msg"] == "Success"
    assert "a red fox" in shown["draft_content"]
    assert len({item["common_attr"]["id"] for item in shown["item_list"]}) == 3


async def test_the_forecast_tells_the_mean_and_nothing_of_what_was_drawn(
    open_site: OpenSite, submit: Submit, look: Look
) -> None:
    site = await open_site(generation="lognormal:20:0.5")
    told = set()
    for _ in range(5):
        record = await submit(site)
        shown = await look(site, record["submit_id"])
        assert shown is not None
        told.add(shown["forecast_generate_cost"])
    assert told == {20}
    assert len({record.life.complete for record in site.world.records.values()}) == 5


async def test_equal_seeds_and_submit_ids_give_equal_lives(open_site: OpenSite, submit: Submit) -> None:
    lives = []
    for seed in (1, 1, 2):
        site = await open_site(seed=seed)
        await submit(site, outer={"submit_id": "0" * 16})
        lives.append(next(iter(site.world.records.values())).record_id)
    assert lives[0] == lives[1] != lives[2]


async def test_both_kinds_of_id_are_answered_under_the_id_that_was_asked(
    open_site: OpenSite, submit: Submit, ask: Ask
) -> None:
    site = await open_site()
    first, second = await submit(site), await submit(site)
    foreign = await submit(site, session="bob")
    answer = await ask(
        site,
        "history",
        {
            "submit_ids": [first["submit_id"], "unknown", foreign["submit_id"]],
            "history_ids": [first["history_record_id"], second["history_record_id"], foreign["history_record_id"]],
        },
    )
    assert set(answer["data"]) == {first["submit_id"], first["history_record_id"], second["history_record_id"]}
    assert site.world.stats.ids_per_history_call == {6: 1}


async def test_too_many_ids_are_refused_when_a_limit_is_set(open_site: OpenSite, ask: Ask) -> None:
    site = await open_site(history_max_ids=2)
    assert (await ask(site, "history", {"submit_ids": ["a", "b"]}))["ret"] == "0"
    assert (await ask(site, "history", {"submit_ids": ["a", "b", "c"]}))["ret"] == "1000"


async def test_a_record_can_be_cancelled_and_deleted(
    open_site: OpenSite, submit: Submit, ask: Ask, look: Look, move: Move
) -> None:
    site = await open_site(credit=20)
    record = await submit(site)
    move(5)
    assert (await ask(site, "cancel", {"history_id": record["history_record_id"]}))["ret"] == "0"
    shown = await look(site, record["submit_id"])
    assert shown is not None
    assert (shown["status"], shown["task"]["status"], shown["queue_info"]["queue_status"]) == (30, 30, 3)
    assert (await ask(site, "cancel", {"history_id": record["history_record_id"]}))["ret"] != "0"
    move(60)
    assert (await ask(site, "credit"))["data"]["credit"]["gift_credit"] == 20
    await ask(site, "remove", {"id_list": [record["history_record_id"]]})
    assert await look(site, record["submit_id"]) is None


async def test_the_place_in_the_queue_can_be_asked_alone(open_site: OpenSite, submit: Submit, ask: Ask) -> None:
    site = await open_site()
    record = await submit(site, prompt="a fox [sim:queued]")
    answer = await ask(site, "queue", {"history_ids": [record["history_record_id"]]})
    shown = answer["data"][record["history_record_id"]]
    assert shown["queue_info"]["queue_status"] == 1
    assert shown["queue_info"]["queue_idx"] > 0
    assert shown["forecast_cost_time"]["forecast_queue_cost"] == 60
    assert (await ask(site, "queue", {"historyIds": []}))["ret"] == "1000"
