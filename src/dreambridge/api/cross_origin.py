"""CORS: what a browser wants to hear before it lets a page of another origin call the API and read the answer."""

from collections.abc import Sequence
from typing import Final

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

_METHODS: Final = ("GET", "POST", "DELETE", "HEAD", "OPTIONS")
# What clients act on; a browser hides every other header of an answer from its page.
_READABLE: Final = (
    "x-request-id",
    "x-job-id",
    "x-should-retry",
    "retry-after",
    "location",
    "openai-poll-after-ms",
    "x-dreambridge-ignored",
    "x-dreambridge-partial",
)


def permit_origins(origins: Sequence[str]) -> list[Middleware]:
    """Give what answers browsers for pages of these origins; nothing where none is named.

    Credentials come in headers that a page sets itself: cookies are neither used nor allowed. A page on the internet
    may reach a gateway in a private network, if its origin is named.
    """
    if not origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=["*"] if "*" in origins else list(origins),
            allow_methods=_METHODS,
            allow_headers=["*"],
            expose_headers=_READABLE,
            allow_private_network=True,
        )
    ]
