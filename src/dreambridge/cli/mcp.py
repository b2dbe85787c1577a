"""`dreambridge mcp`: a running gateway's tools for an agent that starts its servers as commands."""

import asyncio
from typing import Annotated

import typer

from dreambridge.cli.gateway import GatewayRefused, GatewayUnreachable, check_target, open_gateway
from dreambridge.cli.terminal import SANDBOX, Exit, choose_language, fail, note

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

    Exit codes: 0 the agent hung up, 1 the credential is refused, 2 wrong usage, 3 gateway not reachable.
    """
    check_target(url, token)
    try:
        asyncio.run(_serve(url.rstrip("/"), token))
    except KeyboardInterrupt:
        raise typer.Exit(Exit.INTERRUPTED) from None
    except GatewayUnreachable as error:
        remedy = "Is it running? Start one with `dreambridge serve`, or name it with --url."
        fail(str(error), remedy=remedy, code=Exit.UNREACHABLE)
    except GatewayRefused as error:
        fail(error.refusal.message, remedy=error.refusal.remedy)


async def _serve(url: str, token: str) -> None:
    async with open_gateway(url, token, language=choose_language()) as gateway:
        # An agent shows what a server says before it speaks; a wrong address or credential is told there.
        await gateway.models()
    from dreambridge.cli.bridge import serve_stdio  # noqa: PLC0415 - takes most of a second

    note(f"dreambridge: speaking MCP on standard input and output for {url}")
    await serve_stdio(f"{url}/mcp", token)
