"""Lists that are read a page at a time, all in the same way."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from dreambridge.domain.errors import InvalidRequest

_LARGEST_PAGE: Final = 100
_DEFAULT_PAGE: Final = 20


@dataclass(frozen=True, slots=True)
class PageWish:
    """Which page of a list: at most `limit` entries behind the one with the id `after`."""

    after: str | None
    limit: int
    newest_first: bool


def read_page(query: Mapping[str, str]) -> PageWish:
    """Read `limit` (1–100), `after` (an id) and `order` (asc or desc). Raises InvalidRequest."""
    order = one_of("order", query.get("order", "desc"), ("desc", "asc"))
    return PageWish(query.get("after"), _read_limit(query.get("limit")), order == "desc")


def render_page(data: Sequence[Mapping[str, Any]], *, more: bool) -> dict[str, Any]:
    """Make the JSON of a page."""
    return {
        "object": "list",
        "data": data,
        "first_id": data[0]["id"] if data else None,
        "last_id": data[-1]["id"] if data else None,
        "has_more": more,
    }


def one_of(name: str, value: str, allowed: tuple[str, ...]) -> str:
    """Read a word; raise InvalidRequest for one that is not allowed."""
    if value not in allowed:
        raise InvalidRequest(f"{name} takes one of {', '.join(allowed)}.", param=name)
    return value


def _read_limit(text: str | None) -> int:
    if text is None:
        return _DEFAULT_PAGE
    if not re.fullmatch(r"[0-9]{1,4}", text, re.ASCII) or not 1 <= int(text) <= _LARGEST_PAGE:
        raise InvalidRequest(f"limit takes a whole number from 1 to {_LARGEST_PAGE}.", param="limit")
    return int(text)
