"""What a wish would cost, and whether its caller allows that."""

import pytest

from dreambridge.catalog import Catalog, plan_image, plan_video
from dreambridge.domain.errors import UnsupportedOption
from dreambridge.domain.generation import AgentRequest, ImageWish, VideoWish
from dreambridge.domain.remedies import advice_for
from dreambridge.engine.pricing import check_cost, forecast_cost


def test_every_part_is_forecast_not_only_what_is_delivered(catalog: Catalog) -> None:
    # One picture is asked for; the model's least number is made and billed.
    request = plan_image(catalog, ImageWish("a fox", model="jimeng-4.5", count=1), "us")
    spec = catalog.models[request.model]
    assert forecast_cost(catalog, request) == spec.credits_for(request.resolution, sum(request.parts))
    ten = plan_image(catalog, ImageWish("a fox", model="jimeng-4.5", count=10), "us")
    assert (sum(ten.parts) >= 10, len(ten.parts) > 1) == (True, True)
    assert forecast_cost(catalog, ten) == spec.credits_for(ten.resolution, sum(ten.parts))


def test_a_video_is_forecast_by_its_seconds(catalog: Catalog) -> None:
    costs = [
        forecast_cost(catalog, plan_video(catalog, VideoWish("waves", model="jimeng-video-3.0", seconds=seconds), "us"))
        for seconds in (5, 10)
    ]
    assert costs[0] is not None
    assert costs[1] == 2 * costs[0]


def test_nobody_knows_what_an_agent_will_cost(catalog: Catalog) -> None:
    assert forecast_cost(catalog, AgentRequest("draw", "conversation")) is None


@pytest.mark.parametrize(("cost", "limit"), [(16, None), (None, None), (16, 16), (16, 16.5), (0, 0)])
def test_what_keeps_to_the_limit_is_let_through(cost: int | None, limit: float | None) -> None:
    check_cost(cost, limit)


@pytest.mark.parametrize(
    ("cost", "limit", "code"),
    [
        (16, 15.9, "max_credits_exceeded"),
        (1, 0, "max_credits_exceeded"),
        (1, float("nan"), "max_credits_exceeded"),
        (None, 1000, "cost_unknown"),
        (None, 0, "cost_unknown"),
    ],
)
def test_what_costs_more_or_nobody_knows_what_is_refused_by_name(cost: int | None, limit: float, code: str) -> None:
    with pytest.raises(UnsupportedOption) as caught:
        check_cost(cost, limit)
    assert (caught.value.specific_code, caught.value.param) == (code, "max_credits")
    remedies = advice_for(type(caught.value))
    assert all("max_credits" in each for each in (remedies.remedy, remedies.remedy_zh))
    assert "named in the message" not in remedies.remedy
    if cost is not None:
        assert f"{cost} credits" in caught.value.message
        assert f"({limit:g})" in caught.value.message
