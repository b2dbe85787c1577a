"""A real server on a loopback port, and a client that speaks plain bytes to it."""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

import pytest
import uvicorn
from starlette.types import ASGIApp


@dataclass(frozen=True)
class Answer:
    """A whole answer as it came over the wire."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Served:
    """A served application."""

    port: int

    async def open(self, head: str, body: bytes = b"") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Send a request and leave the connection open."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(head.replace("\n", "\r\n").encode("latin-1") + b"\r\n\r\n" + body)
        await writer.drain()
        return reader, writer

    async def send(self, head: str, body: bytes = b"") -> Answer:
        """Send a request and read the answer to its end."""
        async with asyncio.timeout(10):
            reader, writer = await self.open(head + "\nConnection: close", body)
            raw = await reader.read()
            writer.close()
            await writer.wait_closed()
        top, _, rest = raw.partition(b"\r\n\r\n")
        first, *lines = top.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        return Answer(int(first.split()[1]), headers, rest)

    async def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        """Send an ordinary request; header names are written with underscores."""
        lines = {"host": f"127.0.0.1:{self.port}", **{name.replace("_", "-"): each for name, each in headers.items()}}
        if body:
            lines["content-length"] = str(len(body))
        return await self.send("\n".join([f"{method} {path} HTTP/1.1", *(f"{k}: {v}" for k, v in lines.items())]), body)


@contextlib.asynccontextmanager
async def serve_app(app: ASGIApp) -> AsyncIterator[Served]:
    """Serve an application on a free port until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None, access_log=False, ws="none"))
        serving = asyncio.create_task(server.serve([listener]))
        try:
            # The socket listens already: what is sent before the server takes it up waits in the queue.
            yield Served(listener.getsockname()[1])
        finally:
            server.should_exit = True
            await serving


@pytest.fixture(scope="session")
def serve() -> Callable[[ASGIApp], AbstractAsyncContextManager[Served]]:
    """Give the server."""
    return serve_app
