"""Durable jobs: created once, advanced by compare and set, whole or not at all."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from dreambridge.domain.artifact import Artifact
from dreambridge.domain.errors import Charged, Retry
from dreambridge.domain.generation import ImageRequest
from dreambridge.domain.job import SOUGHT_CODES, TRANSITIONS, Job, JobError, JobState, Progress
from dreambridge.domain.submission import Submission, SubmissionState
from dreambridge.store.artifacts import Artifacts
from dreambridge.store.database import Database
from dreambridge.store.faults import TransitionRefused
from dreambridge.store.jobs import Created, IdempotencyClaim, JobEvent, Jobs, Joined, KeyReused
from dreambridge.store.tables import JOBS, SUBMISSIONS

MakeJob = Callable[..., Job]
MakeArtifact = Callable[..., Artifact]
UNCONFIRMED = JobError("SubmissionUnconfirmed", "?", "submission_unconfirmed", Retry.NEVER, Charged.UNKNOWN)
REFUSED = JobError("ContentRefused", "no", "content_policy_violation", Retry.NEVER, Charged.NO, param="prompt")


async def walk(jobs: Jobs, job: Job, *states: JobState) -> Job:
    for state in states:
        following = replace(job, state=state, ended_at=job.created_at + 100 if state.ended else None)
        assert await jobs.advance(following, expected=job.state, epoch=job.epoch)
        job = following
    return job


async def test_job_comes_back_as_it_was_created(jobs: Jobs, make_job: MakeJob) -> None:
    job = make_job(submissions=(Submission(0, 4, seed=2**32 - 1), Submission(1, 2)), task_shape=True)
    assert await jobs.create(job) == Created(job.id)
    assert await jobs.load(job.id) == job


async def test_everything_that_may_change_is_written_with_the_state(
    jobs: Jobs, artifacts: Artifacts, make_job: MakeJob, make_artifact: MakeArtifact
) -> None:
    job = make_job(submissions=(Submission(0, 4), Submission(1, 4)))
    await jobs.create(job)
    await walk(jobs, job, JobState.PREPARING)
    intended = Submission(0, 4, SubmissionState.INTENDED, "uuid", "acct_1", 7, 1, send_before=1010.0)
    job = replace(
        job,
        state=JobState.SUBMITTING,
        updated_at=5.5,
        account_id="acct_1",
        site="us",
        attempts=2,
        not_before=9.0,
        submissions=(intended, job.submissions[1]),
        progress=Progress(10, 3, 7, 12.5, 1),
        error=REFUSED,
        partial=True,
        cost=40,
    )
    event = JobEvent("submitting", 5.5, {"account": "acct_1"})
    result = make_artifact()
    assert await jobs.advance(
        job, expected=JobState.PREPARING, epoch=0, event=event, submissions=[intended], artifacts=[result]
    )
    assert await jobs.load(job.id) == job
    assert await jobs.events(job.id) == (replace(event, seq=1),)
    assert await artifacts.of_job(job.id) == (result,)


async def test_of_many_workers_that_advance_a_job_one_succeeds(replicas: list[Jobs], make_job: MakeJob) -> None:
    job = make_job()
    await replicas[0].create(job)
    following = replace(job, state=JobState.PREPARING)
    attempts = [
        jobs.advance(following, expected=JobState.QUEUED, epoch=0, event=JobEvent("preparing", 1.0))
        for jobs in replicas * 10
    ]
    assert sorted(await asyncio.gather(*attempts))[-2:] == [False, True]
    assert len(await replicas[0].events(job.id)) == 1


async def test_worker_of_an_earlier_epoch_changes_nothing(jobs: Jobs, make_job: MakeJob) -> None:
    job = make_job(submissions=(Submission(0, 4),))
    await jobs.create(job)
    taken = await jobs.take_over(job.id)
    assert taken == replace(job, epoch=1)
    late = replace(job, state=JobState.PREPARING)
    sent = Submission(0, 4, SubmissionState.INTENDED, "uuid")
    assert not await jobs.advance(late, expected=JobState.QUEUED, epoch=0, submissions=[sent])
    assert not await jobs.save_progress(job.id, 0, Progress(50))
    assert await jobs.load(job.id) == taken


@pytest.mark.parametrize("expected", JobState)
async def test_only_transitions_of_the_table_are_written(jobs: Jobs, make_job: MakeJob, expected: JobState) -> None:
    job = make_job(state=expected)
    await jobs.create(job)
    for state in JobState:
        if state in TRANSITIONS[expected]:
            continue
        with pytest.raises(TransitionRefused):
            await jobs.advance(replace(job, state=state), expected=expected, epoch=0)
    assert await jobs.load(job.id) == job


async def test_advancing_keeps_what_the_caller_did_meanwhile(jobs: Jobs, make_job: MakeJob) -> None:
    job = make_job()
    await jobs.create(job)
    assert await jobs.request_cancel(job.id)
    await jobs.mark_delivered(job.id, 7.0)
    await walk(jobs, job, JobState.PREPARING)
    stored = await jobs.load(job.id)
    assert stored is not None
    assert (stored.cancel_requested, stored.delivered_at) == (True, 7.0)


async def test_progress_and_its_events_are_kept_in_order_until_the_job_ends(jobs: Jobs, make_job: MakeJob) -> None:
    job = make_job()
    await jobs.create(job)
    for percent in (10, 20):
        event = JobEvent("progress", 1.0, {"percent": percent})
        assert await jobs.save_progress(job.id, 0, Progress(percent), event=event)
    await walk(jobs, job, JobState.FAILED)
    assert not await jobs.save_progress(job.id, 0, Progress(30))
    assert [(event.seq, event.data) for event in await jobs.events(job.id)] == [
        (1, {"percent": 10}),
        (2, {"percent": 20}),
    ]
    assert [event.seq for event in await jobs.events(job.id, after_seq=1)] == [2]


async def test_ended_job_is_neither_open_nor_cancelled_nor_taken_over(jobs: Jobs, make_job: MakeJob) -> None:
    ended, running = make_job(), make_job()
    await jobs.create(ended)
    await jobs.create(running)
    await walk(jobs, ended, JobState.CANCELLED)
    assert await jobs.unfinished() == (running,)
    assert await jobs.count_open() == 1
    assert not await jobs.request_cancel(ended.id)
    assert await jobs.take_over(ended.id) is None
    assert await jobs.take_over("job_none") is None


@pytest.mark.parametrize("code", sorted(SOUGHT_CODES))
async def test_slow_lookups_are_for_recent_failures_of_their_kind(jobs: Jobs, make_job: MakeJob, code: str) -> None:
    sought = replace(UNCONFIRMED, code=code)
    recent, old, other = make_job(), make_job(), make_job()
    for job, ended_at, error in ((recent, 5000.0, sought), (old, 10.0, sought), (other, 5000.0, REFUSED)):
        await jobs.create(job)
        failed = replace(job, state=JobState.FAILED, error=error, ended_at=ended_at)
        assert await jobs.advance(failed, expected=JobState.QUEUED, epoch=0)
    assert [job.id for job in await jobs.slow_lookups(since=4000.0)] == [recent.id]


async def test_cost_learned_after_the_end_is_kept(jobs: Jobs, make_job: MakeJob) -> None:
    job = make_job(state=JobState.COMPLETED)
    await jobs.create(job)
    await jobs.save_cost(job.id, 12)
    assert await jobs.load(job.id) == replace(job, cost=12)


async def test_same_key_joins_and_another_request_under_it_is_told(jobs: Jobs, make_job: MakeJob) -> None:
    first, second = make_job(), make_job()
    claim = IdempotencyClaim("owner /v1/images", "key", "fingerprint", expires_at=2000.0)
    assert await jobs.create(first, claim) == Created(first.id)
    assert await jobs.create(second, claim) == Joined(first.id)
    assert await jobs.create(second, replace(claim, fingerprint="another")) == KeyReused(first.id)
    assert await jobs.load(second.id) is None
    assert await jobs.create(second, replace(claim, scope="another caller")) == Created(second.id)


async def test_what_a_key_would_meet_is_told_without_a_write(jobs: Jobs, make_job: MakeJob) -> None:
    job = make_job()
    claim = IdempotencyClaim("scope", "key", "same", job.created_at + 100)
    assert await jobs.find_claimed(claim, job.created_at) is None
    await jobs.create(job, claim)
    assert await jobs.find_claimed(claim, job.created_at) == Joined(job.id)
    assert await jobs.find_claimed(replace(claim, fingerprint="other"), job.created_at) == KeyReused(job.id)
    assert await jobs.find_claimed(claim, job.created_at + 100) is None


async def test_of_many_requests_with_one_key_one_creates(replicas: list[Jobs], make_job: MakeJob) -> None:
    claim = IdempotencyClaim("scope", "key", "fingerprint", expires_at=9e9)
    outcomes = await asyncio.gather(*(jobs.create(make_job(), claim) for jobs in replicas * 10))
    created = [outcome for outcome in outcomes if isinstance(outcome, Created)]
    assert len(created) == 1
    assert {outcome.job_id for outcome in outcomes} == {created[0].job_id}
    assert await replicas[0].count_open() == 1


async def test_expired_released_and_pruned_keys_are_free(jobs: Jobs, make_job: MakeJob) -> None:
    claim = IdempotencyClaim("scope", "key", "fingerprint", expires_at=1500.0)
    await jobs.create(make_job(), claim)
    second = make_job(created_at=1500.0)
    assert await jobs.create(second, replace(claim, expires_at=3000.0)) == Created(second.id)
    await jobs.release_key("scope", "key")
    third = make_job(created_at=1501.0)
    assert await jobs.create(third, claim) == Created(third.id)
    assert await jobs.prune_keys(1499.0) == 0
    assert await jobs.prune_keys(1500.0) == 1


@pytest.mark.parametrize(("charged", "freed"), [(Charged.NO, True), (Charged.UNKNOWN, False), (Charged.YES, False)])
async def test_failure_frees_its_key_only_when_nothing_was_charged(
    jobs: Jobs, make_job: MakeJob, charged: Charged, freed: bool
) -> None:
    job = make_job()
    claim = IdempotencyClaim("scope", "key", "fingerprint", expires_at=9e9)
    await jobs.create(job, claim)
    failed = replace(job, state=JobState.FAILED, error=replace(REFUSED, charged=charged))
    await jobs.advance(failed, expected=JobState.QUEUED, epoch=0)
    again = make_job()
    assert await jobs.create(again, claim) == (Created(again.id) if freed else Joined(job.id))


async def test_one_submit_id_never_stands_for_two_submissions(jobs: Jobs, make_job: MakeJob) -> None:
    await jobs.create(make_job(submissions=(Submission(0, 4, submit_id="uuid"),)))
    second = make_job(submissions=(Submission(0, 4, submit_id="uuid"),))
    with pytest.raises(IntegrityError):
        await jobs.create(second)
    assert await jobs.load(second.id) is None


async def test_database_errors_do_not_repeat_the_prompt(jobs: Jobs, make_job: MakeJob) -> None:
    job = make_job()
    await jobs.create(job)
    with pytest.raises(IntegrityError) as caught:
        await jobs.create(job)
    assert "fox" not in str(caught.value)


async def test_forgetting_takes_everything_of_an_ended_job(
    database: Database, jobs: Jobs, artifacts: Artifacts, make_job: MakeJob, make_artifact: MakeArtifact
) -> None:
    claim = IdempotencyClaim("scope", "key", "fingerprint", expires_at=9e9)
    job, kept = make_job(submissions=(Submission(0, 4),)), make_job()
    await jobs.create(job, claim)
    await jobs.create(kept)
    assert await jobs.forget(job.id) is None
    result = make_artifact()
    failed = replace(job, state=JobState.FAILED, error=UNCONFIRMED)
    event = JobEvent("failed", 1.0)
    await jobs.advance(failed, expected=JobState.QUEUED, epoch=0, event=event, artifacts=[result])
    assert await jobs.forget(job.id) == (result,)
    assert (await jobs.load(job.id), await jobs.events(job.id), await artifacts.of_job(job.id)) == (None, (), ())
    assert await jobs.list("owner") == (kept,)
    assert await database.read(lambda c: c.execute(SUBMISSIONS.select()).first()) is None
    again = make_job()
    assert await jobs.create(again, claim) == Created(again.id)


async def test_request_written_by_a_later_version_is_read(database: Database, jobs: Jobs, make_job: MakeJob) -> None:
    job = make_job()
    await jobs.create(job)
    document = '{"prompt":"p","model":"m","asked_model":"m","count":1,"parts":[1],"ratio":"1:1","resolution":"2k",'
    document += '"native":{"width":8,"height":9,"depth":3},"mood":"later"}'
    await database.write(lambda c: c.execute(update(JOBS).values(request=document)).rowcount)
    stored = await jobs.load(job.id)
    assert stored is not None
    assert isinstance(stored.request, ImageRequest)
    assert (stored.request.native.height, stored.request.sample_strength) == (9, 0.5)
