"""Addresses of OpenAI that nothing here answers, and what to use instead."""

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from dreambridge.domain.errors import UnknownRoute

_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_FILES: Final = "upload a picture, video or sound once with POST /v1/assets, or send it in the request that uses it."
_CHARACTERS: Final = (
    "show a figure by reference pictures: send them as images to POST /v1/videos/generations with a model that takes "
    "references."
)

ABSENT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "/v1/images/variations": "send the picture with a prompt to POST /v1/images/edits, and n for several of them.",
        "/v1/videos/edits": (
            "make a new video with POST /v1/videos/{id}/remix, or send the video as a reference to "
            "POST /v1/videos/generations."
        ),
        "/v1/videos/extensions": (
            "make the next part with POST /v1/videos/generations, with the last picture of the video as its first "
            "frame."
        ),
        "/v1/videos/characters": _CHARACTERS,
        "/v1/videos/characters/{id}": _CHARACTERS,
        "/v1/files": _FILES,
        "/v1/files/{id}": _FILES,
        "/v1/files/{id}/content": _FILES,
    }
)
"""What to use instead, by address."""


def add_absent_routes(app: FastAPI) -> None:
    """Have these addresses say so, before a route with a parameter takes `edits` for an id.

    They are no part of the API's document.
    """
    for path, instead in ABSENT.items():
        app.router.add_route(path, partial(_refuse, instead), methods=list(_METHODS), include_in_schema=False)


async def _refuse(instead: str, request: Request) -> Response:
    """Raise UnknownRoute with what to use instead."""
    raise UnknownRoute(f"There is no {request.scope['path'][:200]} here; {instead}")
