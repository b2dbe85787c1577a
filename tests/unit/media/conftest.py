import io
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web
from PIL import Image

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Serve = Callable[[Handler], Awaitable[str]]
Draw = Callable[..., bytes]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Start real servers on loopback; each answers everything with one handler."""
    runners: list[web.AppRunner] = []

    async def start(handler: Handler) -> str:
        app = web.Application()
        app.router.add_route("*", "/{rest:.*}", handler)
        runner = web.AppRunner(app)
        runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}"

    yield start
    for runner in runners:
        await runner.cleanup()


@pytest.fixture(scope="session")
def draw() -> Draw:
    """Make the bytes of a picture: a gradient, so that scaling and cutting leave traces."""

    def make(width: int, height: int, form: str = "PNG", mode: str = "RGB", **options: object) -> bytes:
        gradient = Image.linear_gradient("L").resize((width, height))
        image = Image.merge("RGB", (gradient, gradient.transpose(Image.Transpose.ROTATE_180), gradient)).convert(mode)
        out = io.BytesIO()
        image.save(out, form, **options)
        return out.getvalue()

    return make
