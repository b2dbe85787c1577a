"""`/openapi.json` for programs, and `/docs`, which shows it to people and loads nothing from elsewhere."""

from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from dreambridge.api.delivery import dump_json
from dreambridge.domain.errors import JobNotFound

_PAGE: Final = Path(__file__).with_name("page")
# The package carries Swagger UI as released; nothing else of it is used.
_SWAGGER: Final = "fastapi_standalone_docs"
_ASSETS: Final = MappingProxyType(
    {"page.js": "text/javascript", "swagger-ui-bundle.js": "text/javascript", "swagger-ui.css": "text/css"}
)
# Swagger UI's style sheet holds its icons as data: addresses, and it shows tried results from blob: ones.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_GUARD: Final = MappingProxyType(
    {"x-content-type-options": "nosniff", "referrer-policy": "no-referrer", "cache-control": "public, max-age=3600"}
)


class DocumentRoutes:
    """The OpenAPI document, made once, and its page."""

    def __init__(self) -> None:
        self._content = b""
        static = Path(str(files(_SWAGGER))) / "static" / "swagger"
        self._files = {name: (_PAGE if (_PAGE / name).is_file() else static) / name for name in _ASSETS}

    def publish(self, document: dict[str, Any]) -> None:
        """Set what is answered; the document describes the very routes that are added with it."""
        self._content = dump_json(document)

    async def document(self, _: Request) -> Response:
        """Answer with the document."""
        return Response(self._content, media_type="application/json")

    async def page(self, _: Request) -> Response:
        """Answer with the page."""
        headers = {**_GUARD, "content-security-policy": _POLICY}
        return FileResponse(_PAGE / "index.html", media_type="text/html", headers=headers)

    async def asset(self, request: Request) -> Response:
        """Answer with a file of the page. Raises JobNotFound for any other."""
        name = request.path_params["asset"]
        if name not in self._files:
            raise JobNotFound("There is no such file of the page.")
        return FileResponse(self._files[name], media_type=_ASSETS[name], headers=dict(_GUARD))
