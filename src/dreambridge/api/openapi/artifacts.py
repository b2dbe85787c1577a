"""Operations on artifacts."""

from types import MappingProxyType
from typing import Final

from dreambridge.api.openapi.jobs import ARTIFACT_EXAMPLE
from dreambridge.api.openapi.operation import BINARY, Answer, Content, Credential, Operation, Parameter
from dreambridge.api.openapi.shapes import Artifact, ArtifactDeleted
from dreambridge.domain.artifact import THUMBNAIL_SIDES

_BYTES: Final = tuple(
    Content(BINARY, media_type=media_type)
    for media_type in ("image/png", "image/jpeg", "image/webp", "image/gif", "video/mp4")
)
RETRIEVE: Final = Operation(
    "Artifacts",
    "Fetch a result",
    "With the extension: the bytes, for whoever has the address. Without: what is known of them, for the owner.",
    {
        200: Answer(
            "The bytes, or the artifact.",
            (*_BYTES, Content(Artifact, {"a picture": dict(ARTIFACT_EXAMPLE)})),
            ("x-job-id",),
        ),
        206: Answer("A part of the bytes.", _BYTES, ("content-range",)),
    },
    parameters=(
        Parameter("Range", "header", "One range of bytes, such as `bytes=0-99`."),
        Parameter(
            "w",
            "query",
            "With the extension: a small version of the picture, or of the still of a video, instead of the bytes. Its "
            "longer side has at most so many pixels; it is JPEG, or WebP where the picture is transparent.",
            MappingProxyType({"type": "integer", "enum": THUMBNAIL_SIDES}),
        ),
    ),
    errors=(400, 401, 404, 416, 502, 503),
    credential=Credential.OPTIONAL,
)
DELETE: Final = Operation(
    "Artifacts",
    "Delete a result",
    "Removes one result of an ended job, named by its id without an extension: its bytes, its small versions, the "
    "still of a video; their addresses stop working. The job stays, with its other results. One whose last result is "
    "deleted stays `completed` with none; what would give its results is 404 then, with the code `artifact_gone`.",
    {
        200: Answer(
            "It is gone.",
            (
                Content(
                    ArtifactDeleted,
                    {"deleted": {"id": ARTIFACT_EXAMPLE["id"], "object": "artifact.deleted", "deleted": True}},
                ),
            ),
            ("x-job-id",),
        )
    },
    errors=(400, 404),
)
