"""An ended image job as OpenAI's ImagesResponse, as addresses or as base64."""

import asyncio
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from starlette.requests import Request

from dreambridge.api.context import ApiContext
from dreambridge.api.delivery import Delivery, Receipt, base64_length, dump_json
from dreambridge.domain.errors import GatewayError
from dreambridge.engine.service import ArtifactFile, JobView

# An extension or a media type → OpenAI's word for the format.
FORMATS: Final = MappingProxyType(
    {
        "png": "png",
        "jpg": "jpeg",
        "jpeg": "jpeg",
        "webp": "webp",
        "image/png": "png",
        "image/jpeg": "jpeg",
        "image/webp": "webp",
    }
)


def render_urls(context: ApiContext, request: Request, view: JobView) -> dict[str, Any]:
    """Make the answer whose entries carry addresses."""
    form = FORMATS.get(view.artifacts[0].extension) if view.artifacts else None
    data = [{"url": context.result_url(request, artifact)} for artifact in view.artifacts]
    return {**_render_head(view, form, native=context.options.site_urls), "data": data}


def _render_head(view: JobView, form: str | None, *, native: bool) -> dict[str, Any]:
    """Make everything but the pictures: `size` is that of what is delivered, `model` the name that was asked for."""
    job = view.job
    head: dict[str, Any] = {"created": int(job.created_at), "model": job.request.asked_model}
    size = view.artifacts[0].dimensions if view.artifacts and not native else None
    head["size"] = str(size or (job.request.native if native else job.request.exact or job.request.native))
    if form is not None:
        head["output_format"] = form
    if job.partial:
        head["partial"] = True
    return head


async def deliver_base64(
    context: ApiContext, view: JobView, headers: dict[str, str], receipt: Receipt, beside: dict[str, Any]
) -> Delivery:
    """Make the answer whose entries carry the pictures themselves, read from disk while it is sent.

    `beside` are fields that go beside OpenAI's. Touches the network where bytes are still at the site. Raises
    JobNotFound, SiteUnreachable before anything is sent.
    """
    files = await _gather_files(context, view)
    form = FORMATS.get(files[0].media_type) if files else None
    head = dump_json({**_render_head(view, form, native=False), **beside})[:-1] + b',"data":['
    parts: list[bytes | Path] = [head]
    for place, file in enumerate(files):
        parts += [b'{"b64_json":"' if place == 0 else b',{"b64_json":"', file.path, b'"}']
    parts.append(b"]}")
    fixed = sum(len(part) for part in parts if isinstance(part, bytes))
    return Delivery(parts, fixed + sum(base64_length(file.size) for file in files), headers, receipt)


async def _gather_files(context: ApiContext, view: JobView) -> list[ArtifactFile]:
    """Have every picture on disk; the first that cannot be had is the error."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(context.service.artifact_file(artifact.id)) for artifact in view.artifacts]
    except BaseExceptionGroup as failed:
        # A group of one kind says no more than its first; routes and their table speak of single errors.
        known = failed.subgroup(GatewayError)
        raise (known.exceptions[0] if known else failed) from failed
    return [task.result() for task in tasks]
