"""Lists of an account's results, and items in download quality."""

from typing import Any

from dreambridge.simulator.calls import Call, Data
from dreambridge.simulator.envelope import Refusal, dump
from dreambridge.simulator.record import Record

_MOST = 100
# What the pages call a picture and a video in their lists of assets.
_IMAGE_ASSET, _VIDEO_ASSET = 1, 7


async def local_items(call: Call) -> Data:
    """Answer own items by their ids, videos with their addresses in download quality; unknown ones are left out."""
    wanted = call.body.get("item_id_list")
    if not isinstance(wanted, list) or not all(isinstance(one, str) for one in wanted):
        raise Refusal(1000, "item_id_list must be a list of strings")
    now, bucket = call.world.clock(), call.world.market.bucket
    scenario = call.world.scenario_of(call.user)
    quality = "hq" if call.body.get("is_for_video_download") else "origin"
    found = []
    for item_id in wanted:
        for record in call.user.by_submit.values():
            index = None if record.deleted else record.item_index(bucket, item_id)
            if index is not None and index < record.phase(now).items:
                call.meet(record.scenario, record.record_id)
                found.append(call.scribe.item(record, index, now, quality))
                break
    await call.strike()
    name = "local_item_list" if scenario and "local_item_list" in scenario.shape else "item_list"
    return dump({name: found})


async def asset_list(call: Call) -> Data:
    """Answer the account's results as the new pages list them, newest first."""
    records, start, end, more = _page(call)
    now = call.world.clock()
    assets: list[dict[str, Any]] = []
    for record in records:
        kind = "video" if record.wish.clip else "image"
        shown = call.scribe.record(record, record.phase(now), now)
        number = _VIDEO_ASSET if record.wish.clip else _IMAGE_ASSET
        assets.append({"id": record.record_id, "uid": call.user.uid, "type": number, kind: shown})
    return dump({"has_more": more, "next_offset": end if more else start, "asset_list": assets})


async def history_list(call: Call) -> Data:
    """Answer the account's results as the old pages list them, newest first."""
    if not call.body:
        raise Refusal(2008, "the body is empty")
    records, start, end, more = _page(call)
    now = call.world.clock()
    shown = [call.scribe.record(record, record.phase(now), now) for record in records]
    return dump({"records_list": shown, "has_more": more, "next_offset": end if more else start})


def _page(call: Call) -> tuple[list[Record], int, int, bool]:
    """Return the records of a page, the offsets (ms of the epoch) of it and of the next, and whether one follows."""
    now = call.world.clock()
    count, offset = call.body.get("count", 20), call.body.get("offset") or 0
    if isinstance(count, bool) or not isinstance(count, int) or not isinstance(offset, int):
        raise Refusal(1000, "count and offset must be numbers")
    before = offset / 1000 if offset else now + 1
    records = [
        record
        for record in reversed(call.user.by_submit.values())
        if not record.deleted and record.visible_at <= now and record.accepted_at < before
    ]
    page = records[: max(1, min(count, _MOST))]
    end = round(page[-1].accepted_at * 1000) if page else offset
    return page, offset, end, len(records) > len(page)
