"""Videos through the whole engine: from a wish and what the caller hands in to bytes here, with a still and a price."""

import asyncio
import io
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import av
import pytest
from PIL import Image

from dreambridge.domain.artifact import FetchState
from dreambridge.domain.errors import Charged, ContentRefused, GatewayError, InvalidRequest, JobCancelled
from dreambridge.domain.generation import Frame, InputKind, Kind, MediaInput, VideoMode, VideoWish
from dreambridge.domain.job import JobState
from dreambridge.engine.service import CreateOptions, Creation, JobView
from dreambridge.store.database import DEFAULT_FILE


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("film") / "a.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = 320, 192, "yuv420p"
        for number in range(60):
            image = Image.new("RGB", (320, 192), (number * 4, 80, 0))
            frame = av.VideoFrame.from_image(image)  # type: ignore[no-untyped-call]
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path.read_bytes()


def picture(colour: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (640, 360), colour).save(out, "PNG")
    return out.getvalue()


class Studio:
    """One caller of a gateway."""

    def __init__(self, house: Any, token: str) -> None:
        self.house, self.token, self.service = house, token, house.gateway.service

    async def hand_in(self, *files: bytes) -> tuple[MediaInput, ...]:
        return tuple([await self.service.acquire_input(file, param="image") for file in files])

    async def ask(self, wish: VideoWish) -> Creation:
        caller = await self.house.gateway.credentials.read(f"Bearer {self.token}")
        options = CreateOptions(route="videos", fingerprint=str(time.monotonic()))
        created: Creation = await self.service.create_video(wish, caller, options)
        return created

    async def generating(self, job_id: str) -> None:
        async with asyncio.timeout(10):
            while True:
                if (await self.service.view(job_id)).job.state is JobState.GENERATING:
                    return
                await asyncio.sleep(0.02)

    async def make(self, wish: VideoWish) -> JobView:
        creation = await self.ask(wish)
        view: JobView = await self.service.wait(creation.view.job.id, 20)
        return view


@pytest.fixture
def studio(house: Any, new_session: Callable[[str], str]) -> Studio:
    return Studio(house, f"us-{new_session('films')}")


@pytest.mark.parametrize("mode", [each for each in VideoMode if each is not VideoMode.SUBJECT_REFERENCE])
async def test_a_video_is_made_in_every_mode_and_its_bytes_are_brought_with_a_still(
    studio: Studio, film: bytes, mode: VideoMode
) -> None:
    pictures = await studio.hand_in(*(picture(colour) for colour in ("red", "green", "blue")))
    (clip,) = await studio.hand_in(film)
    wishes = {
        VideoMode.TEXT: VideoWish("waves", model="jimeng-video-3.0"),
        VideoMode.FIRST_FRAME: VideoWish("it moves", model="jimeng-video-3.0", inputs=pictures[:1]),
        VideoMode.FIRST_LAST_FRAMES: VideoWish("it moves", model="jimeng-video-3.0", inputs=pictures[:2]),
        VideoMode.MULTI_FRAME: VideoWish(
            "", model="jimeng-video-3.0", inputs=pictures, frames=tuple(Frame(n, 2, f"shot {n}") for n in range(3))
        ),
        VideoMode.OMNI_REFERENCE: VideoWish(
            "show @1 moving like @2", model="seedance-2.0", mode=mode, inputs=(pictures[0], clip)
        ),
    }
    view = await studio.make(wishes[mode])
    assert view.error is None
    assert (view.job.state, view.job.kind, view.job.partial) == (JobState.COMPLETED, Kind.VIDEO, False)
    (video,), (cover,) = view.artifacts, view.covers
    assert (video.kind, video.extension, view.spare, cover.cover_of) == (Kind.VIDEO, "mp4", 0, video.id)
    reply = await studio.house.ask("GET", f"/v1/jobs/{view.job.id}", studio.token)
    shown = reply.json
    assert (shown["kind"], shown["request"]["mode"], len(shown["artifacts"])) == ("video", mode.value, 1)
    body = await studio.house.ask("GET", shown["artifacts"][0]["url"], "")
    assert body.headers["content-type"] == "video/mp4"
    with av.open(io.BytesIO(body.content)) as container:
        assert container.streams.video[0].frames > 1
    stored = (await studio.service.view(view.job.id)).artifacts[0]
    assert (stored.state, stored.bytes, stored.media_type) == (FetchState.STORED, len(body.content), "video/mp4")
    assert stored.seconds is not None
    assert stored.dimensions is not None
    still = await studio.house.ask("GET", shown["artifacts"][0]["thumbnail_url"], "")
    with Image.open(io.BytesIO(still.content)) as image:
        assert image.width > 8
    small = await studio.service.thumbnail(video.id, 256)
    assert small == await studio.service.thumbnail(cover.id, 256)
    assert (small.media_type, small.size) == ("image/jpeg", small.path.stat().st_size)
    shown_small = await studio.house.ask("GET", f"{shown['artifacts'][0]['url']}?w=256", "")
    assert (shown_small.headers["content-type"], shown_small.content) == ("image/jpeg", small.path.read_bytes())
    assert studio.house.site().world.refusals == type(studio.house.site().world.refusals)()
    assert len(await studio.house.ledger()) == 1


@pytest.mark.parametrize(("scenario", "quality"), [(None, "video-hq"), ("download-fails", "video-origin")])
async def test_the_finer_address_is_taken_and_the_preview_where_there_is_none(
    studio: Studio, scenario: str | None, quality: str
) -> None:
    prompt = "waves" if scenario is None else f"waves [sim:{scenario}]"
    studio.house.change_site(scenario=scenario)
    view = await studio.make(VideoWish(prompt, model="jimeng-video-3.0"))
    assert view.job.state is JobState.COMPLETED
    assert quality in view.artifacts[0].source_url


async def test_a_video_whose_making_the_site_refuses_tells_what_it_cost(studio: Studio) -> None:
    view = await studio.make(VideoWish("waves [sim:video-refused]", model="jimeng-video-3.0"))
    assert isinstance(view.error, ContentRefused)
    assert view.error.site_code == "2042"
    assert view.job.error is not None
    assert view.job.error.charged in set(Charged)


async def test_a_cancelled_video_gives_its_credit_back(studio: Studio) -> None:
    studio.house.change_site(time_scale=100)
    creation = await studio.ask(VideoWish("waves", model="jimeng-video-3.0"))
    job_id = creation.view.job.id
    await studio.generating(job_id)
    caller = await studio.house.gateway.credentials.read(f"Bearer {studio.token}")
    await studio.service.cancel(job_id, caller)
    view = await studio.service.wait(job_id, 20)
    assert (view.job.state, type(view.error)) == (JobState.CANCELLED, JobCancelled)
    assert view.error.charged is Charged.REFUNDED


async def test_what_cannot_be_is_refused_before_anything_is_uploaded_or_spent(studio: Studio, film: bytes) -> None:
    (one, two, three) = await studio.hand_in(*(picture(colour) for colour in ("red", "green", "blue")))
    (clip,) = await studio.hand_in(film)
    sound = MediaInput("0" * 64, InputKind.AUDIO, "audio/wav", "wav", 9, f"00/{'0' * 64}.wav", None, 2.0)
    long = MediaInput("1" * 64, InputKind.VIDEO, "video/mp4", "mp4", 9, f"11/{'1' * 64}.mp4", clip.dimensions, 16.0)
    omni = VideoMode.OMNI_REFERENCE
    for wish, words in (
        (VideoWish("@9", model="seedance-2.0", mode=omni, inputs=(one, two, three)), "3"),
        (VideoWish("sing", model="seedance-2.0", mode=omni, inputs=(sound,)), "alone"),
        (VideoWish("like @1", model="seedance-2.0", mode=omni, inputs=(long,)), "15"),
        (VideoWish("x", model="seedance-2.0", mode=omni, inputs=(one,) * 10), "9"),
    ):
        with pytest.raises(GatewayError, match=words) as caught:
            await studio.make(wish)
        assert caught.value.param
    assert studio.house.calls("token") == 0
    assert await studio.house.ledger() == []


async def test_a_video_under_way_is_found_again_after_a_restart(
    street: Any, new_session: Callable[[str], str], tmp_path: Path
) -> None:
    await street.site("us", time_scale=0.3)
    token = f"us-{new_session('films')}"
    async with street.gateway() as house:
        studio = Studio(house, token)
        inputs = await studio.hand_in(picture("red"))
        job_id = (await studio.ask(VideoWish("it moves", model="jimeng-video-3.0", inputs=inputs))).view.job.id
        await studio.generating(job_id)
    await asyncio.sleep(3)
    async with street.gateway() as house:
        view = await house.gateway.service.wait(job_id, 20)
        assert view.job.state is JobState.COMPLETED
        assert len(await house.ledger()) == 1


async def test_of_a_video_without_a_still_there_is_no_thumbnail(studio: Studio) -> None:
    view = await studio.make(VideoWish("waves", model="jimeng-video-3.0"))
    (video,) = view.artifacts
    with closing(sqlite3.connect(studio.house.data_dir / DEFAULT_FILE)) as database, database:
        assert database.execute("DELETE FROM artifacts WHERE cover_of = ?", (video.id,)).rowcount == 1
    answer = await studio.house.ask("GET", f"/v1/artifacts/{video.id}.mp4?w=256", "")
    assert (answer.status, answer.error["code"]) == (404, "no_thumbnail")
    with pytest.raises(InvalidRequest, match="256, 512, 1024"):
        await studio.service.thumbnail(video.id, 300)
