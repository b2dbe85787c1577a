"""Work on results through the whole engine: a larger picture, a smoother and a larger video, each paid for once."""

import asyncio
import io
from collections.abc import AsyncIterator, Callable
from typing import Any

import av
import pytest

from dreambridge.domain.artifact import Artifact
from dreambridge.domain.errors import GatewayError, JobNotFound, UnsupportedOption
from dreambridge.domain.followup import ToolWish
from dreambridge.domain.generation import Dimensions, ImageWish, Kind, VideoWish
from dreambridge.domain.job import JobState
from dreambridge.engine.service import CreateOptions, JobView

OPTIONS = CreateOptions(route="followups")


class Desk:
    """One caller of a gateway, with a picture or a video of theirs to work on."""

    def __init__(self, house: Any, token: str) -> None:
        self.house, self.token, self.service = house, token, house.gateway.service

    async def caller(self, token: str | None = None) -> Any:
        return await self.house.gateway.credentials.read(f"Bearer {token or self.token}")

    async def source(self, kind: Kind, token: str | None = None) -> JobView:
        caller = await self.caller(token)
        if kind is Kind.IMAGE:
            creation = await self.service.create_image(ImageWish("a fox", model="jimeng-4.5", count=1), caller, OPTIONS)
        else:
            creation = await self.service.create_video(VideoWish("waves", model="jimeng-video-3.0"), caller, OPTIONS)
        return await self.ended(creation.view.job.id)

    async def start(self, wish: ToolWish, token: str | None = None) -> str:
        creation = await self.service.create_followup(wish, await self.caller(token), OPTIONS)
        job_id: str = creation.view.job.id
        return job_id

    async def ended(self, job_id: str) -> JobView:
        view: JobView = await self.service.wait(job_id, 20)
        assert view.job.state is JobState.COMPLETED, view.error
        await self.service.delivered(job_id)
        return view

    async def generating(self, job_id: str) -> None:
        async with asyncio.timeout(10):
            while True:
                if (await self.service.view(job_id)).job.state is JobState.GENERATING:
                    return
                await asyncio.sleep(0.02)

    async def bytes_of(self, artifact: Artifact) -> bytes:
        content: bytes = await self.service.artifact_bytes(artifact)
        return content

    def generated(self) -> int:
        calls: int = self.house.calls("generate", "cn")
        return calls


@pytest.fixture
async def desk(street: Any, new_session: Callable[[str], str]) -> AsyncIterator[Desk]:
    await street.site("cn")
    async with street.gateway() as house:
        yield Desk(house, f"cn-{new_session('after')}")


async def test_a_picture_is_made_larger(desk: Desk) -> None:
    (source,) = (await desk.source(Kind.IMAGE)).artifacts
    view = await desk.ended(await desk.start(ToolWish("image-hd", source.id)))
    (made,) = view.artifacts
    assert (source.dimensions, made.dimensions) == (Dimensions(2048, 2048), Dimensions(4096, 4096))
    assert (view.job.kind, made.kind, view.job.partial) == (Kind.IMAGE, Kind.IMAGE, False)
    assert desk.generated() == len(await desk.house.ledger("cn")) == 2
    shown = (await desk.house.ask("GET", f"/v1/jobs/{view.job.id}", desk.token)).json
    assert (shown["model"], shown["request"]["source"]) == ("image-hd", source.id)
    assert await desk.bytes_of(made) != await desk.bytes_of(source)


async def test_a_video_is_made_smoother_and_then_larger(desk: Desk) -> None:
    (source,) = (await desk.source(Kind.VIDEO)).artifacts
    assert source.dimensions is not None
    smoother = await desk.ended(await desk.start(ToolWish("video-interpolation", source.id, fps=48)))
    (smooth,) = smoother.artifacts
    assert (smooth.kind, smooth.dimensions, smooth.seconds) == (Kind.VIDEO, source.dimensions, source.seconds)
    assert await frames(desk, smooth) == 2 * await frames(desk, source)
    wanted = Dimensions(source.dimensions.width * 2, source.dimensions.height * 2)
    larger = await desk.ended(await desk.start(ToolWish("video-upscale", smooth.id, dimensions=wanted)))
    assert [each.dimensions for each in larger.artifacts] == [wanted]
    assert len(larger.covers) == 1
    assert desk.generated() == len(await desk.house.ledger("cn")) == 3


async def frames(desk: Desk, artifact: Artifact) -> int:
    with av.open(io.BytesIO(await desk.bytes_of(artifact))) as container:
        return container.streams.video[0].frames


async def test_what_cannot_be_done_is_refused_for_free(desk: Desk) -> None:
    view = await desk.source(Kind.VIDEO)
    (film,), (cover,) = view.artifacts, view.covers
    for wish, param in (
        (ToolWish("time-travel", film.id), "tool"),
        (ToolWish("image-hd", film.id), "artifact_id"),
        (ToolWish("image-hd", cover.id), "artifact_id"),
        (ToolWish("video-interpolation", film.id), "fps"),
        (ToolWish("video-interpolation", film.id, fps=12), "fps"),
        (ToolWish("video-upscale", film.id, dimensions=film.dimensions), "size"),
        (ToolWish("video-upscale", film.id, fps=48), "fps"),
    ):
        with pytest.raises(GatewayError) as caught:
            await desk.start(wish)
        assert caught.value.param == param, wish
    with pytest.raises(JobNotFound):
        await desk.start(ToolWish("video-interpolation", "art_of_nobody", fps=48))
    assert desk.generated() == len(await desk.house.ledger("cn")) == 1


async def test_only_the_session_that_made_it_can_have_more_made_of_it(
    desk: Desk, new_session: Callable[[str], str]
) -> None:
    (source,) = (await desk.source(Kind.IMAGE)).artifacts
    other = f"cn-{new_session('another')}"
    with pytest.raises(JobNotFound):
        await desk.start(ToolWish("image-hd", source.id), other)
    pooled = await desk.source(Kind.IMAGE, f"{desk.token},{other}")
    wish = ToolWish("image-hd", pooled.artifacts[0].id)
    view = await desk.ended(await desk.start(wish, f"{desk.token},{other}"))
    assert (view.job.account_id, view.job.candidates) == (pooled.job.account_id, (pooled.job.account_id,))


async def test_a_result_that_the_site_no_longer_has_is_refused(desk: Desk) -> None:
    view = await desk.source(Kind.IMAGE)
    world = desk.house.site("cn").world
    world.delete(world.records[view.job.submissions[0].record_id])
    with pytest.raises(UnsupportedOption, match="no longer has") as caught:
        await desk.start(ToolWish("image-hd", view.artifacts[0].id))
    assert caught.value.param == "artifact_id"
    assert desk.generated() == 1


async def test_work_under_way_is_finished_after_a_restart(street: Any, new_session: Callable[[str], str]) -> None:
    await street.site("cn")
    token = f"cn-{new_session('after')}"
    async with street.gateway() as house:
        desk = Desk(house, token)
        (source,) = (await desk.source(Kind.VIDEO)).artifacts
        house.change_site("cn", time_scale=0.3)
        job_id = await desk.start(ToolWish("video-interpolation", source.id, fps=48))
        await desk.generating(job_id)
    # The work ends on the site while nobody follows it.
    await asyncio.sleep(3)
    async with street.gateway() as house:
        view = await Desk(house, token).ended(job_id)
        assert [each.kind for each in view.artifacts] == [Kind.VIDEO]
        assert len(await house.ledger("cn")) == 2
