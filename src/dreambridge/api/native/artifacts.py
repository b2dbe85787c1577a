"""`/v1/artifacts`: bytes for whoever has the address, the row for its owner."""

import re
from types import MappingProxyType
from typing import Final

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response

from dreambridge.api.context import ApiContext
from dreambridge.api.errors import error_response
from dreambridge.api.native.rendering import render_artifact
from dreambridge.domain.errors import InvalidRequest, JobNotFound

# The bytes come from elsewhere: a browser may show them and do nothing else with them.
_GUARD: Final = MappingProxyType(
    {
        "x-content-type-options": "nosniff",
        "content-security-policy": "sandbox; default-src 'none'",
        "referrer-policy": "no-referrer",
        "cache-control": "private, max-age=86400",
    }
)

_RANGE: Final = re.compile(r"bytes=(?:([0-9]{1,18})-[0-9]{0,18}|-([0-9]{1,18}))", re.ASCII)


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
        if (wanted := request.headers.get("range")) is not None:
            match = _RANGE.fullmatch(wanted.strip())
            if match is None:
                # Several ranges, or no range at all: the standard lets a server send the whole instead.
                request.scope["headers"] = [pair for pair in request.scope["headers"] if pair[0] != b"range"]
            elif int(match[1] or 0) >= file.size or match[2] == "0":
                return self._beyond(request, file.size)
        return FileResponse(file.path, media_type=file.media_type, headers=dict(_GUARD))

    def _beyond(self, request: Request, size: int) -> Response:
        refusal = InvalidRequest(f"The range lies beyond the {size} bytes there are.", param="Range")
        response = error_response(refusal, request, {"content-range": f"bytes */{size}"})
        response.status_code = 416
        return response
