"""The Model Context Protocol on standard input and output, answered by a gateway's `/mcp`.

Whatever era the agent speaks, each request goes to the gateway by itself: one that restarts in between is not noticed.
"""

from typing import Any, Final

import httpx2
from mcp import types
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server

from dreambridge import __version__

_ERA: Final = "2026-07-28"
# The gateway sends something every 15 seconds while a call waits; silence means that it is gone.
_SILENCE: Final = 120.0
_CONNECT: Final = 10.0


async def serve_stdio(address: str, token: str) -> None:
    """Serve until the agent hangs up. Touches the network; what the agent calls may SPEND CREDIT."""
    timeout = httpx2.Timeout(_CONNECT, read=_SILENCE)
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=timeout, transport=_Patient()) as http,
        Client(streamable_http_client(address, http_client=http), mode=_ERA, cache=None) as client,
        stdio_server() as (incoming, outgoing),
    ):
        server = _build_server(_Bridge(client))
        await server.run(incoming, outgoing, server.create_initialization_options())


class _Patient(httpx2.AsyncHTTPTransport):
    """Answers in the gateway's place while it is away; the client's connection would end with such an error."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request; no answer is an answer of the protocol's own."""
        try:
            return await super().handle_async_request(request)
        except httpx2.TransportError as error:
            message = (
                f"The gateway at {request.url.host}:{request.url.port or ''} does not answer "
                f"({type(error).__name__}). Jobs that it has taken go on once it runs again: look with search_gallery "
                "or get_job before you repeat a call."
            )
            fault = {"code": types.INTERNAL_ERROR, "message": message}
            return httpx2.Response(503, json={"jsonrpc": "2.0", "id": None, "error": fault}, request=request)


class _Bridge:
    """Hands each request on, and progress back."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def list_tools(
        self, _: ServerRequestContext[Any], params: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        """Ask for the tools."""
        return await self._client.list_tools(cursor=params.cursor if params else None)

    async def call_tool(
        self, context: ServerRequestContext[Any], params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        """Have a tool called; a call that the agent cancels stops waiting there, too."""
        return await self._client.call_tool(
            params.name, params.arguments, progress_callback=context.session.report_progress
        )

    async def list_resources(
        self, _: ServerRequestContext[Any], params: types.PaginatedRequestParams | None
    ) -> types.ListResourcesResult:
        """Ask for the newest results."""
        return await self._client.list_resources(cursor=params.cursor if params else None)

    async def list_templates(
        self, _: ServerRequestContext[Any], params: types.PaginatedRequestParams | None
    ) -> types.ListResourceTemplatesResult:
        """Ask for the kinds of resources."""
        return await self._client.list_resource_templates(cursor=params.cursor if params else None)

    async def read_resource(
        self, _: ServerRequestContext[Any], params: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        """Ask for a resource."""
        return await self._client.read_resource(params.uri)


def _build_server(bridge: _Bridge) -> Server[Any]:
    return Server(
        "dreambridge",
        version=__version__,
        title="Dreambridge",
        on_list_tools=bridge.list_tools,
        on_call_tool=bridge.call_tool,
        on_list_resources=bridge.list_resources,
        on_list_resource_templates=bridge.list_templates,
        on_read_resource=bridge.read_resource,
    )
