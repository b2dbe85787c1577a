"""News of jobs: for who waits for an end and for who follows along."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from dreambridge.domain.artifact import Artifact
from dreambridge.domain.generation import Kind
from dreambridge.domain.job import JobState, Progress
from dreambridge.engine.notices import News, Notices

if TYPE_CHECKING:
    from dreambridge.domain.job import Job

Leap = Callable[[Coroutine[Any, Any, Any]], Any]
PICTURE = Artifact("art_1", "job", "own_a", Kind.IMAGE, 0, "https://media.example/1", 1.0)


@pytest.fixture
def notices() -> Notices:
    return Notices()


@pytest.fixture
def job(make_job: Callable[..., Job]) -> Job:
    return make_job("job", state=JobState.GENERATING)


async def follow(notices: Notices, told: list[News], pause: float = 0.0) -> None:
    async with aclosing(notices.follow("job")) as stream:
        async for news in stream:
            told.append(news)
            await asyncio.sleep(pause)


def at(job: Job, percent: int) -> News:
    return News(replace(job, progress=Progress(percent)))


def percents(told: list[News]) -> list[int]:
    return [news.job.progress.percent for news in told]


def test_a_follower_is_given_the_latest_at_once_then_each_change_and_the_end_last(
    notices: Notices, job: Job, leap: Leap
) -> None:
    async def scene() -> list[News]:
        told: list[News] = []
        notices.publish(at(job, 10))
        reader = asyncio.create_task(follow(notices, told))
        for percent in (20, 30):
            await asyncio.sleep(1)
            assert notices.followed("job")
            notices.publish(at(job, percent))
        await asyncio.sleep(1)
        notices.publish(News(replace(job, state=JobState.COMPLETED)))
        await reader
        assert not notices.followed("job")
        return told

    told = leap(scene())
    assert percents(told) == [10, 20, 30, 0]
    assert told[-1].job.state is JobState.COMPLETED


def test_a_slow_follower_is_given_the_newest_only(notices: Notices, job: Job, leap: Leap) -> None:
    async def scene() -> list[News]:
        told: list[News] = []
        notices.publish(at(job, 1))
        reader = asyncio.create_task(follow(notices, told, pause=10))
        for percent in range(2, 30):
            await asyncio.sleep(1)
            notices.publish(at(job, percent))
        notices.publish(News(replace(job, state=JobState.FAILED)))
        await reader
        return told

    assert percents(leap(scene())) == [1, 10, 20, 0]


@pytest.mark.parametrize("end", [Notices.end_all, lambda notices: notices.forget("job")])
def test_a_follower_comes_to_its_end_when_the_server_stops_or_the_job_is_deleted(
    notices: Notices, job: Job, leap: Leap, end: Callable[[Notices], None]
) -> None:
    async def scene() -> list[News]:
        told: list[News] = []
        notices.publish(News(job))
        readers = [asyncio.create_task(follow(notices, told)) for _ in range(2)]
        await asyncio.sleep(1)
        end(notices)
        await asyncio.gather(*readers)
        return told

    assert len(leap(scene())) == 2


def test_of_a_job_that_is_not_held_there_is_nothing_to_follow(notices: Notices, leap: Leap) -> None:
    told: list[News] = []
    leap(follow(notices, told))
    assert told == []
    assert not notices.followed("job")


def test_news_that_says_nothing_of_artifacts_keeps_those_that_landed(notices: Notices, job: Job) -> None:
    notices.publish(News(job, (PICTURE,)))
    for news in (at(job, 50), News(replace(job, state=JobState.FAILED))):
        notices.publish(news)
        assert notices.latest("job") == replace(news, artifacts=(PICTURE,))
