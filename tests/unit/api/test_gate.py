"""Host, Origin, size and request ids, before any route is looked at; and the boundary around everything."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
import pytest_asyncio
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp

from dreambridge.api.addresses import Addresses
from dreambridge.api.errors import ErrorBoundary, answer_framework_error, answer_gateway_error
from dreambridge.api.gate import Gate
from dreambridge.api.options import ApiOptions
from dreambridge.api.reader import read_body
from dreambridge.domain.errors import GatewayError, GatewayFault

pytestmark = pytest.mark.asyncio(loop_scope="module")
Serve = Callable[[ASGIApp], AbstractAsyncContextManager[Any]]
OPTIONS = ApiOptions(
    public_url="https://draw.example.org/base/", allowed_hosts=("lan.example", ".inside.example"), max_body_bytes=1000
)


async def echo(request: Request) -> Response:
    body = await read_body(request, 100)
    return PlainTextResponse(f"{OPTIONS.public_url} {len(body.fields)}")


async def address(request: Request) -> Response:
    return PlainTextResponse(Addresses(ApiOptions()).base(request))


async def broken(request: Request) -> Response:
    raise ZeroDivisionError(f"the secret is {request.headers['authorization']}")


async def faulty(_: Request) -> Response:
    raise GatewayFault("a row that cannot be: token abc")


def build() -> FastAPI:
    addresses = Addresses(OPTIONS)
    app = FastAPI(
        openapi_url=None,
        redirect_slashes=False,
        middleware=[Middleware(Gate, addresses=addresses, max_body_bytes=1000), Middleware(ErrorBoundary)],
        exception_handlers={GatewayError: answer_gateway_error, HTTPException: answer_framework_error},
    )
    for method, path, endpoint in (
        ("POST", "/echo", echo),
        ("GET", "/address", address),
        ("GET", "/broken", broken),
        ("DELETE", "/broken", faulty),
    ):
        app.router.add_api_route(path, endpoint, methods=[method], response_model=None)
    return app


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(serve: Serve) -> AsyncIterator[Any]:
    async with serve(build()) as served:
        yield served


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("localhost:8000", True),
        ("LOCALHOST", True),
        ("[::1]:8000", True),
        ("127.0.0.1", True),
        ("draw.example.org", True),
        ("lan.example:1234", True),
        ("a.b.inside.example", True),
        ("evil.example", False),
        ("inside.example.evil.example", False),
        ("localhost.evil.example", False),
        ("10.0.0.1", False),
        ("", False),
        ("[::1", False),
        ("a@localhost.example", False),
    ],
)
async def test_only_known_host_names_are_answered(server: Any, host: str, *, allowed: bool) -> None:
    answer = await server.send(f"GET /address HTTP/1.1\nHost: {host}")
    assert answer.status == (200 if allowed else 403)
    assert answer.headers["x-request-id"].startswith("req_")
    if not allowed:
        assert answer.json["error"]["code"] == "host_not_allowed"


async def test_the_address_a_connection_came_in_on_is_a_name_of_the_server() -> None:
    assert Addresses(ApiOptions()).permits_host("192.168.1.5:8000", "192.168.1.5")
    assert not Addresses(ApiOptions()).permits_host("192.168.1.6:8000", "192.168.1.5")
    assert Addresses(ApiOptions(allowed_hosts=("*",))).permits_host("anything.example", None)


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://127.0.0.1:{port}", 200),
        ("https://draw.example.org", 200),
        ("https://LAN.example", 200),
        ("http://127.0.0.1:1", 403),
        ("http://localhost:3000", 403),
        ("https://evil.example", 403),
        ("null", 403),
        ("file://", 403),
        ("chrome-extension://abc", 403),
    ],
)
async def test_pages_of_other_origins_change_nothing(server: Any, origin: str, status: int) -> None:
    answer = await server.ask("POST", "/echo", b'{"a": 1}', origin=origin.format(port=server.port))
    assert answer.status == status
    assert (await server.ask("GET", "/address", origin=origin)).status == 200
    assert not any(name.startswith("access-control") for name in answer.headers)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [("GET", "/nowhere", 404, "unknown_url"), ("POST", "/echo/", 404, "unknown_url")],
)
async def test_unknown_addresses_are_an_error_object(
    server: Any, method: str, path: str, status: int, code: str
) -> None:
    answer = await server.ask(method, path)
    assert (answer.status, answer.json["error"]["code"]) == (status, code)


async def test_a_wrong_method_is_told_every_right_one(server: Any) -> None:
    answer = await server.ask("PATCH", "/broken")
    assert answer.status == 405
    assert answer.headers["allow"] == "DELETE, GET"
    assert answer.json["error"]["code"] == "method_not_supported"


@pytest.mark.parametrize(("method", "told"), [("GET", "Bearer"), ("DELETE", "token")])
async def test_what_nobody_foresaw_is_opaque_to_the_caller(server: Any, method: str, told: str) -> None:
    answer = await server.ask(method, "/broken", authorization="Bearer abc", accept_language="zh")
    assert answer.status == 500
    assert answer.json["error"]["code"] == "internal_error"
    assert answer.json["error"]["retryable"] is False
    assert "反馈" in answer.json["error"]["remedy"]
    assert told not in answer.body.decode()
    assert answer.headers["x-should-retry"] == "false"
    assert answer.headers["x-request-id"].startswith("req_")


async def test_a_body_too_large_is_refused_by_its_announcement_and_by_its_bytes(server: Any) -> None:
    head = f"POST /echo HTTP/1.1\nHost: 127.0.0.1:{server.port}"
    announced = await server.send(head + "\nContent-Length: 1001")
    assert (announced.status, announced.json["error"]["code"]) == (413, "body_too_large")
    counted = await server.send(head + "\nTransfer-Encoding: chunked", b"65\r\n" + b"x" * 101 + b"\r\n0\r\n\r\n")
    assert (counted.status, counted.json["error"]["code"]) == (413, "body_too_large")


async def test_a_form_is_refused_as_such(server: Any) -> None:
    answer = await server.ask("POST", "/echo", b"a=1", content_type="application/x-www-form-urlencoded")
    assert (answer.status, answer.json["error"]["param"]) == (400, "Content-Type")


async def test_absolute_addresses_follow_the_host_unless_one_is_set(server: Any) -> None:
    answer = await server.send("GET /address HTTP/1.1\nHost: lan.example:81")
    assert answer.body == b"http://lan.example:81"
    scope = {"type": "http", "scheme": "http", "headers": [(b"host", b"localhost")]}
    assert Addresses(OPTIONS).job(Request(scope), "job_1") == "https://draw.example.org/base/v1/jobs/job_1"


async def test_every_request_has_an_id_of_its_own(server: Any) -> None:
    ids = {(await server.ask("GET", "/address")).headers["x-request-id"] for _ in range(3)}
    assert len(ids) == 3
