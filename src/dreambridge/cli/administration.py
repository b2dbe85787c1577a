"""Speak to a running gateway as its admin: the key, the errors, a sign of life while it works."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, TypeAlias, TypeVar
from urllib.parse import quote

import typer

from dreambridge.cli.configuration import load_settings
from dreambridge.cli.gateway import Gateway, GatewayRefused, GatewayUnreachable, check_target, open_gateway
from dreambridge.cli.terminal import Exit, choose_language, fail, is_terminal

T = TypeVar("T")
ADMIN_FILE: Final = "admin.key"

Url: TypeAlias = Annotated[str, typer.Option(envvar="DREAMBRIDGE_URL", help="The gateway.")]
Key: TypeAlias = Annotated[
    str | None,
    typer.Option("--key", envvar="DREAMBRIDGE_ADMIN_KEY", help=f"Admin key; default is {ADMIN_FILE} of the data dir."),
]
DataDir: TypeAlias = Annotated[Path | None, typer.Option(help=f"Where {ADMIN_FILE} lies, if not in the usual place.")]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON.")]
LOCAL: Final = "http://127.0.0.1:8000"


@dataclass(frozen=True, slots=True)
class Admin:
    """Where the gateway is, and the key for it."""

    url: str
    key: str

    @classmethod
    def find(cls, url: str, key: str | None, data_dir: Path | None) -> "Admin":
        """Take the key that was given, or read its file; end the command when there is none."""
        if key is None:
            path = load_settings({"data_dir": data_dir}).data_dir / ADMIN_FILE
            try:
                key = path.read_text(encoding="utf-8").strip()
            except (OSError, ValueError) as error:
                reason = getattr(error, "strerror", None) or "it is no text"
                remedy = "It is made at the gateway's first start. Name its directory with --data-dir, or set "
                fail(f"the admin key {path} cannot be read: {reason}", remedy=remedy + "DREAMBRIDGE_ADMIN_KEY.")
        check_target(url, key, hint="--key")
        return cls(url, key)

    def run(self, work: Callable[["Management"], Coroutine[Any, Any, T]], *, doing: str) -> T:
        """Do something through the gateway; end the command with one line when that fails."""

        async def carry_out() -> T:
            async with open_gateway(self.url, self.key, language=choose_language()) as gateway:
                return await work(Management(gateway))

        try:
            with _sign_of_life(doing):
                return asyncio.run(carry_out())
        except KeyboardInterrupt:
            raise typer.Exit(Exit.INTERRUPTED) from None
        except GatewayUnreachable as error:
            remedy = "Is it running? Start one with `dreambridge serve`, or name it with --url."
            fail(str(error), remedy=remedy, code=Exit.UNREACHABLE)
        except GatewayRefused as error:
            fail(error.refusal.message, remedy=error.refusal.remedy)


class Management:
    """What an admin asks of a gateway; every method raises `GatewayRefused`, `GatewayUnreachable`."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def ask(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, again: bool = True
    ) -> dict[str, Any]:
        """Send a request, `again` if no answer comes, and give the JSON of its answer."""
        return (await self._gateway.ask(method, path, json=body, again=again)).document


def quoted(ref: str) -> str:
    """Write a name into a path."""
    return quote(ref, safe="")


@contextmanager
def _sign_of_life(doing: str) -> Iterator[None]:
    """Show a person that something is done; nothing where nobody watches."""
    if not is_terminal():
        yield
        return
    # Imported here: a pipe does without.
    from rich.console import Console  # noqa: PLC0415

    with Console(stderr=True).status(doing):
        yield
