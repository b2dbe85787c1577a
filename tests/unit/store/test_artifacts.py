"""The index of results."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from dreambridge.domain.artifact import Artifact, FetchState
from dreambridge.domain.generation import Dimensions, Kind, OutputFormat
from dreambridge.domain.job import Job, JobState, Progress
from dreambridge.store.artifacts import Artifacts, StoredFile
from dreambridge.store.jobs import JobEvent, Jobs

MakeJob = Callable[..., Job]
MakeArtifact = Callable[..., Artifact]


@pytest.fixture
async def three(jobs: Jobs, make_job: MakeJob, make_artifact: MakeArtifact) -> list[Artifact]:
    """Keep three results of one job."""
    job = make_job(state=JobState.COLLECTING)
    await jobs.create(job)
    results = [
        make_artifact(item_id="7", part=1, exact=Dimensions(512, 512), convert=OutputFormat.WEBP, extension="webp"),
        make_artifact(dimensions=Dimensions(2048, 2048)),
        make_artifact(),
    ]
    completed = replace(job, state=JobState.COMPLETED)
    assert await jobs.advance(completed, expected=JobState.COLLECTING, epoch=0, artifacts=results)
    return results


def stored_file(size: int, at: float = 5.0) -> StoredFile:
    return StoredFile("ab/file.png", size, "0" * 64, "image/png", "png", Dimensions(1024, 1024), at)


async def test_results_come_back_as_they_were_kept(artifacts: Artifacts, three: list[Artifact]) -> None:
    assert await artifacts.of_job("job_1") == tuple(three)
    assert await artifacts.load("art_1") == three[0]
    assert await artifacts.load("art_none") is None


async def test_stored_result_is_no_longer_pending(artifacts: Artifacts, three: list[Artifact]) -> None:
    assert await artifacts.stored("art_1", stored_file(100))
    assert await artifacts.load("art_1") == replace(
        three[0],
        state=FetchState.STORED,
        file="ab/file.png",
        bytes=100,
        sha256="0" * 64,
        media_type="image/png",
        extension="png",
        dimensions=Dimensions(1024, 1024),
        fetched_at=5.0,
    )
    assert await artifacts.pending(10) == tuple(three[1:])
    assert await artifacts.pending(1) == (three[1],)
    assert not await artifacts.stored("art_none", stored_file(1))


async def test_failed_fetch_waits_for_its_next_turn(artifacts: Artifacts, three: list[Artifact]) -> None:
    await artifacts.attempted("art_1", at=50.0)
    await artifacts.attempted("art_1", at=60.0)
    assert [found.id for found in await artifacts.pending(10, tried_before=60.0)] == ["art_2", "art_3"]
    tried = await artifacts.pending(10, tried_before=60.1)
    assert [(found.id, found.attempts) for found in tried] == [("art_1", 2), ("art_2", 0), ("art_3", 0)]


async def test_lost_result_is_not_sought_and_a_new_address_is_kept(artifacts: Artifacts, three: list[Artifact]) -> None:
    await artifacts.lost("art_1")
    await artifacts.readdress("art_2", "https://site/new")
    assert [(found.id, found.source_url) for found in await artifacts.pending(10)] == [
        ("art_2", "https://site/new"),
        ("art_3", three[2].source_url),
    ]


async def test_retention_sees_the_oldest_stored_and_their_total(artifacts: Artifacts, three: list[Artifact]) -> None:
    assert await artifacts.total_bytes() == 0
    await artifacts.stored("art_3", stored_file(2**40))
    await artifacts.stored("art_2", stored_file(1))
    assert await artifacts.total_bytes() == 2**40 + 1
    assert [found.id for found in await artifacts.oldest(10)] == ["art_2", "art_3"]
    assert [found.id for found in await artifacts.oldest(1)] == ["art_2"]
    assert [found.id for found in await artifacts.oldest(10, created_before=three[2].created_at)] == ["art_2"]


async def test_one_result_is_forgotten_as_it_was_last_and_what_comes_late_finds_nothing(
    jobs: Jobs, artifacts: Artifacts, three: list[Artifact]
) -> None:
    await artifacts.stored("art_2", stored_file(7))
    (gone,) = await jobs.forget_artifact("art_2")
    assert (gone.id, gone.file) == ("art_2", "ab/file.png")
    assert await jobs.forget_artifact("art_2") == ()
    assert await artifacts.of_job("job_1") == (three[0], three[2])
    assert await artifacts.total_bytes() == 0
    assert not await artifacts.stored("art_2", stored_file(7))
    assert not await artifacts.attempted("art_2", at=1.0)
    assert not await artifacts.lost("art_2")
    for each in ("art_1", "art_3"):
        assert len(await jobs.forget_artifact(each)) == 1
    assert await artifacts.of_job("job_1") == ()
    kept = await jobs.load("job_1")
    assert kept is not None
    assert kept.state is JobState.COMPLETED


async def test_with_a_video_its_still_is_forgotten_and_not_the_other_way_round(
    jobs: Jobs, artifacts: Artifacts, make_job: MakeJob, make_artifact: MakeArtifact
) -> None:
    job = make_job(state=JobState.COLLECTING)
    await jobs.create(job)
    film, other = make_artifact(kind=Kind.VIDEO), make_artifact(kind=Kind.VIDEO)
    stills = [make_artifact(cover_of=film.id), make_artifact(cover_of=other.id)]
    completed = replace(job, state=JobState.COMPLETED)
    assert await jobs.advance(completed, expected=JobState.COLLECTING, epoch=0, artifacts=[film, other, *stills])
    assert {each.id for each in await jobs.forget_artifact(film.id)} == {film.id, stills[0].id}
    assert await jobs.forget_artifact(stills[1].id) == (stills[1],)
    assert await artifacts.of_job(job.id) == (other,)


async def test_no_result_of_a_job_that_runs_is_forgotten(
    jobs: Jobs, artifacts: Artifacts, make_job: MakeJob, make_artifact: MakeArtifact
) -> None:
    job, result = make_job(state=JobState.GENERATING), make_artifact()
    await jobs.create(job)
    assert await jobs.save_progress(job.id, 0, Progress(25, items=1), artifacts=[result])
    assert await jobs.forget_artifact(result.id) == ()
    assert await artifacts.of_job(job.id) == (result,)


async def test_what_lands_is_kept_with_the_progress_of_a_job_that_is_still_ours(
    jobs: Jobs, artifacts: Artifacts, make_job: MakeJob, make_artifact: MakeArtifact
) -> None:
    job, result = make_job(state=JobState.GENERATING), make_artifact()
    await jobs.create(job)
    event = JobEvent("landed", 1.0)
    assert not await jobs.save_progress(job.id, 1, Progress(25), event=event, artifacts=[result])
    assert await artifacts.of_job(job.id) == ()
    for _ in range(2):
        # Also when nobody knows what became of the first write.
        assert await jobs.save_progress(job.id, 0, Progress(25, items=1), event=event, artifacts=[result])
    assert await artifacts.of_job(job.id) == (result,)
    assert await jobs.load(job.id) == replace(job, progress=Progress(25, items=1))
    failed = replace(job, state=JobState.FAILED)
    assert await jobs.advance(failed, expected=JobState.GENERATING, epoch=0)
    assert not await jobs.save_progress(job.id, 0, Progress(50), artifacts=[make_artifact()])
    assert await artifacts.of_job(job.id) == (result,)


async def test_landed_result_keeps_its_bytes_at_its_final_place_and_loses_them_to_a_new_address(
    jobs: Jobs, artifacts: Artifacts, make_job: MakeJob, make_artifact: MakeArtifact
) -> None:
    job = make_job(state=JobState.COLLECTING)
    await jobs.create(job)
    picture, video = make_artifact(index=4), make_artifact(index=5, attempts=2)
    assert await jobs.save_progress(job.id, 0, Progress(50), artifacts=[picture, video])
    for each in (picture, video):
        await artifacts.attempted(each.id, at=1.0)
        assert await artifacts.stored(each.id, stored_file(100))
    final = [replace(picture, index=1), replace(video, index=0, source_url="https://site/finer", attempts=0)]
    completed = replace(job, state=JobState.COMPLETED)
    assert await jobs.advance(completed, expected=JobState.COLLECTING, epoch=0, artifacts=final)
    first, second = await artifacts.of_job(job.id)
    assert (first.id, first.state, first.attempts, first.source_url) == (
        video.id,
        FetchState.PENDING,
        0,
        "https://site/finer",
    )
    assert (second.id, second.state, second.attempts, second.bytes) == (picture.id, FetchState.STORED, 1, 100)
    assert [each.id for each in await artifacts.pending(10)] == [video.id]
