"""`dreambridge mcp`: the real command as a subprocess, under the protocol's own client."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from mcp import MCPError, StdioServerParameters, types
from mcp.client import Client
from tests.agents import HANDSHAKE, STATELESS, call, texts
from tests.running import Running, serve_gateway

pytestmark = pytest.mark.asyncio(loop_scope="session")
ERAS = pytest.mark.parametrize("era", [HANDSHAKE, STATELESS])


@asynccontextmanager
async def command(url: str, era: str = STATELESS, key: str = "sandbox-stdio") -> AsyncIterator[Client]:
    environment = {**os.environ, "DREAMBRIDGE_KEY": key}
    server = StdioServerParameters(
        command=sys.executable, args=["-m", "dreambridge", "mcp", "--url", url], env=environment
    )
    async with Client(server, mode="legacy" if era == HANDSHAKE else era) as client:
        assert client.protocol_version == era
        yield client


async def refusal(*options: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "dreambridge", "mcp", *options),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate(b"")
    return process.returncode or 0, out.decode(), err.decode()


@ERAS
async def test_the_command_makes_a_picture_with_progress_and_reads_it(gateway: Running, era: str) -> None:
    told: list[str] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        told.append(message or "")

    async with command(gateway.url, era) as client:
        assert "generate_image" in [tool.name for tool in (await client.list_tools()).tools]
        result = await client.call_tool("generate_image", {"prompt": f"a newt, {era}", "n": 1}, progress_callback=hear)
        assert not result.is_error, texts(result)
        assert told[0].startswith("Accepted.")
        (blob,) = (await client.read_resource(result.structured_content["artifacts"][0]["uri"])).contents
        assert isinstance(blob, types.BlobResourceContents)
        assert (await client.list_resources()).resources
        assert (await client.list_resource_templates()).resource_templates
        refused = await client.call_tool("generate_image", {"prompt": "a newt", "model": "none-such"})
        assert refused.structured_content["error"]["code"] == "model_not_found"


class Served:
    """A gateway that runs in a task of its own, so that a test can stop it at any moment."""

    def __init__(self, data_dir: Path, port: int = 0) -> None:
        self._stop = asyncio.Event()
        self._url: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._run(data_dir, port))

    async def url(self) -> str:
        either: set[asyncio.Future[Any]] = {self._task, self._url}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        return self._url.result()

    async def stop(self) -> None:
        self._stop.set()
        await self._task

    async def _run(self, data_dir: Path, port: int) -> None:
        async with serve_gateway(data_dir, port=port) as running:
            self._url.set_result(running.url)
            await self._stop.wait()


async def test_the_command_outlives_a_restart_of_the_gateway(tmp_path: Path, clean_environment: None) -> None:
    served = Served(tmp_path)
    url = await served.url()
    async with command(url) as client:
        job = await call(client, "submit", kind="image", prompt="a newt that stays [sim:slow-drawing]", n=1)
        waiting = asyncio.create_task(client.call_tool("wait_job", {"job_id": job["job_id"]}))
        await served.stop()
        # Told by the gateway as it goes, or by the command when the connection is cut.
        await asyncio.wait({waiting})
        with pytest.raises(MCPError, match="does not answer"):
            await client.call_tool("get_job", {"job_id": job["job_id"]})
        served = Served(tmp_path, int(url.rpartition(":")[2]))
        assert await served.url() == url
        assert (await call(client, "wait_job", job_id=job["job_id"]))["state"] == "completed"
    await served.stop()


async def test_without_a_gateway_the_command_says_so_and_ends() -> None:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    code, out, err = await refusal("--url", f"http://127.0.0.1:{port}")
    assert (code, out) == (3, "")
    assert "dreambridge serve" in err


async def test_with_a_wrong_credential_the_command_says_what_is_wrong(gateway: Running) -> None:
    code, out, err = await refusal("--url", gateway.url, "--key", "nonsense")
    assert (code, out) == (1, "")
    assert "no credential we know" in err
    assert "nonsense" not in err


async def test_the_command_ends_when_the_agent_hangs_up(gateway: Running) -> None:
    code, out, err = await refusal("--url", gateway.url)
    assert (code, out) == (0, "")
    assert gateway.url in err
