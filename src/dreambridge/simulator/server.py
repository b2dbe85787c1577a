"""Runs simulated sites: as a process of their own, or inside another event loop."""

import asyncio
import socket
from typing import Any

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from dreambridge.simulator.app import build_simulator
from dreambridge.simulator.settings import SimulatorOptions
from dreambridge.simulator.world import World

_BACKLOG = 4096
_GRACE_SECONDS = 2


class _DroppingProtocol(HttpToolsProtocol):
    """Let a request reach its connection, so that a scenario can close it without an answer."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.access_log = False

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["state"]["transport"] = self.transport


class SimulatorServer:
    """One simulated site on one port. Neither logs nor touches signal handlers."""

    def __init__(self, options: SimulatorOptions, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self._host = host
        self._port = port
        self._app: Starlette = build_simulator(options)
        self._server: uvicorn.Server | None = None
        self._socket: socket.socket | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def world(self) -> World:
        """Return what the site remembers."""
        world = self._app.state.world
        assert isinstance(world, World)  # noqa: S101 -- for the type checker
        return world

    async def start(self) -> str:
        """Listen and return the base URL, with the port that was free when the port was 0.

        Raises `OSError` when the address is taken.
        """
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((self._host, self._port))
            listener.listen(_BACKLOG)
            listener.setblocking(False)
        except OSError:
            listener.close()
            raise
        config = uvicorn.Config(
            self._app,
            http=_DroppingProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            backlog=_BACKLOG,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
        self._socket = listener
        self._server = uvicorn.Server(config)
        # Not `serve`: that one replaces the signal handlers of the process it is a guest in.
        self._task = asyncio.create_task(self._server._serve(sockets=[listener]), name="simulator")  # noqa: SLF001
        while not self._server.started:
            if self._task.done():
                await self._task
            await asyncio.sleep(0.005)
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{listener.getsockname()[1]}"

    async def stop(self) -> None:
        """Stop listening, let go of held calls, end open ones after two seconds."""
        if self._server is None or self._task is None:
            return
        self.world.gate.release()
        self._server.should_exit = True
        await self._task
        if self._socket is not None:
            self._socket.close()
        self._app.state.gallery.close()
        self.world.journal.close()
        self._server = self._task = self._socket = None


async def run_simulator(options: SimulatorOptions, host: str = "127.0.0.1", port: int = 0) -> None:
    """Run one site until this coroutine is cancelled."""
    server = SimulatorServer(options, host=host, port=port)
    await server.start()
    try:
        await asyncio.Event().wait()
    finally:
        await server.stop()
