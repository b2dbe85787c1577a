"""What the sites' own page tells about a submission beside the document: `metrics_extra`."""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from dreambridge.catalog.tools import ToolSpec
from dreambridge.catalog.video import DraftRule
from dreambridge.domain.followup import MadeItem
from dreambridge.domain.generation import InputKind, VideoMode, VideoRequest
from dreambridge.upstream.wire.document import Node
from dreambridge.upstream.wire.draft_blend import ABILITY
from dreambridge.upstream.wire.draft_image import DraftPlan

_MATERIALS: Final[Mapping[InputKind, int]] = MappingProxyType(
    {InputKind.IMAGE: 1, InputKind.VIDEO: 2, InputKind.AUDIO: 3}
)
_SERIES: Final = ("templateId", "templateSource", "lastRequestId", "originRequestId")


def build_image_metrics(plan: DraftPlan, submit_id: str, count: int) -> Node:
    """Build the telemetry of `count` pictures; of a series it is what tells the model that one may come."""
    request = plan.request
    scene = {
        "type": "image",
        "scene": "ImageMultiGenerate" if request.series else "ImageBasicGenerate",
        "modelReqKey": plan.model_key,
        "resolutionType": plan.resolution,
        "abilityList": [_tell_ability(each.sha256, request.strength) for each in request.inputs],
        "benefitCount": count,
        "reportParams": _report(plan.model_key, plan.resolution),
    }
    if request.series:
        del scene["benefitCount"]
    return {
        "promptSource": "custom",
        "generateCount": 1,
        "enterFrom": "click",
        "position": "page_bottom_box",
        "sceneOptions": dump([scene]),
        "isBoxSelect": False,
        "isCutout": False,
        "generateId": submit_id,
        "isRegenerate": False,
        **(dict.fromkeys(_SERIES, "") if request.series else {}),
    }


def build_video_metrics(request: VideoRequest, model_key: str, rule: DraftRule, submit_id: str) -> Node:
    """Build the telemetry of a video."""
    is_omni = request.mode is VideoMode.OMNI_REFERENCE
    scene = {
        "type": "video",
        "scene": "BasicVideoGenerateButton",
        "modelReqKey": model_key,
        "videoDuration": request.seconds,
        "resolution": request.resolution,
        "materialTypes": [_MATERIALS[each.kind] for each in request.inputs] if is_omni else [],
        "reportParams": _report(model_key, request.resolution),
    }
    return {
        "promptSource": "custom",
        "isDefaultSeed": 1 if request.seed is None else 0,
        "originSubmitId": submit_id,
        "isRegenerate": False,
        "enterFrom": "click",
        "position": "page_bottom_box",
        "functionMode": rule.function_mode,
        "sceneOptions": dump([scene]),
        **({"videoStage": "draft"} if rule.draft_mode else {}),
    }


def build_followup_metrics(tool: ToolSpec, made: MadeItem, submit_id: str) -> Node:
    """Build the telemetry of work on something made before; nobody saw it, so it says only what is sure."""
    scene = {"type": str(tool.kind), "scene": tool.scene or tool.ability, "modelReqKey": made.model_key}
    return {
        "promptSource": "custom",
        "originSubmitId": submit_id,
        "isRegenerate": False,
        "enterFrom": "click",
        "position": "page_bottom_box",
        "sceneOptions": dump([scene]),
    }


def _tell_ability(sha256: str, strength: float) -> Node:
    # The page names its own copy of the file; a UUID made of its hash is as good a name, and tells nothing of it.
    digits = sha256[:32]
    name = "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
    return {
        "abilityName": ABILITY,
        "strength": strength,
        "source": {"imageUrl": f"blob:https://dreamina.capcut.com/{name}"},
    }


def _report(model_key: str, resolution: str) -> Node:
    return {
        "enterSource": "generate",
        "vipSource": "generate",
        "extraVipFunctionKey": f"{model_key}-{resolution}",
        "useVipFunctionDetailsReporterHoc": True,
    }


def dump(value: object) -> str:
    """Write a value as JSON, for a place in which the sites want it as text."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
