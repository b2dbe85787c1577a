"""`dreambridge simulate`: a simulated site on a port of its own."""

import asyncio
import signal
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Final

import typer

from dreambridge.cli.completing import offer_clusters, offer_formats, offer_scenarios
from dreambridge.cli.terminal import Exit, fail
from dreambridge.simulator.settings import SimulatorOptions

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")

# Three of the sites are one cluster: they share hosts, models and accounts.
_CLUSTERS: Final = MappingProxyType({"hk": "asia", "jp": "asia", "sg": "asia"})


@app.command()
def simulate(  # noqa: PLR0913 - one parameter per option
    *,
    cluster: Annotated[
        str, typer.Option(help="cn, us, asia (or hk, jp, sg) or sandbox.", autocompletion=offer_clusters)
    ] = "sandbox",
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")] = 9000,
    strict: Annotated[bool, typer.Option(help="Refuse what the protocol does not allow; check signatures.")] = False,
    time_scale: Annotated[float, typer.Option(help="Multiplies every span: 0.01 makes 20 s last 0.2 s.")] = 1.0,
    generation: Annotated[
        str, typer.Option(help="Time of a generation: protocol, fixed:SECONDS or lognormal:MEAN:SIGMA.")
    ] = "protocol",
    items: Annotated[str, typer.Option(help="Pictures of a record appear together or staggered.")] = "together",
    tiny_items: Annotated[bool, typer.Option(help="Serve small pre-drawn pictures, for load.")] = False,
    picture_format: Annotated[str, typer.Option(help="png, jpeg or webp.", autocompletion=offer_formats)] = "png",
    sessions: Annotated[str, typer.Option(help="open: every session is alive; listed: registered ones.")] = "open",
    credit: Annotated[int, typer.Option(help="Credits of a new account.")] = 2000,
    daily_credit: Annotated[int, typer.Option(help="Credits of a daily claim.")] = 66,
    duplicate_submit: Annotated[
        str, typer.Option(help="The same submit id again: refuse, ignore or duplicate.")
    ] = "refuse",
    visible_after: Annotated[float, typer.Option(help="Seconds until a new record can be found.")] = 0.0,
    history_max_ids: Annotated[int | None, typer.Option(help="Most ids in one history call.")] = None,
    url_seconds: Annotated[float, typer.Option(help="Life of a picture's address.")] = 3600.0,
    latency: Annotated[float, typer.Option(help="Seconds added to every answer, not scaled.")] = 0.0,
    token_seconds: Annotated[float, typer.Option(help="Life of upload credentials.")] = 3600.0,
    commerce_envelope: Annotated[str, typer.Option(help="auto, A or B.")] = "auto",
    scenario: Annotated[
        str | None, typer.Option(help="A mishap for every call that names none.", autocompletion=offer_scenarios)
    ] = None,
    seed: Annotated[int, typer.Option(help="Makes drawn times repeatable.")] = 0,
    state_dir: Annotated[Path | None, typer.Option(help="Where the ledger is kept across restarts.")] = None,
    public_url: Annotated[str | None, typer.Option(help="Address that pictures' addresses start with.")] = None,
) -> None:
    """Run a simulated site; nothing it does costs anything or leaves this machine.

    Point the gateway at it with a sites.toml in its catalogue directory. Its first line is its address.
    """
    options: dict[str, Any] = dict(locals())
    address = options.pop("host"), options.pop("port")
    options["cluster"] = _CLUSTERS.get(cluster, cluster)
    try:
        asyncio.run(_run(SimulatorOptions(**options), *address))
    except ValueError as error:
        fail(str(error), code=Exit.USAGE)
    except OSError as error:
        fail(f"cannot listen on {address[0]}:{address[1]}: {error.strerror or error}")


async def _run(options: SimulatorOptions, host: str, port: int) -> None:
    # Imported here: the help and a wrong option need no web server.
    from dreambridge.simulator.server import SimulatorServer  # noqa: PLC0415

    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    server = SimulatorServer(options, host=host, port=port)
    url = await server.start()
    try:
        print(f"simulated site {options.cluster} on {url} (Ctrl-C stops it)", flush=True)
        await stopped.wait()
    finally:
        await server.stop()
