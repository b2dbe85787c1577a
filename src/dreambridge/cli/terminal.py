"""What every command prints alike: errors, marks, and the exit codes that scripts rely on."""

import json
import locale
import sys
from enum import IntEnum
from typing import Any, Final, NoReturn

import typer

SANDBOX: Final = "sandbox"
"""The credential of the play site: what a gateway without an account of yours accepts."""


class Exit(IntEnum):
    """How a command ended."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    UNREACHABLE = 3
    INTERRUPTED = 130


def fail(message: str, *, remedy: str | None = None, code: Exit = Exit.FAILED) -> NoReturn:
    """Print what went wrong and what to do about it on standard error, and end the command."""
    typer.echo(f"{typer.style('error:', fg='red', bold=True)} {message}", err=True)
    if remedy:
        typer.echo(f"  {remedy}", err=True)
    raise typer.Exit(code)


def note(message: str) -> None:
    """Print a remark on standard error, so that what is piped stays clean."""
    typer.echo(message, err=True)


def print_json(document: Any) -> None:
    """Print a document for other programs."""
    print(json.dumps(document, ensure_ascii=False, indent=2))


def is_terminal() -> bool:
    """Tell whether a person watches standard error, where progress is shown."""
    return sys.stderr.isatty()


def choose_language() -> str:
    """Name the language remedies should come in, by the locale: zh for a Chinese one, else en."""
    name = locale.getlocale()[0] or ""
    return "zh" if name.lower().startswith(("zh", "chinese")) else "en"
