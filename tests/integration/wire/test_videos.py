import asyncio
import io
from collections.abc import Iterator
from typing import Any

import av
import pytest

from dreambridge.catalog import plan_video
from dreambridge.domain.generation import Dimensions, Frame, InputKind, Kind, VideoMode, VideoRequest, VideoWish
from dreambridge.domain.submission import HistoryRecord, RecordStatus
from dreambridge.upstream.uploader import UploadSource

SITES = ("cn", "us", "hk", "jp", "sg", "sandbox")


def rows(bench: Any) -> Iterator[tuple[str, VideoMode]]:
    site = bench.catalog.site(bench.site)
    for spec in bench.catalog.models.values():
        if spec.kind is Kind.VIDEO and spec.offered and spec.key_on(site):
            for mode in spec.video.modes:
                yield spec.name, mode


class Shelf:
    """Inputs of every kind."""

    def __init__(self, bench: Any, draw: Any, record_sound: Any, film: bytes) -> None:
        self.pictures = [bench.source(draw(n, 640, 360), dimensions=Dimensions(640, 360)) for n in range(3)]
        self.film = bench.source(film, InputKind.VIDEO, Dimensions(64, 48), 2.0, extension=".mp4")
        self.sound = bench.source(record_sound(2.0), InputKind.AUDIO, seconds=2.0, extension=".wav")

    def wish(self, model: str, mode: VideoMode, **said: Any) -> VideoWish:
        """Wish for a video in a mode, with as little as it needs."""
        sources: list[UploadSource] = []
        if mode is VideoMode.FIRST_FRAME:
            sources = self.pictures[:1]
        elif mode is VideoMode.FIRST_LAST_FRAMES:
            sources = self.pictures[:2]
        elif mode is VideoMode.MULTI_FRAME:
            sources = self.pictures
            said["frames"] = tuple(Frame(index, 2, f"shot {index}") for index in range(3))
        elif mode is VideoMode.OMNI_REFERENCE:
            sources = [self.pictures[0], self.film, self.sound]
        prompt = "show @1 moving like @2 with @3" if mode is VideoMode.OMNI_REFERENCE else f"waves on {model}"
        inputs = tuple(each.input for each in sources)
        return VideoWish(prompt=prompt, model=model, mode=mode, inputs=inputs, **said)


async def made(bench: Any, requests: list[VideoRequest]) -> list[HistoryRecord]:
    return list(await asyncio.gather(*(bench.made(request) for request in requests)))


@pytest.fixture(scope="session")
def film() -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as out:
        stream = out.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(48):
            out.mux(stream.encode(av.VideoFrame(64, 48, "yuv420p")))
        out.mux(stream.encode(None))
    return file.getvalue()


@pytest.mark.parametrize("site", SITES)
async def test_every_model_makes_a_video_in_every_mode_it_has(
    open_bench: Any, draw: Any, record_sound: Any, film: bytes, site: str
) -> None:
    bench = await open_bench(site)
    shelf = Shelf(bench, draw, record_sound, film)
    pairs = list(rows(bench))
    requests = [plan_video(bench.catalog, shelf.wish(model, mode), site) for model, mode in pairs]
    records = await made(bench, requests)
    assert bench.refusals == []
    assert [record.status for record in records] == [RecordStatus.DONE] * len(pairs)
    for request, record in zip(requests, records, strict=True):
        (item,) = record.items
        assert item.kind is Kind.VIDEO
        assert item.seconds == request.seconds
        assert item.vid
        assert item.cover_url
        assert item.dimensions is not None
    assert len(pairs) >= 8


@pytest.mark.parametrize("site", SITES)
async def test_every_length_resolution_and_ratio_of_a_model_is_accepted(open_bench: Any, site: str) -> None:
    bench = await open_bench(site)
    there = bench.catalog.site(site)
    wishes = []
    for name, mode in rows(bench):
        spec = bench.catalog.models[name]
        if mode is VideoMode.TEXT:
            wishes += [VideoWish("x", model=name, seconds=seconds) for seconds in spec.video.seconds]
            wishes += [VideoWish("x", model=name, resolution=tier) for tier in spec.resolutions_on(there)]
            wishes += [VideoWish("x", model=name, ratio=ratio) for ratio in spec.ratios_on(there)]
    outcomes = await asyncio.gather(*(bench.submit(plan_video(bench.catalog, wish, site)) for wish in wishes))
    assert bench.refusals == []
    assert {type(outcome).__name__ for outcome in outcomes} == {"Accepted"}


@pytest.mark.parametrize(
    "scenario",
    ["normal", "video-url-attr", "video-url-play", "video-url-download", "video-url-plain", "video-url-model"],
)
async def test_the_address_of_a_video_is_found_wherever_it_stands(open_bench: Any, scenario: str) -> None:
    bench = await open_bench("cn", scenario=None if scenario == "normal" else scenario)
    record = await bench.made(plan_video(bench.catalog, VideoWish("waves", model="jimeng-video-3.0"), "cn"))
    (item,) = record.items
    assert "video-origin.mp4" in item.url


@pytest.mark.parametrize("scenario", [None, "download-other-name"])
async def test_a_download_has_the_finer_address(open_bench: Any, scenario: str | None) -> None:
    bench = await open_bench("us", scenario=scenario)
    record = await bench.made(plan_video(bench.catalog, VideoWish("waves", model="jimeng-video-3.0"), "us"))
    (item,) = record.items
    found = await bench.client.fetch_video_urls(bench.session(), (item.item_id, "7500000000000000001"))
    assert list(found) == [item.item_id]
    assert "video-hq.mp4" in found[item.item_id]
    assert bench.refusals == []
