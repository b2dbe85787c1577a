"""One resulting file."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from dreambridge.domain.generation import Dimensions, Kind, OutputFormat

# How long the longer side of a small version of a picture may be, in pixels.
THUMBNAIL_SIDES: Final = (256, 512, 1024)


class FetchState(StrEnum):
    """Where the bytes of an artifact are."""

    PENDING = "pending"
    STORED = "stored"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Artifact:
    """One result: its place on the site, and once fetched its size, checksum and place here.

    `id` is unguessable (`art_` and 26 base32 characters) and is the only credential its bytes need. `index` is its
    place in the job; those at or beyond the count asked for are spare and not in the answer. `dimensions` is the size
    delivered, `exact` and `convert` what is done to the site's bytes before they are kept. `seconds` is the length of
    a video; `cover_of` the id of the video whose still this picture is, which is never in the answer itself.
    """

    id: str
    job_id: str
    owner: str
    kind: Kind
    index: int
    source_url: str
    created_at: float
    item_id: str | None = None
    part: int = 0
    dimensions: Dimensions | None = None
    extension: str = "png"
    exact: Dimensions | None = None
    convert: OutputFormat | None = None
    state: FetchState = FetchState.PENDING
    attempts: int = 0
    bytes: int | None = None
    sha256: str | None = None
    media_type: str | None = None
    file: str | None = None
    fetched_at: float | None = None
    seconds: float | None = None
    cover_of: str | None = None
