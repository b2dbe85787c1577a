"""`/v1/artifacts`: bytes for whoever has the address, the row for its owner."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dreambridge.api.context import ApiContext
from dreambridge.api.native.files import send_file
from dreambridge.api.native.rendering import render_artifact
from dreambridge.domain.errors import JobNotFound


class ArtifactRoutes:
    """The routes of artifacts."""

    def __init__(self, context: ApiContext) -> None:
        self._context = context

    async def retrieve(self, request: Request) -> Response:
        """Answer with the bytes for `{id}.{ext}`, with the row for a bare `{id}`; raises JobNotFound.

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

    async def _bytes(self, request: Request, artifact_id: str, extension: str) -> Response:
        if not extension.isalnum():
            raise JobNotFound("There is no artifact at this address.")
        file = await self._context.service.artifact_file(artifact_id)
        return send_file(request, file)
