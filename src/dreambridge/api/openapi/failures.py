"""The error answers, from the table of errors itself: one shared response for each status, with every code of it."""

from collections.abc import Iterator
from types import MappingProxyType
from typing import Any, Final

from dreambridge.api.errors import TABLE, render_error, status_of
from dreambridge.api.openapi.operation import Credential, Operation
from dreambridge.domain import errors as e
from dreambridge.domain.remedies import advice_for

_MEANINGS: Final = MappingProxyType(
    {
        400: "The request cannot be carried out as it is.",
        401: "No credential, one that is not known, or a session that is no longer signed in.",
        403: "The credential may not do this, or the host or the page is not allowed.",
        404: "There is no such thing for this caller.",
        405: "The address takes other methods; `Allow` names them.",
        413: "The body is larger than the server takes.",
        416: "The range lies beyond the end.",
        429: "Too much at once, or not enough credit.",
        502: "The site failed.",
        503: "No account, or not the server, can do this now.",
        504: "The wait ended first, or nobody could confirm what became of the paid call.",
    }
)
_ANY: Final = (403,)
_WITH_CREDENTIAL: Final = (401, 403, 502, 503)
# Statuses that are answered besides the one their class is listed with.
_BESIDES: Final = MappingProxyType({416: e.InvalidRequest})


def errors_of(operation: Operation) -> list[int]:
    """List the statuses an operation may fail with."""
    shared = _ANY if operation.credential is Credential.NONE else _WITH_CREDENTIAL
    return sorted({*shared, *operation.errors})


def error_name(status: int) -> str:
    """Name the shared response of a status."""
    return f"Error{status}"


def error_responses() -> dict[str, Any]:
    """Make the shared responses, each with one example for each error class that is answered so."""
    return {error_name(status): _response(status) for status in _MEANINGS}


def _response(status: int) -> dict[str, Any]:
    examples = {}
    for error in _errors_with(status):
        examples[error.specific_code] = {
            "summary": advice_for(type(error)).cause,
            "value": {"error": render_error(error)},
        }
    headers = ["x-request-id", "x-should-retry"]
    if any(TABLE[type(error)].pause is not None for error in _errors_with(status)):
        headers.append("retry-after")
    return {
        "description": _MEANINGS[status],
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in headers},
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Failure"}, "examples": examples}},
    }


def _errors_with(status: int) -> Iterator[e.GatewayError]:
    """Give one error of each class answered with a status; those that only group others are left out."""
    for kind in TABLE:
        if "code" not in vars(kind) or kind is e.GatewayError:
            continue
        for from_request in (False, True) if TABLE[kind].from_request else (False,):
            error = kind(advice_for(kind).cause)
            if from_request:
                vars(error)["from_request"] = True
            if status_of(error) == status or _BESIDES.get(status) is kind:
                yield error
