"""Whether the server lives, and whether it can work."""

import time

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from dreambridge import __version__
from dreambridge.api.context import ApiContext
from dreambridge.api.errors import attempt, error_response


class HealthRoutes:
    """`/`, `/ping`, `/health`, `/livez`, `/readyz`; none wants a credential."""

    def __init__(self, context: ApiContext) -> None:
        self._context = context

    async def root(self, request: Request) -> Response:
        """Tell a person or a script that found the server where to go on."""
        base = self._context.addresses.base(request)
        return JSONResponse(
            {
                "name": "dreambridge",
                "version": __version__,
                "base_url": f"{base}/v1",
                "models": f"{base}/v1/models",
                "openapi": f"{base}/openapi.json",
                "docs": f"{base}/docs",
                "mcp": f"{base}/mcp",
                "llms": f"{base}/llms.txt",
            }
        )

    async def ping(self, _: Request) -> Response:
        """Answer `pong`."""
        return PlainTextResponse("pong")

    async def health(self, _: Request) -> Response:
        """Answer while the process runs, in the shape that scripts of the task gateway read (time in ms)."""
        return JSONResponse({"status": "ok", "timestamp": time.time_ns() // 1_000_000})

    async def live(self, _: Request) -> Response:
        """Answer while the process runs."""
        return JSONResponse({"status": "ok"})

    async def ready(self, request: Request) -> Response:
        """Answer 200 when the database answers and a job would be taken, else the error."""
        broken = await attempt(self._context.service.ready())
        if broken is not None:
            return error_response(broken, request)
        return JSONResponse({"status": "ready"})
