"""Sessions that came with requests: kept as long as something needs them, and no longer."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from dreambridge.domain.artifact import Artifact
from dreambridge.domain.errors import Charged, Retry
from dreambridge.domain.job import SOUGHT_CODES, Job, JobError, JobState
from dreambridge.domain.submission import Submission
from dreambridge.store.artifacts import Artifacts
from dreambridge.store.database import Database
from dreambridge.store.jobs import Jobs, SealedSession
from dreambridge.store.sessions import Sessions

MakeJob = Callable[..., Job]
MakeArtifact = Callable[..., Artifact]
SEALED = bytes(range(256))
UNCONFIRMED = JobError("SubmissionUnconfirmed", "?", "submission_unconfirmed", Retry.NEVER, Charged.UNKNOWN)


@pytest.fixture
def sessions(database: Database) -> Sessions:
    return Sessions(database)


async def test_session_comes_back_as_it_was_sealed(sessions: Sessions) -> None:
    await sessions.keep("acct_1", "us", b"before", at=1.0)
    await sessions.keep("acct_1", "us", SEALED, at=2.0)
    await sessions.keep("acct_2", "cn", b"", at=2.0)
    assert await sessions.load("acct_1") == SealedSession("acct_1", "us", SEALED)
    assert {session.account_id for session in await sessions.all()} == {"acct_1", "acct_2"}
    assert await sessions.load("acct_none") is None


async def test_session_just_kept_is_spared_until_its_job_is_there(sessions: Sessions) -> None:
    await sessions.keep("acct_1", "us", SEALED, at=1000.0)
    assert await sessions.erase_unneeded(1060.0) == ()
    assert await sessions.erase_unneeded(1060.5) == ("acct_1",)
    assert await sessions.all() == ()


async def test_open_job_keeps_every_session_it_may_use(jobs: Jobs, sessions: Sessions, make_job: MakeJob) -> None:
    job = make_job(candidates=("acct_1", "acct_2"))
    given = [SealedSession(account_id, "us", SEALED) for account_id in ("acct_1", "acct_2", "acct_3")]
    await jobs.create(job, sessions=given)
    assert await sessions.erase_unneeded(9000.0) == ("acct_3",)
    failed = replace(job, state=JobState.FAILED)
    await jobs.advance(failed, expected=JobState.QUEUED, epoch=0)
    assert await sessions.erase_unneeded(9000.0) == ("acct_1", "acct_2")


async def test_ended_job_keeps_its_session_until_its_results_are_here(
    jobs: Jobs, artifacts: Artifacts, sessions: Sessions, make_job: MakeJob, make_artifact: MakeArtifact
) -> None:
    job = make_job(state=JobState.COLLECTING, candidates=("acct_1", "acct_2"))
    given = [SealedSession(account_id, "us", SEALED) for account_id in ("acct_1", "acct_2")]
    await jobs.create(job, sessions=given)
    completed = replace(job, state=JobState.COMPLETED, account_id="acct_1")
    await jobs.advance(completed, expected=JobState.COLLECTING, epoch=0, artifacts=[make_artifact()])
    assert await sessions.erase_unneeded(9000.0) == ("acct_2",)
    await artifacts.lost("art_1")
    assert await sessions.erase_unneeded(9000.0) == ("acct_1",)


@pytest.mark.parametrize("code", sorted(SOUGHT_CODES))
async def test_submission_still_sought_keeps_its_session_for_a_day(
    jobs: Jobs, sessions: Sessions, make_job: MakeJob, code: str
) -> None:
    job = make_job(submissions=(Submission(0, 4, account_id="acct_1"),), candidates=())
    await jobs.create(job, sessions=[SealedSession("acct_1", "us", SEALED)])
    failed = replace(job, state=JobState.FAILED, error=replace(UNCONFIRMED, code=code), ended_at=2000.0)
    await jobs.advance(failed, expected=JobState.QUEUED, epoch=0)
    day = 24 * 3600
    assert await sessions.erase_unneeded(2000.0 + day) == ()
    assert await sessions.erase_unneeded(2000.0 + day + 1) == ("acct_1",)


async def test_site_of_a_session_is_remembered(sessions: Sessions) -> None:
    await sessions.remember_site("digest", "us")
    await sessions.remember_site("digest", "sg")
    assert await sessions.site_of("digest") == "sg"
    assert await sessions.site_of("another") is None
