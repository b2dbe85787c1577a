"""What a wish would cost, asked before anything is written or spent, and the limit that a caller sets."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from dreambridge.domain.errors import InvalidRequest, NoAccountReady, SessionExpired, UnsupportedOption
from dreambridge.domain.generation import AgentWish, ImageRequest, ImageWish
from dreambridge.engine.credentials import Caller
from dreambridge.engine.service import CreateOptions, Creation, JobView, Preview

FOX = ImageWish("a fox", model="jimeng-4.5", count=4)
COST = 16


class Buyer:
    """One caller of a gateway who looks at the price first."""

    def __init__(self, house: Any, token: str) -> None:
        self.house, self.token, self.service = house, token, house.gateway.service

    async def caller(self) -> Caller:
        caller: Caller = await self.house.gateway.credentials.read(f"Bearer {self.token}")
        return caller

    async def preview(self, wish: ImageWish | AgentWish = FOX, **options: Any) -> Preview:
        preview: Preview = await self.service.preview(wish, await self.caller(), CreateOptions(**options))
        return preview

    async def buy(self, wish: ImageWish = FOX, **options: Any) -> Creation:
        facts = {"fingerprint": "fox", **options}
        creation: Creation = await self.service.create_image(wish, await self.caller(), CreateOptions(**facts))
        return creation

    async def jobs(self) -> list[JobView]:
        views, _ = await self.service.list(await self.caller())
        return list(views)

    async def refusal(self, code: str, **options: Any) -> UnsupportedOption:
        with pytest.raises(UnsupportedOption) as caught:
            await self.buy(**options)
        assert (caught.value.specific_code, caught.value.param) == (code, "max_credits")
        return caught.value


@pytest.fixture
def buyer(house: Any, new_session: Callable[[str], str]) -> Buyer:
    return Buyer(house, f"us-{new_session('buyer')}")


async def test_a_preview_tells_request_account_price_and_balance_and_leaves_nothing_behind(buyer: Buyer) -> None:
    caller = await buyer.caller()
    for _ in range(2):
        preview = await buyer.preview()
        assert isinstance(preview.request, ImageRequest)
        assert (preview.request.model, preview.request.count) == ("jimeng-4.5", 4)
        assert (preview.accounts, preview.account_id, preview.site) == (caller.accounts, caller.accounts[0], "us")
        assert (preview.cost, preview.obstacle) == (COST, None)
        assert preview.balance is not None
        assert preview.balance.total == 100_000
    # Within a minute the balance is not asked for again.
    assert buyer.house.calls("credit") == 1
    assert await buyer.jobs() == []
    assert (buyer.house.calls("generate"), len(buyer.house.site().world.records)) == (0, 0)


async def test_a_preview_does_without_a_balance_that_cannot_be_read(buyer: Buyer) -> None:
    buyer.house.change_site(scenario="site-down")
    preview = await buyer.preview()
    assert (preview.cost, preview.balance, preview.account_id is not None) == (COST, None, True)


async def test_a_preview_refuses_what_creating_would(buyer: Buyer) -> None:
    with pytest.raises(UnsupportedOption):
        await buyer.preview(ImageWish("a fox", model="jimeng-4.5", ratio="7:3"))
    with pytest.raises(UnsupportedOption) as caught:
        await buyer.preview(max_credits=COST - 1)
    assert caught.value.specific_code == "max_credits_exceeded"
    assert (await buyer.preview(AgentWish("draw"))).cost is None


async def test_a_preview_says_why_no_account_is_ready(street: Any, new_session: Callable[[str], str]) -> None:
    await street.site("us")
    async with street.gateway(account_concurrency=1) as house:
        busy = Buyer(house, f"us-{new_session('busy')}")
        running = await busy.buy(ImageWish("a fox [sim:stuck]", count=1))
        async with asyncio.timeout(20):
            while True:
                preview = await busy.preview()
                if preview.account_id is None:
                    break
                await asyncio.sleep(0.02)
        assert isinstance(preview.obstacle, NoAccountReady)
        assert (preview.site, preview.balance, preview.cost) == (None, None, COST)
        assert not (await busy.service.view(running.view.job.id)).job.state.ended
        gone = Buyer(house, f"us-{new_session('gone')}")
        job = await gone.buy(ImageWish("a fox [sim:expired-at-submit]", count=1))
        await gone.service.wait(job.view.job.id, 20)
        assert isinstance((await gone.preview()).obstacle, SessionExpired)


async def test_a_dearer_job_is_refused_before_anything_is_written(buyer: Buyer) -> None:
    for limit in (0, COST - 0.5):
        error = await buyer.refusal("max_credits_exceeded", max_credits=limit)
        assert f"{COST} credits" in error.message
        assert f"({limit:g})" in error.message
    assert await buyer.jobs() == []
    assert not (await buyer.buy(max_credits=COST)).joined
    assert len(await buyer.jobs()) == 1


async def test_a_job_whose_price_nobody_knows_cannot_keep_to_a_limit(buyer: Buyer) -> None:
    with pytest.raises(UnsupportedOption) as caught:
        await buyer.service.create_agent(AgentWish("draw"), await buyer.caller(), CreateOptions(max_credits=1000))
    assert (caught.value.specific_code, caught.value.param) == ("cost_unknown", "max_credits")
    assert await buyer.jobs() == []


async def test_a_request_that_joins_a_job_is_not_held_against_the_limit(buyer: Buyer) -> None:
    first = (await buyer.buy(idempotency_key="k")).view.job.id
    again = await buyer.buy(idempotency_key="k", max_credits=0)
    assert (again.joined, again.view.job.id) == (True, first)
    with pytest.raises(InvalidRequest) as caught:
        await buyer.buy(idempotency_key="k", fingerprint="another", max_credits=0)
    assert caught.value.specific_code == "idempotency_key_reused"
    await buyer.refusal("max_credits_exceeded", idempotency_key="another", max_credits=0)
    # The refused request has not used its key up.
    assert not (await buyer.buy(idempotency_key="another", max_credits=COST)).joined


async def test_a_request_that_takes_an_undelivered_answer_is_not_held_against_the_limit(buyer: Buyer) -> None:
    lost = (await buyer.buy()).view.job.id
    await buyer.refusal("max_credits_exceeded", max_credits=0)
    buyer.service.leave(lost)
    again = await buyer.buy(max_credits=0)
    assert (again.joined, again.view.job.id) == (True, lost)
