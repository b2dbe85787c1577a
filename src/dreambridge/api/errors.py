"""The one table from error classes to answers, and the boundary that no exception crosses."""

import math
from collections.abc import AsyncGenerator, Awaitable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, TypeVar

import structlog
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dreambridge.api.client_hints import read_language
from dreambridge.domain import errors as e
from dreambridge.domain.remedies import Language, advice_for
from dreambridge.domain.repeating import is_retryable

_T = TypeVar("_T")
_log: Final = structlog.get_logger(__name__)

_CALLER: Final = "invalid_request_error"
_SERVER: Final = "server_error"


@dataclass(frozen=True, slots=True)
class Row:
    """How one class is answered.

    `from_request` is the status when the session came with the request (otherwise `status`); `pause` the seconds named
    in Retry-After when the error itself names none, and `None` where waiting does not help.
    """

    status: int
    type: str
    from_request: int | None = None
    pause: int | None = None


TABLE: Final[Mapping[type, Row]] = MappingProxyType(
    {
        e.GatewayError: Row(500, _SERVER),
        e.RequestError: Row(400, _CALLER),
        e.InvalidRequest: Row(400, _CALLER),
        e.BodyTooLarge: Row(413, _CALLER),
        e.UnsupportedOption: Row(400, _CALLER),
        e.MethodNotAllowed: Row(405, _CALLER),
        e.CostTooHigh: Row(400, _CALLER),
        e.CostUnknown: Row(400, _CALLER),
        e.InputUnusable: Row(400, _CALLER),
        e.NotAuthenticated: Row(401, _CALLER),
        e.NotPermitted: Row(403, _CALLER),
        e.UnknownModel: Row(404, _CALLER),
        e.JobNotFound: Row(404, _CALLER),
        e.UnknownRoute: Row(404, _CALLER),
        e.JobCancelled: Row(400, _CALLER),
        e.ContentRefused: Row(400, "image_generation_user_error"),
        e.CapacityError: Row(503, _SERVER),
        e.QueueFull: Row(429, "rate_limit_error", pause=10),
        e.RateLimited: Row(429, "rate_limit_error", pause=60),
        e.KeyLimited: Row(429, "rate_limit_error", pause=5),
        e.SiteBusy: Row(429, "rate_limit_error", pause=20),
        e.OutOfCredit: Row(429, "insufficient_quota"),
        e.KeySpent: Row(429, "insufficient_quota"),
        e.SessionExpired: Row(503, _SERVER, from_request=401),
        e.AccountBarred: Row(503, _SERVER, from_request=403),
        e.NoAccountReady: Row(503, _SERVER, pause=30),
        e.SiteError: Row(502, _SERVER),
        e.SiteUnreachable: Row(502, _SERVER, pause=5),
        e.SiteRefused: Row(502, _SERVER),
        e.GenerationFailed: Row(502, _SERVER),
        e.AnswerUnreadable: Row(502, _SERVER),
        e.SubmissionUnconfirmed: Row(504, _SERVER),
        e.StillRunning: Row(504, _SERVER, pause=5),
        e.GatewayFault: Row(500, _SERVER),
    }
)
"""Answers by class; every class of the tree has its own row."""


def row_for(kind: type[e.GatewayError]) -> Row:
    """Find the row of a class, or of the nearest class above it."""
    return next(TABLE[ancestor] for ancestor in kind.__mro__ if ancestor in TABLE)


def status_of(error: e.GatewayError) -> int:
    """Tell the HTTP status of an error."""
    row = row_for(type(error))
    if row.from_request is not None and getattr(error, "from_request", False):
        return row.from_request
    return row.status


def render_error(error: e.GatewayError, language: Language = Language.EN) -> dict[str, Any]:
    """Make the `error` object of an answer or of a job."""
    row, status = row_for(type(error)), status_of(error)
    return {
        "message": error.message,
        "type": _CALLER if status in {401, 403} else row.type,
        "param": error.param,
        "code": error.specific_code,
        "retryable": is_retryable(error),
        "charged": error.charged.value,
        "site_code": error.site_code,
        "log_id": error.log_id,
        "remedy": advice_for(type(error)).remedy_in(language),
    }


def error_headers(error: e.GatewayError) -> dict[str, str]:
    """Make the headers that go with an error, the job's address left to the route."""
    again = is_retryable(error)
    headers = {"x-should-retry": "true" if again else "false"}
    pause = error.retry_after if error.retry_after is not None else row_for(type(error)).pause
    if pause is not None and math.isfinite(pause) and (again or isinstance(error, e.StillRunning)):
        # The SDKs give up, or ignore the figure, above 60 seconds.
        headers["retry-after"] = str(min(60, max(1, math.ceil(pause))))
    if status_of(error) == 401:
        headers["www-authenticate"] = "Bearer"
    if error.job_id is not None:
        headers["x-job-id"] = error.job_id
    return headers


def error_response(error: e.GatewayError, request: Request, headers: dict[str, str] | None = None) -> JSONResponse:
    """Answer a request with an error."""
    language = read_language(request.headers)
    return JSONResponse(
        {"error": render_error(error, language)},
        status_code=status_of(error),
        headers={**error_headers(error), "vary": "Accept-Language", "content-language": language, **(headers or {})},
    )


def fault() -> e.GatewayFault:
    """Make the opaque error that stands for a bug of ours."""
    return e.GatewayFault("The gateway failed while it handled this request.")


async def answer_gateway_error(request: Request, error: Exception) -> JSONResponse:
    """Answer a failure that a route named."""
    if not isinstance(error, e.GatewayError):  # pragma: no cover - registered for this class only
        raise TypeError(type(error))
    if isinstance(error, e.GatewayFault):
        _log.error("request_failed", request=request.state.request_id, job=error.job_id, exc_info=error)
        error = e.GatewayFault(fault().message, job_id=error.job_id, charged=error.charged)
    return error_response(error, request)


async def answer_framework_error(request: Request, error: Exception) -> JSONResponse:
    """Answer what the router or the framework refused: unknown address, wrong method, unreadable parameter."""
    if isinstance(error, RequestValidationError):
        return error_response(e.InvalidRequest("A parameter of the address cannot be read."), request)
    status = error.status_code if isinstance(error, HTTPException) else 500
    path = request.scope["path"][:200]
    if status == 404:
        return error_response(e.UnknownRoute(f"There is no {request.method} {path} here."), request)
    if status == 405:
        allow = allowed_methods(request)
        message = f"{path} does not take {request.method}; it takes {allow}."
        return error_response(e.MethodNotAllowed(message), request, {"allow": allow})
    if status >= 500:
        return error_response(fault(), request)
    return error_response(e.InvalidRequest("The request cannot be read."), request)


def allowed_methods(request: Request) -> str:
    """List the methods of every route at the request's path (the router names only the first route's)."""
    methods: set[str] = set()
    for route in request.app.router.routes:
        pattern, verbs = getattr(route, "path_regex", None), getattr(route, "methods", None)
        if pattern is not None and verbs and pattern.match(request.scope["path"]):
            methods |= verbs
    return ", ".join(sorted(methods))


class ErrorBoundary:
    """Turn what nobody foresaw into an opaque 500; the log has the whole of it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application inside; answer for it if it breaks before it answered."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def watch(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watch)
        except Exception:
            _log.exception("request_failed", request=scope["state"]["request_id"])
            if started:
                # The head is gone: closing the connection is the only honest end left.
                raise
            await error_response(fault(), Request(scope))(scope, receive, send)


async def guard(events: AsyncGenerator[_T]) -> AsyncGenerator[_T | e.GatewayError]:
    """Pass on what comes; what goes wrong after an answer has begun is the last of it, as a value."""
    try:
        async with aclosing(events) as told:
            async for event in told:
                yield event
    except e.GatewayFault as error:
        _log.error("stream_failed", job=error.job_id, exc_info=error)
        yield e.GatewayFault(fault().message, job_id=error.job_id, charged=error.charged)
    except e.GatewayError as error:
        yield error
    except Exception as error:  # noqa: BLE001 - the head is gone, so that the boundary could only cut the connection
        _log.error("stream_failed", exc_info=error)
        yield fault()


async def attempt(check: Awaitable[None]) -> e.GatewayError | None:
    """Await a check; give what is wrong instead of raising, for a route whose answer that is."""
    try:
        await check
    except e.GatewayError as broken:
        return broken
    except Exception as broken:  # noqa: BLE001 - whatever a database raises means the same here
        _log.error("check_failed", exc_info=broken)
        return e.NoAccountReady("The server cannot work now: its database does not answer.", code="not_ready")
    return None


async def contain(work: Awaitable[_T]) -> _T:
    """Await something for a caller who is not answered by a route; what nobody foresaw becomes an opaque fault."""
    try:
        return await work
    except e.GatewayFault as error:
        _log.error("call_failed", job=error.job_id, exc_info=error)
        raise e.GatewayFault(fault().message, job_id=error.job_id, charged=error.charged) from error
    except e.GatewayError:
        raise
    except Exception as error:
        _log.error("call_failed", exc_info=error)
        raise fault() from error
