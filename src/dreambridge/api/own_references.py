"""Addresses of this server's own things, read as what they name instead of being fetched."""

import re
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request

from dreambridge.api.addresses import Addresses

_PATH: Final = re.compile(
    r"/v1/(?:artifacts|assets|jobs|videos)/(?P<id>(?:art|asset|job|video)_[A-Za-z0-9]{1,64})"
    r"(?:\.[A-Za-z0-9]{1,8}|/content)?/?"
)


def strip_own_address(addresses: Addresses, request: Request, source: str) -> str:
    """Give the bare id for an address of an artifact, asset, job or video of ours; any other text as it is.

    Whose it is, is not asked here: an input by id is looked up for its owner only.
    """
    try:
        parts = urlsplit(source) if source[:8].lower().startswith(("http://", "https://")) else None
    except ValueError:
        return source
    if parts is None or not addresses.are_ours(request, parts.netloc):
        return source
    match = _PATH.fullmatch(addresses.own_path(parts.path))
    return source if match is None else match["id"]
