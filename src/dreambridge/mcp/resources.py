"""Results and jobs as resources: `artifact://…` gives the bytes of a picture, `job://…` a job as JSON."""

import asyncio
import base64
import json
import re
from typing import Final

from mcp import types

from dreambridge.domain.artifact import Artifact
from dreambridge.domain.errors import GatewayError, JobNotFound
from dreambridge.domain.generation import Kind
from dreambridge.domain.job import JobState
from dreambridge.engine.guest import Guest
from dreambridge.engine.service import ArtifactFile
from dreambridge.mcp.desk import Desk
from dreambridge.mcp.results import artifact_uri, job_uri, render_job

# What is read goes into the context of a model; more than this is of no use there.
MOST_BYTES: Final = 4 * 1024 * 1024
_SIDE: Final = 1024
_PAGE: Final = 20
_URI: Final = re.compile(r"(?P<kind>artifact|job)://(?P<id>[A-Za-z0-9_]{1,100})/?")

TEMPLATES: Final = (
    types.ResourceTemplate(
        uri_template=artifact_uri("{artifact_id}"),
        name="artifact",
        title="A result",
        description="The bytes of a picture of up to 4 MiB; of others a small version and the address.",
    ),
    types.ResourceTemplate(
        uri_template=job_uri("{job_id}"),
        name="job",
        title="A job",
        description="State, progress, error and results of a job, as JSON.",
        mime_type="application/json",
    ),
)


async def list_resources(desk: Desk, guest: Guest, cursor: str | None) -> types.ListResourcesResult:
    """List the caller's newest results, a page of jobs at a time."""
    views, more = await desk.service.list(guest.caller, after=cursor, limit=_PAGE, state=JobState.COMPLETED)
    found = [
        types.Resource(
            uri=artifact_uri(artifact.id),
            name=f"{artifact.id}.{artifact.extension}",
            description=view.job.request.prompt[:200],
            mime_type=artifact.media_type,
            size=artifact.bytes,
        )
        for view in views
        for artifact in view.artifacts
    ]
    return types.ListResourcesResult(resources=found, next_cursor=views[-1].job.id if more else None)


async def read_resource(desk: Desk, guest: Guest, uri: str) -> types.ReadResourceResult:
    """Read a resource of the caller's; touches the network for bytes that are still at the site. Raises JobNotFound."""
    match = _URI.fullmatch(uri)
    if match is None:
        message = f"{uri[:100]!r} is no resource here; there are {artifact_uri('…')} and {job_uri('…')}."
        raise JobNotFound(message, param="uri", code="resource_not_found")
    if match["kind"] == "job":
        facts = render_job(await desk.service.get(match["id"], guest.caller), guest)
        return types.ReadResourceResult(contents=[_text(uri, json.dumps(facts, ensure_ascii=False))])
    return await _read_artifact(desk, guest, uri, match["id"])


async def _read_artifact(desk: Desk, guest: Guest, uri: str, artifact_id: str) -> types.ReadResourceResult:
    artifact = await desk.service.artifact(artifact_id, guest.caller)
    file = await desk.service.artifact_file(artifact.id)
    if artifact.kind is Kind.IMAGE and file.size <= MOST_BYTES:
        return types.ReadResourceResult(contents=[await _blob(uri, file)])
    contents: list[types.TextResourceContents | types.BlobResourceContents] = [
        _text(uri, json.dumps(_describe(artifact, guest, file.size)))
    ]
    try:
        small = await desk.service.thumbnail(artifact.id, _SIDE)
    except GatewayError:
        return types.ReadResourceResult(contents=contents)
    return types.ReadResourceResult(contents=[*contents, await _blob(uri, small)])


def _describe(artifact: Artifact, guest: Guest, size: int) -> dict[str, object]:
    return {
        "id": artifact.id,
        "job_id": artifact.job_id,
        "kind": artifact.kind.value,
        "bytes": size,
        "url": guest.url_of(artifact),
        "note": "Too large to be read here: download it from url, which needs no credential.",
    }


def _text(uri: str, text: str) -> types.TextResourceContents:
    return types.TextResourceContents(uri=uri, mime_type="application/json", text=text)


async def _blob(uri: str, file: ArtifactFile) -> types.BlobResourceContents:
    data = await asyncio.to_thread(file.path.read_bytes)
    return types.BlobResourceContents(uri=uri, mime_type=file.media_type, blob=base64.b64encode(data).decode())
