"""Blocks that are settings: used by the program they are for, or held against what that program is known to send."""

import json
import tomllib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import yaml
from mcp import StdioServerParameters
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from tests.agents import call
from tests.clients.replay import Exchange, exchanges
from tests.papers.bench import Bench
from tests.papers.blocks import Block

_AGENTS = ("mcpServers", "servers", "mcp_servers")
_PICTURE = "/v1/images/generations"


def parse(block: Block) -> Any:
    """Read a block of settings by its language."""
    readers = {"json": json.loads, "toml": tomllib.loads, "yaml": yaml.safe_load, "env": parse_env}
    return readers[block.language](block.text)


def parse_env(text: str) -> dict[str, str]:
    """Read lines of `NAME=value`."""
    rows = [line.partition("=") for line in text.splitlines() if line and not line.startswith("#")]
    assert all(sign for _, sign, _ in rows), text
    return {name: value.strip('"') for name, _, value in rows}


def servers_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """Find the servers that the settings of an agent name."""
    return {name: each for key in _AGENTS for name, each in document.get(key, {}).items()}


async def run_agent(block: Block, bench: Bench) -> str:
    """Connect to each server as the settings of an agent say, with the protocol's own client, and draw."""
    servers = servers_of(parse(block))
    assert servers
    told = []
    for server in servers.values():
        async with _connect(server, bench) as client:
            facts = await call(client, "generate_image", prompt="a fox", n=1)
        told.append(json.dumps(facts))
    return "\n".join(told)


@asynccontextmanager
async def _connect(server: Mapping[str, Any], bench: Bench) -> AsyncIterator[Client]:
    environment = {**bench.environment, "DREAMBRIDGE_KEY": "sandbox", **server.get("env", {})}
    if "command" in server:
        arguments = [bench.localise(each) for each in server.get("args", [])]
        command = StdioServerParameters(command=server["command"], args=arguments, env=environment)
        async with Client(command) as client:
            yield client
        return
    (address,) = (server[name] for name in ("url", "httpUrl", "serverUrl") if name in server)
    headers = dict(server.get("headers", server.get("http_headers", {})))
    if "bearer_token_env_var" in server:
        headers["Authorization"] = f"Bearer {environment[server['bearer_token_env_var']]}"
    async with (
        httpx2.AsyncClient(headers=headers, timeout=60) as http,
        Client(streamable_http_client(bench.localise(address), http_client=http)) as client,
    ):
        yield client


async def run_home_assistant(block: Block, bench: Bench) -> str:
    """Send what Home Assistant is known to send for an action or a command, with the words of the block."""
    if "rest_command" in parse(block):
        (command,) = parse(block)["rest_command"].values()
        return await _command(bench, command)
    (step,) = (each for each in parse(block)["actions"] if each["action"] == "openai_conversation.generate_image")
    recorded = _recorded("home-assistant", "generates an image")
    body = {**json.loads(recorded.requests[0]["json"]), **step["data"]}
    del body["config_entry"]
    async with httpx2.AsyncClient(timeout=60) as web:
        headers = {"Authorization": "Bearer sandbox"}
        return (await web.post(f"{bench.gateway.url}{_PICTURE}", json=body, headers=headers)).text


async def _command(bench: Bench, command: Mapping[str, Any]) -> str:
    headers = {"Content-Type": command["content_type"], **command["headers"]}
    payload = command["payload"].replace("{{ prompt }}", "a fox")
    async with httpx2.AsyncClient(timeout=command["timeout"]) as web:
        address = bench.localise(command["url"])
        return (await web.request(command["method"], address, content=payload, headers=headers)).text


def _recorded(file: str, name: str) -> Exchange:
    (found,) = (each for each in exchanges() if (each.file, each.name) == (file, name))
    return found


async def run_environment(block: Block, bench: Bench) -> str:
    """Hold variables of a client's own server against the gateway: addresses lead to it, keys open it."""
    values = parse(block)
    addresses = [bench.localise(value) for value in values.values() if value.startswith("http")]
    keys = [value for name, value in values.items() if name.endswith("API_KEY")]
    assert addresses
    assert keys
    async with httpx2.AsyncClient(timeout=60) as web:
        for address in addresses:
            base = address if address.endswith("/v1") else f"{address}/v1"
            for key in keys:
                answer = await web.get(f"{base}/models", headers={"Authorization": f"Bearer {key}"})
                assert answer.status_code == 200, (address, answer.text)
    return ""
