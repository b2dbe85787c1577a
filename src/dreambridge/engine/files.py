"""The bytes of artifacts as files: whole, or as small versions of what they show."""

from typing import Final

from dreambridge.domain.artifact import THUMBNAIL_SIDES, Artifact
from dreambridge.domain.errors import InvalidRequest, JobNotFound
from dreambridge.domain.generation import Kind
from dreambridge.engine.harvest import Harvest
from dreambridge.engine.views import ArtifactFile
from dreambridge.media.probe import PictureUnusable
from dreambridge.media.thumbnails import Thumbnailer

_SIDES: Final = ", ".join(map(str, THUMBNAIL_SIDES))


class ArtifactFiles:
    """Give artifacts' bytes to whoever knows the id; what is not here yet is fetched from the site first."""

    def __init__(self, harvest: Harvest, thumbnailer: Thumbnailer) -> None:
        self._harvest = harvest
        self._thumbnailer = thumbnailer

    async def whole(self, artifact_id: str) -> ArtifactFile:
        """Give an artifact's bytes. Raises as `Harvest.ensure`."""
        artifact = await self._harvest.ensure(artifact_id)
        media_type = artifact.media_type or "application/octet-stream"
        return ArtifactFile(self._harvest.path(artifact), media_type, artifact.bytes or 0, artifact.dimensions)

    async def small(self, artifact_id: str, side: int) -> ArtifactFile:
        """Give the small version of a picture, or of the still of a video, drawn at the first request.

        Raises `InvalidRequest` for a side that is not offered, `JobNotFound` when there is nothing to show, and as
        `Harvest.ensure`.
        """
        if side not in THUMBNAIL_SIDES:
            raise InvalidRequest(f"The side of a thumbnail is one of {_SIDES} pixels, not {side}.", param="side")
        artifact = await self._harvest.ensure(await self._shown(artifact_id))
        try:
            made = await self._thumbnailer.make(artifact.file or "", side)
        except FileNotFoundError as error:
            raise JobNotFound("The bytes of this artifact are gone.", code="artifact_gone") from error
        except PictureUnusable as error:
            message = "There is no thumbnail of this artifact: its picture cannot be decoded."
            raise JobNotFound(message, code="no_thumbnail") from error
        return ArtifactFile(made.path, made.probed.format.media_type, made.probed.bytes, made.probed.dimensions)

    async def _shown(self, artifact_id: str) -> str:
        """Name the picture that stands for an artifact: itself, or the still of a video."""
        artifact = await self._harvest.find(artifact_id)
        if artifact.kind is Kind.IMAGE:
            return artifact.id
        cover = _cover_of(artifact, await self._harvest.of_job(artifact.job_id))
        if cover is None:
            raise JobNotFound("There is no thumbnail of this artifact: it has no still.", code="no_thumbnail")
        return cover.id


def _cover_of(artifact: Artifact, others: tuple[Artifact, ...]) -> Artifact | None:
    return next((each for each in others if each.cover_of == artifact.id), None)
