import asyncio
from typing import Any

import pytest

from dreambridge.catalog import plan_image
from dreambridge.domain import errors
from dreambridge.domain.generation import ImageRequest, ImageWish, Kind
from dreambridge.domain.submission import RecordStatus

SITES = ("cn", "us", "hk", "jp", "sg", "sandbox")


def models_with_inputs(bench: Any) -> dict[str, int]:
    site = bench.catalog.site(bench.site)
    found = {}
    for spec in bench.catalog.models.values():
        if spec.kind is Kind.IMAGE and spec.offered and spec.key_on(site) and spec.max_inputs_on(site):
            found[spec.name] = spec.max_inputs_on(site)
    return found


def plan(bench: Any, model: str, inputs: list[Any], **said: Any) -> ImageRequest:
    wish = ImageWish(prompt=f"a hat on {model}", model=model, inputs=tuple(each.input for each in inputs), **said)
    return plan_image(bench.catalog, wish, bench.site)


@pytest.mark.parametrize("site", SITES)
async def test_every_model_that_takes_pictures_makes_some_from_one_and_from_as_many_as_it_takes(
    open_bench: Any, draw: Any, site: str
) -> None:
    bench = await open_bench(site)
    models = models_with_inputs(bench)
    sources = [bench.source(draw(number)) for number in range(max(models.values()))]
    requests = [plan(bench, model, sources[:number]) for model, most in models.items() for number in {1, most}]
    records = await asyncio.gather(*(bench.made(request) for request in requests))
    assert [record.status for record in records] == [RecordStatus.DONE] * len(requests)
    assert [len(record.items) for record in records] == [request.parts[0] for request in requests]
    assert len(models) >= 5
    assert bench.refusals == []


async def test_the_shape_may_be_left_to_the_model(open_bench: Any, draw: Any) -> None:
    bench = await open_bench("cn")
    record = await bench.made(plan(bench, "jimeng-4.5", [bench.source(draw(1))], intelligent_ratio=True, strength=0.9))
    assert record.status is RecordStatus.DONE
    assert bench.refusals == []


@pytest.mark.parametrize("expected", [6, 4, 9])
async def test_a_series_has_as_many_pictures_as_the_model_finds_in_the_prompt(open_bench: Any, expected: int) -> None:
    bench = await open_bench("cn")
    wish = ImageWish(prompt="狐狸的故事，6张", model="jimeng-4.0", series=True, count=expected)
    record = await bench.made(plan_image(bench.catalog, wish, "cn"))
    assert record.status is RecordStatus.DONE
    assert len(record.items) == 6
    assert bench.refusals == []


async def test_a_picture_of_another_account_is_not_there(open_bench: Any, draw: Any) -> None:
    bench = await open_bench("us")
    request = plan(bench, "jimeng-4.5", [bench.source(draw(1))])
    outcome = await bench.submit(request, await bench.bring(request, "ann"), "bob")
    assert isinstance(outcome.error, errors.GatewayError)
    assert outcome.error.site_code == "1000"
