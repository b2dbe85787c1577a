"""A server that is stopped and started again while the page stays open."""

import asyncio
import os
import socket
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.studio.conftest import playwright

pytestmark = pytest.mark.asyncio(loop_scope="session")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


async def start(folder: Path, port: int) -> asyncio.subprocess.Process:
    environment = {**os.environ, "DREAMBRIDGE_DATA_DIR": str(folder), "DREAMBRIDGE_SANDBOX_SPEED": "0.05"}
    command = (sys.executable, "-m", "dreambridge", "serve", "--port", str(port))
    server = await asyncio.create_subprocess_exec(*command, env=environment, stdout=asyncio.subprocess.DEVNULL)
    for _ in range(300):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.1)
        else:
            writer.close()
            return server
    pytest.fail("the server did not start")


async def stop(server: asyncio.subprocess.Process) -> None:
    server.terminate()
    await server.wait()


async def test_the_page_waits_for_a_lost_server_and_goes_on_by_itself(visit: Any, tmp_path: Path) -> None:
    port = free_port()
    server = await start(tmp_path, port)
    try:
        studio = await visit("sandbox-lost", url=f"http://127.0.0.1:{port}")
        await studio.prompt("[sim:queued] over a restart")
        await studio.page.locator(".stage-head", has_text="in line").wait_for(timeout=30_000)
        await stop(server)
        await studio.page.get_by_text("The server does not answer.").wait_for(timeout=30_000)
        server = await start(tmp_path, port)
        await playwright.expect(studio.page.locator(".lost-bar")).to_have_count(0, timeout=30_000)
        await studio.count("done", 4, timeout=90)
    finally:
        await stop(server)
