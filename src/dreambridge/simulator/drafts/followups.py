"""What is made of a finished video: more frames (`insert_frame`) or more pixels (`super_resolution`)."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from dreambridge.simulator.belongings import item_vid
from dreambridge.simulator.drafts.sheet import Sheet
from dreambridge.simulator.envelope import Refusal
from dreambridge.simulator.record import Record, Wish

INTERPOLATED = 10  # nobody saw the number of such a record; it stays a video
UPSCALED = 32

_MOST_SIDE = 4096
_MOST_FPS = 60
_FEATURES: Mapping[str, str] = {
    "insert_frame": "AIGC_GenerateType_VideoInsertFrame",
    "super_resolution": "AIGC_GenerateType_VideoSuperResolution",
}
_PRICE_SECOND = 1  # never published


def followup(sheet: Sheet, node: dict[str, Any], params: dict[str, Any], first: dict[str, Any]) -> Wish:
    """Read an input with `v2v_opt`."""
    options = first.get("v2v_opt")
    asked = {name: value for name, value in options.items() if name in _FEATURES} if isinstance(options, dict) else {}
    on = {name: value for name, value in asked.items() if isinstance(value, dict) and value.get("enable", True)}
    if len(on) != 1:
        raise Refusal(1000, "v2v_opt asks for no tool that is known, or for several")
    ((tool, wanted),) = on.items()
    record, index = _source(sheet, [first, params, node])
    _check_benefit(sheet, tool)
    sheet.insist(_FEATURES[tool] in sheet.draft.get("min_features", []), f"min_features lacks {_FEATURES[tool]}")
    old = record.wish
    if old.clip is None:
        raise Refusal(1000, "the record is no video")
    clip, size, kind = old.clip, old.size, INTERPOLATED
    if tool == "insert_frame":
        clip = replace(clip, fps=_whole(wanted, "target_fps", clip.fps + 1, _MOST_FPS), mode=tool)
    else:
        size = (_whole(wanted, "target_width", 2, _MOST_SIDE), _whole(wanted, "target_height", 2, _MOST_SIDE))
        sheet.insist(size > old.size, f"{size} is not larger than {old.size}")
        clip, kind = replace(clip, mode=tool), UPSCALED
    return replace(
        old,
        submit_id=sheet.body["submit_id"],
        kind=kind,
        size=(size[0] // 2 * 2, size[1] // 2 * 2),
        seed=old.seed + index,
        count=1,
        draft=sheet.body["draft_content"],
        clip=clip,
        credits=round(_PRICE_SECOND * clip.seconds),
    )


def _source(sheet: Sheet, nodes: list[dict[str, Any]]) -> tuple[Record, int]:
    """Find the video by its record and item, or by its vid: the places differ between the clients that were seen."""
    for node in [*nodes, *(one for one in _inner(nodes, "video_ref_params"))]:
        record = sheet.belongings.record(str(node.get("origin_history_id", "")))
        if record is None:
            continue
        for other in [*nodes, *(one for one in _inner(nodes, "video_ref_params"))]:
            index = record.item_index(sheet.market.bucket, str(other.get("item_id", "")))
            if index is not None:
                return record, index
        for index in range(record.wish.count):
            vid = item_vid(record.item_uri(sheet.market.bucket, index))
            if any(other.get("vid") == vid for other in nodes):
                return record, index
    raise Refusal(1000, "no video of this account to work on")


def _inner(nodes: list[dict[str, Any]], name: str) -> Iterator[dict[str, Any]]:
    for node in nodes:
        if isinstance(value := node.get(name), dict):
            yield value


def _check_benefit(sheet: Sheet, tool: str) -> None:
    extend = sheet.body.get("extend")
    told = extend.get("m_video_commerce_info") if isinstance(extend, dict) else None
    wanted = sheet.cinema.tools[tool]
    if not isinstance(told, dict) or told.get("benefit_type") != wanted:
        raise Refusal(1000, f"benefit_type must be {wanted}")


def _whole(node: dict[str, Any], name: str, least: int, most: int) -> int:
    value = node.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise Refusal(1000, f"{name} {value!r} is not within {least} to {most}")
    return value
