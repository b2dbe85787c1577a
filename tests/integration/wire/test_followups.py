from typing import Any

import pytest

from dreambridge.catalog import plan_image, plan_video
from dreambridge.domain import errors
from dreambridge.domain.followup import MadeItem, ToolRequest
from dreambridge.domain.generation import Dimensions, ImageWish, Kind, VideoWish
from dreambridge.domain.submission import HistoryRecord, RecordStatus
from dreambridge.upstream.outcomes import Refused


def made_item(record: HistoryRecord, model_key: str) -> MadeItem:
    item = record.items[0]
    assert item.dimensions is not None
    return MadeItem(
        record.record_id,
        item.item_id,
        model_key,
        item.dimensions,
        uri=item.uri,
        vid=item.vid,
        seconds=item.seconds,
        fps=item.fps,
    )


async def film(bench: Any) -> MadeItem:
    key = bench.catalog.models["jimeng-video-3.0"].key_on(bench.catalog.site("cn"))
    record = await bench.made(plan_video(bench.catalog, VideoWish("waves", model="jimeng-video-3.0"), "cn"))
    return made_item(record, key)


async def test_a_picture_is_made_larger(open_bench: Any) -> None:
    bench = await open_bench("cn")
    key = bench.catalog.models["jimeng-4.5"].key_on(bench.catalog.site("cn"))
    made = made_item(await bench.made(plan_image(bench.catalog, ImageWish("a fox", model="jimeng-4.5"), "cn")), key)
    record = await bench.made(ToolRequest("image-hd", made))
    assert record.status is RecordStatus.DONE
    assert made.dimensions == Dimensions(2048, 2048)
    assert record.items[0].dimensions == Dimensions(4096, 4096)
    assert bench.refusals == []


async def test_a_video_is_made_smoother(open_bench: Any) -> None:
    bench = await open_bench("cn")
    record = await bench.made(ToolRequest("video-interpolation", await film(bench), fps=48))
    assert record.status is RecordStatus.DONE
    assert (record.items[0].kind, record.items[0].fps) == (Kind.VIDEO, 48)
    assert bench.refusals == []


async def test_a_video_is_made_larger(open_bench: Any) -> None:
    bench = await open_bench("cn")
    made = await film(bench)
    wanted = Dimensions(made.dimensions.width * 2, made.dimensions.height * 2)
    record = await bench.made(ToolRequest("video-upscale", made, dimensions=wanted))
    assert record.status is RecordStatus.DONE
    assert (record.items[0].kind, record.items[0].dimensions) == (Kind.VIDEO, wanted)
    assert bench.refusals == []


@pytest.mark.parametrize(
    ("tool", "said", "site", "error"),
    [
        ("video-interpolation", {"fps": 24}, "cn", errors.InvalidRequest),
        ("video-interpolation", {"fps": 240}, "cn", errors.InvalidRequest),
        ("video-upscale", {}, "cn", errors.InvalidRequest),
        ("image-hd", {}, "cn", errors.UnsupportedOption),
        ("image-hd", {}, "us", errors.UnsupportedOption),
        ("time-travel", {}, "cn", errors.UnsupportedOption),
    ],
)
async def test_what_a_tool_cannot_do_is_never_sent(
    open_bench: Any, tool: str, said: dict[str, Any], site: str, error: type[errors.GatewayError]
) -> None:
    bench = await open_bench(site)
    made = MadeItem("1", "2", "key", Dimensions(1280, 720), vid="v028", seconds=5, fps=24)
    outcome = await bench.submit(ToolRequest(tool, made, **said))
    assert isinstance(outcome, Refused)
    assert type(outcome.error) is error
    assert bench.calls("generate") == 0
