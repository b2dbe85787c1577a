"""Who waits for the bytes of which artifact."""

import asyncio
from collections import defaultdict

from dreambridge.domain.artifact import Artifact
from dreambridge.domain.errors import SiteUnreachable


class Awaited:
    """Hold those who wait until somebody tells them how it ended."""

    def __init__(self) -> None:
        self._waiting: defaultdict[str, list[asyncio.Future[Artifact]]] = defaultdict(list)

    def join(self, artifact_id: str) -> "asyncio.Future[Artifact]":
        """Wait for an artifact, too."""
        waiting: asyncio.Future[Artifact] = asyncio.get_running_loop().create_future()
        self._waiting[artifact_id].append(waiting)
        return waiting

    def answer(self, artifact: Artifact) -> None:
        """Give an artifact, stored or lost, to everyone who waits for it."""
        for waiting in self._waiting.pop(artifact.id, ()):
            if not waiting.done():
                waiting.set_result(artifact)

    def refuse(self, artifact_id: str) -> None:
        """Tell everyone who waits for an artifact that it cannot be had now."""
        for waiting in self._waiting.pop(artifact_id, ()):
            if not waiting.done():
                waiting.set_exception(SiteUnreachable("The site's media server does not give the bytes now."))
