"""What every command that speaks to a gateway shares: its options, one way to fail, and a sign of life."""

import asyncio
import os
import re
import shlex
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Any, Final, NoReturn, TypeAlias, TypeVar

import typer

from dreambridge.cli.answers import GatewayRefused, GatewayUnreachable, Refusal
from dreambridge.cli.gateway import Gateway, open_gateway
from dreambridge.cli.terminal import SANDBOX, Exit, choose_language, fail, is_terminal

T = TypeVar("T")
LOCAL: Final = "http://127.0.0.1:8000"
_NOT_THERE: Final = "Is it running? Start one with `dreambridge serve`, or name it with --url."
# Where the gateway's remedy speaks of its routes, and there is a command.
_REMEDIES: Final = MappingProxyType(
    {"model_not_found": "`dreambridge models` lists them, with --all also other names."}
)
_CHARGED: Final = MappingProxyType({"yes": " (it was charged)", "unknown": " (whether it was charged is unknown)"})

Url: TypeAlias = Annotated[str, typer.Option(envvar="DREAMBRIDGE_URL", help="The gateway.")]
Token: TypeAlias = Annotated[str, typer.Option(envvar="DREAMBRIDGE_TOKEN", help="Session id, key, or sandbox.")]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON, errors too.")]


@dataclass(frozen=True, slots=True)
class Target:
    """A gateway and the credential for it."""

    url: str = LOCAL
    token: str = SANDBOX

    def __post_init__(self) -> None:
        """Refuse what can be no address or no credential, as wrong usage."""
        check_target(self.url, self.token)

    def run(self, work: Callable[[Gateway], Coroutine[Any, Any, T]], *, doing: str | None = None) -> T:
        """Do something through the gateway; end the command when that fails. `doing` is shown meanwhile."""

        async def carry_out() -> T:
            async with open_gateway(self.url, self.token, language=choose_language()) as gateway:
                return await work(gateway)

        with _failing(), sign_of_life(doing):
            return asyncio.run(carry_out())

    def options(self) -> str:
        """Write what another command needs to reach the same gateway; a credential is not repeated."""
        words = []
        if self.url != os.environ.get("DREAMBRIDGE_URL", LOCAL):
            words.append(f" --url {shlex.quote(self.url)}")
        if self.token != os.environ.get("DREAMBRIDGE_TOKEN", SANDBOX):
            words.append(" --token …")
        return "".join(words)


def check_target(url: str, token: str, *, hint: str = "--token") -> None:
    """Refuse what can be no address or no credential, as wrong usage."""
    if not re.fullmatch(r"https?://[^/\s]\S*", url):
        raise typer.BadParameter("an address begins with http:// or https://", param_hint="--url")
    if not re.fullmatch(r"[\x21-\x7e]+", token):
        raise typer.BadParameter("a credential is printable ASCII without blanks", param_hint=hint)


def fail_refused(refusal: Refusal, *, option: str | None = None, beside: Mapping[str, Any] | None = None) -> NoReturn:
    """End the command with what the gateway says; `option` is what of the command line it is about."""
    message = f"{option}: {refusal.message}" if option else refusal.message
    remedy = _REMEDIES.get(refusal.code or "") if choose_language() == "en" else None
    fail(
        message + _CHARGED.get(refusal.charged or "", ""),
        remedy=remedy or refusal.remedy,
        error={**refusal.fields, "message": refusal.message},
        beside=beside,
    )


def fail_unreachable(
    error: GatewayUnreachable, *, remedy: str = _NOT_THERE, beside: Mapping[str, Any] | None = None
) -> NoReturn:
    """End the command because no gateway answers."""
    fail(str(error), remedy=remedy, code=Exit.UNREACHABLE, error={"retryable": True}, beside=beside)


@contextmanager
def sign_of_life(doing: str | None) -> Iterator[None]:
    """Show a person that something is done; nothing where nobody watches."""
    if doing is None or not is_terminal():
        yield
        return
    # Imported here: a pipe does without.
    from rich.console import Console  # noqa: PLC0415

    with Console(stderr=True).status(doing):
        yield


@contextmanager
def _failing() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        fail("Interrupted.", code=Exit.INTERRUPTED)
    except GatewayUnreachable as error:
        fail_unreachable(error)
    except GatewayRefused as error:
        fail_refused(error.refusal)
