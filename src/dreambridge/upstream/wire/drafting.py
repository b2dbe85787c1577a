"""From a request to the paper that is submitted: the right document, its telemetry and its bill."""

from collections.abc import Mapping
from dataclasses import dataclass

from dreambridge.catalog.catalog import Catalog
from dreambridge.catalog.model import ModelSpec
from dreambridge.catalog.site import Site
from dreambridge.domain.errors import UnknownModel, UnsupportedOption
from dreambridge.domain.followup import ToolRequest
from dreambridge.domain.generation import AgentRequest, GenerationRequest, ImageRequest, VideoRequest
from dreambridge.domain.submission import UploadedInput
from dreambridge.upstream.wire.document import Ink, Paper
from dreambridge.upstream.wire.draft_blend import build_blend
from dreambridge.upstream.wire.draft_followup import build_followup
from dreambridge.upstream.wire.draft_image import build_draft, plan_draft, require_key
from dreambridge.upstream.wire.draft_video import VideoFacts, build_bill, build_video, name_bill
from dreambridge.upstream.wire.telemetry import build_followup_metrics, build_image_metrics, build_video_metrics, dump


@dataclass(frozen=True, slots=True)
class Sending:
    """One submission of a request: our id of it, how many pictures, and the seed where one is used."""

    submit_id: str
    count: int
    seed: int


@dataclass(frozen=True, slots=True)
class Desk:
    """Where papers are written: what the catalogue says, the site they go to, and the inputs that lie there."""

    ink: Ink
    catalog: Catalog
    site: Site
    uploads: Mapping[str, UploadedInput]


def build_paper(desk: Desk, request: GenerationRequest | ToolRequest, sending: Sending) -> Paper:
    """Build everything that one submission says; pure.

    Raises `UnknownModel` or `UnsupportedOption` for what the catalogue no longer has, `ValueError` for an input that
    was not brought and for a turn of the agent, which has no paper.
    """
    if isinstance(request, AgentRequest):
        raise ValueError("a turn of the agent is no submission of a draft")  # noqa: TRY004 - the type is right
    if isinstance(request, ToolRequest):
        return _write_followup(desk, request, sending)
    spec = desk.catalog.models.get(request.model)
    if spec is None:
        raise UnknownModel(f"No model is named {request.model!r} any more.", param="model")
    if isinstance(request, VideoRequest):
        return _write_video(desk, request, spec, sending)
    return _write_pictures(desk, request, spec, sending)


def _write_pictures(desk: Desk, request: ImageRequest, spec: ModelSpec, sending: Sending) -> Paper:
    plan = plan_draft(request, spec, desk.site, desk.catalog.geometry)
    if request.inputs:
        document = build_blend(desk.ink, plan, desk.uploads, count=sending.count)
    else:
        document = build_draft(desk.ink, plan, count=sending.count, seed=sending.seed)
    return Paper(plan.model_key, document, build_image_metrics(plan, sending.submit_id, sending.count))


def _write_video(desk: Desk, request: VideoRequest, spec: ModelSpec, sending: Sending) -> Paper:
    mode = desk.catalog.modes.get(request.mode)
    if mode is None or spec.video is None:
        raise UnsupportedOption(f"{request.model} makes no video from {request.mode}.", param="mode")
    key, rule = require_key(request.model, spec, desk.site), spec.draft_rule(mode, desk.site)
    metrics = build_video_metrics(request, key, rule, sending.submit_id)
    document = build_video(
        desk.ink,
        request,
        VideoFacts(key, spec.video.fps, rule, spec.video.sends_resolution),
        desk.uploads,
        seed=sending.seed,
        task_extra=dump(metrics),
    )
    return Paper(key, document, metrics, build_bill(_find_benefit(spec, request, desk.site), request))


def _write_followup(desk: Desk, request: ToolRequest, sending: Sending) -> Paper:
    tool, made = desk.catalog.tools.get(request.tool), request.made
    if tool is None or not set(tool.groups) & set(desk.site.model_keys):
        raise UnsupportedOption(f"{desk.site.name} has no tool {request.tool!r}.", param="tool")
    metrics = build_followup_metrics(tool, made, sending.submit_id)
    document = build_followup(desk.ink, request, tool, version=desk.site.draft_version, task_extra=dump(metrics))
    bill = name_bill(tool.benefit) if tool.benefit else None
    return Paper(made.model_key, document, metrics, bill)


def _find_benefit(spec: ModelSpec, request: VideoRequest, site: Site) -> str:
    try:
        return spec.benefit_for(request, site)
    except LookupError as error:
        raise UnsupportedOption(f"{request.model} cannot be billed for this on {site.name}.", param="model") from error
