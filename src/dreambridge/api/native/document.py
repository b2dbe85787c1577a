"""`/openapi.json`: what this server can do, for programs."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from dreambridge.api.delivery import dump_json


class DocumentRoutes:
    """The OpenAPI document, made once."""

    def __init__(self) -> None:
        self._content = b""

    def publish(self, document: dict[str, Any]) -> None:
        """Set what is answered; the document describes the very routes that are added with it."""
        self._content = dump_json(document)

    async def document(self, _: Request) -> Response:
        """Answer with the document."""
        return Response(self._content, media_type="application/json")
