"""What every command prints alike: errors, marks, and the exit codes that scripts rely on."""

import json
import locale
import sys
from collections.abc import Collection, Iterable, Sequence
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


def print_table(headings: Sequence[str], rows: Iterable[Sequence[str]], *, whole: Collection[str] = ()) -> None:
    """Print a table for people; the columns under the headings `whole` are never folded."""
    # Imported here: --json and --help do without.
    from rich import box  # noqa: PLC0415
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    console = Console()
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in headings:
        table.add_column(heading, no_wrap=heading in whole, overflow="fold")
    for row in rows:
        table.add_row(*row)
    if not console.is_terminal:
        console.width = 200  # a pipe has no width, and folded cells are hard to search
    console.print(table, markup=False)


def is_terminal() -> bool:
    """Tell whether a person watches standard error, where progress is shown."""
    return sys.stderr.isatty()


def choose_language() -> str:
    """Name the language remedies should come in, by the locale: zh for a Chinese one, else en."""
    name = locale.getlocale()[0] or ""
    return "zh" if name.lower().startswith(("zh", "chinese")) else "en"
