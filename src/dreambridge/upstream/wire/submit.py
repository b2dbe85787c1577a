"""The paid call: its body, and what its answer means."""

import hashlib
import json
from typing import Final

from dreambridge.domain.errors import AnswerUnreadable
from dreambridge.domain.submission import HistoryRecord
from dreambridge.upstream.wire.draft_image import DraftPlan
from dreambridge.upstream.wire.envelope import Envelope
from dreambridge.upstream.wire.history import parse_record
from dreambridge.upstream.wire.identity import Service, SiteRequest
from dreambridge.upstream.wire.reading import as_dict, as_text

_PATH: Final = "/mweb/v1/aigc_draft/generate"
# The range in which the sites' own page draws its seeds.
_FIRST_SEED: Final = 2_500_000_000
_SEEDS: Final = 100_000_000


def derive_seed(submit_id: str) -> int:
    """Choose a seed for a submission that names none; a second send of the same submission has the same one."""
    digest = hashlib.sha256(submit_id.encode()).digest()
    return _FIRST_SEED + int.from_bytes(digest[:8], "big") % _SEEDS


def build_submit_request(
    plan: DraftPlan, draft: dict[str, object], *, submit_id: str, count: int, aid: int
) -> SiteRequest:
    """Build the paid call for a draft; the draft and the telemetry travel as strings of JSON."""
    body = {
        "extend": {"root_model": plan.model_key, "workspace_id": 0},
        "submit_id": submit_id,
        "metrics_extra": _dump(_build_metrics(plan, submit_id, count)),
        # An object here, rather than a string, is refused with 1002.
        "draft_content": _dump(draft),
        "http_common_info": {"aid": aid},
    }
    context = {
        "scenario": "image_video_generation",
        "feature_key": "aigc_to_image",
        "feature_entrance": "to_image",
        "feature_entrance_detail": f"to_image-{plan.model_key}",
    }
    query = {"os": "windows", "web_component_open_flag": "1", "babi_param": _dump(context)}
    return SiteRequest(Service.MWEB, _PATH, body, query)


def _build_metrics(plan: DraftPlan, submit_id: str, count: int) -> dict[str, object]:
    scene = {
        "type": "image",
        "scene": "ImageBasicGenerate",
        "modelReqKey": plan.model_key,
        "resolutionType": plan.resolution,
        "abilityList": [],
        "benefitCount": count,
        "reportParams": {
            "enterSource": "generate",
            "vipSource": "generate",
            "extraVipFunctionKey": f"{plan.model_key}-{plan.resolution}",
            "useVipFunctionDetailsReporterHoc": True,
        },
    }
    return {
        "promptSource": "custom",
        "generateCount": 1,
        "enterFrom": "click",
        "position": "page_bottom_box",
        "sceneOptions": _dump([scene]),
        "isBoxSelect": False,
        "isCutout": False,
        "generateId": submit_id,
        "isRegenerate": False,
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


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
