"""SIGTERM in every state: who waits is told so, what was begun goes on at the next start, nothing is paid twice."""

import asyncio
import signal

import pytest
from tests.acceptance.conftest import EVERYWHERE, Answer, Gateway, Sites

PROMPTS = {f"an otter on {site}": site for site in EVERYWHERE}
JOBS = len(PROMPTS)
# Where jobs are held, and the state they are then in.
STATES = {
    "before-leased": "queued",
    "before-intent": "preparing",
    "before-ended": "generating",
    "before-completed": "collecting",
}


def ask_everywhere(gateway: Gateway) -> list["asyncio.Task[Answer]"]:
    return [asyncio.create_task(gateway.ask(site, prompt)) for prompt, site in PROMPTS.items()]


async def check_told_and_finished_later(gateway: Gateway, sites: Sites, asked: list["asyncio.Task[Answer]"]) -> None:
    """See that who waited was told of their job, and that the next start finishes it, paid for once."""
    told = await asyncio.gather(*asked)
    for answer in told:
        assert (answer.status, answer.body["error"]["code"]) == (504, "still_running")
        assert answer.headers["x-should-retry"] == "false"
    await gateway.start()
    await gateway.all_completed(JOBS)
    again = await asyncio.gather(*(gateway.ask(site, prompt) for prompt, site in PROMPTS.items()))
    assert [answer.status for answer in again] == [200] * JOBS
    assert [answer.job_id for answer in again] == [answer.job_id for answer in told]
    assert {prompt: len(lines) for prompt, lines in (await sites.records()).items()} == dict.fromkeys(PROMPTS, 1)


async def states(gateway: Gateway) -> set[str]:
    return {job["state"] for same in (await gateway.jobs()).values() for job in same}


@pytest.mark.parametrize("point", STATES)
async def test_told_to_stop_it_answers_who_waits_and_goes_on_at_the_next_start(
    gateway: Gateway, sites: Sites, point: str
) -> None:
    await gateway.start(f"hold {point} {JOBS}")
    asked = ask_everywhere(gateway)
    await gateway.arrived()
    assert await states(gateway) == {STATES[point]}
    gateway.signal(signal.SIGTERM)
    assert await gateway.gone() == 0
    await check_told_and_finished_later(gateway, sites, asked)
    assert await sites.paid_calls() == JOBS


async def test_told_to_stop_during_the_paid_call_it_still_writes_down_the_answer(
    gateway: Gateway, sites: Sites
) -> None:
    await sites.hold("after")
    await gateway.start()
    asked = ask_everywhere(gateway)
    await sites.held("after", JOBS)
    gateway.signal(signal.SIGTERM)
    await asyncio.wait(asked)
    assert gateway.process.poll() is None
    await sites.release()
    assert await gateway.gone() == 0
    # What was written down needs no look-up: the next process starts in the next state.
    await gateway.start(f"hold before-ended {JOBS}")
    assert await states(gateway) == {"generating"}
    await gateway.kill()
    await check_told_and_finished_later(gateway, sites, asked)
    assert await sites.paid_calls() == JOBS


async def test_told_to_stop_while_the_site_does_not_answer_the_paid_call_it_is_looked_up_later(
    gateway: Gateway, sites: Sites
) -> None:
    await sites.hold("after")
    await gateway.start()
    asked = ask_everywhere(gateway)
    await sites.held("after", JOBS)
    gateway.signal(signal.SIGTERM)
    assert await gateway.gone() == 0
    await sites.release()
    await check_told_and_finished_later(gateway, sites, asked)
    assert await sites.paid_calls() == JOBS
