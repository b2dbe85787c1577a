"""A job with the caller's pictures, from bytes to artifacts: uploaded once, remembered, brought anew where need be."""

import asyncio
import io
import random
import time
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from dreambridge.domain.errors import Charged, ContentRefused, GatewayError, InputUnusable
from dreambridge.domain.generation import ImageRequest, ImageWish, MediaInput
from dreambridge.domain.job import JobState
from dreambridge.engine.service import CreateOptions, JobView

TOKEN_CALLS = ("token", "apply", "upload", "commit")


def picture(seed: int = 0, width: int = 320, height: int = 200) -> bytes:
    out = io.BytesIO()
    noise = random.Random(seed).randbytes(3 * width * height)  # noqa: S311 - no secret
    Image.frombytes("RGB", (width, height), noise).save(out, "PNG")
    return out.getvalue()


async def make(house: Any, token: str, wish: ImageWish, **options: Any) -> JobView:
    """Ask for pictures by the engine's own door and wait for their end."""
    service = house.gateway.service
    caller = await house.gateway.credentials.read(f"Bearer {token}")
    creation = await service.create_image(wish, caller, CreateOptions(fingerprint=str(time.monotonic()), **options))
    view: JobView = await service.wait(creation.view.job.id, 20)
    return view


async def hand_in(house: Any, *seeds: int) -> tuple[MediaInput, ...]:
    taken = [await house.gateway.service.acquire_input(picture(seed), param="image") for seed in seeds]
    return tuple(taken)


def edit(inputs: tuple[MediaInput, ...], prompt: str = "put the hat on the cat") -> ImageWish:
    return ImageWish(prompt, model="jimeng-4.5", count=1, inputs=inputs)


def uploads(house: Any, site: str = "us") -> tuple[int, ...]:
    return tuple(house.calls(name, site) for name in TOKEN_CALLS)


async def test_pictures_from_pictures_are_made_and_what_was_uploaded_is_not_uploaded_again(
    street: Any, new_session: Callable[[str], str]
) -> None:
    await street.site("us")
    token = f"us-{new_session('a')}"
    async with street.gateway() as house:
        inputs = await hand_in(house, 1, 2)
        view = await make(house, token, edit(inputs))
        assert (view.job.state, len(view.artifacts)) == (JobState.COMPLETED, 1)
        assert uploads(house) == (1, 2, 2, 2)
        again = await make(house, token, edit((*inputs, *await hand_in(house, 3))))
        assert again.job.state is JobState.COMPLETED
        assert uploads(house)[1:] == (3, 3, 3)
        job = (await house.ask("GET", f"/v1/jobs/{view.job.id}", token)).json
        assert [each["sha256"] for each in job["request"]["inputs"]] == [each.sha256 for each in inputs]
    # Another process remembers as well; another account has nothing.
    async with street.gateway() as house:
        inputs = await hand_in(house, 1, 2)
        assert (await make(house, token, edit(inputs))).job.state is JobState.COMPLETED
        assert uploads(house)[1:] == (3, 3, 3)
        other = f"us-{new_session('b')}"
        assert (await make(house, other, edit(inputs))).job.state is JobState.COMPLETED
        assert uploads(house)[1:] == (5, 5, 5)
        assert house.site().world.refusals == type(house.site().world.refusals)()


async def test_jobs_at_once_with_the_same_picture_bring_it_once(house: Any, new_session: Callable[[str], str]) -> None:
    token = f"us-{new_session('a')}"
    inputs = await hand_in(house, 1)
    views = await asyncio.gather(*(make(house, token, edit(inputs, f"cat {n}")) for n in range(4)))
    assert {view.job.state for view in views} == {JobState.COMPLETED}
    assert uploads(house) == (1, 1, 1, 1)


async def test_an_upload_that_the_site_no_longer_has_is_made_anew_and_paid_for_once(
    street: Any, new_session: Callable[[str], str]
) -> None:
    await street.site("us")
    token = f"us-{new_session('a')}"
    async with street.gateway() as house:
        inputs = await hand_in(house, 1)
        await make(house, token, edit(inputs))
    del street.sites["us"]
    await street.site("us")  # a site that has forgotten everything
    async with street.gateway() as house:
        inputs = await hand_in(house, 1)
        view = await make(house, token, edit(inputs))
        assert view.job.state is JobState.COMPLETED, view.error
        assert uploads(house)[1:] == (1, 1, 1)
        assert len(await house.ledger()) == 1


async def test_a_refusal_that_has_nothing_to_do_with_uploads_costs_one_more_try_at_most(
    house: Any, new_session: Callable[[str], str]
) -> None:
    token = f"us-{new_session('a')}"
    inputs = await hand_in(house, 1)
    refused = await make(house, token, edit(inputs, "a cat [sim:refused]"))
    assert refused.job.error is not None
    assert (refused.job.error.code, uploads(house)[1:]) == ("content_policy_violation", (1, 1, 1))


async def test_a_file_is_erased_with_the_job_that_needed_it(house: Any, new_session: Callable[[str], str]) -> None:
    token = f"us-{new_session('a')}"
    shared, own = await hand_in(house, 1, 2)
    first, second = await make(house, token, edit((shared, own))), await make(house, token, edit((shared,)))
    shelf = house.data_dir / "inputs"
    assert (shelf / own.file).is_file()
    for view, left in ((first, {shared.file}), (second, set())):
        assert (await house.ask("DELETE", f"/v1/jobs/{view.job.id}", token)).status in {200, 204}
        found = {str(path.relative_to(shelf)) for path in shelf.rglob("*.png")}
        assert found == left


async def test_an_input_that_is_gone_is_said_so_before_anything_is_paid(
    house: Any, new_session: Callable[[str], str]
) -> None:
    token = f"us-{new_session('a')}"
    (kept,) = await hand_in(house, 1)
    (house.data_dir / "inputs" / kept.file).unlink()
    view = await make(house, token, edit((kept,)))
    assert isinstance(view.error, InputUnusable)
    assert await house.ledger() == []


@pytest.mark.parametrize("count", [11])
async def test_too_many_pictures_are_refused_before_anything_is_uploaded(
    house: Any, new_session: Callable[[str], str], count: int
) -> None:
    token = f"us-{new_session('a')}"
    inputs = await hand_in(house, *range(count))
    with pytest.raises(GatewayError, match="10") as caught:
        await make(house, token, edit(inputs))
    assert caught.value.param is not None
    assert (uploads(house), await house.ledger()) == ((0, 0, 0, 0), [])


@pytest.mark.parametrize(
    "scenario", ["upload-token-expired", "upload-100024-once", "upload-crc-once", "upload-drop-once"]
)
async def test_an_upload_that_fails_at_first_is_repeated_free_of_charge(
    street: Any, new_session: Callable[[str], str], scenario: str
) -> None:
    await street.site("us", scenario=scenario)
    async with street.gateway() as house:
        inputs = await hand_in(house, 1, 2)
        view = await make(house, f"us-{new_session('a')}", edit(inputs))
        assert view.job.state is JobState.COMPLETED, view.error
        assert len(await house.ledger()) == 1


async def test_a_picture_that_the_site_refuses_is_told_as_what_it_is(
    street: Any, new_session: Callable[[str], str]
) -> None:
    await street.site("cn", scenario="image-refused")
    async with street.gateway() as house:
        view = await make(house, new_session("a") + ":cn", edit(await hand_in(house, 1)))
        assert isinstance(view.error, ContentRefused)
        assert (view.error.param, view.error.charged, view.error.site_code) == ("image", Charged.NO, "2003")
        assert house.calls("check", "cn") == 1
        assert await house.ledger("cn") == []


async def test_another_account_brings_the_inputs_itself(street: Any, new_session: Callable[[str], str]) -> None:
    await street.site("us")
    dead, alive = new_session("dead"), new_session("alive")
    street.register(dead, alive=False)
    street.register(alive)
    async with street.gateway() as house:
        inputs = await hand_in(house, 1)
        view = await make(house, f"us-{dead},us-{alive}", edit(inputs))
        assert view.job.state is JobState.COMPLETED, view.error
        assert (view.job.attempts, len(await house.ledger())) == (2, 1)


async def test_a_series_is_one_submission_with_all_its_pictures(house: Any, new_session: Callable[[str], str]) -> None:
    token = f"us-{new_session('a')}"
    view = await make(house, token, ImageWish("一只狐狸的四季，连续6张", model="jimeng-4.0", count=6, series=True))
    assert (view.job.state, view.job.partial, len(view.artifacts)) == (JobState.COMPLETED, False, 6)
    assert len(await house.ledger()) == 1


async def test_words_of_a_prompt_make_a_series_only_where_the_operator_wants_that(
    street: Any, new_session: Callable[[str], str]
) -> None:
    await street.site("us")
    token = f"us-{new_session('a')}"
    wish = ImageWish("一只狐狸的绘本，5张", model="jimeng-4.0")
    async with street.gateway() as house:
        view = await make(house, token, wish)
        assert asked(view) == (False, 4)
    async with street.gateway(series_words=True) as house:
        told = await make(house, token, wish)
        assert (asked(told), len(told.artifacts)) == ((True, 5), 5)
        able = await make(house, token, ImageWish("一只狐狸的绘本，5张", model="jimeng-3.0"))
        assert asked(able) == (False, 4)
        shown = await house.ask("GET", f"/v1/jobs/{told.job.id}", token)
        assert shown.json["request"]["series"] is True


def asked(view: JobView) -> tuple[bool, int]:
    request = view.job.request
    assert isinstance(request, ImageRequest)
    return request.series, request.count
