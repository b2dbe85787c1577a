"""Serve a gateway over HTTP until it is told to stop."""

import asyncio
import socket
import sys
from collections.abc import Callable
from email.utils import formatdate
from types import FrameType
from typing import Final

import uvicorn
from uvicorn.server import ServerState

from dreambridge.settings import Settings
from dreambridge.wiring.gateway import check_settings, open_gateway

_BACKLOG: Final = 4096
# A keep-alive longer than those of usual proxies, so that it is the proxy that closes an idle connection.
_KEEP_ALIVE: Final = 75
_SWITCH_INTERVAL: Final = 0.0005


class _State(ServerState):
    """Date every answer when it is asked for."""

    @property
    def default_headers(self) -> list[tuple[bytes, bytes]]:
        """Give the headers of the web server's own."""
        return [(b"date", formatdate(usegmt=True).encode())]

    @default_headers.setter
    def default_headers(self, _: list[tuple[bytes, bytes]]) -> None: ...


class _Server(uvicorn.Server):
    """Tell of the start, and tell the engine of a stop before connections are drained.

    Then waiting answers end, and jobs go on at the next start.
    """

    def __init__(self, config: uvicorn.Config, *, on_start: Callable[[], None], on_stop: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_start = on_start
        self._on_stop = on_stop
        self._wake: Callable[[], object] = lambda: None
        self.server_state = _State()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then tell."""
        await super().startup(sockets)
        if self.started:
            self._on_start()

    async def main_loop(self) -> None:
        """Sleep until a signal comes; the library wakes ten times a second for the date of answers."""
        stopped = asyncio.Event()
        loop = asyncio.get_running_loop()
        self._wake = lambda: loop.call_soon_threadsafe(stopped.set)
        while not await self.on_tick(0):
            await stopped.wait()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Note the signal; a second one ends the draining."""
        self._on_stop()
        super().handle_exit(sig, frame)
        self._wake()


async def serve(settings: Settings, on_ready: Callable[[str], None]) -> None:
    """Run the gateway; `on_ready` is told the address once it answers. Returns when a signal has stopped it.

    Raises `OSError` when the address is taken, and what `open_gateway` raises.
    """
    # A busy event loop otherwise keeps the thread that writes to disk waiting 5 ms at every turn.
    sys.setswitchinterval(_SWITCH_INTERVAL)
    check_settings(settings)
    listener = _listen(settings.host, settings.port)
    try:
        async with open_gateway(settings) as gateway:
            config = uvicorn.Config(
                gateway.app,
                log_config=None,
                access_log=False,
                server_header=False,
                lifespan="off",
                ws="none",
                http="httptools",
                backlog=_BACKLOG,
                timeout_keep_alive=_KEEP_ALIVE,
                timeout_graceful_shutdown=max(1, round(settings.shutdown_seconds)),
                proxy_headers=bool(settings.trusted_proxies),
                forwarded_allow_ips=",".join(settings.trusted_proxies) or None,
            )
            server = _Server(
                config,
                on_start=lambda: on_ready(_address(settings, listener)),
                on_stop=gateway.service.stop,
            )
            await server.serve(sockets=[listener])
    finally:
        listener.close()


def _listen(host: str, port: int) -> socket.socket:
    """Take the address before anything else is started: a second server on it fails at once."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio switches Nagle's delay off only for sockets that say TCP.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener


def _address(settings: Settings, listener: socket.socket) -> str:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{listener.getsockname()[1]}"
