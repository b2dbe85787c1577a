"""An account's newest results, as the sites' own pages list them."""

from dataclasses import dataclass
from typing import Final

from dreambridge.domain.errors import AnswerUnreadable
from dreambridge.domain.submission import HistoryRecord
from dreambridge.upstream.wire.envelope import Envelope
from dreambridge.upstream.wire.history import parse_record
from dreambridge.upstream.wire.identity import Service, SiteRequest
from dreambridge.upstream.wire.reading import as_dict, as_int, as_list, as_text, objects

_PATH: Final = "/mweb/v1/get_asset_list"
_COUNT: Final = 20
_TYPES: Final = (1, 2, 5, 6, 7, 8, 9, 10)
_PAYLOADS: Final = ("image", "video", "audio")
_CONVERSATION_DEPTH: Final = 4


@dataclass(frozen=True, slots=True)
class Asset:
    """One record of the list: what it holds, and the conversation it came from where the site says so."""

    record: HistoryRecord
    kind: str
    conversation_id: str | None = None


@dataclass(frozen=True, slots=True)
class AssetPage:
    """One page, newest first; `next_offset` (ms of the epoch) asks for the next, `None` when there is none."""

    assets: tuple[Asset, ...]
    next_offset: int | None


def build_assets(offset: int | None = None) -> SiteRequest:
    """Build the request for a page of results older than `offset` (ms of the epoch), or for the newest."""
    body: dict[str, object] = {
        "count": _COUNT,
        "direction": 1,
        "mode": "workbench",
        "asset_type_list": list(_TYPES),
        "workspace_id": 0,
        "option": {
            "image_info": {"width": 2048, "height": 2048, "format": "webp"},
            "origin_image_info": {"width": 96, "height": 2048, "format": "webp"},
            "order_by": 0,
            "only_favorited": False,
            "end_time_stamp": 0,
            # The pages say true here; what an agent made is just what is looked for.
            "hide_story_agent_result": False,
        },
    }
    if offset is not None:
        body["offset"] = offset
    return SiteRequest(Service.MWEB, _PATH, body)


def parse_assets(envelope: Envelope) -> AssetPage:
    """Read one page; records without a submit id cannot be followed and are left out."""
    data = as_dict(envelope.data)
    if not isinstance(data.get("asset_list"), list | None) or "asset_list" not in data:
        raise AnswerUnreadable("The site's list of results has an unknown shape.", log_id=envelope.log_id)
    assets = []
    for row in objects(data["asset_list"]):
        kind = next((name for name in _PAYLOADS if isinstance(row.get(name), dict)), None)
        if kind is None:
            continue
        value = as_dict(row[kind])
        record = parse_record(value, 0, key=as_text(row.get("id")))
        if record.submit_id is not None:
            assets.append(Asset(record, kind, _conversation(value)))
    offset = as_int(data.get("next_offset"))
    return AssetPage(tuple(assets), offset if offset and data.get("has_more") is True else None)


def _conversation(value: object, depth: int = 0) -> str | None:
    """Find the conversation that a record names; no source says where it would."""
    if depth > _CONVERSATION_DEPTH:
        return None
    if isinstance(value, dict):
        own = as_text(value.get("conversation_id"))
        return own or next((found for each in value.values() if (found := _conversation(each, depth + 1))), None)
    return next((found for each in as_list(value) if (found := _conversation(each, depth + 1))), None)
