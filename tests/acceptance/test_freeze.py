"""SIGSTOP and SIGCONT: a process that thaws too late pays for nothing, and nobody takes its place while it lives."""

import asyncio
import os
import re
import signal

import pytest
from tests.acceptance.conftest import EVERYWHERE, WINDOW, Answer, Gateway, Sites

ASKED = [(site, f"a heron on {site}, number {number}") for site in EVERYWHERE for number in (1, 2)]
JOBS = len(ASKED)


def ask_everywhere(gateway: Gateway, group: asyncio.TaskGroup) -> list["asyncio.Task[Answer]"]:
    return [group.create_task(gateway.ask(site, prompt)) for site, prompt in ASKED]


async def thaw_too_late(gateway: Gateway) -> None:
    """Let the last moment at which a paid call may leave pass, then wake the process."""
    await asyncio.sleep(WINDOW + 0.1)
    gateway.signal(signal.SIGCONT)


async def check_everyone_is_served(
    gateway: Gateway, sites: Sites, asked: list["asyncio.Task[Answer]"], *, attempts: int
) -> None:
    """See that each has its one picture, paid for once, from a job that took so many attempts."""
    jobs, records = await gateway.jobs(), await sites.records()
    assert len(jobs) == len(records) == JOBS
    for (_, prompt), task in zip(ASKED, asked, strict=True):
        answer = task.result()
        assert answer.status == 200, answer.body
        (job,) = jobs[prompt]
        assert (job["id"], job["state"], job["attempts"]) == (answer.job_id, "completed", attempts)
        assert [(line["state"], line["charged"] > 0) for line in records[prompt]] == [("succeeded", True)]
        await gateway.fetch(answer.urls[0])
    assert await sites.paid_calls() == JOBS


@pytest.mark.parametrize("point", ["after-intent", "connected"])
async def test_frozen_with_the_intent_saved_and_thawed_too_late_the_paid_call_does_not_leave(
    gateway: Gateway, sites: Sites, point: str
) -> None:
    await gateway.start(f"stop {point} {JOBS}")
    async with asyncio.TaskGroup() as group:
        asked = ask_everywhere(gateway, group)
        await gateway.frozen()
        await thaw_too_late(gateway)
    # The second attempt is the proof: what the first had written down was not sent, and another intent was.
    await check_everyone_is_served(gateway, sites, asked, attempts=2)


@pytest.mark.parametrize("where", ["before", "after"])
async def test_frozen_while_the_paid_call_is_under_way_it_reads_the_answer_when_it_thaws(
    gateway: Gateway, sites: Sites, where: str
) -> None:
    await sites.hold(where)
    await gateway.start()
    async with asyncio.TaskGroup() as group:
        asked = ask_everywhere(gateway, group)
        await sites.held(where, JOBS)
        gateway.signal(signal.SIGSTOP)
        await gateway.frozen()
        await sites.release()
        await thaw_too_late(gateway)
    await check_everyone_is_served(gateway, sites, asked, attempts=1)


@pytest.mark.parametrize("point", ["after-leased", "after-accepted", "after-ended"])
async def test_frozen_at_any_other_change_it_goes_on_where_it_was(gateway: Gateway, sites: Sites, point: str) -> None:
    await gateway.start(f"stop {point} {JOBS}")
    async with asyncio.TaskGroup() as group:
        asked = ask_everywhere(gateway, group)
        await gateway.frozen()
        await thaw_too_late(gateway)
    await check_everyone_is_served(gateway, sites, asked, attempts=1)


async def test_a_second_process_is_refused_while_the_first_is_frozen_and_takes_over_once_it_is_killed(
    gateway: Gateway, sites: Sites
) -> None:
    await gateway.start(f"stop after-intent {JOBS}")
    first = [asyncio.create_task(gateway.ask(site, prompt)) for site, prompt in ASKED]
    await gateway.frozen()
    second = gateway.launch(PORT="0")
    assert await asyncio.to_thread(second.wait, 30) == 1
    line = re.search(r"^error: .*in use by process (\d+).*$", gateway.log, re.MULTILINE)
    assert line is not None, gateway.log
    assert int(line[1]) == gateway.process.pid
    os.kill(gateway.process.pid, signal.SIGKILL)
    await gateway.gone()
    lost = await asyncio.gather(*first, return_exceptions=True)
    assert not [each for each in lost if isinstance(each, Answer)]

    await gateway.start()
    async with asyncio.TaskGroup() as group:
        asked = ask_everywhere(gateway, group)
    await check_everyone_is_served(gateway, sites, asked, attempts=1)
