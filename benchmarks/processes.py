"""Start and stop the two processes: the gateway that is measured, and the simulated site it speaks to."""

import asyncio
import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import aiohttp

_COMMAND: Final = str(Path(sys.executable).with_name("dreambridge"))
# What a process needs from here; settings of this shell or directory must not reach what is measured.
_PASSED_ON: Final = ("PATH", "HOME", "LANG", "TMPDIR", "PYTHONPATH", "MALLOC_ARENA_MAX")
_START_SECONDS: Final = 30.0
_STOP_SECONDS: Final = 40.0
_POLL_SECONDS: Final = 0.004


@dataclass(frozen=True, slots=True)
class Simulated:
    """A running simulated site and the session that reads what it noted."""

    url: str
    session: aiohttp.ClientSession

    async def read(self, action: str) -> "object":
        """Read one table of the control interface."""
        async with self.session.get(f"{self.url}/_simulator/{action}") as answer:
            return await answer.json()

    async def change(self, **options: object) -> None:
        """Change options of the running site."""
        async with self.session.post(f"{self.url}/_simulator/options", json=options) as answer:
            answer.raise_for_status()


@dataclass(frozen=True, slots=True)
class Served:
    """A running gateway: its address, its process, and the seconds from its start to its first 200."""

    url: str
    pid: int
    first_answer: float


@asynccontextmanager
async def simulated(session: aiohttp.ClientSession, folder: Path, **options: object) -> AsyncIterator[Simulated]:
    """Run a simulated Chinese site for as long as the block lasts."""
    port = free_port()
    flags = [
        f"--{name.replace('_', '-')}" if value is True else f"--{name.replace('_', '-')}={value}"
        for name, value in options.items()
        if value is not False
    ]
    arguments = ["simulate", "--cluster=cn", f"--port={port}", "--credit=100000000", *flags]
    async with _running(arguments, {}, folder, "simulator") as process:
        url = f"http://127.0.0.1:{port}"
        await _first_answer(process, port, b"/_simulator/stats")
        yield Simulated(url, session)


@asynccontextmanager
async def served(
    folder: Path, data_dir: Path, site_url: str | None = None, settings: Mapping[str, object] | None = None
) -> AsyncIterator[Served]:
    """Run a gateway without sandbox and with its limits lifted; `site_url` is where its site `cn` is."""
    port = free_port()
    environment = {
        "HOST": "127.0.0.1",
        "PORT": port,
        "DATA_DIR": data_dir,
        "SANDBOX": "false",
        "ACCOUNT_CONCURRENCY": 1_000_000,
        "SUBMIT_GAP_MS": 0,
        "QUEUE_MAX": 1_000_000,
        **(settings or {}),
    }
    if site_url is not None:
        environment["CATALOG_DIR"] = write_catalog(folder, site_url)
    named = {f"DREAMBRIDGE_{name}": str(value) for name, value in environment.items()}
    began = time.perf_counter()
    async with _running(["serve"], named, folder, "gateway") as process:
        answered = await _first_answer(process, port, b"/livez")
        yield Served(f"http://127.0.0.1:{port}", process.pid, answered - began)


def copy_data(source: Path, target: Path) -> Path:
    """Copy a data directory, so that every row starts from the same experience."""
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("*.lock"))
    return target


def free_port() -> int:
    """Find a port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def write_catalog(folder: Path, site_url: str) -> Path:
    """Write the catalogue file that says where the site `cn` is; give its directory."""
    directory = folder / "catalog"
    directory.mkdir(exist_ok=True, mode=0o700)
    hosts = "\n".join(f'{name} = "{site_url}"' for name in ("mweb", "commerce", "passport", "imagex", "vod"))
    file = directory / "sites.toml"
    file.write_text(f"[cn]\n{hosts}\n")
    file.chmod(0o600)
    return directory


@asynccontextmanager
async def _running(
    arguments: list[str], settings: Mapping[str, str], folder: Path, name: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    environment = {key: os.environ[key] for key in _PASSED_ON if key in os.environ} | dict(settings)
    with (folder / f"{name}.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            _COMMAND, *arguments, env=environment, cwd=folder, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(process.wait(), _STOP_SECONDS)
            except TimeoutError:
                process.kill()
                await process.wait()


async def _first_answer(process: asyncio.subprocess.Process, port: int, path: bytes) -> float:
    """Ask until the first 200; give its moment on the clock of `perf_counter`."""
    deadline = time.perf_counter() + _START_SECONDS
    while time.perf_counter() < deadline:
        if process.returncode is not None:
            raise RuntimeError(f"the process ended with {process.returncode} before it answered; see its log")
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(_POLL_SECONDS)
            continue
        try:
            writer.write(b"GET " + path + b" HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            if (await reader.readline()).startswith(b"HTTP/1.1 200"):
                return time.perf_counter()
        finally:
            writer.close()
    raise RuntimeError("no answer within the time a start may take; see the log of the process")
