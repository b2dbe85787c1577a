"""`/llms.txt`: what this server is and how to call it, for agents that read before they act."""

from pathlib import Path
from string import Template
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from dreambridge import __version__
from dreambridge.api.context import ApiContext

_PAGE: Final = Path(__file__).with_name("llms.txt")


class GuideRoutes:
    """The page for agents; it wants no credential."""

    def __init__(self, context: ApiContext) -> None:
        self._context = context
        self._page = Template(_PAGE.read_text(encoding="utf-8"))

    async def answer(self, request: Request) -> Response:
        """Answer with the page, its addresses being those under which the server was called."""
        options = self._context.options
        text = self._page.substitute(
            base=self._context.addresses.base(request),
            version=__version__,
            image_model=options.default_image_model,
            video_model=options.default_video_model,
        )
        return PlainTextResponse(text, headers={"cache-control": "no-cache", "vary": "Host"})
