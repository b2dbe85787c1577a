"""Results that are told as they land: one after the other, under ids that stay, across a restart and a failure."""

import asyncio
import contextlib
import math
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from dreambridge.domain.artifact import Artifact, FetchState
from dreambridge.domain.errors import JobNotFound
from dreambridge.domain.generation import AgentWish, ImageWish, Kind
from dreambridge.domain.job import JobState
from dreambridge.engine.credentials import Caller
from dreambridge.engine.service import CreateOptions, JobView

STAGGERED = "a fox [sim:staggered]"
# Seconds of the site (drawn for 10) after which so many of four pictures are there.
MOMENTS = {1: 5.6, 2: 7.1, 3: 8.6, 4: 12.0}


class Hand:
    """The site's clock, which stands still until it is moved."""

    def __init__(self, house: Any) -> None:
        self._world = house.site().world
        self._start = self._now = time.time()
        self._world.clock = lambda: self._now

    def move(self, seconds: float) -> None:
        """Let the site be so many of its seconds further than at the start."""
        self._now = self._start + seconds * self._world.options.time_scale


class Viewer:
    """One caller of a gateway, and what a follower was shown of one job."""

    def __init__(self, house: Any, token: str) -> None:
        self.house, self.token, self.service = house, token, house.gateway.service
        self.views: list[JobView] = []
        self._shown = asyncio.Event()

    async def caller(self) -> Caller:
        caller: Caller = await self.house.gateway.credentials.read(f"Bearer {self.token}")
        return caller

    async def draw(self, prompt: str = STAGGERED, count: int = 4) -> str:
        options = CreateOptions(fingerprint=str(time.monotonic()))
        wish = ImageWish(prompt, model="jimeng-4.5", count=count)
        creation = await self.service.create_image(wish, await self.caller(), options)
        job_id: str = creation.view.job.id
        # The site has begun, so that its clock may be moved.
        await self.looks(job_id, begun)
        return job_id

    async def fetch(self, artifact: Artifact) -> Any:
        return await self.house.ask("GET", f"/v1/artifacts/{artifact.id}.{artifact.extension}", "")

    @asynccontextmanager
    async def following(self, job_id: str) -> AsyncIterator["asyncio.Task[None]"]:
        """Follow a job in the background."""
        task = asyncio.create_task(self._follow(job_id))
        try:
            yield task
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _follow(self, job_id: str) -> None:
        async with aclosing(self.service.follow(job_id)) as views:
            async for view in views:
                self.views.append(view)
                self._shown.set()

    async def sees(self, what: Callable[[JobView], bool]) -> JobView:
        """Wait until the follower is shown such a view."""
        async with asyncio.timeout(20):
            while not (self.views and what(self.views[-1])):
                self._shown.clear()
                await self._shown.wait()
        return self.views[-1]

    async def looks(self, job_id: str, what: Callable[[JobView], bool]) -> JobView:
        """Look at a job without following it until it is like this."""
        async with asyncio.timeout(20):
            while True:
                view: JobView = await self.service.view(job_id)
                if what(view):
                    return view
                await asyncio.sleep(0.02)


def ids(view: JobView) -> list[str]:
    return [each.id for each in view.artifacts]


def has(count: int) -> Callable[[JobView], bool]:
    return lambda view: len(view.artifacts) == count


def begun(view: JobView) -> bool:
    return view.job.state not in {JobState.QUEUED, JobState.PREPARING, JobState.SUBMITTING}


def ended(view: JobView) -> bool:
    return view.job.state.ended


@pytest.fixture
def viewer(house: Any, new_session: Callable[[str], str]) -> Viewer:
    return Viewer(house, f"us-{new_session('views')}")


async def test_a_follower_is_shown_each_picture_as_it_lands_and_its_bytes_are_there(viewer: Viewer) -> None:
    hand = Hand(viewer.house)
    job_id = await viewer.draw()
    seen: list[list[str]] = []
    async with viewer.following(job_id) as task:
        for count in (1, 2, 3):
            hand.move(MOMENTS[count])
            view = await viewer.sees(has(count))
            assert view.job.state is JobState.GENERATING
            seen.append(ids(view))
            reply = await viewer.fetch(view.artifacts[-1])
            assert (reply.status, reply.headers["content-type"].partition("/")[0]) == (200, "image")
            kept = (await viewer.service.view(job_id)).artifacts[-1]
            assert (kept.state, kept.bytes) == (FetchState.STORED, len(reply.content))
        hand.move(MOMENTS[4])
        view = await viewer.sees(ended)
        await asyncio.wait_for(task, 5)
    assert (view.job.state, view.job.partial, view.spare) == (JobState.COMPLETED, False, 0)
    assert seen == [ids(view)[:count] for count in (1, 2, 3)]
    assert [each.index for each in view.artifacts] == [0, 1, 2, 3]
    (record,) = viewer.house.site().world.records.values()
    bucket = viewer.house.site().world.market.bucket
    assert [each.item_id for each in view.artifacts] == [record.item_id(bucket, index) for index in range(4)]
    assert all(each.state is FetchState.STORED for each in view.artifacts[:3])
    assert (viewer.house.calls("generate"), len(viewer.house.site().world.records)) == (1, 1)


async def test_what_landed_keeps_its_ids_over_a_restart_and_nothing_is_there_twice(
    street: Any, new_session: Callable[[str], str]
) -> None:
    await street.site("us")
    token = f"us-{new_session('views')}"
    async with street.gateway() as house:
        viewer, hand = Viewer(house, token), Hand(house)
        job_id = await viewer.draw()
        async with viewer.following(job_id):
            hand.move(MOMENTS[2])
            landed = ids(await viewer.sees(has(2)))
    async with street.gateway() as house:
        viewer = Viewer(house, token)
        assert ids(await viewer.looks(job_id, has(2))) == landed
        hand.move(MOMENTS[4])
        view = await viewer.looks(job_id, ended)
        assert ids(view)[:2] == landed
        assert len(set(ids(view))) == len(view.artifacts) == 4
        assert house.calls("generate") == 1
    async with street.gateway() as house:
        kept = await Viewer(house, token).looks(job_id, has(4))
        assert [(each.id, each.index) for each in kept.artifacts] == [(each.id, each.index) for each in view.artifacts]


async def test_nothing_is_saved_early_for_a_job_that_nobody_follows(viewer: Viewer) -> None:
    hand = Hand(viewer.house)
    job_id = await viewer.draw()
    hand.move(MOMENTS[2])
    view = await viewer.looks(job_id, lambda view: view.job.progress.items == 2)
    assert view.artifacts == ()
    hand.move(MOMENTS[4])
    assert len((await viewer.looks(job_id, ended)).artifacts) == 4


async def test_a_job_that_fails_keeps_what_had_landed(street: Any, new_session: Callable[[str], str]) -> None:
    await street.site("us")
    token = new_session("views")
    async with street.gateway() as house:
        viewer, hand = Viewer(house, f"us-{token}"), Hand(house)
        job_id = await viewer.draw()
        async with viewer.following(job_id):
            hand.move(MOMENTS[2])
            landed = ids(await viewer.sees(has(2)))
            house.site().world.accounts[token].alive = False
            view = await viewer.sees(ended)
        assert (view.job.state, ids(view)) == (JobState.FAILED, landed)
    async with street.gateway() as house:
        assert [ids(view) async for view in house.gateway.service.follow(job_id)] == [landed]


async def test_a_follower_of_an_ended_job_is_shown_its_end_at_once_and_of_none_is_told_so(viewer: Viewer) -> None:
    job_id = await viewer.draw("a fox")
    await viewer.looks(job_id, ended)
    assert [len(view.artifacts) async for view in viewer.service.follow(job_id)] == [4]
    with pytest.raises(JobNotFound):
        await anext(viewer.service.follow("job_none"))


async def test_a_video_that_landed_first_gets_its_finer_address_and_bytes_when_all_are_made(viewer: Viewer) -> None:
    hand, records = Hand(viewer.house), viewer.house.site().world.records
    options = CreateOptions(route="chat.completions", fingerprint="agent")
    creation = await viewer.service.create_agent(AgentWish("two videos of a fox"), await viewer.caller(), options)
    job_id = creation.view.job.id
    await viewer.looks(job_id, begun)
    first, second = records.values()
    second.life = replace(first.life, items=(math.inf,), end=math.inf)
    async with viewer.following(job_id):
        hand.move(MOMENTS[4])
        (early,) = (await viewer.sees(has(1))).artifacts
        assert (early.kind, early.part, "video-origin" in early.source_url) == (Kind.VIDEO, 1, True)
        assert (await viewer.fetch(early)).status == 200
        (early,) = (await viewer.service.view(job_id)).artifacts
        second.life = first.life
        view = await viewer.sees(ended)
    assert (view.job.state, [each.part for each in view.artifacts]) == (JobState.COMPLETED, [1, 2])
    assert view.artifacts[0].id == early.id
    assert all("video-hq" in each.source_url for each in view.artifacts)
    assert len(view.covers) == 2
    assert (await viewer.fetch(early)).status == 200
    late = (await viewer.service.view(job_id)).artifacts[0]
    assert (early.state, late.state) == (FetchState.STORED, FetchState.STORED)
    assert (early.fetched_at or 0) < (late.fetched_at or 0)


async def test_a_result_that_landed_is_deleted_once_its_job_has_ended_and_not_before(viewer: Viewer) -> None:
    hand = Hand(viewer.house)
    job_id = await viewer.draw()
    async with viewer.following(job_id):
        hand.move(MOMENTS[1])
        landed = (await viewer.sees(has(1))).artifacts[0]
        refused = await viewer.house.ask("DELETE", f"/v1/artifacts/{landed.id}", viewer.token)
        assert (refused.status, refused.error["code"], refused.error["param"]) == (400, "job_running", "id")
        assert (await viewer.fetch(landed)).status == 200
        hand.move(MOMENTS[4])
        whole = await viewer.sees(ended)
    assert landed.id in ids(whole)
    assert (await viewer.house.ask("DELETE", f"/v1/artifacts/{landed.id}", viewer.token)).status == 200
    assert ids(await viewer.service.view(job_id)) == ids(whole)[1:]
