"""Read values whose types the sites do not keep: numbers as strings, strings as numbers, missing or null fields."""

import json
from collections.abc import Iterator
from typing import Final

from dreambridge.domain.errors import AnswerUnreadable, SiteBusy, SiteRefused, SiteUnreachable
from dreambridge.upstream.wire.call import Answer

_SAMPLE_DEPTH: Final = 12
_SAMPLE_LIST: Final = 8

Document = dict[str, object]


def read_document(answer: Answer) -> Document:
    """Read an answer as one JSON object, whatever it says.

    Raises `SiteBusy` on HTTP 429, `SiteUnreachable` on 5xx, `SiteRefused` on another status that is not 2xx (also a
    redirect: the sites' API has none), `AnswerUnreadable` on HTML, truncated JSON and anything that is no object.
    """
    status = answer.status
    if status == 429:
        raise SiteBusy("The site limits the rate of requests (HTTP 429).", site_code="http-429")
    if status >= 500:
        raise SiteUnreachable(f"The site is out of order (HTTP {status}).", site_code=f"http-{status}")
    if not 200 <= status < 300:
        raise SiteRefused(f"The site's server refused the call (HTTP {status}).", site_code=f"http-{status}")
    return read_object(answer.body)


def read_object(body: bytes) -> Document:
    """Read one JSON object; raise `AnswerUnreadable` for anything else."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        start = body[:64].lstrip()
        what = (
            "a web page" if start.startswith(b"<") else "an empty answer" if not start else "broken or truncated JSON"
        )
        raise AnswerUnreadable(f"The site answered {what} where JSON was expected.") from error
    if not isinstance(value, dict):
        raise AnswerUnreadable("The site answered JSON that is no object.")
    return value


def as_dict(value: object) -> Document:
    """Read an object; anything else is an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[object]:
    """Read a list; anything else is an empty one."""
    return value if isinstance(value, list) else []


def as_int(value: object) -> int | None:
    """Read a whole number, also as a decimal string; `None` when it is none."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str):
        try:
            return int(value)
        except ValueError:
            return None
    return None


def as_float(value: object) -> float | None:
    """Read a number, also as a string; `None` when it is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float | str):
        try:
            number = float(value)
        except (ValueError, OverflowError):
            return None
        return number if abs(number) < 1e18 else None  # also refuses nan
    return None


def as_text(value: object) -> str:
    """Read a string without its margins, or a whole number as one; anything else is the empty string."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return ""


def first_text(*values: object) -> str:
    """Give the first of some values that reads as a non-empty string."""
    return next((text for text in map(as_text, values) if text), "")


def objects(value: object) -> Iterator[Document]:
    """Walk the objects of a list, leaving out everything else."""
    return (each for each in as_list(value) if isinstance(each, dict))


def scrub(value: object, depth: int = 0) -> object:
    """Keep the shape of an answer we did not understand: keys, types and lengths, none of its strings or numbers.

    Keys that look like data (ids, addresses) are replaced by their length too.
    """
    if depth > _SAMPLE_DEPTH:
        return "…"
    if isinstance(value, dict):
        return {_scrub_key(str(key)): scrub(each, depth + 1) for key, each in value.items()}
    if isinstance(value, list):
        kept = [scrub(each, depth + 1) for each in value[:_SAMPLE_LIST]]
        return [*kept, f"… {len(value)} in all"] if len(value) > _SAMPLE_LIST else kept
    if isinstance(value, str):
        return f"<str {len(value)}>"
    if value is None or isinstance(value, bool):
        return value
    return f"<{type(value).__name__}>"


def _scrub_key(key: str) -> str:
    plain = key.isascii() and key.isidentifier() and len(key) <= 48
    return key if plain and sum(map(str.isdigit, key)) <= 4 else f"<key {len(key)}>"
