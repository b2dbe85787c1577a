"""`dreambridge serve`: the gateway."""

import asyncio
import shlex
import signal
from collections.abc import Callable, Coroutine
from errno import EADDRINUSE
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer

from dreambridge import __version__
from dreambridge.cli.completing import offer_log_levels
from dreambridge.cli.configuration import load_settings
from dreambridge.cli.terminal import fail
from dreambridge.settings import Settings

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")


@app.command()
def serve(
    *,
    host: Annotated[str | None, typer.Option(help="Address to listen on (127.0.0.1).")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on (8000); 0 takes a free one.")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Where database, keys and artifacts lie.")] = None,
    log_level: Annotated[
        str | None, typer.Option(help="debug, info, warning or error (info).", autocompletion=offer_log_levels)
    ] = None,
) -> None:
    """Run the gateway, with the sandbox inside.

    Every setting can also be given as DREAMBRIDGE_<NAME> in the environment, in .env or in dreambridge.toml. Ctrl-C
    stops politely: unfinished jobs go on at the next start.
    """
    run(load_settings({"host": host, "port": port, "data_dir": data_dir, "log_level": log_level}))


def run(settings: Settings) -> None:
    """Serve until stopped; end the command with one line when the start is refused."""
    # Imported after the settings are known to be valid: a mistake in them is told at once.
    from dreambridge.catalog import CatalogError  # noqa: PLC0415
    from dreambridge.logs import configure_logs  # noqa: PLC0415
    from dreambridge.wiring import StartRefused, StoreError, serve  # noqa: PLC0415

    configure_logs(settings.log_level, settings.log_format)
    stops = _Stops()
    try:
        _run_loop(serve(settings, lambda address: stops.after(lambda: announce(settings, address))))
    except (StartRefused, StoreError, CatalogError) as error:
        fail(str(error))
    except OSError as error:
        taken = "Take another with --port; or is the gateway running already?" if error.errno == EADDRINUSE else None
        fail(f"cannot serve on {settings.host}:{settings.port}: {error.strerror or error}", remedy=taken)


def announce(settings: Settings, address: str) -> None:
    """Print where the gateway is, where it keeps things, and a line that makes a picture."""
    from dreambridge.wiring.diagnosis import admin_location, key_location  # noqa: PLC0415 - after the start, which it would delay

    lines = [
        f"Dreambridge {__version__} on {address}",
        f"  data  {settings.data_dir}",
        f"  key   {key_location(settings)}",
        f"  admin {admin_location(settings)}",
    ]
    if settings.sandbox_on and not settings.require_gateway_key:
        body = '{"prompt": "a red fox in snow", "n": 1}'
        headers = "-H 'Authorization: Bearer sandbox' -H 'Content-Type: application/json'"
        call = f"curl {address}/v1/images/generations {headers} -d {shlex.quote(body)}"
        lines.append(f"  try   {call}")
    print("\n".join(lines), flush=True)


class _Stops:
    """What SIGINT and SIGTERM do outside the web server's own handling.

    The server takes both signals while it serves, and raises them once more when it has stopped; that echo must not
    cut short the polite end of everything behind it. Before it serves they end the process.
    """

    def __init__(self) -> None:
        self._serving = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._handle)

    def after(self, tell: Callable[[], None]) -> None:
        """Note that the server serves, and tell of it."""
        self._serving = True
        tell()

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        if not self._serving:
            raise SystemExit(128 + number)


def _run_loop(main: Coroutine[Any, Any, None]) -> None:
    try:
        import uvloop  # noqa: PLC0415 - does not exist on every platform
    except ImportError:
        asyncio.run(main)
    else:
        uvloop.run(main)
