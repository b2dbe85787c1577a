"""A gateway over real HTTP, and simulated sites that it takes for the real ones, all in the test's own loop."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import aiohttp
import pytest
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from dreambridge.settings import Settings
from dreambridge.simulator.server import SimulatorServer
from dreambridge.simulator.settings import Cluster, SimulatorOptions
from dreambridge.simulator.world import Registration
from dreambridge.wiring import Gateway, open_gateway

CLUSTERS: dict[str, Cluster] = {"cn": "cn", "us": "us", "sg": "asia", "hk": "asia", "jp": "asia"}
QUICK_SITE: dict[str, Any] = {
    "strict": True,
    "time_scale": 0.02,
    "generation": "fixed:10",
    "tiny_items": True,
    "credit": 100_000,
}
QUICK_GATEWAY: dict[str, Any] = {
    "sandbox": False,
    "submit_gap_ms": 0,
    "confirm_seconds": 1.5,
    "send_window_seconds": 1.0,
    "min_free_bytes": 0,
}


@dataclass(frozen=True)
class Reply:
    """An answer: status, headers, and the JSON or the bytes of its body."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.content)

    @property
    def error(self) -> dict[str, Any]:
        return dict(self.json["error"])


@dataclass
class House:
    """A running gateway, its sites and a client."""

    url: str
    gateway: Gateway
    sites: dict[str, SimulatorServer]
    client: aiohttp.ClientSession
    data_dir: Path
    tokens: dict[str, str] = field(default_factory=dict)

    async def ask(self, method: str, path: str, token: str, *, body: Any = None, **headers: str) -> Reply:
        """Send one request; header names are written with underscores."""
        sent = {"authorization": f"Bearer {token}", **{k.replace("_", "-"): v for k, v in headers.items()}}
        url = path if path.startswith("http") else self.url + path
        async with self.client.request(method, url, json=body, headers=sent) as answer:
            return Reply(answer.status, answer.headers, await answer.read())

    async def draw(self, token: str, prompt: str = "a fox", *, n: int = 1, **headers: str) -> Reply:
        """Ask for pictures and wait for them."""
        body = {"prompt": prompt, "n": n}
        return await self.ask("POST", "/v1/images/generations", token, body=body, **headers)

    async def job(self, reply: Reply, token: str, **headers: str) -> dict[str, Any]:
        """Look at the job behind an answer."""
        return dict((await self.ask("GET", f"/v1/jobs/{reply.headers['x-job-id']}", token, **headers)).json)

    async def ended(self, reply: Reply, token: str) -> dict[str, Any]:
        """Look at the job behind an answer until it has ended."""
        async with asyncio.timeout(20):
            while True:
                job = await self.job(reply, token)
                if job["ended_at"] is not None:
                    return job
                await asyncio.sleep(0.05)

    def site(self, name: str = "us") -> SimulatorServer:
        return self.sites[name]

    def change_site(self, name: str = "us", **options: Any) -> None:
        world = self.sites[name].world
        world.options = world.options.with_changes(options)

    def calls(self, name: str, site: str = "us") -> int:
        """Count the calls of one kind that a site has had."""
        return self.sites[site].world.stats.calls[name]

    async def ledger(self, site: str = "us") -> list[dict[str, Any]]:
        """Read every record of a site, with what it cost."""
        async with self.client.get(f"{self.sites[site].base_url}/_simulator/ledger") as answer:
            return list(await answer.json())


def session(name: str) -> str:
    """Make up a session id: 32 hex digits."""
    return hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()


class Street:
    """Build houses: sites first, then the gateway, any number of times on the same data directory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sites: dict[str, SimulatorServer] = {}
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def site(self, name: str = "us", **options: Any) -> SimulatorServer:
        """Start a simulated site."""
        server = SimulatorServer(SimulatorOptions(**{"cluster": CLUSTERS[name], **QUICK_SITE, **options}))
        await server.start()
        self._stack.push_async_callback(server.stop)
        self.sites[name] = server
        return server

    def register(self, token: str, site: str = "us", **facts: Any) -> None:
        """Make a session known to a site, alive and with the site's usual credit unless told."""
        self.sites[site].world.register(Registration(session=token, **facts))

    @asynccontextmanager
    async def gateway(self, **settings: Any) -> AsyncIterator[House]:
        """Run the gateway until the block ends."""
        data_dir, catalog_dir = self.folder / "data", self.folder / "catalog"
        catalog_dir.mkdir(exist_ok=True)
        hosts = ("mweb", "commerce", "passport", "imagex", "vod")
        (catalog_dir / "sites.toml").write_text(
            "".join(
                f"[{name}]\n" + "".join(f'{host} = "{server.base_url}"\n' for host in hosts)
                for name, server in self.sites.items()
            )
        )
        (catalog_dir / "sites.toml").chmod(0o600)
        chosen = Settings(**{"data_dir": data_dir, "catalog_dir": catalog_dir, **QUICK_GATEWAY, **settings})
        async with open_gateway(chosen) as gateway, _served(gateway) as url, aiohttp.ClientSession() as client:
            yield House(url, gateway, self.sites, client, data_dir)


@asynccontextmanager
async def _served(gateway: Gateway) -> AsyncIterator[str]:
    config = uvicorn.Config(gateway.app, http=HttpToolsProtocol, ws="none", lifespan="off", log_config=None)
    config.load()
    state = ServerState()
    server = await asyncio.get_running_loop().create_server(
        lambda: HttpToolsProtocol(config, state, {}), "127.0.0.1", 0
    )
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        gateway.service.stop()
        if state.tasks:
            await asyncio.wait(set(state.tasks), timeout=5)
        for connection in list(state.connections):
            connection.transport.abort()
        await server.wait_closed()


@pytest.fixture
async def street(tmp_path: Path) -> AsyncIterator[Street]:
    """Give a place to build sites and gateways in."""
    async with Street(tmp_path) as built:
        yield built


@pytest.fixture
async def house(street: Street) -> AsyncIterator[House]:
    """Give a gateway with one site, `us`."""
    await street.site("us")
    async with street.gateway() as built:
        yield built


@pytest.fixture
def new_session() -> Callable[[str], str]:
    """Give the maker of session ids."""
    return session


OpenStreet = Callable[[], AbstractAsyncContextManager[Street]]
