"""How tools answer: a few lines to read, links to results, small versions to look at; never the files themselves."""

import asyncio
import base64
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

from mcp import types

from dreambridge.domain.artifact import Artifact
from dreambridge.domain.errors import Charged, GatewayError, JobCancelled
from dreambridge.domain.job import Job, JobState
from dreambridge.domain.remedies import advice_for
from dreambridge.domain.repeating import is_retryable
from dreambridge.engine.guest import Guest
from dreambridge.engine.service import JobView
from dreambridge.mcp.desk import Visit

Content = types.ContentBlock
# One or two pictures are worth a closer look; more of them are chosen from.
_CLOSE: Final = (2, 512)
_FAR: Final = 256
_TYPES: Final = {"image": "image/png", "video": "video/mp4"}.get


def artifact_uri(artifact_id: str) -> str:
    """Name an artifact as a resource."""
    return f"artifact://{artifact_id}"


def job_uri(job_id: str) -> str:
    """Name a job as a resource."""
    return f"job://{job_id}"


def say(text: str, facts: dict[str, Any], more: Iterable[Content] = ()) -> types.CallToolResult:
    """Answer with text, the same as data, and what else there is to see."""
    content: list[Content] = [types.TextContent(text=text), *more]
    return types.CallToolResult(content=content, structured_content=facts)


def render_error(error: GatewayError, guest: Guest) -> dict[str, Any]:
    """Say an error as data: what happened, what to do about it, whether anything was paid."""
    return {
        "message": error.message,
        "code": error.specific_code,
        "param": error.param,
        "remedy": advice_for(type(error)).remedy_in(guest.language),
        "charged": error.charged.value,
        "retryable": is_retryable(error),
        "job_id": error.job_id,
    }


def refuse(error: GatewayError, guest: Guest) -> types.CallToolResult:
    """Answer with an error that an agent can act upon."""
    facts = render_error(error, guest)
    lines = [facts["message"], f"What to do: {facts['remedy']}", f"Charged: {facts['charged']}. Code: {facts['code']}."]
    if error.job_id is not None:
        lines.append(f"Job: {error.job_id}.")
    content: list[Content] = [types.TextContent(text="\n".join(lines))]
    return types.CallToolResult(content=content, structured_content={"error": facts}, is_error=True)


def render_job(view: JobView, guest: Guest) -> dict[str, Any]:
    """Say a job as data, with the addresses of its results."""
    job, error = view.job, end_error(view)
    return {
        "job_id": job.id,
        "kind": job.kind.value,
        "state": job.state.value,
        "prompt": job.request.prompt,
        "model": job.request.model,
        "site": job.site,
        "created_at": datetime.fromtimestamp(job.created_at, UTC).isoformat(timespec="seconds"),
        "percent": 100 if job.state is JobState.COMPLETED else job.progress.percent,
        "queue_position": job.progress.queue_position,
        "queue_length": job.progress.queue_length,
        "remaining_seconds": job.progress.remaining,
        "partial": job.partial,
        "cancel_requested": job.cancel_requested,
        "credits": job.cost,
        "error": None if error is None else render_error(error, guest),
        "artifacts": [_render_artifact(each, guest) for each in view.artifacts],
    }


def _render_artifact(artifact: Artifact, guest: Guest) -> dict[str, Any]:
    return {
        "id": artifact.id,
        "uri": artifact_uri(artifact.id),
        "kind": artifact.kind.value,
        "url": guest.url_of(artifact),
        "size": None if artifact.dimensions is None else str(artifact.dimensions),
        "seconds": artifact.seconds,
    }


def end_error(view: JobView) -> GatewayError | None:
    """Give why a job ended without being completed; `None` for any other."""
    if view.job.state is JobState.CANCELLED and view.error is None:
        return JobCancelled("The job was cancelled.", job_id=view.job.id)
    return view.error


def tells_end(view: JobView) -> bool:
    """Tell whether an answer with this view is the last that has to be said of the job.

    Otherwise the next identical call is given it: a job that runs on, or an error after something was paid.
    """
    error = end_error(view)
    return view.job.state.ended and (error is None or error.charged in {Charged.NO, Charged.REFUNDED})


def head_of(job: Job, count: int) -> str:
    """Say in a line what was made."""
    things = {"image": "picture", "video": "video"}.get(job.kind.value, "result")
    partial = ", fewer than asked for" if job.partial else ""
    cost = "" if job.cost is None else f", {job.cost} credits"
    return f"{count} {things}{'' if count == 1 else 's'}{partial}, model {job.request.model}{cost}. Job {job.id}."


async def show_completed(visit: Visit, view: JobView) -> types.CallToolResult:
    """Answer with the results of a job: their addresses, links, and small versions where there are any."""
    facts = render_job(view, visit.guest)
    lines = [f"Done: {head_of(view.job, len(view.artifacts))}"]
    if view.emptied:
        lines.append("Its results were deleted since.")
    for number, each in enumerate(facts["artifacts"], 1):
        detail = ", ".join(filter(None, (each["size"], f"{each['seconds']} s" if each["seconds"] else None)))
        lines.append(f"{number}. {each['url']}{f' ({detail})' if detail else ''}")
    side = _CLOSE[1] if len(view.artifacts) <= _CLOSE[0] else _FAR
    small = await small_versions(visit, view.artifacts, side)
    return say("\n".join(lines), facts, [*(link_to(each) for each in view.artifacts), *small])


def link_to(artifact: Artifact) -> types.ResourceLink:
    """Link to an artifact as a resource, which the client reads if it wants to."""
    return types.ResourceLink(
        uri=artifact_uri(artifact.id),
        name=f"{artifact.id}.{artifact.extension}",
        mime_type=artifact.media_type or _TYPES(artifact.kind.value),
        size=artifact.bytes,
    )


async def small_versions(visit: Visit, artifacts: Iterable[Artifact], side: int = _FAR) -> list[types.ImageContent]:
    """Give small versions of pictures and of the stills of videos; those that cannot be had now are left out.

    Touches the network for pictures that are still at the site.
    """
    made = await asyncio.gather(*(_small_version(visit, each, side) for each in artifacts))
    return [each for each in made if each is not None]


async def _small_version(visit: Visit, artifact: Artifact, side: int) -> types.ImageContent | None:
    try:
        file = await visit.desk.service.thumbnail(artifact.id, side)
    except GatewayError:
        return None
    data = await asyncio.to_thread(file.path.read_bytes)
    return types.ImageContent(data=base64.b64encode(data).decode(), mime_type=file.media_type)
