"""What tests with the client of the Model Context Protocol have in common."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeAlias

from mcp import types
from mcp.client import Client

Connect: TypeAlias = Callable[..., AbstractAsyncContextManager[Client]]

HANDSHAKE, STATELESS = "2025-11-25", "2026-07-28"
"""The eras of the protocol, by their last versions: a handshake and a session, and neither."""


def texts(result: types.CallToolResult) -> str:
    """Join what a result says in words."""
    return "\n".join(each.text for each in result.content if isinstance(each, types.TextContent))


async def call(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    """Call a tool that has to succeed; give its facts."""
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, texts(result)
    facts: dict[str, Any] = result.structured_content
    return facts
