"""A whole gateway with its sandbox, and the protocol's own client for it, unmodified."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from tests.agents import HANDSHAKE, STATELESS, Connect
from tests.running import Running, serve_gateway


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def gateway(tmp_path_factory: pytest.TempPathFactory, clean_environment: None) -> AsyncIterator[Running]:
    async with serve_gateway(tmp_path_factory.mktemp("gateway")) as running:
        yield running


@pytest.fixture
def connect(gateway: Running) -> Connect:
    """Connect a client; the era is the protocol's version that it settles on."""

    @asynccontextmanager
    async def connect(token: str = "sandbox-mcp", era: str = STATELESS, **options: Any) -> AsyncIterator[Client]:
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx2.AsyncClient(headers=headers, timeout=60) as http:
            transport = streamable_http_client(f"{gateway.url}/mcp", http_client=http)
            mode = "legacy" if era == HANDSHAKE else era
            async with Client(transport, mode=mode, **options) as client:
                assert client.protocol_version == era
                yield client

    return connect
