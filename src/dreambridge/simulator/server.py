"""Serves a simulated site: as a process of its own, or inside another event loop."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from dreambridge.simulator.app import build_simulator
from dreambridge.simulator.settings import SimulatorOptions
from dreambridge.simulator.world import World

_BACKLOG = 4096
_GRACE_SECONDS = 2
_KEEP_ALIVE_SECONDS = 75


class _DroppingProtocol(HttpToolsProtocol):
    """Let a request reach its connection, so that a scenario can close it without an answer."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.access_log = False

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["state"]["transport"] = self.transport


class SimulatorServer:
    """One simulated site on one port. It logs nothing and leaves the signal handlers of its process alone."""

    def __init__(
        self,
        options: SimulatorOptions,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._host = host
        self._port = port
        self._app: Starlette = build_simulator(options, clock=clock)
        self._state = ServerState()
        self._server: asyncio.Server | None = None

    @property
    def base_url(self) -> str:
        """Return where it listens; raise `RuntimeError` when it does not."""
        if self._server is None:
            raise RuntimeError("the simulator is not running")
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._server.sockets[0].getsockname()[1]}"

    @property
    def world(self) -> World:
        """Return what the site remembers."""
        world: World = self._app.state.world
        return world

    async def start(self) -> str:
        """Listen and return the base URL, with the port that was free when the port was 0.

        Raises `OSError` when the address is taken.
        """
        config = uvicorn.Config(
            self._app,
            http=_DroppingProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        )
        config.load()
        # Not `uvicorn.Server`: that one takes the process's signals and wakes up ten times a second.
        self._server = await asyncio.get_running_loop().create_server(
            lambda: _DroppingProtocol(config, self._state, {}), self._host, self._port, backlog=_BACKLOG
        )
        return self.base_url

    async def stop(self) -> None:
        """Stop listening, let held calls go on, and end those that are still open after two seconds."""
        if self._server is None:
            return
        self._server.close()
        self.world.gate.release()
        for connection in list(self._state.connections):
            connection.shutdown()
        if self._state.tasks:
            _, late = await asyncio.wait(set(self._state.tasks), timeout=_GRACE_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        for connection in list(self._state.connections):
            connection.transport.abort()
        await self._server.wait_closed()
        self._app.state.gallery.close()
        self.world.journal.close()
        self.world.depot.close()
        self._server = None
