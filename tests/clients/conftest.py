"""A gateway as its clients find it, and the clients that are not Python packages of ours."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from tests.clients.media_host import serve_pictures
from tests.clients.official import Official
from tests.clients.packages import HERE, Program, install_node, install_python
from tests.running import Running, serve_gateway


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def gateway(tmp_path_factory: pytest.TempPathFactory, clean_environment: None) -> AsyncIterator[Running]:
    """Give a gateway that may fetch inputs from this machine."""
    async with serve_gateway(tmp_path_factory.mktemp("clients"), allow_private_inputs=True) as running:
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def task_gateway(tmp_path_factory: pytest.TempPathFactory, clean_environment: None) -> AsyncIterator[Running]:
    """Give a gateway that answers image calls with tasks."""
    settings: dict[str, Any] = {"allow_private_inputs": True, "images_mode": "task"}
    async with serve_gateway(tmp_path_factory.mktemp("tasks"), **settings) as running:
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def pictures() -> AsyncIterator[str]:
    """Give the address of a server of small pictures."""
    async with serve_pictures() as url:
        yield url


@pytest.fixture(params=["synchronous", "asynchronous"])
def official(request: pytest.FixtureRequest, gateway: Running) -> Official:
    """Give the official client for Python, once in each form."""
    return Official(gateway.url, synchronous=request.param == "synchronous")


@pytest.fixture(scope="session")
def node_openai() -> Program:
    """Give the official client for Node."""
    return Program((str(install_node()), str(HERE / "node" / "openai.mjs")))


@pytest.fixture(scope="session")
def ai_sdk() -> Program:
    """Give the AI SDK with its two providers for gateways like ours."""
    return Program((str(install_node()), str(HERE / "node" / "ai-sdk.mjs")))


@pytest.fixture(scope="session")
def litellm() -> Program:
    """Give LiteLLM, which has an environment of its own."""
    return Program((str(install_python(HERE / "litellm")), str(HERE / "litellm" / "drive.py")))
