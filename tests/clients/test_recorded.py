"""Requests of clients that no package can drive, replayed; each answer is read as its client reads it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from tests.clients.counting import jobs_of
from tests.clients.readings import READINGS
from tests.clients.replay import Answer, Exchange, Sender, exchanges
from tests.running import Running

EXCHANGES = list(exchanges())


@pytest_asyncio.fixture(loop_scope="session")
async def web() -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(timeout=60) as client:
        yield client


async def _last(sender: Sender, row: dict[str, Any]) -> Answer:
    """Send a request; where it looks at something under way, until that has ended."""
    if "until" not in row:
        return await sender.send(row)
    async with asyncio.timeout(60):
        while (answer := await sender.send(row)).json["status"] not in row["until"]:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    return answer


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("exchange", EXCHANGES, ids=[f"{each.file}: {each.name}" for each in EXCHANGES])
async def test_a_client_gets_what_it_reads_at_the_price_it_expects(
    gateway: Running, task_gateway: Running, exchange: Exchange, web: httpx2.AsyncClient, pictures: str
) -> None:
    running = task_gateway if exchange.tasks else gateway
    sender = Sender(web, running.url, exchange, pictures)
    for row in exchange.requests:
        answer = await _last(sender, row)
        for name in [row["reading"]] if isinstance(row["reading"], str) else row["reading"]:
            await READINGS[name](answer)
    if exchange.jobs is not None:
        assert len(await jobs_of(running.url, exchange.token)) == exchange.jobs


def test_every_client_is_there_and_every_reading_is_used() -> None:
    assert {each.file for each in EXCHANGES} >= {
        "cherry-studio",
        "dify",
        "gateway-a",
        "gateway-b",
        "gateway-c",
        "home-assistant",
        "lobehub",
        "n8n",
        "new-api",
        "nextchat",
        "open-webui",
    }
    rows = [row["reading"] for each in EXCHANGES for row in each.requests]
    used = {name for row in rows for name in ([row] if isinstance(row, str) else row)}
    assert used == set(READINGS)
