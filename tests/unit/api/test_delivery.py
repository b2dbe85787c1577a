"""Answers handed over: whole and counted as delivered, or lost and counted as that; never both."""

import asyncio
import base64
import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from dreambridge.api.delivery import Delivery, Receipt, Silence, base64_length, dump_json, wait_while_connected

Serve = Callable[[ASGIApp], AbstractAsyncContextManager[Any]]


class Ledger:
    """Keeps what became of answers."""

    def __init__(self) -> None:
        self.entries: list[str] = []
        self.change = asyncio.Event()

    async def delivered(self) -> None:
        self.lost("delivered")

    def lost(self, what: str = "lost") -> None:
        self.entries.append(what)
        self.change.set()

    @property
    def receipt(self) -> Receipt:
        return Receipt(self.delivered, self.lost)


async def until(ledger: Ledger) -> list[str]:
    async with asyncio.timeout(10):
        await ledger.change.wait()
    return ledger.entries


@pytest.mark.parametrize("size", [0, 1, 2, 3, 786_432, 786_433, 2_000_000])
async def test_files_go_out_as_the_base64_of_their_bytes(serve: Serve, tmp_path: Path, size: int) -> None:
    content = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    path = tmp_path / "a.png"
    path.write_bytes(content)
    ledger = Ledger()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        parts: list[bytes | Path] = [b'{"a":"', path, b'"}']
        answer = Delivery(parts, 8 + base64_length(size), {"x-job-id": "job_1"}, ledger.receipt)
        await answer(scope, receive, send)

    async with serve(app) as served:
        answer = await served.ask("GET", "/")
    assert base64.b64decode(json.loads(answer.body)["a"], validate=True) == content
    assert int(answer.headers["content-length"]) == len(answer.body)
    assert answer.headers["content-type"] == "application/json"
    assert ledger.entries == ["delivered"]


async def test_a_client_that_leaves_while_it_waits_gets_nothing_and_stops_only_the_waiting(serve: Serve) -> None:
    ledger, ending = Ledger(), asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive, send)
        waited = await wait_while_connected(request, ending.wait())
        answer: Response = Silence()
        if waited is None:
            ledger.lost()
        else:
            answer = Delivery([b"{}"], 2, {}, ledger.receipt)
        await answer(scope, receive, send)

    async with serve(app) as served:
        _, writer = await served.open("GET / HTTP/1.1\nHost: localhost")
        writer.close()
        await writer.wait_closed()
        assert await until(ledger) == ["lost"]
        ending.set()
        assert (await served.ask("GET", "/")).body == b"{}"
    assert ledger.entries == ["lost", "delivered"]


async def test_a_client_that_leaves_before_the_answer_is_made_has_not_had_it(serve: Serve) -> None:
    ledger, gone = Ledger(), asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await gone.wait()
        while (await receive())["type"] != "http.disconnect":
            pass
        await Delivery([b"{}"], 2, {}, ledger.receipt)(scope, receive, send)

    async with serve(app) as served:
        _, writer = await served.open("GET / HTTP/1.1\nHost: localhost")
        writer.close()
        await writer.wait_closed()
        gone.set()
        assert await until(ledger) == ["lost"]


async def test_a_client_that_leaves_in_the_middle_has_not_had_it(serve: Serve, tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    path.write_bytes(b"x" * 60_000_000)
    ledger = Ledger()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        parts: list[bytes | Path] = [b'"', path, b'"']
        await Delivery(parts, 2 + base64_length(60_000_000), {}, ledger.receipt)(scope, receive, send)

    async with serve(app) as served:
        reader, writer = await served.open("GET / HTTP/1.1\nHost: localhost")
        await reader.readexactly(1000)
        writer.transport.abort()
        assert await until(ledger) == ["lost"]


async def test_a_file_that_vanished_loses_the_answer(serve: Serve, tmp_path: Path) -> None:
    ledger, failures = Ledger(), []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        parts: list[bytes | Path] = [b'"', tmp_path / "gone.png", b'"']
        try:
            await Delivery(parts, 6, {}, ledger.receipt)(scope, receive, send)
        except FileNotFoundError as failure:
            failures.append(failure)

    async with serve(app) as served:
        _, writer = await served.open("GET / HTTP/1.1\nHost: localhost")
        assert await until(ledger) == ["lost"]
        writer.close()
        await writer.wait_closed()
    assert len(failures) == 1


async def test_a_failure_of_what_is_waited_for_is_raised_as_itself(serve: Serve) -> None:
    seen: list[BaseException] = []

    async def fail() -> None:
        raise LookupError("gone")

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await wait_while_connected(Request(scope, receive, send), fail())
        except LookupError as failure:
            seen.append(failure)
        await Delivery([b"{}"], 2, {}, Ledger().receipt)(scope, receive, send)

    async with serve(app) as served:
        assert (await served.ask("GET", "/")).status == 200
    assert len(seen) == 1


def test_json_is_compact_and_readable() -> None:
    assert dump_json({"提示": [1, None]}).decode() == '{"提示":[1,null]}'
