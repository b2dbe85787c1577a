"""A whole gateway with its sandbox, served on a loopback port for every test of this folder."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
import uvicorn
from openai import AsyncOpenAI

from dreambridge.settings import Settings
from dreambridge.wiring import open_gateway


@dataclass(frozen=True)
class Running:
    """A gateway that runs, and clients for it."""

    url: str

    @asynccontextmanager
    async def client(self, token: str = "sandbox", **options: Any) -> AsyncIterator[AsyncOpenAI]:
        """Open the official client, unmodified; tests that must not meet take tokens of their own."""
        async with AsyncOpenAI(base_url=f"{self.url}/v1", api_key=token, **options) as opened:
            yield opened


@pytest.fixture(scope="session")
def clean_environment() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.upper().startswith(("DREAMBRIDGE_", "OPENAI_")) or name.upper().endswith("_PROXY"):
                patch.delenv(name)
        yield


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def gateway(tmp_path_factory: pytest.TempPathFactory, clean_environment: None) -> AsyncIterator[Running]:
    values: dict[str, Any] = {"_env_file": None, "data_dir": tmp_path_factory.mktemp("gateway"), "sandbox_speed": 0.01}
    values["max_upload_bytes"] = 8 * 1024**2
    settings = Settings(**values)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        async with open_gateway(settings) as opened:
            config = uvicorn.Config(opened.app, lifespan="off", log_config=None, access_log=False, ws="none")
            server = uvicorn.Server(config)
            serving = asyncio.create_task(server.serve([listener]))
            yield Running(f"http://127.0.0.1:{listener.getsockname()[1]}")
            opened.service.stop()
            server.should_exit = True
            await serving
