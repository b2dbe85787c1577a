"""A whole gateway with its sandbox, served on a loopback port for every test of this folder."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from tests.running import Running, serve_gateway


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def gateway(tmp_path_factory: pytest.TempPathFactory, clean_environment: None) -> AsyncIterator[Running]:
    async with serve_gateway(tmp_path_factory.mktemp("gateway"), max_upload_bytes=8 * 1024**2) as running:
        yield running
