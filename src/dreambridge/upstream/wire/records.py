"""Small calls about records and stored files: cancel, delete, sign addresses anew, have a picture checked."""

from collections.abc import Collection

from dreambridge.domain.errors import AnswerUnreadable
from dreambridge.upstream.wire.envelope import Envelope
from dreambridge.upstream.wire.identity import Service, SiteRequest
from dreambridge.upstream.wire.items import parse_item, read_ids
from dreambridge.upstream.wire.reading import as_dict, as_text, objects
from dreambridge.upstream.wire.submit import build_context
from dreambridge.upstream.wire.telemetry import dump


def build_cancel(record_id: str) -> SiteRequest:
    """Build the request that stops a record; the site gives its credits back."""
    return SiteRequest(Service.MWEB, "/mweb/v1/aigc_draft/cancel_generate", {"history_id": record_id})


def build_remove(record_ids: tuple[str, ...]) -> SiteRequest:
    """Build the request that deletes records from the account."""
    return SiteRequest(Service.MWEB, "/mweb/v1/remove_history", {"id_list": list(record_ids)})


def build_image_urls(uris: tuple[str, ...]) -> SiteRequest:
    """Build the request for fresh addresses of stored pictures; a singular key is refused with 1000."""
    return SiteRequest(Service.MWEB, "/mweb/v1/get_image_by_uri", {"uris": list(uris)})


def parse_image_urls(envelope: Envelope) -> dict[str, str]:
    """Read the fresh address of each storage uri the site still has."""
    found = as_dict(envelope.data).get("uri2image")
    if not isinstance(found, dict):
        raise AnswerUnreadable("The site's answer holds no picture addresses.", log_id=envelope.log_id)
    return {uri: url for uri, value in found.items() if (url := as_text(as_dict(value).get("image_url")))}


def build_video_urls(item_ids: tuple[str, ...]) -> SiteRequest:
    """Build the request for videos in the quality that downloads have, several times that of the preview."""
    body = {
        "item_id_list": list(item_ids),
        "pack_item_opt": {"scene": 1, "need_data_integrity": True},
        "is_for_video_download": True,
    }
    return SiteRequest(Service.MWEB, "/mweb/v1/get_local_item_list", body)


def parse_video_urls(envelope: Envelope, wanted: Collection[str]) -> dict[str, str]:
    """Read the address of each wanted item that the site still has."""
    data = as_dict(envelope.data)
    rows = data.get("item_list") or data.get("local_item_list") or []
    if not isinstance(rows, list):
        raise AnswerUnreadable("The site's answer holds no list of items.", log_id=envelope.log_id)
    found: dict[str, str] = {}
    for row in objects(rows):
        item = parse_item(row, is_video=True)
        for name in read_ids(row):
            if item is not None and name in wanted:
                found.setdefault(name, item.url)
    return found


def build_input_check(uri: str) -> SiteRequest:
    """Build the request that has the site look at an uploaded picture before it is used."""
    body = {
        "scene": "image_face_ip",
        "options": {"ip_check": True},
        "req_key": "benchmark_test_user_upload_image_input",
        "file_list": [{"file_uri": uri}],
        "req_params": {},
    }
    context = build_context("to-generate", "algo_proxy")
    return SiteRequest(Service.MWEB, "/mweb/v1/algo_proxy", body, {"babi_param": dump(context)})
