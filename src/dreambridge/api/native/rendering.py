"""Jobs and artifacts as their owner reads them."""

from typing import Any, Final

from starlette.requests import Request

from dreambridge.api.client_hints import read_language
from dreambridge.api.context import ApiContext
from dreambridge.api.errors import render_error
from dreambridge.domain.artifact import Artifact
from dreambridge.domain.followup import JobRequest, ToolRequest
from dreambridge.domain.generation import AgentRequest, Dimensions, ImageRequest, Kind, MediaInput, VideoRequest
from dreambridge.domain.job import Job, JobState, Reply
from dreambridge.engine.service import JobView, Preview

_WAITING: Final = frozenset({JobState.QUEUED})


def status_word(state: JobState) -> str:
    """Say a state in OpenAI's four words."""
    if state is JobState.COMPLETED:
        return "completed"
    if state.ended:
        return "failed"
    return "queued" if state in _WAITING else "in_progress"


def render_job(context: ApiContext, request: Request, view: JobView) -> dict[str, Any]:
    """Make the JSON of a job: no secret, no address of the site unless the operator gives those out."""
    job = view.job
    error = view.error
    return {
        "id": job.id,
        "object": "job",
        "kind": job.kind.value,
        "status": status_word(job.state),
        "state": job.state.value,
        "model": job.request.asked_model,
        "model_used": job.request.model,
        "site": job.site,
        "account": job.account_id,
        "progress": render_progress(job),
        "request": _render_request(job.request, job.reply),
        "created_at": int(job.created_at),
        "updated_at": int(job.updated_at or job.created_at),
        "ended_at": None if job.ended_at is None else int(job.ended_at),
        "attempts": job.attempts,
        "submissions": len(job.submissions),
        "cancel_requested": job.cancel_requested,
        "partial": job.partial,
        "spare": view.spare,
        "cost": job.cost,
        "error": None if error is None else render_error(error, read_language(request.headers)),
        "artifacts": [
            render_artifact(context, request, artifact, view.cover_of(artifact)) for artifact in view.artifacts
        ],
    }


def render_preview(request: Request, preview: Preview) -> dict[str, Any]:
    """Make the answer of a dry run: what would be sent, by which account, at what price; nothing was sent."""
    balance, obstacle = preview.balance, preview.obstacle
    return {
        "object": "preview",
        "dry_run": True,
        "model": preview.request.asked_model,
        "model_used": preview.request.model,
        "site": preview.site,
        "account": preview.account_id,
        "accounts": len(preview.accounts),
        "request": _render_request(preview.request),
        "cost": preview.cost,
        "balance": None if balance is None else balance.total,
        "obstacle": None if obstacle is None else render_error(obstacle, read_language(request.headers)),
    }


def render_progress(job: Job) -> dict[str, Any]:
    """Make the JSON of how far a job is."""
    done = job.state is JobState.COMPLETED
    return {
        "percent": 100 if done else job.progress.percent,
        "queue_position": job.progress.queue_position,
        "queue_length": job.progress.queue_length,
        "remaining_seconds": 0 if done else job.progress.remaining,
        "items": job.progress.items,
    }


def _render_request(wish: JobRequest, reply: Reply | None = None) -> dict[str, Any]:
    if isinstance(wish, ImageRequest):
        own = _render_picture(wish)
    elif isinstance(wish, ToolRequest):
        own = {"tool": wish.tool, "source": wish.source, "fps": wish.fps}
    else:
        own = _render_video(wish) if isinstance(wish, VideoRequest) else _render_turn(wish, reply)
    return {
        "prompt": wish.prompt,
        "n": wish.count,
        "ratio": wish.ratio,
        "resolution": wish.resolution,
        "size": _render_size(wish.exact or wish.native),
        "native_size": _render_size(wish.native),
        "seed": wish.seed,
        "output_format": None if wish.output_format is None else wish.output_format.value,
        "inputs": [_render_input(each) for each in wish.inputs],
        "ignored": list(wish.ignored),
        **own,
    }


def _render_picture(wish: ImageRequest) -> dict[str, Any]:
    return {
        "negative_prompt": wish.negative_prompt,
        "sample_strength": wish.sample_strength,
        "intelligent_ratio": wish.intelligent_ratio,
        "strength": wish.strength if wish.inputs else None,
        "series": wish.series,
    }


def _render_video(wish: VideoRequest) -> dict[str, Any]:
    return {
        "mode": wish.mode.value,
        "seconds": wish.seconds,
        "frames": [{"input": each.input, "seconds": each.seconds, "prompt": each.prompt} for each in wish.frames],
    }


def _render_turn(wish: AgentRequest, reply: Reply | None) -> dict[str, Any]:
    return {
        "conversation_id": wish.conversation_id,
        "text": None if reply is None else reply.text,
        "title": None if reply is None else reply.title,
    }


def _render_size(size: Dimensions | None) -> str | None:
    return None if size is None else str(size)


def _render_input(kept: MediaInput) -> dict[str, Any]:
    return {
        "kind": kept.kind.value,
        "media_type": kept.media_type,
        "bytes": kept.bytes,
        "sha256": kept.sha256,
        "size": None if kept.dimensions is None else str(kept.dimensions),
        "seconds": kept.seconds,
    }


def render_artifact(
    context: ApiContext, request: Request, artifact: Artifact, cover: Artifact | None = None
) -> dict[str, Any]:
    """Make the JSON of an artifact; `bytes` and `sha256` are null until its bytes were fetched."""
    size = artifact.dimensions
    return {
        "id": artifact.id,
        "object": "artifact",
        "job_id": artifact.job_id,
        "kind": artifact.kind.value,
        "index": artifact.index,
        "url": context.result_url(request, artifact),
        "size": None if size is None else str(size),
        "width": None if size is None else size.width,
        "height": None if size is None else size.height,
        "seconds": artifact.seconds,
        "thumbnail_url": _thumbnail_url(context, request, artifact, cover),
        "media_type": artifact.media_type,
        "bytes": artifact.bytes,
        "sha256": artifact.sha256,
        "state": artifact.state.value,
        "created_at": int(artifact.created_at),
    }


def _thumbnail_url(context: ApiContext, request: Request, artifact: Artifact, cover: Artifact | None) -> str | None:
    """Give the address of what a list shows: a small version of a picture, the still of a video."""
    if artifact.kind is Kind.IMAGE:
        return context.addresses.thumbnail(request, artifact.id, artifact.extension)
    return None if cover is None else context.result_url(request, cover)
