"""One wish, asked for many times: one generation where it is the same wish, several where it is not."""

import asyncio
import signal

import aiohttp
from tests.acceptance.conftest import TOKEN, Gateway, Sites


async def test_twenty_identical_requests_at_once_with_one_key_are_one_generation(
    gateway: Gateway, sites: Sites
) -> None:
    await gateway.start()
    headers = {"Idempotency-Key": "one-badger"}
    answers = await asyncio.gather(*(gateway.ask("cn", "a badger", headers=headers) for _ in range(20)))
    assert [answer.status for answer in answers] == [200] * 20
    assert len({answer.job_id for answer in answers}) == 1
    assert len({answer.urls[0] for answer in answers}) == 1
    assert [len(lines) for lines in (await sites.records()).values()] == [1]

    other = await gateway.ask("cn", "another badger", headers=headers)
    assert (other.status, other.body["error"]["code"]) == (400, "idempotency_key_reused")
    assert await sites.paid_calls() == 1


async def test_four_identical_requests_at_once_without_a_key_are_four_generations(
    gateway: Gateway, sites: Sites
) -> None:
    await gateway.start()
    answers = await asyncio.gather(*(gateway.ask("cn", "a badger") for _ in range(4)))
    assert [answer.status for answer in answers] == [200] * 4
    assert len({answer.job_id for answer in answers}) == 4
    assert [len(lines) for lines in (await sites.records()).values()] == [4]


async def test_a_refusal_that_cost_nothing_frees_the_idempotency_key(gateway: Gateway, sites: Sites) -> None:
    session = {"session": TOKEN, "credit": 0}
    await sites.tell("cn", "sessions", session)
    await gateway.start(CLAIM_DAILY_CREDIT="never")
    headers = {"Idempotency-Key": "poor-badger"}
    refused = await gateway.ask("cn", "a badger", headers=headers)
    error = refused.body["error"]
    assert (refused.status, error["type"], error["site_code"]) == (429, "insufficient_quota", "1006")
    assert error["charged"] == "no"
    await sites.tell("cn", "sessions", {**session, "credit": 1000})
    answer = await gateway.ask("cn", "a badger", headers=headers)
    assert answer.status == 200, answer.body
    assert answer.job_id != refused.job_id
    assert [len(lines) for lines in (await sites.records()).values()] == [1]


async def test_of_several_who_ask_again_at_once_after_a_kill_one_is_given_the_undelivered_answer(
    gateway: Gateway, sites: Sites
) -> None:
    await gateway.start("kill after-completed 1")
    lost = await asyncio.gather(gateway.ask("cn", "a badger"), return_exceptions=True)
    assert isinstance(lost[0], aiohttp.ClientError)
    await gateway.gone()
    await gateway.start()
    (first,) = (await gateway.jobs())["a badger"]
    answers = await asyncio.gather(*(gateway.ask("cn", "a badger") for _ in range(3)))
    assert [answer.status for answer in answers] == [200] * 3
    assert len({answer.job_id for answer in answers}) == 3
    assert [answer.job_id for answer in answers].count(first["id"]) == 1
    assert [len(lines) for lines in (await sites.records()).values()] == [3]


async def test_an_answer_that_was_delivered_is_given_to_nobody_else_after_a_restart(
    gateway: Gateway, sites: Sites
) -> None:
    await gateway.start()
    first = await gateway.ask("cn", "a badger")
    # Killed instead, it may not have written yet that the last byte is sent: then the same answer is given again.
    gateway.signal(signal.SIGTERM)
    assert await gateway.gone() == 0
    await gateway.start()
    second = await gateway.ask("cn", "a badger")
    assert (first.status, second.status) == (200, 200)
    assert first.job_id != second.job_id
    assert [len(lines) for lines in (await sites.records()).values()] == [2]
