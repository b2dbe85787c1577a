"""`/v1/artifacts`: bytes for whoever has the address; for its owner the row, and the end of it."""

from types import MappingProxyType
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dreambridge.api.context import ApiContext
from dreambridge.api.native.files import send_file
from dreambridge.api.native.rendering import render_artifact
from dreambridge.domain.artifact import THUMBNAIL_SIDES
from dreambridge.domain.errors import InvalidRequest, JobNotFound
from dreambridge.engine.service import ArtifactFile

_SIDES: Final = MappingProxyType({str(side): side for side in THUMBNAIL_SIDES})


class ArtifactRoutes:
    """The routes of artifacts."""

    def __init__(self, context: ApiContext) -> None:
        self._context = context

    async def retrieve(self, request: Request) -> Response:
        """Answer with the bytes for `{id}.{ext}`, with the row for a bare `{id}`; raises JobNotFound.

        `w` asks for a small version instead of the bytes; raises InvalidRequest for one that is not offered.
        A credential sent along with the bytes' address is not looked at. Touches the network when the bytes are still
        at the site.
        """
        name = str(request.path_params["name"])
        artifact_id, dot, extension = name.partition(".")
        if dot:
            return await self._bytes(request, artifact_id, extension)
        caller = await self._context.caller(request)
        artifact = await self._context.service.artifact(artifact_id, caller)
        return JSONResponse(render_artifact(self._context, request, artifact), headers={"x-job-id": artifact.job_id})

    async def delete(self, request: Request) -> Response:
        """Delete a result for good; its job stays, with the others.

        Raises JobNotFound, UnsupportedOption while the job runs.
        """
        caller = await self._context.caller(request)
        artifact_id = str(request.path_params["name"])
        artifact = await self._context.service.forget_artifact(artifact_id, caller)
        content = {"id": artifact_id, "object": "artifact.deleted", "deleted": True}
        return JSONResponse(content, headers={"x-job-id": artifact.job_id})

    async def _bytes(self, request: Request, artifact_id: str, extension: str) -> Response:
        if not extension.isalnum():
            raise JobNotFound("There is no artifact at this address.")
        return send_file(request, await self._find(artifact_id, request.query_params.get("w")))

    async def _find(self, artifact_id: str, width: str | None) -> ArtifactFile:
        if width is None:
            return await self._context.service.artifact_file(artifact_id)
        if width not in _SIDES:
            raise InvalidRequest(f"w takes one of {', '.join(_SIDES)}.", param="w")
        return await self._context.service.thumbnail(artifact_id, _SIDES[width])
