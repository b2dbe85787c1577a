"""A wish to work on something that was made before: a larger picture, a smoother or a larger video."""

from dataclasses import dataclass

from dreambridge.domain.generation import Dimensions


@dataclass(frozen=True, slots=True)
class MadeItem:
    """A result as it lies on the site, in the account that made it.

    `model_key` is the site's name of the model that made it. Pictures have a `uri`, videos `vid`, `seconds` and `fps`.
    """

    record_id: str
    item_id: str
    model_key: str
    dimensions: Dimensions
    uri: str | None = None
    vid: str | None = None
    seconds: float | None = None
    fps: float | None = None


@dataclass(frozen=True, slots=True)
class ToolRequest:
    """What to do with one result: `tool` is a name of the catalogue; videos get `fps` or `dimensions` to come to.

    `count`, `parts` and `seed` read as in `ImageRequest`.
    """

    tool: str
    made: MadeItem
    fps: int | None = None
    dimensions: Dimensions | None = None
    count: int = 1
    parts: tuple[int, ...] = (1,)
    seed: int | None = None
