"""Writes the video items of records. Where the address of the file stands depends on the site and on scenarios."""

import base64
from collections.abc import Callable, Mapping
from typing import Any

from dreambridge.simulator.belongings import item_vid
from dreambridge.simulator.envelope import dump
from dreambridge.simulator.orders import COPIES
from dreambridge.simulator.record import Clip, Record

# Where clients have found the address of a video, by the shape that a scenario asks for.
_PLACES: Mapping[str, str] = {"url_play": "play_url", "url_download": "download_url", "url_plain": "url"}

Address = Callable[[str], str]


def video_part(record: Record, clip: Clip, uri: str, address: Address, cover: str) -> dict[str, Any]:
    """Return the `video` of an item; `address` makes the signed address of a quality.

    Size and checksum of a file are not known before somebody fetches it, so they are told as 0 and empty.
    """
    wish, shape = record.wish, record.scenario.shape
    place = next((name for name in _PLACES if name in shape), "")
    transcoded = {} if place or "url_model" in shape else transcoded_video(record, clip, uri, address, cover)
    if "url_attr" in shape:
        transcoded = {}
    video: dict[str, Any] = {
        "video_id": item_vid(uri),
        "duration": round(clip.seconds),
        "duration_ms": round(clip.seconds * 1000),
        "fps": clip.fps,
        "width": wish.size[0],
        "height": wish.size[1],
        "origin_video": None,
        "transcoded_video": transcoded,
        "cover_uri": uri,
        "cover_url": cover,
        "transcode_status": 1,
        "watermark_type": 1,
        "has_audio": False,
        "is_mute": True,
        "video_model": "" if place or "url_attr" in shape else _video_model(address),
        "duration_info": dump({"play_duration": clip.seconds}),
        "thumb": {"detail_infos": [], "thumb_common_info": {}},
        "vda_status": 10,
    }
    if place:
        video[_PLACES[place]] = address("origin")
    return video


def transcoded_video(record: Record, clip: Clip, uri: str, address: Address, cover: str) -> dict[str, Any]:
    """Return the copies of a video by name, the original first."""
    short = min(record.wish.size)
    origin = {
        "vid": item_vid(uri),
        "fps": clip.fps,
        "width": record.wish.size[0],
        "height": record.wish.size[1],
        "duration": round(clip.seconds * 1000),
        "video_url": address("origin"),
        "cover_url": cover,
        "format": "mp4",
        "definition": "origin",
        "logo_type": "",
        "encryption_key": "",
        "md5": "",
        "size": 0,
        "video_id": item_vid(uri),
    }
    copies = {
        name: {"video_url": address(name), "definition": name, "format": "mp4"}
        for name, side in COPIES.items()
        if side <= short
    }
    return {"origin": origin} | copies


def generation_part(record: Record, clip: Clip) -> dict[str, Any]:
    """Return the parameters that a video was made by."""
    wish = record.wish
    asked = {
        "prompt": wish.prompt,
        "video_mode": 2,
        "fps": clip.fps,
        "duration_ms": round(clip.seconds * 1000),
        "resolution": wish.resolution,
    }
    return {
        "generate_type": wish.kind,
        "text2video_params": {
            "video_gen_inputs": [asked],
            "video_aspect_ratio": clip.ratio,
            "seed": wish.seed,
            "model_req_key": wish.model,
            "priority": 0,
        },
    }


def _video_model(address: Address) -> str:
    """Return the player's document: addresses in base64, the original among smaller ones."""
    rows = {}
    for number, (definition, quality) in enumerate((("360p", "360p"), ("480p", "480p"), ("origin", "origin")), 1):
        told = base64.b64encode(address(quality).encode()).decode()
        rows[f"video_{number}"] = {"definition": definition, "main_url": told, "backup_url_1": told, "vtype": "mp4"}
    return dump({"status": 10, "video_list": rows})
