"""Speak to a running gateway as its admin: the key, the errors, a sign of life while it works."""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, TypeAlias, TypeVar
from urllib.parse import quote

import typer

from dreambridge.cli.configuration import load_settings
from dreambridge.cli.connection import LOCAL, AsJson, Target, Url, check_target
from dreambridge.cli.gateway import Gateway
from dreambridge.cli.terminal import fail

__all__ = ["LOCAL", "Admin", "AsJson", "DataDir", "Key", "Management", "Url", "quoted"]

T = TypeVar("T")
ADMIN_FILE: Final = "admin.key"

Key: TypeAlias = Annotated[
    str | None,
    typer.Option("--key", envvar="DREAMBRIDGE_ADMIN_KEY", help=f"Admin key; default is {ADMIN_FILE} of the data dir."),
]
DataDir: TypeAlias = Annotated[Path | None, typer.Option(help=f"Where {ADMIN_FILE} lies, if not in the usual place.")]


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
        return Target(self.url, self.key).run(lambda gateway: work(Management(gateway)), doing=doing)


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
