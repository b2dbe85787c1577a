import asyncio
from typing import Any

import pytest

from dreambridge.catalog import plan_image, plan_video
from dreambridge.domain import errors
from dreambridge.domain.generation import ImageWish, Kind, VideoMode, VideoWish
from dreambridge.upstream.outcomes import Accepted
from dreambridge.upstream.wire.credit import Membership, Settlement, settle

SITES = ("cn", "us", "hk", "jp", "sg", "sandbox")


@pytest.mark.parametrize("site", SITES)
async def test_a_membership_is_told(open_bench: Any, site: str) -> None:
    bench = await open_bench(site)
    member = await bench.client.fetch_membership(bench.session())
    assert (member.active, member.level, member.renews) == (True, "standard", True)
    assert member.ends_at is not None
    assert await bench.client.fetch_membership(bench.session("somebody")) == Membership(active=False)
    assert bench.refusals == []


@pytest.mark.parametrize("site", SITES)
async def test_the_image_models_of_a_site_are_those_of_the_catalogue(open_bench: Any, site: str) -> None:
    bench = await open_bench(site)
    there = bench.catalog.site(site)
    found = {model.key: model for model in await bench.client.fetch_image_models(bench.session())}
    for spec in bench.catalog.models.values():
        key = spec.key_on(there)
        if spec.kind is not Kind.IMAGE or key is None or not spec.listed:
            continue
        live = found[key]
        assert live.kind is Kind.IMAGE
        assert spec.forced_on(there) or set(live.resolutions) & set(spec.resolutions_on(there)), spec.name
        assert (live.max_inputs or 0) >= spec.max_inputs_on(there), spec.name
        assert live.counts
        assert set(live.ratios) <= set(bench.catalog.geometry.codes)
    assert bench.refusals == []


@pytest.mark.parametrize("site", SITES)
async def test_the_video_models_of_a_site_are_those_of_the_catalogue(open_bench: Any, site: str) -> None:
    bench = await open_bench(site)
    there = bench.catalog.site(site)
    found = {model.key: model for model in await bench.client.fetch_video_models(bench.session())}
    seen = 0
    for spec in bench.catalog.models.values():
        live = found.get(spec.key_on(there) or "")
        if spec.video is None or live is None:
            continue
        seen += 1
        assert set(live.seconds) & set(spec.video.seconds), spec.name
        assert set(live.resolutions) & set(spec.resolutions_on(there)), spec.name
        assert set(live.ratios) & set(spec.ratios_on(there)), spec.name
        assert live.modes, spec.name
        if VideoMode.OMNI_REFERENCE in live.modes:
            assert live.inputs, spec.name
    assert seen >= 3
    assert bench.refusals == []


async def test_a_deleted_record_is_gone(open_bench: Any) -> None:
    bench = await open_bench()
    record = await bench.made(plan_image(bench.catalog, ImageWish("a fox"), "us"))
    assert await bench.client.fetch_history(bench.session(), {str(record.submit_id): 4})
    await bench.client.remove(bench.session(), (record.record_id,))
    assert await bench.client.fetch_history(bench.session(), {str(record.submit_id): 4}) == {}
    assert bench.refusals == []


async def test_a_cancelled_video_costs_nothing(open_bench: Any) -> None:
    bench = await open_bench("cn", time_scale=1)
    before = (await bench.client.fetch_credit(bench.session())).total
    outcome = await bench.submit(plan_video(bench.catalog, VideoWish("waves", model="jimeng-video-3.0"), "cn"))
    assert isinstance(outcome, Accepted)
    await bench.client.cancel(bench.session(), outcome.record.record_id)
    (record,) = (await bench.client.fetch_history(bench.session(), {str(outcome.record.submit_id): 1})).values()
    assert bench.client.failure_of(record).charged is errors.Charged.REFUNDED
    assert (await bench.client.fetch_credit(bench.session())).total == before
    assert record.submit_id not in settle(await bench.client.fetch_ledger(bench.session()))


async def test_credits_given_back_stand_in_the_ledger(open_bench: Any) -> None:
    bench = await open_bench("cn", scenario="failed-refunded")
    record = await bench.made(plan_image(bench.catalog, ImageWish("a fox"), "cn"))
    settled = Settlement()
    async with asyncio.timeout(5):
        while not settled.paid:
            await asyncio.sleep(0.02)
            rows = await bench.client.fetch_ledger(bench.session())
            settled = settle(rows).get(str(record.submit_id), settled)
    assert settled.paid == settled.returned > 0


async def test_a_picture_is_checked_where_the_sites_own_page_does(open_bench: Any, draw: Any) -> None:
    for site, checks in (("cn", 1), ("us", 0)):
        bench = await open_bench(site)
        source = bench.source(draw(1))
        (found,) = (await bench.uploader.upload(bench.session(), [source])).values()
        await bench.client.check_input(bench.session(), str(found.uri))
        assert bench.calls("check") == checks
        assert bench.refusals == []


@pytest.mark.parametrize(("scenario", "error"), [("image-refused", errors.ContentRefused), ("audit-3020-once", None)])
async def test_only_a_refusal_of_the_picture_itself_holds_it_back(
    open_bench: Any, draw: Any, scenario: str, error: type[errors.GatewayError] | None
) -> None:
    bench = await open_bench("cn", scenario=scenario)
    (found,) = (await bench.uploader.upload(bench.session(), [bench.source(draw(1))])).values()
    if error is None:
        await bench.client.check_input(bench.session(), str(found.uri))
        return
    with pytest.raises(error) as caught:
        await bench.client.check_input(bench.session(), str(found.uri))
    assert (caught.value.param, caught.value.site_code) == ("image", "2003")
