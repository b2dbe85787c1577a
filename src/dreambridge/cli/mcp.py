"""`dreambridge mcp`: a running gateway's tools for an agent that starts its servers as commands."""

import asyncio
from typing import Annotated

import typer

from dreambridge.cli.connection import Target
from dreambridge.cli.terminal import SANDBOX, Exit, note

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")


@app.command()
def mcp(
    *,
    url: Annotated[str, typer.Option(envvar="DREAMBRIDGE_URL", help="The gateway.")] = "http://127.0.0.1:8000",
    token: Annotated[
        str,
        typer.Option(
            "--key",
            "--token",
            envvar=["DREAMBRIDGE_KEY", "DREAMBRIDGE_TOKEN"],
            help="Session id, key, or sandbox; better in the environment, where other users do not see it.",
        ),
    ] = SANDBOX,
) -> None:
    """Speak the Model Context Protocol on standard input and output, for a running gateway.

    Agents start this command by themselves. Those that speak HTTP need it not: their address is /mcp of the gateway.
    """
    target = Target(url, token)
    # An agent shows what a server says before it speaks; a wrong address or credential is told there.
    target.run(lambda gateway: gateway.models())
    try:
        asyncio.run(_serve(url.rstrip("/"), token))
    except KeyboardInterrupt:
        raise SystemExit(Exit.INTERRUPTED) from None


async def _serve(url: str, token: str) -> None:
    from dreambridge.cli.bridge import serve_stdio  # noqa: PLC0415 - takes most of a second

    note(f"dreambridge: speaking MCP on standard input and output for {url}")
    await serve_stdio(f"{url}/mcp", token)
