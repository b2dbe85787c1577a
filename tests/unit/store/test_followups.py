from collections.abc import Callable

import pytest

from dreambridge.domain.followup import MadeItem, ToolRequest
from dreambridge.domain.generation import Dimensions, Kind
from dreambridge.domain.job import Job
from dreambridge.store.jobs import Jobs

PICTURE = MadeItem("1", "2", "key", Dimensions(2048, 2048), uri="tos-cn/a")
FILM = MadeItem("1", "2", "key", Dimensions(1280, 720), vid="v028", seconds=5.0, fps=24.0)


@pytest.mark.parametrize(
    ("kind", "request_"),
    [
        (Kind.IMAGE, ToolRequest("image-hd", PICTURE, source="art_a")),
        (Kind.VIDEO, ToolRequest("video-interpolation", FILM, fps=48)),
        (Kind.VIDEO, ToolRequest("video-upscale", FILM, dimensions=Dimensions(2560, 1440))),
    ],
)
async def test_work_on_a_result_is_read_back_as_what_it_is(
    jobs: Jobs, make_job: Callable[..., Job], kind: Kind, request_: ToolRequest
) -> None:
    job = make_job(kind=kind, request=request_)
    await jobs.create(job)
    assert await jobs.load(job.id) == job
