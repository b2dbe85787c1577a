"""A web server with a few pictures, as the address of an input that a client names."""

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from PIL import Image


def picture(color: str = "red", side: int = 320, form: str = "PNG") -> bytes:
    """Make a small picture."""
    out = io.BytesIO()
    Image.new("RGB", (side, side), color).save(out, form)
    return out.getvalue()


async def _answer(request: web.Request) -> web.Response:
    return web.Response(body=picture(request.match_info["color"]), content_type="image/png")


@asynccontextmanager
async def serve_pictures() -> AsyncIterator[str]:
    """Serve `/<colour>.png` on a loopback port until the block ends, and give its address."""
    app = web.Application()
    app.router.add_get("/{color}.png", _answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    yield f"http://{host}:{port}"
    await runner.cleanup()
