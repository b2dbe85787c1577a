"""Finding jobs: by owner, page by page, and those whose answer nobody had."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from dreambridge.domain.errors import Charged, Retry
from dreambridge.domain.generation import Dimensions, Kind, VideoMode, VideoRequest
from dreambridge.domain.job import Job, JobError, JobState
from dreambridge.domain.submission import Submission
from dreambridge.store.jobs import Jobs

MakeJob = Callable[..., Job]
FREE = JobError("ContentRefused", "no", "content_policy_violation", Retry.NEVER, Charged.NO)
PAID = replace(FREE, charged=Charged.YES)


async def create(jobs: Jobs, *created: Job) -> None:
    for job in created:
        await jobs.create(job)


async def ids(jobs: Jobs, owner: str = "owner", **page: object) -> list[str]:
    return [job.id for job in await jobs.list(owner, **page)]  # type: ignore[arg-type] # the tests name the options


async def test_list_goes_page_by_page_in_both_directions(jobs: Jobs, make_job: MakeJob) -> None:
    # The second and third are of the same moment: their ids order them.
    await create(jobs, make_job(), make_job(created_at=1002.0), make_job(created_at=1002.0), make_job())
    assert await ids(jobs) == ["job_4", "job_3", "job_2", "job_1"]
    assert await ids(jobs, limit=2) == ["job_4", "job_3"]
    assert await ids(jobs, limit=2, after="job_3") == ["job_2", "job_1"]
    assert await ids(jobs, newest_first=False, limit=2, after="job_2") == ["job_3", "job_4"]
    assert await ids(jobs, after="job_none") == []


async def test_list_can_be_narrowed_to_a_state(jobs: Jobs, make_job: MakeJob) -> None:
    await create(jobs, make_job(), make_job(state=JobState.COMPLETED), make_job(state=JobState.COMPLETED))
    assert await ids(jobs, state=JobState.COMPLETED) == ["job_3", "job_2"]
    assert await ids(jobs, state=JobState.COMPLETED, after="job_3") == ["job_2"]


async def test_list_can_be_narrowed_to_a_kind_page_by_page(jobs: Jobs, make_job: MakeJob) -> None:
    film = VideoRequest(
        "waves", "jimeng-video-3.0", "sora-2", VideoMode.TEXT, "16:9", "720p", 5, Dimensions(1280, 720),
        remixed_from="video_a",
    )  # fmt: skip
    video: dict[str, Any] = {"kind": Kind.VIDEO, "request": film}
    states = (JobState.COMPLETED, JobState.COMPLETED, JobState.QUEUED, JobState.QUEUED, JobState.COMPLETED)
    fields: tuple[dict[str, Any], ...] = (video, {}, video, {}, video)
    await create(jobs, *(make_job(state=state, **each) for each, state in zip(fields, states, strict=True)))
    assert await ids(jobs, kind=Kind.VIDEO, limit=2) == ["job_5", "job_3"]
    assert await ids(jobs, kind=Kind.VIDEO, limit=2, after="job_3") == ["job_1"]
    assert await ids(jobs, kind=Kind.VIDEO, state=JobState.COMPLETED, newest_first=False) == ["job_1", "job_5"]
    assert await ids(jobs, "another", kind=Kind.VIDEO) == []
    assert {job.request for job in await jobs.list("owner", kind=Kind.VIDEO)} == {film}


async def test_job_is_seen_by_each_of_its_owners_and_by_nobody_else(jobs: Jobs, make_job: MakeJob) -> None:
    job = make_job()
    await jobs.create(job, owners=["pool"])
    await jobs.share(job.id, "session")
    await jobs.share("job_none", "session")
    for owner in ("owner", "pool", "session"):
        assert await ids(jobs, owner) == [job.id]
        assert await jobs.load(job.id, owners=[owner, "another"]) == job
    assert await jobs.list(["owner", "pool", "session"]) == (job,)
    assert await ids(jobs, "another") == []
    assert await jobs.load(job.id, owners=["another"]) is None
    assert await jobs.load(job.id, owners=[]) is None


async def test_many_jobs_are_loaded_at_once(jobs: Jobs, make_job: MakeJob) -> None:
    made = [make_job() for _ in range(600)]
    await asyncio.gather(*map(jobs.create, made))
    assert await jobs.load_many([*(job.id for job in made), "job_none"]) == {job.id: job for job in made}


async def test_undelivered_job_is_adopted_once_by_many_who_ask(replicas: list[Jobs], make_job: MakeJob) -> None:
    await create(replicas[0], make_job(), make_job(), make_job())
    asked = [jobs.adopt_undelivered("owner", "same", since=0.0, now=2000.0) for jobs in replicas * 10]
    adopted = [job.id for job in await asyncio.gather(*asked) if job is not None]
    assert sorted(adopted) == ["job_1", "job_2", "job_3"]


async def test_only_what_may_be_owed_to_the_caller_is_adopted(jobs: Jobs, make_job: MakeJob) -> None:
    await create(
        jobs,
        make_job(created_at=10.0),
        make_job(owner="another"),
        make_job(fingerprint="another"),
        make_job(delivered_at=1.0),
        make_job(state=JobState.CANCELLED),
        make_job(state=JobState.FAILED, error=FREE),
        make_job(),
    )
    assert await jobs.adopt_undelivered("owner", "same", since=500.0, now=2000.0, excluding={"job_7"}) is None
    paid = make_job(state=JobState.FAILED, error=PAID)
    await jobs.create(paid)
    assert await jobs.adopt_undelivered(["pool", "owner"], "same", since=500.0, now=2000.0, excluding={"job_7"}) == paid


async def test_job_whose_adopter_left_too_can_be_adopted_again(jobs: Jobs, make_job: MakeJob) -> None:
    await create(jobs, make_job())

    async def adopt() -> bool:
        return await jobs.adopt_undelivered("owner", "same", since=0.0, now=2000.0) is not None

    assert [await adopt(), await adopt()] == [True, False]
    await jobs.give_back("job_1")
    assert [await adopt(), await adopt()] == [True, False]
    await jobs.give_back_all()
    assert await adopt()
    await jobs.mark_delivered("job_1", 2001.0)
    await jobs.give_back_all()
    assert not await adopt()


async def test_newest_running_job_for_the_same_request_is_found(jobs: Jobs, make_job: MakeJob) -> None:
    await create(jobs, make_job(), make_job(), make_job(state=JobState.COMPLETED), make_job(fingerprint="another"))
    found = await jobs.find_running("owner", "same", since=0.0)
    assert found is not None
    assert found.id == "job_2"
    assert await jobs.find_running("owner", "same", since=5000.0) is None
    assert await jobs.find_running("another", "same", since=0.0) is None


async def test_a_job_is_found_by_its_id_or_a_submissions_by_its_owners_only(jobs: Jobs, make_job: MakeJob) -> None:
    mine, shared, others = make_job(), make_job(owner="another"), make_job(owner="another")
    await create(jobs, mine, shared, others)
    await jobs.share(shared.id, "owner")
    for number, job in enumerate((mine, shared, others)):
        parts = [Submission(part, 1, submit_id=f"sub_{number}{part}") for part in range(2)]
        preparing = replace(job, state=JobState.PREPARING)
        assert await jobs.advance(preparing, expected=JobState.QUEUED, epoch=0, submissions=parts)
    sought = ["sub_01", "sub_00", mine.id, "sub_10", shared.id, "sub_20", others.id, "sub_99", "job_none"]
    assert await jobs.find_ids(sought, ["owner", "pool"]) == {
        **dict.fromkeys(("sub_00", "sub_01", mine.id), mine.id),
        **dict.fromkeys(("sub_10", shared.id), shared.id),
    }
    # Who sees a job by two names finds it once.
    assert await jobs.find_ids([shared.id, "sub_10"], ["owner", "another"]) == {
        shared.id: shared.id,
        "sub_10": shared.id,
    }
    assert await jobs.find_ids(sought, []) == {}
    assert await jobs.find_ids([], ["owner"]) == {}
