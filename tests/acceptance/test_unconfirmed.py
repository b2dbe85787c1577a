"""Answers to the paid call that tell nothing: looked up, sent once more at most, and never paid for twice."""

import asyncio
import signal
import time
from collections.abc import Mapping

import pytest
from tests.acceptance.conftest import EVERYWHERE, SCALE, Answer, Gateway, Sites, until

KEY = {"Idempotency-Key": "owl"}
QUICK = {"CONFIRM_SECONDS": "1"}


async def check_unconfirmed(gateway: Gateway, answer: Answer) -> None:
    error = answer.body["error"]
    assert (answer.status, error["code"]) == (504, "submission_unconfirmed")
    assert (error["charged"], error["retryable"], answer.headers["x-should-retry"]) == ("unknown", False, "false")
    job = (await gateway.get(f"/v1/jobs/{answer.job_id}")).body
    assert (job["state"], job["error"]["code"]) == ("failed", "submission_unconfirmed")


async def restart(gateway: Gateway, settings: Mapping[str, str], fault: str | None = None) -> None:
    gateway.signal(signal.SIGTERM)
    assert await gateway.gone() == 0
    await gateway.start(fault, **settings)


async def state_of(gateway: Gateway, job_id: str) -> str:
    return str((await gateway.get(f"/v1/jobs/{job_id}")).body["state"])


async def completed(gateway: Gateway, job_id: str) -> bool:
    return await state_of(gateway, job_id) == "completed"


async def test_an_accepted_call_whose_answer_tells_nothing_is_found_by_its_submit_id(
    gateway: Gateway, sites: Sites
) -> None:
    await gateway.start()
    mishaps = ("drop-after", "http-502-after", "html-after", "truncated", "garbage", "no-record-id")
    prompts = {f"[sim:{mishap}] an owl on {site}": site for mishap in mishaps for site in EVERYWHERE}
    answers = await asyncio.gather(*(gateway.ask(site, prompt) for prompt, site in prompts.items()))
    assert [answer.status for answer in answers] == [200] * len(prompts)
    records = await sites.records()
    assert {prompt: len(lines) for prompt, lines in records.items()} == dict.fromkeys(prompts, 1)
    assert await sites.paid_calls() == len(prompts)


async def test_a_call_that_the_site_never_took_is_sent_once_more_under_the_same_submit_id(
    gateway: Gateway, sites: Sites
) -> None:
    # Counted by the site for each submit id: a second sending under another one would be dropped again.
    await gateway.start(**QUICK)
    answers = await asyncio.gather(*(gateway.ask(site, f"[sim:drop-before] an owl on {site}") for site in EVERYWHERE))
    assert [answer.status for answer in answers] == [200] * len(EVERYWHERE)
    assert [len(lines) for lines in (await sites.records()).values()] == [1] * len(EVERYWHERE)
    assert await sites.paid_calls() == 2 * len(EVERYWHERE)


async def test_a_second_unclear_answer_ends_the_job_and_no_restart_sends_a_third(
    gateway: Gateway, sites: Sites
) -> None:
    await gateway.start(**QUICK)
    answer = await gateway.ask("cn", "[sim:drop-before-always] an owl", headers=KEY)
    await check_unconfirmed(gateway, answer)
    assert await sites.paid_calls() == 2
    await restart(gateway, QUICK)
    again = await gateway.ask("cn", "[sim:drop-before-always] an owl", headers=KEY)
    assert (again.status, again.job_id) == (504, answer.job_id)
    await asyncio.sleep(1.5)  # the first slow look-up after the start, which finds nothing
    assert await state_of(gateway, answer.job_id) == "failed"
    assert await sites.paid_calls() == 2


async def test_killed_with_the_second_intent_saved_no_third_is_sent(gateway: Gateway, sites: Sites) -> None:
    await gateway.start("kill after-intent_again 1", **QUICK)
    asked = asyncio.create_task(gateway.ask("hk", "[sim:drop-before] an owl", headers=KEY))
    await gateway.gone()
    await asyncio.wait([asked])
    assert not isinstance(asked.exception(), AssertionError)
    assert await sites.paid_calls() == 1
    await gateway.start(**QUICK)
    await check_unconfirmed(gateway, await gateway.ask("hk", "[sim:drop-before] an owl", headers=KEY))
    assert await sites.paid_calls() == 1


async def test_killed_after_the_site_took_the_second_call_its_record_is_found(gateway: Gateway, sites: Sites) -> None:
    await gateway.start(f"kill before-accepted {len(EVERYWHERE)}", **QUICK)
    prompts = {site: f"[sim:drop-before] an owl on {site}" for site in EVERYWHERE}
    asked = [asyncio.create_task(gateway.ask(site, prompt)) for site, prompt in prompts.items()]
    await gateway.gone()
    await asyncio.wait(asked)
    assert all(task.exception() for task in asked)
    await gateway.start(CONFIRM_SECONDS="4")
    answers = await asyncio.gather(*(gateway.ask(site, prompt) for site, prompt in prompts.items()))
    assert [answer.status for answer in answers] == [200] * len(EVERYWHERE)
    records = await sites.records()
    assert {prompt: len(lines) for prompt, lines in records.items()} == dict.fromkeys(prompts.values(), 1)
    assert await sites.paid_calls() == 2 * len(EVERYWHERE)


@pytest.mark.parametrize("fault", [None, "kill after-found_late 1"])
async def test_told_to_fail_it_sends_nothing_again_and_completes_the_job_when_the_record_turns_up(
    gateway: Gateway, sites: Sites, fault: str | None
) -> None:
    settings = {**QUICK, "UNCONFIRMED": "fail"}
    await sites.tell("us", "options", {"visible_after": 4 / SCALE})
    await gateway.start(**settings)
    prompt = "[sim:drop-after] an owl"
    answer = await gateway.ask("us", prompt, headers=KEY)
    await check_unconfirmed(gateway, answer)
    assert await sites.paid_calls() == 1
    again = await gateway.ask("us", prompt, headers=KEY)
    assert (again.status, again.job_id) == (504, answer.job_id)

    ((record,),) = (await sites.records()).values()
    await until(lambda: time.time() > record["visible_at"], "the record turns up")
    await restart(gateway, settings, fault)
    if fault is not None:
        await gateway.gone()
        await gateway.start(**settings)
    await until(lambda: completed(gateway, answer.job_id), "the slow look-up completes the job")
    late = await gateway.ask("us", prompt, headers=KEY)
    assert (late.status, late.job_id) == (200, answer.job_id)
    await gateway.fetch(late.urls[0])
    assert await sites.paid_calls() == 1
    assert [len(lines) for lines in (await sites.records()).values()] == [1]


async def test_told_to_fail_a_call_that_the_site_never_took_stays_failed_and_unpaid(
    gateway: Gateway, sites: Sites
) -> None:
    settings = {**QUICK, "UNCONFIRMED": "fail"}
    await gateway.start(**settings)
    answer = await gateway.ask("us", "[sim:drop-before] an owl")
    await check_unconfirmed(gateway, answer)
    await restart(gateway, settings)
    await asyncio.sleep(1.5)  # the first slow look-up after the start, which finds nothing
    assert await state_of(gateway, answer.job_id) == "failed"
    assert (await sites.paid_calls(), await sites.records()) == (1, {})
