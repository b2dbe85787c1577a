"""Simulated sites and a gateway as real processes, and a client for both.

Six sites behave differently towards a repeated submit id and let a new record be seen at once or late. The clock is
scaled: 20 seconds of generation take a third of a second, the confirmation time of three minutes takes four seconds.
"""

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import pytest

from dreambridge.engine.sealing import load_server_key
from dreambridge.store.database import Database
from dreambridge.store.timings import Timings

HERE = Path(__file__).parent
TOKEN = "a0" * 16
MODEL = "jimeng-4.5"
SCALE = 1 / 60
GENERATION = 20.0
WINDOW, CONFIRM = 1.0, 4.0
LATE = {"visible_after": 120.0}  # 2 s by our clock
BEHAVIOURS: Mapping[str, Mapping[str, Any]] = {
    "cn": {"cluster": "cn", "duplicate_submit": "ignore"},
    "us": {"cluster": "us", "duplicate_submit": "refuse"},
    "hk": {"cluster": "asia", "duplicate_submit": "duplicate"},
    "jp": {"cluster": "asia", "duplicate_submit": "ignore", **LATE},
    "sg": {"cluster": "asia", "duplicate_submit": "refuse", **LATE},
    "xx": {"cluster": "cn", "duplicate_submit": "duplicate", **LATE},
}
EVERYWHERE = tuple(BEHAVIOURS)


async def until(condition: Callable[[], Awaitable[bool] | bool], what: str, seconds: float = 40) -> None:
    """Wait for a condition, or fail saying what did not happen."""
    deadline = time.monotonic() + seconds
    while True:
        met = condition()
        if not isinstance(met, bool):
            met = await met
        if met:
            return
        if time.monotonic() > deadline:
            pytest.fail(f"did not happen in {seconds:.0f} s: {what}")
        await asyncio.sleep(0.02)


def launch(command: list[str], *, output: Path, environment: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
    """Start a process in the folder of its output, to which is added."""
    with output.open("ab") as log:
        return subprocess.Popen(command, env=environment, cwd=output.parent, stdout=log, stderr=log)


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process that was started here, frozen or not."""
    if process.poll() is None:
        process.kill()
    process.wait(10)


@dataclass(frozen=True)
class Sites:
    """The simulated sites, by name."""

    addresses: dict[str, str]
    web: aiohttp.ClientSession

    async def read(self, site: str, what: str) -> Any:
        async with self.web.get(f"{self.addresses[site]}/_simulator/{what}") as answer:
            return await answer.json()

    async def tell(self, site: str, what: str, body: object) -> None:
        async with self.web.post(f"{self.addresses[site]}/_simulator/{what}", json=body) as answer:
            assert answer.status == 200, await answer.text()

    async def hold(self, where: str) -> None:
        """Have every paid call wait, before or after its acceptance."""
        for site in self.addresses:
            await self.tell(site, "hold", {"where": where})

    async def release(self) -> None:
        for site in self.addresses:
            await self.tell(site, "release", {})

    async def held(self, where: str, calls: int) -> None:
        """Wait until that many paid calls are held at a place."""

        async def all_there() -> bool:
            held = [int((await self.read(site, "stats"))["held"][where]) for site in self.addresses]
            return sum(held) == calls

        await until(all_there, f"{calls} paid calls held {where} acceptance")

    async def records(self) -> dict[str, list[dict[str, Any]]]:
        """Give what the sites accepted, by prompt."""
        found: dict[str, list[dict[str, Any]]] = {}
        for site in self.addresses:
            for line in await self.read(site, "ledger"):
                found.setdefault(line["prompt"], []).append(line)
        return found

    async def paid_calls(self) -> int:
        """Count the paid calls that arrived at the sites."""
        return sum([(await self.read(site, "stats"))["calls"].get("generate", 0) for site in self.addresses])


@dataclass(frozen=True)
class Answer:
    """An answer over HTTP."""

    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def job_id(self) -> str:
        return self.headers["x-job-id"]

    @property
    def urls(self) -> list[str]:
        return [item["url"] for item in self.body["data"]]


@dataclass
class Gateway:
    """One installation: a data directory and a port, the process that runs there, and all that were started."""

    home: Path
    port: int
    environment: dict[str, str]
    web: aiohttp.ClientSession
    process: subprocess.Popen[bytes] = field(init=False)
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        """Give what its processes have printed, the answers to our waiting left out."""
        lines = (self.home / "log").read_text(errors="replace").splitlines()
        return "\n".join(line for line in lines if "/livez" not in line) + "\n"

    async def start(self, fault: str | None = None, **settings: str) -> None:
        """Start a process and wait until it answers; `fault` is what `faulty_gateway` is told."""
        self.process = process = self.launch(fault, **settings)

        async def answering() -> bool:
            assert process.poll() is None, self.log[-3000:]
            try:
                async with self.web.get(f"{self.address}/livez") as answer:
                    return answer.status == 200
            except aiohttp.ClientError:
                return False

        await until(answering, "the gateway answers")

    def launch(self, fault: str | None = None, **settings: str) -> subprocess.Popen[bytes]:
        """Start a process on this data directory."""
        command = [sys.executable, "-m", "dreambridge", "serve"] if fault is None else [sys.executable, *_FAULTY]
        environment = {**self.environment, **{f"DREAMBRIDGE_{name}": value for name, value in settings.items()}}
        if fault is not None:
            environment["FAULT"] = fault
        process = launch(command, output=self.home / "log", environment=environment)
        self.processes.append(process)
        return process

    async def arrived(self) -> None:
        """Wait until the fault has happened."""
        await until(lambda: "\narrived\n" in f"\n{self.log}", "the jobs come to the point of the fault")

    async def kill(self) -> None:
        """End it as `kill -9` does."""
        self.process.kill()
        await self.gone()

    async def gone(self) -> int:
        """Wait until the process has ended, and give its exit code."""
        return await asyncio.to_thread(self.process.wait, 40)

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    async def frozen(self) -> None:
        """Wait until the process is stopped by a signal."""
        known = psutil.Process(self.process.pid)
        await until(lambda: known.status() == psutil.STATUS_STOPPED, "the gateway is frozen")

    async def ask(self, site: str, prompt: str, *, headers: Mapping[str, str] | None = None, **fields: Any) -> Answer:
        """Ask for one picture."""
        body = {"model": MODEL, "prompt": prompt, "n": 1, **fields}
        sent = {"Authorization": f"Bearer {site}-{TOKEN}", **(headers or {})}
        async with self.web.post(f"{self.address}/v1/images/generations", json=body, headers=sent) as answer:
            return Answer(answer.status, answer.headers.copy(), await answer.json())

    async def get(self, path: str) -> Answer:
        """Read one of our addresses as the owner."""
        headers = {"Authorization": f"Bearer cn-{TOKEN}"}
        async with self.web.get(f"{self.address}{path}", headers=headers) as answer:
            return Answer(answer.status, answer.headers.copy(), await answer.json())

    async def jobs(self) -> dict[str, list[dict[str, Any]]]:
        """Give all jobs, by prompt."""
        page = (await self.get("/v1/jobs?limit=100")).body
        assert not page["has_more"]
        found: dict[str, list[dict[str, Any]]] = {}
        for job in page["data"]:
            found.setdefault(job["request"]["prompt"], []).append(job)
        return found

    async def all_completed(self, jobs: int) -> None:
        """Wait until that many jobs are completed, and nothing else is there."""

        async def completed() -> bool:
            states = [job["state"] for same in (await self.jobs()).values() for job in same]
            assert not {"failed", "cancelled"} & set(states), states
            return states == ["completed"] * jobs

        await until(completed, f"{jobs} jobs are completed")

    async def fetch(self, url: str) -> bytes:
        """Fetch a picture that is there."""
        async with self.web.get(url) as answer:
            assert answer.status == 200, await answer.text()
            assert answer.content_type.startswith("image/")
            return await answer.read()


_FAULTY = ("-u", str(HERE / "faulty_gateway.py"))


@pytest.fixture
async def web() -> AsyncIterator[aiohttp.ClientSession]:
    # One connection a request, as many as wanted: a killed process must not disturb the next.
    connector = aiohttp.TCPConnector(force_close=True, limit=0)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=60)) as session:
        yield session


@pytest.fixture
async def sites(tmp_path: Path, web: aiohttp.ClientSession) -> AsyncIterator[Sites]:
    """Start the six sites, in one process."""
    usual = {
        "strict": True,
        "time_scale": SCALE,
        "generation": f"fixed:{GENERATION}",
        "tiny_items": True,
        "credit": 100_000,
    }
    options = {site: {**usual, **own} for site, own in BEHAVIOURS.items()}
    output = tmp_path / "sites.log"
    process = launch([sys.executable, str(HERE / "sites.py"), json.dumps(options)], output=output)
    try:
        await until(lambda: output.read_bytes().endswith(b"\n"), "the sites are there")
        yield Sites(json.loads(output.read_text()), web)
    finally:
        end(process)


@pytest.fixture(scope="session")
def used_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the data directory of a gateway that knows how long its sites take."""
    directory = tmp_path_factory.mktemp("used")
    # A used directory has its key; without it the gateway rightly refuses to start.
    load_server_key(directory, None)

    async def learn() -> None:
        database = await Database.open(None, data_dir=directory)
        timings = Timings(database)
        keys = [f"{site}|{MODEL}|image|2k" for site in BEHAVIOURS]
        await asyncio.gather(*(timings.add(key, GENERATION * SCALE, time.time()) for key in keys for _ in range(40)))
        await database.aclose()

    asyncio.run(learn())
    return directory


@pytest.fixture
def gateway(tmp_path: Path, used_data: Path, sites: Sites, web: aiohttp.ClientSession) -> Iterator[Gateway]:
    """Make an installation whose sites are the simulated ones; nothing is started yet."""
    home = tmp_path / "gateway"
    shutil.copytree(used_data, home / "data")
    catalog = home / "catalog"
    catalog.mkdir()
    (catalog / "sites.toml").write_text(_site_rows(sites.addresses), encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    settings = {
        "PORT": str(port),
        "DATA_DIR": str(home / "data"),
        "CATALOG_DIR": str(catalog),
        "SANDBOX": "false",
        "SUBMIT_GAP_MS": "0",
        "ACCOUNT_CONCURRENCY": "32",
        "MIN_FREE_BYTES": "0",
        "SEND_WINDOW_SECONDS": str(WINDOW),
        "CONFIRM_SECONDS": str(CONFIRM),
    }
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DREAMBRIDGE_")}
    environment.update({f"DREAMBRIDGE_{name}": value for name, value in settings.items()})
    installed = Gateway(home, port, environment, web)
    yield installed
    for process in installed.processes:
        end(process)
    print(installed.log[-6000:])  # noqa: T201 - shown where the test failed


def _site_rows(addresses: Mapping[str, str]) -> str:
    """Write the overrides: our sites at new addresses, and `xx`, a site of our own that is made like `cn`."""
    ours = tomllib.loads((resources.files("dreambridge.catalog") / "data" / "sites.toml").read_text(encoding="utf-8"))
    lines = []
    for site, address in addresses.items():
        row = {} if site in ours else {**ours["cn"]}
        row |= dict.fromkeys(("mweb", "commerce", "passport", "imagex", "vod"), address)
        lines.append(f"[{site}]")
        lines += [f"{name} = {_toml(value)}" for name, value in row.items()]
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {_toml(inner)}" for name, inner in value.items()) + " }"
    if isinstance(value, str | bool | int | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
