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

    def get(self, artifact_id: str) -> Artifact | None:
        """Give an artifact that is still held."""
        return self._artifacts.get(artifact_id)

    def put(self, artifact: Artifact) -> None:
        """Hold an artifact, in place of an older view of it."""
        self._artifacts[artifact.id] = artifact
        self._artifacts.move_to_end(artifact.id)
        while len(self._artifacts) > _RECENT:
            self._artifacts.popitem(last=False)

    def drop(self, artifact_id: str) -> None:
        """Hold an artifact no more."""
        self._artifacts.pop(artifact_id, None)


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
