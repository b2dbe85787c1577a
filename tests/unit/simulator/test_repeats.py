from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from dreambridge.simulator.server import SimulatorServer

OpenSite = Callable[..., Awaitable[SimulatorServer]]
Ask = Callable[..., Awaitable[Any]]
Body = Callable[..., dict[str, Any]]
Submit = Callable[..., Awaitable[dict[str, Any]]]
Look = Callable[..., Awaitable[dict[str, Any] | None]]
Move = Callable[[float], None]


@pytest.mark.parametrize(
    ("mode", "rets", "records"), [("refuse", "01", 1), ("ignore", "00", 1), ("duplicate", "00", 2)]
)
async def test_a_repeated_submit_id_does_what_the_option_says(
    open_site: OpenSite, ask: Ask, body: Body, mode: str, rets: str, records: int
) -> None:
    site = await open_site(duplicate_submit=mode)
    same = body()
    answers = [await ask(site, "generate", same) for _ in range(2)]
    assert [answer["ret"] != "0" for answer in answers] == [digit == "1" for digit in rets]
    assert len(site.world.records) == records
    assert site.world.stats.repeated_submits == 1
    if mode == "ignore":
        ids = {answer["data"]["aigc_data"]["history_record_id"] for answer in answers}
        assert len(ids) == 1


async def test_submit_ids_of_different_accounts_are_strangers(open_site: OpenSite, submit: Submit) -> None:
    site = await open_site()
    same = {"submit_id": "0123456789abcdef"}
    await submit(site, outer=same)
    await submit(site, outer=same, session="bob")
    assert len(site.world.records) == 2


async def test_open_records_reserve_their_price(open_site: OpenSite, ask: Ask, body: Body, move: Move) -> None:
    site = await open_site(credit=40)
    rets = [(await ask(site, "generate", body()))["ret"] for _ in range(3)]
    assert rets == ["0", "0", "1006"]
    move(60)
    assert (await ask(site, "credit"))["data"]["credit"]["gift_credit"] == 8


async def test_everything_survives_a_restart(
    open_site: OpenSite, submit: Submit, look: Look, ask: Ask, move: Move, tmp_path: Path
) -> None:
    first = await open_site(state_dir=tmp_path, credit=200, generation="lognormal:20:0.5")
    done = await submit(first)
    await ask(first, "claim", {"time_zone": "Asia/Shanghai"})
    move(200)
    running = await submit(first, gen_count=2)
    cancelled = await submit(first)
    deleted = await submit(first, session="bob-late")
    await ask(first, "cancel", {"history_id": cancelled["history_record_id"]})
    await ask(first, "remove", {"id_list": [deleted["history_record_id"]]}, session="bob-late")
    before = {name: await look(first, record["submit_id"]) for name, record in [("d", done), ("r", running)]}
    balance = await ask(first, "credit")
    await first.stop()

    second = await open_site(state_dir=tmp_path, credit=5, generation="fixed:1")
    after = {name: await look(second, record["submit_id"]) for name, record in [("d", done), ("r", running)]}
    for name, record in before.items():
        again = after[name]
        assert record is not None
        assert again is not None
        assert (again["status"], again["history_record_id"]) == (record["status"], record["history_record_id"])
        assert len(again["item_list"]) == len(record["item_list"])
    assert (await ask(second, "credit"))["data"] == balance["data"]
    gone = await look(second, cancelled["submit_id"])
    assert gone is not None
    assert gone["status"] == 30
    assert await look(second, deleted["submit_id"], session="bob-late") is None
    assert (await ask(second, "claim", {"time_zone": "Asia/Shanghai"}))["ret"] != "0"
    move(200)
    finished = await look(second, running["submit_id"])
    assert finished is not None
    assert finished["finished_image_count"] == 2


async def test_a_journal_line_cut_off_by_a_kill_harms_nothing(
    open_site: OpenSite, submit: Submit, look: Look, tmp_path: Path
) -> None:
    first = await open_site(state_dir=tmp_path)
    kept = await submit(first)
    await first.stop()
    journal = tmp_path / "journal.jsonl"
    with journal.open("a", encoding="utf-8") as file:
        file.write('{"event": "record", "record_id": "12')
    second = await open_site(state_dir=tmp_path)
    more = await submit(second)
    await second.stop()
    third = await open_site(state_dir=tmp_path)
    assert await look(third, kept["submit_id"]) is not None
    assert await look(third, more["submit_id"]) is not None


async def test_the_journal_is_readable_by_its_owner_only(open_site: OpenSite, submit: Submit, tmp_path: Path) -> None:
    await submit(await open_site(state_dir=tmp_path / "new"))
    assert (tmp_path / "new" / "journal.jsonl").stat().st_mode & 0o077 == 0
