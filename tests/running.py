"""A gateway with its sandbox, served on a loopback port, and the official client for it."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from openai import AsyncOpenAI

from dreambridge.settings import Settings
from dreambridge.wiring import open_gateway


@dataclass(frozen=True)
class Running:
    """A gateway that runs, and clients for it."""

    url: str
    app: FastAPI
    data_dir: Path

    @asynccontextmanager
    async def client(self, token: str = "sandbox", **options: Any) -> AsyncIterator[AsyncOpenAI]:
        """Open the official client, unmodified; tests that must not meet take tokens of their own."""
        async with AsyncOpenAI(base_url=f"{self.url}/v1", api_key=token, **options) as opened:
            yield opened


@asynccontextmanager
async def serve_gateway(data_dir: Path, *, port: int = 0, **settings: Any) -> AsyncIterator[Running]:
    """Run a gateway with a quick sandbox until the block ends; `port` is for one that was there before."""
    with socket.create_server(("127.0.0.1", port)) as listener:
        async with serve_gateway_on(listener, data_dir, **settings) as running:
            yield running


@asynccontextmanager
async def serve_gateway_on(listener: socket.socket, data_dir: Path, **settings: Any) -> AsyncIterator[Running]:
    """Do so on a port that was chosen."""
    values: dict[str, Any] = {"_env_file": None, "data_dir": data_dir, "sandbox_speed": 0.01, **settings}
    async with open_gateway(Settings(**values)) as opened:
        config = uvicorn.Config(opened.app, lifespan="off", log_config=None, access_log=False, ws="none")
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve([listener]))
        yield Running(f"http://127.0.0.1:{listener.getsockname()[1]}", opened.app, data_dir)
        opened.service.stop()
        server.should_exit = True
        await serving
