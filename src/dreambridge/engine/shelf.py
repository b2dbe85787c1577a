"""The artifacts of late, in memory: for the reader who comes right after the answer."""

from collections import OrderedDict
from dataclasses import replace
from typing import Final

from dreambridge.domain.artifact import Artifact, FetchState
from dreambridge.store.artifacts import StoredFile

_RECENT: Final = 1024


class Shelf:
    """Hold the newest that is known of the artifacts last touched."""

    def __init__(self) -> None:
        self._artifacts: OrderedDict[str, Artifact] = OrderedDict()
        self._buried: OrderedDict[str, None] = OrderedDict()

    def get(self, artifact_id: str) -> Artifact | None:
        """Give an artifact that is still held."""
        return self._artifacts.get(artifact_id)

    def put(self, artifact: Artifact) -> None:
        """Hold an artifact, in place of an older view of it, unless it was buried."""
        if artifact.id in self._buried:
            return
        self._artifacts[artifact.id] = artifact
        self._artifacts.move_to_end(artifact.id)
        while len(self._artifacts) > _RECENT:
            self._artifacts.popitem(last=False)

    def bury(self, artifact_id: str) -> None:
        """Hold an artifact no more, whoever still has it in hand: it was deleted."""
        self._artifacts.pop(artifact_id, None)
        self._buried[artifact_id] = None
        while len(self._buried) > _RECENT:
            self._buried.popitem(last=False)


def with_bytes(artifact: Artifact, stored: StoredFile) -> Artifact:
    """Note that an artifact's bytes are here."""
    return replace(
        artifact,
        state=FetchState.STORED,
        file=stored.file,
        extension=stored.extension,
        bytes=stored.bytes,
        sha256=stored.sha256,
        media_type=stored.media_type,
        dimensions=stored.dimensions,
        seconds=stored.seconds,
        fetched_at=stored.at,
    )
