"""The door for agents, put together at its first request: the protocol's package takes most of a second to import."""

import asyncio
from typing import TYPE_CHECKING

from starlette.types import Receive, Scope, Send

from dreambridge.catalog import Catalog
from dreambridge.engine.service import GenerationService
from dreambridge.settings import Settings

if TYPE_CHECKING:
    from dreambridge.mcp.server import AgentServer


class Agents:
    """An ASGI application that becomes the server of the Model Context Protocol when the first agent comes."""

    def __init__(self, service: GenerationService, catalog: Catalog, settings: Settings) -> None:
        self._service = service
        self._catalog = catalog
        self._settings = settings
        self._server: AgentServer | None = None
        self._making = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        server = self._server or await self._start()
        await server(scope, receive, send)

    async def aclose(self) -> None:
        """End calls under way; their jobs go on."""
        if self._server is not None:
            await self._server.aclose()

    async def _start(self) -> "AgentServer":
        async with self._making:
            if self._server is None:
                server = await asyncio.to_thread(self._make)
                await server.start()
                self._server = server
        return self._server

    def _make(self) -> "AgentServer":
        from dreambridge.mcp.desk import AgentOptions, Desk  # noqa: PLC0415 - see above
        from dreambridge.mcp.server import AgentServer  # noqa: PLC0415 - see above

        settings = self._settings
        options = AgentOptions(
            image_model=settings.default_image_model,
            video_model=settings.default_video_model,
            image_wait=settings.sync_wait_images,
            video_wait=settings.sync_wait_videos,
            most_bytes=settings.max_upload_bytes,
        )
        return AgentServer(Desk(self._service, self._catalog, options))
