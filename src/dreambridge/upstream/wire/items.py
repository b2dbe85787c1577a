"""The results inside a record: pictures, videos and sounds, wherever the sites put their addresses."""

import base64
import binascii
import json
from collections.abc import Iterator
from typing import Final

from dreambridge.domain.generation import Dimensions, Kind
from dreambridge.domain.submission import RecordItem
from dreambridge.upstream.wire.reading import Document, as_dict, as_float, as_int, as_list, as_text, first_text, objects

# generate_type of a record: a video, and one made larger.
_VIDEOS: Final = frozenset({10, 32})
_COPIES: Final = ("1080p", "720p", "540p", "480p", "360p")
_ORIGIN: Final = "origin"
_MOST_MODEL: Final = 1_000_000


def parse_items(record: Document) -> Iterator[RecordItem]:
    """Walk the items of a record that have an address; one without is not made yet."""
    is_video = as_int(record.get("generate_type")) in _VIDEOS
    for item in objects(record.get("item_list")):
        found = parse_item(item, is_video=is_video)
        if found is not None:
            yield found


def parse_item(item: Document, *, is_video: bool = False) -> RecordItem | None:
    """Read one item, `None` when it has no address yet; `is_video` is what its record says of it."""
    common = as_dict(item.get("common_attr"))
    if as_dict(item.get("video")) or as_dict(common.get("transcoded_video")) or is_video:
        return _parse_video(item, common)
    if as_dict(item.get("audio")):
        return _parse_sound(item, common)
    return _parse_picture(item, common)


def read_ids(item: Document) -> tuple[str, ...]:
    """List all the ids that an item goes by, the most telling first."""
    common = as_dict(item.get("common_attr"))
    places = (common.get("id"), item.get("item_id"), item.get("id"), common.get("local_item_id"))
    return tuple(dict.fromkeys(text for text in map(as_text, places) if text))


def _parse_picture(item: Document, common: Document) -> RecordItem | None:
    picture = as_dict(item.get("image"))
    large: Document = next(
        (each for each in objects(picture.get("large_images")) if as_text(each.get("image_url"))), {}
    )
    url = first_text(large.get("image_url"), common.get("cover_url"), *as_list(common.get("item_urls")))
    if not url:
        return None
    return RecordItem(
        item_id=next(iter(read_ids(item)), ""),
        url=url,
        dimensions=_dimensions(large, "width", "height") or _dimensions(common, "cover_width", "cover_height"),
        format=first_text(large.get("format"), picture.get("format")) or None,
        uri=first_text(large.get("image_uri"), common.get("cover_uri")) or None,
    )


def _parse_video(item: Document, common: Document) -> RecordItem | None:
    video = as_dict(item.get("video"))
    transcoded = [as_dict(place.get("transcoded_video")) for place in (common, video)]
    origin: Document = next((found for each in transcoded if (found := as_dict(each.get(_ORIGIN)))), {})
    player = _read_player(video.get("video_model"))
    url = first_text(
        *(as_dict(each.get(_ORIGIN)).get("video_url") for each in transcoded),
        as_dict(video.get("origin_video")).get("video_url"),
        player.get(_ORIGIN),
        *(video.get(name) for name in ("play_url", "download_url", "url")),
        *(as_dict(each.get(name)).get("video_url") for name in _COPIES for each in transcoded),
        *player.values(),
    )
    if not url:
        return None
    return RecordItem(
        item_id=next(iter(read_ids(item)), ""),
        url=url,
        dimensions=(
            _dimensions(origin, "width", "height")
            or _dimensions(video, "width", "height")
            or _dimensions(common, "cover_width", "cover_height")
        ),
        format=first_text(origin.get("format")) or "mp4",
        kind=Kind.VIDEO,
        seconds=_seconds(video, origin),
        cover_url=first_text(video.get("cover_url"), origin.get("cover_url"), common.get("cover_url")) or None,
        vid=first_text(origin.get("vid"), video.get("video_id"), origin.get("video_id")) or None,
        fps=as_float(origin.get("fps")) or as_float(video.get("fps")) or None,
    )


def _parse_sound(item: Document, common: Document) -> RecordItem | None:
    sound = as_dict(item.get("audio"))
    url = first_text(
        as_dict(sound.get("origin_audio")).get("url"),
        as_dict(common.get("file")).get("file_url"),
        *as_list(common.get("item_urls")),
    )
    if not url:
        return None
    name = next(iter(read_ids(item)), "")
    return RecordItem(
        name, url, None, first_text(sound.get("format")) or None, kind=Kind.AUDIO, seconds=_seconds(sound, {})
    )


def _seconds(media: Document, origin: Document) -> float | None:
    """Read a length: milliseconds where the sites tell them, else whole seconds."""
    milliseconds = as_float(media.get("duration_ms")) or as_float(origin.get("duration"))
    return milliseconds / 1000 if milliseconds else as_float(media.get("duration")) or None


def _dimensions(facts: Document, width: str, height: str) -> Dimensions | None:
    wide, high = as_int(facts.get(width)) or 0, as_int(facts.get(height)) or 0
    return Dimensions(wide, high) if wide > 0 and high > 0 else None


def _read_player(text: object) -> dict[str, str]:
    """Read the player's document: an address for each quality, the highest first; addresses are base64 there."""
    try:
        document = json.loads(text) if isinstance(text, str) and len(text) <= _MOST_MODEL else None
    except (ValueError, RecursionError):
        return {}
    videos = as_dict(as_dict(document).get("video_list"))
    rows = sorted(videos.items(), key=lambda row: as_int(row[0].rpartition("_")[2]) or 0, reverse=True)
    found: dict[str, str] = {}
    for name, row in ((name, as_dict(each)) for name, each in rows):
        url = next((url for key in ("main_url", "backup_url_1") if (url := _decode(row.get(key)))), "")
        if url:
            found.setdefault(as_text(row.get("definition")) or name, url)
    return found


def _decode(value: object) -> str:
    text = as_text(value)
    if text.startswith("http"):
        return text
    try:
        url = base64.b64decode(text, validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return url if url.startswith("http") else ""
