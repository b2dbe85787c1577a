"""Fetch what is shown of a result: small versions of pictures, and the stills of videos."""

from collections.abc import Mapping, Sequence

from dreambridge.cli.answers import GatewayRefused, GatewayUnreachable
from dreambridge.cli.gateway import Gateway


async def fetch_stills(gateway: Gateway, artifacts: Sequence[Mapping[str, object]]) -> list[bytes]:
    """Download the small version of each picture and the still of each video, as far as there are some."""
    stills: list[bytes] = []
    for artifact in artifacts:
        address = artifact.get("thumbnail_url")
        if not isinstance(address, str):
            continue
        try:
            async with gateway.download(address) as answer:
                stills.append(await answer.content.read())
        except (GatewayRefused, GatewayUnreachable):
            # It is there for show only; the result itself is saved.
            continue
    return stills
