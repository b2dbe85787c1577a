"""Read the body of a request: bounded bytes, strict JSON, then the lenient reading, else a refusal with its place."""

import asyncio
import json
import math
from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import ClientDisconnect, Request

from dreambridge.api.lenient import UnreadableError, parse_lenient
from dreambridge.domain.errors import BodyTooLarge, InvalidRequest

MAX_DEPTH: Final = 32
# The lenient reader walks the text in Python; what is larger has to be JSON.
LENIENT_LIMIT: Final = 256 * 1024
LENIENT_HEADER: Final = "x-dreambridge-lenient"
_FORMS: Final = ("multipart/", "application/x-www-form-urlencoded")


# Above this many bytes a body is parsed beside the event loop.
_PARSED_ASIDE: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class Body:
    """The fields of a JSON object as sent; `lenient` tells that it was not strict JSON."""

    fields: dict[str, Any]
    lenient: bool = False


async def read_body(request: Request, limit: int) -> Body:
    """Read a JSON object of at most `limit` bytes. Raises BodyTooLarge and InvalidRequest."""
    if is_form(request):
        raise InvalidRequest("This address takes a JSON body, not a form.", param="Content-Type", code="invalid_type")
    refuse_encoding(request)
    refuse_large(request.headers.get("content-length"), limit)
    chunks: list[bytes] = []
    size = 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > limit:
                raise too_large(limit)
            chunks.append(chunk)
    except ClientDisconnect as broken:
        raise InvalidRequest("The body ended before it was complete.", code="invalid_json") from broken
    raw = b"".join(chunks)
    return parse_body(raw) if size <= _PARSED_ASIDE else await asyncio.to_thread(parse_body, raw)


def refuse_encoding(request: Request) -> None:
    """Refuse a compressed body. Raises InvalidRequest."""
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in {"", "identity"}:
        raise InvalidRequest(
            f"Bodies are not taken in the encoding {encoding[:40]!r}; send it as it is.",
            param="Content-Encoding",
            code="unsupported_encoding",
        )


def is_form(request: Request) -> bool:
    """Tell whether the body is a form, by what the client says of it."""
    return request.headers.get("content-type", "").lower().startswith(_FORMS)


def refuse_large(content_length: str | None, limit: int) -> None:
    """Refuse a body by its announced length, before a byte of it is read. Raises BodyTooLarge."""
    if content_length is not None and content_length.isdecimal() and int(content_length[:18]) > limit:
        raise too_large(limit)


def too_large(limit: int) -> BodyTooLarge:
    """Say that a body has more than `limit` bytes."""
    return BodyTooLarge(f"The body is larger than {limit} bytes.")


def parse_body(raw: bytes) -> Body:
    """Read the bytes of a JSON object. Raises InvalidRequest with line and column of what cannot be read."""
    try:
        text = raw.decode()
    except UnicodeDecodeError as broken:
        raise _unreadable("it is not UTF-8", raw[: broken.start].decode(), broken.start) from broken
    if not text.strip():
        raise InvalidRequest("The body is empty; a JSON object was expected.", code="invalid_json")
    value, lenient = _parse(text)
    if not isinstance(value, dict):
        raise InvalidRequest("The body must be a JSON object.", code="invalid_type")
    _check(value)
    return Body(value, lenient)


def _parse(text: str) -> tuple[object, bool]:
    try:
        return json.loads(text, parse_constant=_refuse_constant), False
    except RecursionError as broken:
        raise InvalidRequest(f"The body is nested more than {MAX_DEPTH} deep.", code="invalid_json") from broken
    except json.JSONDecodeError as broken:
        if len(text) > LENIENT_LIMIT:
            raise _unreadable(broken.msg, text[: broken.pos]) from broken
    except ValueError as broken:
        # NaN, Infinity, or more digits than Python converts: the reading below names the place.
        if len(text) > LENIENT_LIMIT:
            raise InvalidRequest("A number in the body is not one JSON can carry.", code="invalid_json") from broken
    try:
        return parse_lenient(text, MAX_DEPTH), True
    except UnreadableError as broken:
        raise _unreadable(broken.reason, text[: broken.position]) from broken


def _refuse_constant(name: str) -> float:
    raise ValueError(name)


def _unreadable(reason: str, before: str, byte: int | None = None) -> InvalidRequest:
    """Name the place: line and column count from 1, in characters."""
    line = before.count("\n") + 1
    column = len(before) - (before.rfind("\n") + 1) + 1
    where = f"line {line}, column {column}" + ("" if byte is None else f" (byte {byte})")
    return InvalidRequest(f"The body is not readable as JSON at {where}: {reason}.", code="invalid_json")


def _check(value: object) -> None:
    """Refuse what JSON can spell and nothing behind us can keep: deep nesting, half characters, endless numbers."""
    level, depth = [value], 0
    while level:
        if depth > MAX_DEPTH:
            raise InvalidRequest(f"The body is nested more than {MAX_DEPTH} deep.", code="invalid_json")
        below: list[object] = []
        for item in level:
            if isinstance(item, dict):
                below.extend(item)
                below.extend(item.values())
            elif isinstance(item, list):
                below.extend(item)
            elif isinstance(item, str) and not item.isascii():
                _check_text(item)
            elif isinstance(item, float) and not math.isfinite(item):
                raise InvalidRequest("A number in the body is too large.", code="invalid_json")
        level, depth = below, depth + 1


def _check_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as broken:
        raise InvalidRequest("A string in the body holds half a surrogate pair.", code="invalid_json") from broken
