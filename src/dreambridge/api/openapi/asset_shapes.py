"""The shapes of answers about assets."""

from typing import Literal

from pydantic import Field

from dreambridge.api.openapi.shapes import Shape
from dreambridge.domain.generation import InputKind


class Asset(Shape):
    """A picture, video or sound of the caller's, to be used by its id."""

    id: str
    object: Literal["asset"]
    kind: InputKind
    media_type: str
    bytes: int
    sha256: str
    size: str | None
    width: int | None
    height: int | None
    seconds: float | None
    name: str | None
    created_at: int
    url: str = Field(description="The bytes; needs the owner's credential.")


class AssetPage(Shape):
    """A page of assets."""

    object: Literal["list"]
    data: list[Asset]
    first_id: str | None
    last_id: str | None
    has_more: bool


class AssetDeleted(Shape):
    """An asset that is no more."""

    id: str
    object: Literal["asset.deleted"]
    deleted: Literal[True]
