"""A file of a caller's that is kept to be used by its id."""

from dataclasses import dataclass

from dreambridge.domain.generation import MediaInput


@dataclass(frozen=True, slots=True)
class Asset:
    """A picture, video or sound that was handed in once and stays until its owner deletes it.

    `id` is `asset_` and 26 base32 characters; `media` is the file as it lies here, `name` what its owner calls it.
    """

    id: str
    owner: str
    media: MediaInput
    created_at: float
    name: str | None = None
