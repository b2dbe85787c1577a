import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from dreambridge.simulator.cinema import framed_size, load_cinema, video_size
from dreambridge.simulator.clips import READY_MADE, ready_made
from dreambridge.simulator.contract import Contract
from dreambridge.simulator.draft import read_wish
from dreambridge.simulator.market import load_market
from dreambridge.simulator.server import SimulatorServer

OpenSite = Callable[..., Awaitable[SimulatorServer]]
Ask = Callable[..., Awaitable[Any]]
Move = Callable[[float], None]
Make = Callable[..., dict[str, Any]]
Fetch = Callable[[str], Awaitable[bytes]]
Told = Callable[[SimulatorServer, dict[str, Any]], str]
Probe = Callable[[bytes], tuple[str, int, int, int, float]]
Bytes = Callable[..., bytes]


def test_every_video_model_is_taken_in_every_length_by_strict_rules(film: Make) -> None:
    taken = 0
    contract, market = Contract(), load_market("cn")
    for cluster in ("cn", "us", "asia", "sandbox"):
        cinema = load_cinema(cluster)
        for model in cinema.models.values():
            for resolution in model.resolutions:
                for seconds in model.seconds:
                    (benefit, *_) = sorted(model.fitting("text", resolution, seconds, with_video=False))
                    draft = {"min_features": ["AIGC_Video_Seedance25ResultAction"]} if "draft" in model.key else {}
                    facts: dict[str, Any] = {"resolution": resolution, "duration_ms": seconds * 1000, "draft": draft}
                    body = film(model=model.key, benefit=benefit, **facts)
                    assert contract.complaint("draft_video", json.loads(body["draft_content"])) is None
                    wish = read_wish(body, market, strict=True, cinema=cinema)
                    assert wish.size == video_size(resolution, "16:9")
                    taken += 1
    assert taken > 300


@pytest.mark.parametrize(
    ("resolution", "ratio", "size"),
    [
        ("480p", "16:9", (854, 480)),
        ("480p", "3:4", (480, 640)),
        ("720p", "1:1", (720, 720)),
        ("1080p", "4:3", (1440, 1080)),
        ("1080p", "9:16", (1080, 1920)),
    ],
)
def test_sizes_of_videos_are_the_sites_own(resolution: str, ratio: str, size: tuple[int, int]) -> None:
    assert video_size(resolution, ratio) == size


def test_an_upright_picture_gives_the_size_that_was_measured_once() -> None:
    assert framed_size("720p", (1080, 1920)) == (704, 1248)


@pytest.mark.parametrize("name", READY_MADE)
def test_ready_made_clips_are_small_and_of_their_shape(name: str, probe: Probe) -> None:
    content = ready_made(*READY_MADE[name])
    assert len(content) <= 60 * 1024
    assert probe(content) == ("h264", *READY_MADE[name], 96, 4.0)


def test_the_nearest_ready_made_clip_is_taken(probe: Probe) -> None:
    assert probe(ready_made(704, 1248))[1:3] == READY_MADE["9x16"]
