"""What is remembered of uploads and of the files that jobs were given."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from dreambridge.domain.generation import Dimensions, InputKind, Kind, MediaInput, VideoMode, VideoRequest
from dreambridge.domain.job import Job, JobState
from dreambridge.domain.submission import UploadedInput
from dreambridge.store.database import Database
from dreambridge.store.inputs import Inputs
from dreambridge.store.jobs import Jobs
from dreambridge.store.uploads import Uploads

MakeJob: TypeAlias = Callable[..., Job]
PICTURE = UploadedInput("aa", uri="tos-cn-i-x/1", dimensions=Dimensions(640, 480))
CLIP = UploadedInput("bb", vid="v0287", dimensions=Dimensions(1280, 720), seconds=2.5)


def kept(name: str) -> MediaInput:
    return MediaInput(name, InputKind.IMAGE, "image/png", "png", 10, f"{name[:2]}/{name}.png", Dimensions(8, 8))


async def test_an_upload_is_remembered_for_its_own_account_only(database: Database) -> None:
    uploads = Uploads(database)
    await uploads.remember("acct_1", (PICTURE, CLIP), at=1000.0)
    await uploads.remember("acct_2", (replace(PICTURE, uri="tos-cn-i-x/2"),), at=1000.0)
    assert await uploads.find("acct_1", ("aa", "bb", "cc"), since=0.0) == {"aa": PICTURE, "bb": CLIP}
    assert await uploads.find("acct_3", ("aa",), since=0.0) == {}
    assert await uploads.find("acct_1", ("aa",), since=1001.0) == {}


async def test_an_upload_made_anew_takes_the_place_of_the_old_one_and_may_be_forgotten(database: Database) -> None:
    uploads = Uploads(database)
    await uploads.remember("acct_1", (PICTURE, CLIP), at=1000.0)
    newer = replace(PICTURE, uri="tos-cn-i-x/9")
    await uploads.remember("acct_1", (newer,), at=2000.0)
    assert await uploads.find("acct_1", ("aa",), since=0.0) == {"aa": newer}
    await uploads.forget("acct_1", ("aa",))
    assert await uploads.find("acct_1", ("aa", "bb"), since=0.0) == {"bb": CLIP}
    assert await uploads.prune(1500.0) == 1
    await uploads.remember("acct_1", (), at=1.0)


async def test_files_are_needed_until_their_last_job_has_ended_for_a_while(
    database: Database, jobs: Jobs, make_job: MakeJob
) -> None:
    inputs = Inputs(database)
    first, second = make_job(), make_job()
    first = replace(first, request=replace(first.request, inputs=(kept("aa1"), kept("aa1"), kept("bb1"))))
    second = replace(second, request=replace(second.request, inputs=(kept("bb1"),)))
    for job in (first, second):
        await jobs.create(job)
    assert await inputs.release(ended_before=9e9) == {"aa/aa1.png", "bb/bb1.png"}
    ended = replace(first, state=JobState.FAILED, ended_at=5000.0)
    assert await jobs.advance(ended, expected=JobState.QUEUED, epoch=0)
    assert await inputs.release(ended_before=4000.0) == {"aa/aa1.png", "bb/bb1.png"}
    assert await inputs.release(ended_before=6000.0) == {"bb/bb1.png"}
    assert await jobs.advance(
        replace(second, state=JobState.FAILED, ended_at=5000.0), expected=JobState.QUEUED, epoch=0
    )
    await jobs.forget(second.id)
    assert await inputs.release(ended_before=0.0) == frozenset()


async def test_a_video_request_with_its_inputs_is_read_back_as_it_was(jobs: Jobs, make_job: MakeJob) -> None:
    clip = MediaInput("cc", InputKind.VIDEO, "video/mp4", "mp4", 99, "cc/cc.mp4", Dimensions(1280, 720), 2.5)
    request = VideoRequest(
        "waves @1", "jimeng-video-3.0", "v", VideoMode.OMNI_REFERENCE, "16:9", "720p", 5, Dimensions(1280, 720),
        inputs=(kept("aa"), clip),
    )  # fmt: skip
    job = make_job(kind=Kind.VIDEO, request=request)
    await jobs.create(job)
    stored = await jobs.load(job.id)
    assert stored == job
