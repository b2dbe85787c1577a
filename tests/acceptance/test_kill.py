"""`kill -9` at every saved change of a job, and in the middle of the paid call: nothing is lost, nothing paid twice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
import pytest
from openai import AsyncOpenAI
from tests.acceptance.conftest import EVERYWHERE, MODEL, TOKEN, Gateway, Sites, until

JOBS = 3 * len(EVERYWHERE)


@dataclass(frozen=True)
class Client:
    """Someone who asks one site for one picture, and asks again when the connection breaks.

    `manner`: "key" sends an idempotency key and looks again when all is over, "plain" sends the same body again as
    soon as the server is back, "sdk" is the official client, which does that by itself.
    """

    site: str
    manner: str

    @property
    def prompt(self) -> str:
        return f"a fox on {self.site}, asked for by {self.manner}"

    @property
    def headers(self) -> dict[str, str]:
        return {"Idempotency-Key": f"fox-{self.site}"} if self.manner == "key" else {}


CLIENTS = [Client(site, manner) for site in EVERYWHERE for manner in ("key", "plain", "sdk")]


async def ask_by_sdk(gateway: Gateway, client: Client) -> tuple[str, str]:
    """Ask as the official client does, which sends again by itself; give the job's id and the picture's address."""
    key = f"{client.site}-{TOKEN}"
    async with AsyncOpenAI(base_url=f"{gateway.address}/v1", api_key=key, max_retries=10) as sdk:
        answer = await sdk.images.with_raw_response.generate(model=MODEL, prompt=client.prompt, n=1)
        pictures = answer.parse().data or []
        return answer.headers["x-job-id"], pictures[0].url or ""


async def ask_in_vain(gateway: Gateway, client: Client) -> None:
    """Ask, and lose the connection before there is any answer."""
    with pytest.raises(aiohttp.ClientError):
        await gateway.ask(client.site, client.prompt, headers=client.headers)


async def ask_again(gateway: Gateway, client: Client) -> tuple[str, str]:
    """Ask for the second time; give the job's id and the picture's address."""
    answer = await gateway.ask(client.site, client.prompt, headers=client.headers)
    assert answer.status == 200, answer.body
    return answer.job_id, answer.urls[0]


async def all_stored(gateway: Gateway) -> bool:
    """Tell whether the bytes of every picture have come from the site."""
    artifacts = [artifact for same in (await gateway.jobs()).values() for job in same for artifact in job["artifacts"]]
    return all(artifact["sha256"] is not None for artifact in artifacts)


@asynccontextmanager
async def asking(gateway: Gateway) -> AsyncIterator[list["asyncio.Task[tuple[str, str]]"]]:
    """Have every client ask, give the tasks of those that ask again by themselves, and see the others fail."""
    async with asyncio.TaskGroup() as group:
        for client in CLIENTS:
            if client.manner != "sdk":
                group.create_task(ask_in_vain(gateway, client))
        yield [group.create_task(ask_by_sdk(gateway, client)) for client in CLIENTS if client.manner == "sdk"]


async def check_everyone_is_served(
    gateway: Gateway, sites: Sites, patient: list["asyncio.Task[tuple[str, str]]"]
) -> None:
    """Have the clients ask again, and see that each has its one picture, paid for once."""
    plain = {client: ask_again(gateway, client) for client in CLIENTS if client.manner == "plain"}
    served = dict(zip(plain, await asyncio.gather(*plain.values()), strict=True))
    by_sdk = [client for client in CLIENTS if client.manner == "sdk"]
    served |= dict(zip(by_sdk, await asyncio.gather(*patient), strict=True))
    keyed = {client: ask_again(gateway, client) for client in CLIENTS if client.manner == "key"}
    served |= dict(zip(keyed, await asyncio.gather(*keyed.values()), strict=True))
    await gateway.all_completed(JOBS)

    jobs, records = await gateway.jobs(), await sites.records()
    assert len(jobs) == len(records) == len(served) == JOBS
    for client, (job_id, url) in served.items():
        assert [job["id"] for job in jobs[client.prompt]] == [job_id], client
        shown = await gateway.get(f"/v1/jobs/{job_id}")
        assert (shown.status, shown.body["status"]) == (200, "completed")
        assert [(line["state"], line["charged"] > 0) for line in records[client.prompt]] == [("succeeded", True)]
        await gateway.fetch(url)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("change", ["created", "leased", "intent", "accepted", "ended", "completed"])
async def test_killed_at_a_saved_change_every_job_is_finished_and_paid_once(
    gateway: Gateway, sites: Sites, change: str, when: str
) -> None:
    await gateway.start(f"kill {when}-{change} {JOBS}")
    async with asking(gateway) as patient:
        await gateway.gone()
        await gateway.start()
        await check_everyone_is_served(gateway, sites, patient)


async def test_killed_when_the_connection_for_the_paid_call_stands_it_is_sent_again_and_paid_once(
    gateway: Gateway, sites: Sites
) -> None:
    await gateway.start(f"kill connected {JOBS}")
    async with asking(gateway) as patient:
        await gateway.gone()
        assert await sites.paid_calls() == 0
        await gateway.start()
        await check_everyone_is_served(gateway, sites, patient)
    assert await sites.paid_calls() == JOBS


@pytest.mark.parametrize("where", ["before", "after"])
async def test_killed_in_the_middle_of_the_paid_call_what_the_site_accepts_is_found_and_not_paid_again(
    gateway: Gateway, sites: Sites, where: str
) -> None:
    await sites.hold(where)
    await gateway.start()
    async with asking(gateway) as patient:
        await sites.held(where, JOBS)
        accepted_already = sum(map(len, (await sites.records()).values()))
        assert accepted_already == (JOBS if where == "after" else 0)
        await gateway.kill()
        await sites.release()
        await gateway.start()
        await check_everyone_is_served(gateway, sites, patient)
    assert await sites.paid_calls() == JOBS


@pytest.mark.parametrize("when", ["before", "after"])
async def test_killed_while_pictures_are_being_stored_the_addresses_already_given_out_still_work(
    gateway: Gateway, sites: Sites, when: str
) -> None:
    await gateway.start(f"kill {when}-stored {len(EVERYWHERE)}")
    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(gateway.ask(site, f"a crane on {site}")) for site in EVERYWHERE]
    await gateway.gone()
    await gateway.start()
    await until(lambda: all_stored(gateway), "the pictures are fetched, though nobody asks for them")
    for task in asked:
        answer = task.result()
        assert answer.status == 200
        await gateway.fetch(answer.urls[0])
    assert await sites.paid_calls() == len(EVERYWHERE)


# The second time that a job comes there, its first paid call is settled and its second is at hand.
@pytest.mark.parametrize("point", ["after-accepted 6 1", "after-intent 6 2", "before-accepted 6 2"])
async def test_killed_between_the_paid_calls_of_one_job_each_of_them_is_paid_once(
    gateway: Gateway, sites: Sites, point: str
) -> None:
    wishes = {f"ten cranes on {site}": site for site in EVERYWHERE}
    await gateway.start(f"kill {point}")
    asked = [gateway.ask(site, wish, n=10) for wish, site in wishes.items()]
    lost = await asyncio.gather(*asked, return_exceptions=True)
    assert all(isinstance(each, aiohttp.ClientError) for each in lost), lost
    await gateway.gone()
    await gateway.start()
    answers = await asyncio.gather(*(gateway.ask(site, wish, n=10) for wish, site in wishes.items()))
    assert [(answer.status, len(answer.urls)) for answer in answers] == [(200, 10)] * len(wishes)
    # Ten are more than one call makes: five and five.
    counts = {wish: [line["count"] for line in lines] for wish, lines in (await sites.records()).items()}
    assert counts == {wish: [5, 5] for wish in wishes}
