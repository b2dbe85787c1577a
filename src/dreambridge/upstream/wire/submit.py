"""The paid call: its body, and what its answer means."""

import hashlib
from typing import Final

from dreambridge.domain.errors import AnswerUnreadable
from dreambridge.domain.submission import HistoryRecord
from dreambridge.upstream.wire.document import Paper
from dreambridge.upstream.wire.envelope import Envelope
from dreambridge.upstream.wire.history import parse_record
from dreambridge.upstream.wire.identity import Service, SiteRequest
from dreambridge.upstream.wire.reading import as_dict, as_text
from dreambridge.upstream.wire.telemetry import dump

_PATH: Final = "/mweb/v1/aigc_draft/generate"
# The range in which the sites' own page draws its seeds.
_FIRST_SEED: Final = 2_500_000_000
_SEEDS: Final = 100_000_000


def derive_seed(submit_id: str) -> int:
    """Choose a seed for a submission that names none; a second send of the same submission has the same one."""
    digest = hashlib.sha256(submit_id.encode()).digest()
    return _FIRST_SEED + int.from_bytes(digest[:8], "big") % _SEEDS


def build_submit_request(paper: Paper, *, submit_id: str, aid: int) -> SiteRequest:
    """Build the paid call for a paper; the document and the telemetry travel as strings of JSON."""
    extend: dict[str, object] = {"root_model": paper.model_key, "workspace_id": 0}
    query = {"os": "windows", "web_component_open_flag": "1"}
    entrance = "to_image"
    if paper.bill is not None:
        extend |= {"m_video_commerce_info": paper.bill, "m_video_commerce_info_list": [paper.bill]}
        query["commerce_with_input_video"] = "1"
        entrance = "to-generate"
    body = {
        "extend": extend,
        "submit_id": submit_id,
        "metrics_extra": dump(paper.metrics),
        # An object here, rather than a string, is refused with 1002.
        "draft_content": dump(paper.document),
        "http_common_info": {"aid": aid},
    }
    context = build_context(entrance, paper.model_key)
    return SiteRequest(Service.MWEB, _PATH, body, query | {"babi_param": dump(context)})


def build_context(entrance: str, detail: str) -> dict[str, str]:
    """Build the page's account of where in it a call was made; other values of it than these were never seen."""
    return {
        "scenario": "image_video_generation",
        "feature_key": "aigc_to_image",
        "feature_entrance": entrance,
        "feature_entrance_detail": f"{entrance}-{detail}",
    }


def parse_submit(envelope: Envelope, *, submit_id: str, count: int) -> HistoryRecord:
    """Read the record of an accepted submission; an answer without a record id is `AnswerUnreadable`.

    The ids inside `task` do not stand in for it here: no client has seen them alone, and a look by submit id tells.
    """
    value = as_dict(as_dict(envelope.data).get("aigc_data"))
    record = parse_record(value, count, submit_id=submit_id)
    if not as_text(value.get("history_record_id")):
        raise AnswerUnreadable("The site's answer to a submission names no record.", log_id=envelope.log_id)
    return record
