"""Gateway keys at each of their limits, as the official client meets them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI, DefaultAsyncHttpxClient
from tests.integration.keyholder import Operator

LIMITS = {"models": ["jimeng-4.5"], "concurrency": 1, "rpm": 2, "credits_per_day": 10}
PICTURE = {"model": "jimeng-4.5", "n": 1, "response_format": "url"}  # 4 credits


@dataclass
class Client:
    """The official client with a key, and how many requests it sent."""

    api: AsyncOpenAI
    sent: list[str] = field(default_factory=list)

    async def draw(self, prompt: str, **fields: Any) -> Any:
        return await self.api.images.with_raw_response.generate(**{**PICTURE, "prompt": prompt, **fields})

    async def refusal(self, prompt: str, **fields: Any) -> openai.APIStatusError:
        with pytest.raises(openai.APIStatusError) as caught:
            await self.draw(prompt, **fields)
        assert caught.value.request_id
        return caught.value


@asynccontextmanager
async def client_of(url: str, key: str, *, retries: int = 0) -> AsyncIterator[Client]:
    sent: list[str] = []

    async def note(request: Any) -> None:
        sent.append(str(request.url))

    http = DefaultAsyncHttpxClient(event_hooks={"request": [note]})
    async with AsyncOpenAI(base_url=f"{url}/v1", api_key=key, max_retries=retries, http_client=http) as opened:
        yield Client(opened, sent)


@pytest.fixture
async def operator(house: Any, new_session: Callable[[str], str]) -> Operator:
    """Give the operator of a gateway with one account."""
    operator = Operator(house)
    await operator.add_account(f"us-{new_session('ours')}")
    return operator


async def test_a_model_that_is_not_on_the_list_is_forbidden_under_any_name(house: Any, operator: Operator) -> None:
    key = await operator.create(limits={**LIMITS, "models": ["dreamina-4.5", "jimeng-3.1"]})
    async with client_of(house.url, key.text, retries=2) as client:
        for model in ("jimeng-4.0", "gpt-image-2", "agent"):
            call = client.refusal("a fox", model=model) if model != "agent" else _chat(client, model)
            refused = await call
            assert isinstance(refused, openai.PermissionDeniedError)
            assert (refused.code, refused.param) == ("model_not_allowed", "model")
            assert refused.response.headers["x-should-retry"] == "false"
            assert refused.response.headers["x-ratelimit-remaining-requests"] == "2"
        assert len(client.sent) == 3
        names = {model.id async for model in client.api.models.list()}
        assert {"jimeng-4.5", "dreamina-4.5", "jimeng-3.1"} <= names
        assert not names & {"jimeng-4.0", "agent", "jimeng-video-3.0"}
        with pytest.raises(openai.PermissionDeniedError):
            await client.api.models.retrieve("jimeng-4.0")
        assert (await client.api.models.retrieve("jimeng-4.5")).id == "jimeng-4.5"
        # Listed by another of its names.
        assert (await client.draw("a fox")).headers["x-job-id"]
    assert await house.ledger()
    assert len(await house.ledger()) == 1


async def _chat(client: Client, model: str) -> openai.APIStatusError:
    with pytest.raises(openai.APIStatusError) as caught:
        await client.api.chat.completions.create(model=model, messages=[{"role": "user", "content": "a fox"}])
    return caught.value


async def test_jobs_beyond_those_that_may_run_at_once_wait_for_the_first_to_end(house: Any, operator: Operator) -> None:
    key = await operator.create(limits=LIMITS)
    house.change_site(generation="fixed:3000")
    first = await house.draw(key.text, prefer="respond-async")
    assert first.status == 202
    assert '"concurrency";r=0' in first.headers["ratelimit"]
    async with client_of(house.url, key.text) as client:
        refused = await client.refusal("another fox")
        assert isinstance(refused, openai.RateLimitError)
        assert (refused.code, refused.type) == ("concurrency_limit", "rate_limit_error")
        headers = refused.response.headers
        assert headers["x-should-retry"] == "true"
        assert 1 <= int(headers["retry-after"]) <= 60
        # A refusal is no request of the minute.
        assert headers["x-ratelimit-remaining-requests"] == "1"
        await house.ask("POST", f"/v1/jobs/{first.headers['x-job-id']}/cancel", key.text)
        await house.ended(first, key.text)
        house.change_site(generation="fixed:10")
        assert (await client.draw("another fox")).headers["ratelimit"].endswith('"concurrency";r=1')


async def test_requests_beyond_those_of_the_minute_are_told_when_the_next_may_come(
    house: Any, operator: Operator
) -> None:
    key = await operator.create(limits=LIMITS)
    async with client_of(house.url, key.text) as client:
        for left in ("1", "0"):
            headers = (await client.draw(f"{left} foxes")).headers
            assert headers["x-ratelimit-limit-requests"] == "2"
            assert headers["x-ratelimit-remaining-requests"] == left
            assert headers["ratelimit-policy"].startswith('"requests";q=2;w=60, "credits";q=10;w=86400')
        refused = await client.refusal("one fox more")
    assert isinstance(refused, openai.RateLimitError)
    assert (refused.code, refused.type) == ("rate_limit_exceeded", "rate_limit_error")
    headers = refused.response.headers
    assert headers["x-should-retry"] == "true"
    assert headers["x-ratelimit-remaining-requests"] == "0"
    # The draft wants both to agree; the first of two requests is the first to leave the minute.
    assert headers["ratelimit"].startswith(f'"requests";r=0;t={headers["retry-after"]}')
    assert len(await house.ledger()) == 2


async def test_a_day_without_credits_left_is_refused_once_and_not_tried_again(house: Any, operator: Operator) -> None:
    key = await operator.create(limits={**LIMITS, "rpm": None})
    async with client_of(house.url, key.text, retries=2) as client:
        for left in (6, 2):
            assert f'"credits";r={left};t=' in (await client.draw(f"{left} foxes")).headers["ratelimit"]
        before = len(client.sent)
        refused = await client.refusal("one fox more")
        assert len(client.sent) == before + 1
        assert isinstance(refused, openai.RateLimitError)
        assert (refused.code, refused.type) == ("insufficient_quota", "insufficient_quota")
        assert refused.response.headers["x-should-retry"] == "false"
        assert "retry-after" not in refused.response.headers
        assert "x-ratelimit-limit-requests" not in refused.response.headers
        # More credits, and it goes on.
        await operator.change(key, limits={"credits_per_day": 12})
        await client.draw("one fox more")
    assert len(await house.ledger()) == 3


async def test_a_job_of_unknown_price_runs_alone_and_counts_once_its_cost_is_known(
    house: Any, operator: Operator
) -> None:
    key = await operator.create(limits={"credits_per_day": 10})
    house.change_site(generation="fixed:3000")
    body = {"prompt": "a fox", "n": 1, "model": "jimeng-5.0"}
    first = await house.ask("POST", "/v1/images/generations", key.text, body=body, prefer="respond-async")
    assert first.status == 202
    second = await house.ask("POST", "/v1/images/generations", key.text, body={**body, "prompt": "two"})
    assert (second.status, second.error["code"]) == (429, "concurrency_limit")
    assert (await house.draw(key.text, prefer="respond-async")).status == 202
    await operator.change(key, limits={"credits_per_day": 4})
    third = await house.ask("POST", "/v1/images/generations", key.text, body={**body, "prompt": "three"})
    assert (third.status, third.error["code"]) == (429, "insufficient_quota")


async def test_what_is_joined_or_taken_over_is_not_counted_again(house: Any, operator: Operator) -> None:
    key = await operator.create(limits={"rpm": 1, "credits_per_day": 4})
    first = await house.draw(key.text, idempotency_key="k", prefer="respond-async")
    for _ in range(3):
        again = await house.draw(key.text, idempotency_key="k")
        assert again.status == 200
        assert again.headers["x-job-id"] == first.headers["x-job-id"]
        assert again.headers["x-dreambridge-joined"] == "true"
        assert again.headers["x-ratelimit-remaining-requests"] == "0"
    assert (await house.draw(key.text, "another fox")).status == 429
    assert [day["requests"] for day in (await operator.usage(key))["data"]] == [1]


async def test_requests_that_cannot_be_done_and_dry_runs_count_nothing(house: Any, operator: Operator) -> None:
    key = await operator.create(limits={"rpm": 1, "credits_per_day": 4, "concurrency": 1})
    for body in ({"prompt": ""}, {"prompt": "a fox", "n": 99}, {"prompt": "a fox", "model": "nobody"}):
        refused = await house.ask("POST", "/v1/images/generations", key.text, body=body)
        assert 400 <= refused.status < 429
        assert refused.headers["x-ratelimit-remaining-requests"] == "1"
    plan = {"prompt": "a fox", "n": 1, "dry_run": True}
    assert (await house.ask("POST", "/v1/images/generations", key.text, body=plan)).status == 200
    dear = {**plan, "n": 2}
    assert (await house.ask("POST", "/v1/images/generations", key.text, body=dear)).status == 429
    assert (await operator.usage(key))["data"] == []
    assert (await house.draw(key.text)).status == 200


async def test_many_at_once_pass_no_limit(house: Any, operator: Operator) -> None:
    key = await operator.create(limits={"concurrency": 3})
    house.change_site(generation="fixed:3000")
    replies = await asyncio.gather(
        *(house.draw(key.text, f"{number} foxes", prefer="respond-async") for number in range(8))
    )
    assert sorted(reply.status for reply in replies) == [202] * 3 + [429] * 5


async def test_what_failed_without_charge_is_given_back(house: Any, operator: Operator) -> None:
    key = await operator.create(limits={"credits_per_day": 4})
    refused = await house.draw(key.text, "a fox [sim:refused]")
    assert (refused.status, refused.error["charged"]) == (400, "no")
    assert (await house.draw(key.text)).status == 200
    assert (await house.draw(key.text, "another fox")).status == 429
    assert (await operator.usage(key))["total"]["credits"] == 4


async def test_a_key_may_answer_image_calls_with_tasks(house: Any, operator: Operator) -> None:
    task = await operator.create(limits={"images_mode": "task"})
    usual = await operator.create()
    assert set((await house.draw(task.text)).json) >= {"task_id", "status"}
    assert "data" in (await house.draw(usual.text)).json
