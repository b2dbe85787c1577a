"""Answers that are the bytes of a kept file, for browsers to show and nothing else."""

import re
from types import MappingProxyType
from typing import Final

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from dreambridge.api.errors import error_response
from dreambridge.domain.errors import InvalidRequest
from dreambridge.engine.service import ArtifactFile

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


def send_file(request: Request, file: ArtifactFile) -> Response:
    """Answer with a file, or with the range of it that was asked for."""
    if (wanted := request.headers.get("range")) is not None:
        match = _RANGE.fullmatch(wanted.strip())
        if match is None:
            # Several ranges, or no range at all: the standard lets a server send the whole instead.
            request.scope["headers"] = [pair for pair in request.scope["headers"] if pair[0] != b"range"]
        elif int(match[1] or 0) >= file.size or match[2] == "0":
            return _beyond(request, file.size)
    return FileResponse(file.path, media_type=file.media_type, headers=dict(_GUARD))


def _beyond(request: Request, size: int) -> Response:
    refusal = InvalidRequest(f"The range lies beyond the {size} bytes there are.", param="Range")
    response = error_response(refusal, request, {"content-range": f"bytes */{size}"})
    response.status_code = 416
    return response
