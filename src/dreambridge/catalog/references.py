"""Check the pictures that go with a wish for pictures, and wishes for a series."""

import re
from typing import Final

from dreambridge.catalog.bounds import check_share
from dreambridge.catalog.catalog import Catalog
from dreambridge.catalog.model import ModelSpec
from dreambridge.domain.errors import InputUnusable, InvalidRequest, UnsupportedOption
from dreambridge.domain.generation import ImageWish, InputKind

MAX_SERIES = 15
SERIES_COUNT = 4
"""How many pictures a series is expected to have when nobody says."""

_SERIES_WORDS: Final = ("连续", "绘本", "故事")
_SERIES_COUNT: Final = re.compile(r"([0-9]{1,3})\s*张")


def check_references(catalog: Catalog, wish: ImageWish, spec: ModelSpec, site: str) -> None:
    """Refuse inputs that the model cannot take on the site, by number and by kind."""
    check_share("strength", wish.strength)
    if not wish.inputs:
        return
    place = catalog.site(site)
    most = spec.max_inputs_on(place)
    if most == 0:
        raise UnsupportedOption(
            f"{spec.name} on {site} takes no pictures as input. Models on {site} that do: "
            f"{catalog.able(site, lambda each: each.max_inputs_on(place))}.",
            param="images",
        )
    if len(wish.inputs) > most:
        raise InvalidRequest(
            f"images has {len(wish.inputs)} pictures; {spec.name} on {site} takes at most {most}.",
            param="images",
            code="array_above_max_length",
        )
    for number, each in enumerate(wish.inputs, 1):
        if each.kind is not InputKind.IMAGE:
            raise InputUnusable(
                f"Input {number} is of the kind {each.kind}; pictures are made from pictures only.", param="images"
            )


def check_series(catalog: Catalog, wish: ImageWish, spec: ModelSpec, site: str) -> None:
    """Refuse a series that the model cannot make, or that would have inputs."""
    if not wish.series:
        return
    if not spec.multi_image:
        raise UnsupportedOption(
            f"{spec.name} makes no series of pictures. Models on {site} that do: "
            f"{catalog.able(site, lambda each: each.multi_image)}.",
            param="series",
        )
    if wish.inputs:
        raise UnsupportedOption("A series is made from words alone; leave series or images out.", param="series")


def wants_series(prompt: str) -> int | None:
    """Tell how many pictures of a series a prompt's words ask for, 2 to 15; `None` when they ask for none.

    The words are 连续, 绘本, 故事 and a number before 张; a number above the limit counts as the limit.
    """
    counts = [int(found) for found in _SERIES_COUNT.findall(prompt)]
    count = next((count for count in counts if count > 1), None)
    if count is not None:
        return min(count, MAX_SERIES)
    return SERIES_COUNT if any(word in prompt for word in _SERIES_WORDS) else None
