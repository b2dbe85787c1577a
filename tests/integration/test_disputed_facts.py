"""docs/upstream/disputed.md says what is survived both ways; a job is taken through every scenario it names."""

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dreambridge.domain.generation import ImageWish, VideoWish
from dreambridge.domain.job import JobState
from dreambridge.engine.service import CreateOptions, JobView
from dreambridge.simulator.scenarios import Scenario, load_scenarios

PAGE = Path(__file__).parents[2] / "docs" / "upstream" / "disputed.md"


def named() -> list[Scenario]:
    """List the scenarios of the page's last column, in order."""
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    cells = [re.split(r"(?<!\\)\|", line)[3] for line in rows]
    known = load_scenarios().rows
    return [known[name] for cell in cells for name in re.findall(r"`([a-z0-9-]+)`", cell) if name in known]


async def make(house: Any, token: str, wish: ImageWish | VideoWish) -> JobView:
    service = house.gateway.service
    caller = await house.gateway.credentials.read(f"Bearer {token}")
    options = CreateOptions(fingerprint=str(time.monotonic()))
    create = service.create_video if isinstance(wish, VideoWish) else service.create_image
    view: JobView = await service.wait((await create(wish, caller, options)).view.job.id, 20)
    return view


def wish_for(row: Scenario) -> ImageWish | VideoWish:
    prompt = f"a fox [sim:{row.name}]"
    if row.group == "video":
        return VideoWish(prompt, model="jimeng-video-3.0", seconds=5)
    return ImageWish(prompt, model="jimeng-4.5", count=4)


def test_the_page_names_scenarios() -> None:
    assert len(named()) >= 24


@pytest.mark.parametrize("row", named(), ids=lambda row: row.name)
async def test_a_job_survives_the_fact_and_pays_once(
    house: Any, new_session: Callable[[str], str], row: Scenario
) -> None:
    view = await make(house, f"us-{new_session(row.name)}", wish_for(row))
    some = row.ending.delivers or row.ending.missing
    if some:
        assert view.job.state is JobState.COMPLETED, view.error
        expected = 1 if row.group == "video" else 4 - row.ending.missing
        assert (len(view.artifacts), view.job.partial) == (expected, bool(row.ending.missing))
    else:
        assert view.job.state is JobState.FAILED
        assert view.job.error is not None
        assert view.job.error.code in {"content_policy_violation", "copyright"}, view.job.error
    assert len(await house.ledger()) == 1


@pytest.mark.parametrize("envelope", ["A", "B"])
async def test_either_shape_of_the_commerce_answers_is_read(
    street: Any, new_session: Callable[[str], str], envelope: str
) -> None:
    await street.site("us", commerce_envelope=envelope)
    token = f"us-{new_session('purse')}"
    street.register(new_session("purse"), credit=0)
    async with street.gateway() as house:
        view = await make(house, token, ImageWish("a fox", model="jimeng-4.5", count=1))
        assert view.job.state is JobState.COMPLETED, view.error
        assert house.calls("claim") == 1, "without credit the daily gift is claimed, and its answer read"
