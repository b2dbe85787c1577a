"""A gateway to try rows on: before strict simulated sites, or before a real one."""

import os
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import aiohttp
from tests.conformance.rows import Row

from dreambridge.settings import Settings
from dreambridge.simulator.server import SimulatorServer
from dreambridge.simulator.settings import Cluster, SimulatorOptions
from dreambridge.wiring import Gateway, open_gateway

SANDBOX: Final = "sandbox"
_CLUSTERS: Final[Mapping[str, Cluster]] = {"cn": "cn", "us": "us", "hk": "asia", "jp": "asia", "sg": "asia"}
# Ten seconds of a record's life, told in a fifth of one; sizes stay true.
_QUICK: Final[Mapping[str, Any]] = {
    "strict": True,
    "time_scale": 0.02,
    "generation": "fixed:10",
    "tiny_items": True,
    "credit": 100_000,
}
_HOSTS: Final = ("mweb", "commerce", "passport", "imagex", "vod")


@dataclass(frozen=True, slots=True)
class World:
    """A gateway and the sites before it; `controls` are the simulated sites' addresses, none of a real site."""

    gateway: Gateway
    controls: Mapping[str, str]
    client: aiohttp.ClientSession
    real_token: str | None

    async def token(self, row: Row) -> tuple[str, str]:
        """Give the credential that a row is tried with, and its session: a new account where sites are simulated."""
        if self.real_token is not None:
            return self.real_token, ""
        name = secrets.token_hex(16)
        session = f"sandbox-{name}" if row.site == SANDBOX else name
        member = {"session": session, "member": row.spec.members_only, "credit": _QUICK["credit"]}
        async with self.client.post(f"{self.controls[row.site]}/_simulator/sessions", json=member) as answer:
            answer.raise_for_status()
        return session if row.site == SANDBOX else f"{session}:{row.site}", session

    async def read(self, site: str, table: str) -> list[dict[str, Any]]:
        """Read one table of a simulated site."""
        async with self.client.get(f"{self.controls[site]}/_simulator/{table}") as answer:
            return list(await answer.json())


@asynccontextmanager
async def simulated_world(folder: Path, data: Path | None = None) -> AsyncIterator[World]:
    """Run strict simulated sites and a gateway before them; `data` holds catalogue files that are laid over ours."""
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(aiohttp.ClientSession())
        controls = {}
        for name, cluster in _CLUSTERS.items():
            server = SimulatorServer(SimulatorOptions(cluster=cluster, **_QUICK))
            controls[name] = await server.start()
            stack.push_async_callback(server.stop)
        chosen: Mapping[str, Any] = {
            "data_dir": folder / "data",
            "catalog_dir": _write_catalog(folder / "catalog", controls, data),
            "sandbox": True,
            "submit_gap_ms": 0,
            "min_free_bytes": 0,
        }
        gateway = await stack.enter_async_context(open_gateway(Settings(**chosen)))
        if gateway.sandbox_url is None:
            raise RuntimeError("the sandbox did not start")
        async with client.post(f"{gateway.sandbox_url}/_simulator/options", json=dict(_QUICK)) as answer:
            answer.raise_for_status()
        yield World(gateway, {**controls, SANDBOX: gateway.sandbox_url}, client, None)


def _write_catalog(folder: Path, urls: Mapping[str, str], data: Path | None) -> Path:
    folder.mkdir(mode=0o700)
    for file in data.glob("*.toml") if data else ():
        (folder / file.name).write_bytes(file.read_bytes())
    tables = [f"[{name}]\n" + "".join(f'{host} = "{url}"\n' for host in _HOSTS) for name, url in urls.items()]
    with (folder / "sites.toml").open("a") as file_of_sites:
        file_of_sites.write("".join(tables))
    for file in folder.iterdir():
        file.chmod(0o600)
    return folder


@asynccontextmanager
async def real_world(folder: Path, site: str) -> AsyncIterator[World]:
    """Run a gateway before a real site, with the session of the environment. What it is asked for SPENDS CREDIT."""
    session = os.environ["DREAMBRIDGE_CONFORMANCE_SESSION"].strip()
    token = session if session.endswith(f":{site}") else f"{session}:{site}"
    chosen: Mapping[str, Any] = {"data_dir": folder / "data", "sandbox": False}
    async with aiohttp.ClientSession() as client, open_gateway(Settings(**chosen)) as gateway:
        yield World(gateway, {}, client, token)
