"""The Model Context Protocol over HTTP: one address, both eras of the protocol, no state between requests."""

import asyncio
from collections.abc import Awaitable, Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from mcp import types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.shared.exceptions import MCPError

from dreambridge import __version__
from dreambridge.domain.errors import GatewayError, GatewayFault
from dreambridge.engine.guest import Guest
from dreambridge.mcp.arguments import read_arguments
from dreambridge.mcp.desk import Desk, Visit
from dreambridge.mcp.giving_up import Key, Receive, Scope, Send, Waits, give_session, read_given_up, session_of
from dreambridge.mcp.resources import TEMPLATES, list_resources, read_resource
from dreambridge.mcp.results import refuse, render_error
from dreambridge.mcp.tools import TOOLS, Tool

_Context: TypeAlias = ServerRequestContext[Any, Any]

_INSTRUCTIONS: Final = (
    "Makes pictures and videos with the user's own Jimeng and Dreamina accounts. list_models says what can be asked "
    "for; generate_image and generate_video wait, submit does not. Every job is kept: what was lost on the way is "
    "found again with get_job or search_gallery and is not paid for twice. Results are addresses that need no "
    "credential; show those to the user. An error says whether anything was charged and what to do."
)


class AgentServer:
    """An ASGI application that answers agents; whoever calls it has let the caller in and put a Guest on the request.

    Used within `async with`, whose end cuts off calls under way; their jobs go on.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._tools: Mapping[str, Tool] = MappingProxyType({tool.name: tool for tool in TOOLS})
        self._listed = [tool.describe() for tool in TOOLS]
        server: Server[Any] = Server(
            "dreambridge",
            version=__version__,
            title="Dreambridge",
            instructions=_INSTRUCTIONS,
            on_list_tools=self._list_tools,
            on_call_tool=self._call_tool,
            on_list_resources=self._list_resources,
            on_list_resource_templates=self._list_templates,
            on_read_resource=self._read_resource,
        )
        # Without sessions any replica may answer any request, and a client that is gone leaves nothing behind.
        self._manager = StreamableHTTPSessionManager(
            server, stateless=True, max_request_body_size=desk.options.most_bytes
        )
        self._waits = Waits()
        self._stopping = asyncio.Event()
        self._started = asyncio.Event()
        self._running: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to answer."""
        # The manager is left by the task that entered it, whichever request came first.
        self._running = asyncio.create_task(self._run(), name="agents")
        await self._started.wait()

    async def aclose(self) -> None:
        """End calls under way; their jobs go on."""
        self._stopping.set()
        if self._running is not None:
            await self._running

    async def _run(self) -> None:
        async with self._manager.run():
            self._started.set()
            await self._stopping.wait()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request_id, receive = await read_given_up(scope, receive)
        session = session_of(scope)
        if request_id is not None and session is not None:
            self._waits.give_up((_owner(scope["state"]["guest"]), session, request_id))
        await self._manager.handle_request(scope, receive, give_session(scope, send))

    async def _list_tools(self, _: _Context, __: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        return types.ListToolsResult(tools=self._listed)

    async def _call_tool(self, context: _Context, params: types.CallToolRequestParams) -> types.CallToolResult:
        """Do what a tool does; what goes wrong is an answer, as agents see only those."""
        tool = self._tools.get(params.name)
        if tool is None:
            raise MCPError(types.INVALID_PARAMS, f"No tool is named {params.name[:100]!r}: {', '.join(self._tools)}.")
        guest = _guest(context)

        async def report(percent: float, text: str) -> None:
            await context.session.report_progress(percent, 100.0, text)

        try:
            arguments = read_arguments(tool.arguments, params.arguments)
            async with asyncio.timeout(None) as wait:
                with self._waits.entered(_key(context, guest), wait):
                    result: types.CallToolResult = await guest.contain(
                        tool.work(Visit(self._desk, guest, report), arguments)
                    )
        except GatewayError as error:
            return refuse(error, guest)
        except TimeoutError:
            # Nobody reads this: the client gave the call up. Its job goes on, and waits for the same call.
            return types.CallToolResult(content=[types.TextContent(text="The call was given up.")], is_error=True)
        return result

    async def _list_resources(
        self, context: _Context, params: types.PaginatedRequestParams | None
    ) -> types.ListResourcesResult:
        cursor = params.cursor if params is not None else None
        guest = _guest(context)
        found: types.ListResourcesResult = await _answer(guest, list_resources(self._desk, guest, cursor))
        return found

    async def _list_templates(
        self, _: _Context, __: types.PaginatedRequestParams | None
    ) -> types.ListResourceTemplatesResult:
        return types.ListResourceTemplatesResult(resource_templates=list(TEMPLATES))

    async def _read_resource(
        self, context: _Context, params: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        guest = _guest(context)
        read: types.ReadResourceResult = await _answer(guest, read_resource(self._desk, guest, params.uri))
        return read


async def _answer(guest: Guest, work: Awaitable[Any]) -> Any:
    """Await an answer that has no place for an error of ours; the protocol's own carries it."""
    try:
        return await guest.contain(work)
    except GatewayError as error:
        code = types.INTERNAL_ERROR if isinstance(error, GatewayFault) else types.INVALID_PARAMS
        facts = render_error(error, guest)
        raise MCPError(code, f"{error.message} {facts['remedy']}", facts) from error


def _key(context: _Context, guest: Guest) -> Key | None:
    """Name a call as its client would give it up; `None` in the newer era, where closing the connection does that."""
    session = session_of(context.request.scope) if context.request is not None else None
    return None if session is None or context.request_id is None else (_owner(guest), session, context.request_id)


def _owner(guest: Guest) -> str:
    return guest.caller.owners[0]


def _guest(context: _Context) -> Guest:
    found = getattr(getattr(context.request, "state", None), "guest", None)
    if not isinstance(found, Guest):
        raise TypeError("a request came in without its caller")
    return found
