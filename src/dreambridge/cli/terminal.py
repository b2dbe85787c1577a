"""What every command prints alike: errors, marks, JSON, and the exit codes that scripts rely on."""

import json
import locale
import os
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import IntEnum
from itertools import pairwise, takewhile
from types import MappingProxyType
from typing import IO, Any, Final, NoReturn, Self

import typer

SANDBOX: Final = "sandbox"
"""The credential of the play site: what a gateway without an account of yours accepts."""


class Exit(IntEnum):
    """How a command ended; each with what it means."""

    meaning: str

    def __new__(cls, code: int, meaning: str) -> Self:
        """Make a code that can say what it means."""
        made = int.__new__(cls, code)
        made._value_ = code
        made.meaning = meaning
        return made

    DONE = 0, "done (also: started by --no-wait, or the site made fewer than asked)"
    FAILED = 1, "refused or failed"
    USAGE = 2, "wrong usage"
    UNREACHABLE = 3, "gateway not reachable"
    RUNNING = 4, "not finished yet"
    INTERRUPTED = 130, "interrupted (a job goes on)"


EXIT_CODES: Final = f"Exit codes: {', '.join(f'{code.value} {code.meaning}' for code in Exit)}."
"""The table as a sentence, for the help of every command."""

# Columns of a table: the blanks between two of them, and how narrow a shortened one becomes.
_BETWEEN: Final = 3
_LEAST: Final = 6
_CODES: Final = MappingProxyType(
    {
        Exit.FAILED: "failed",
        Exit.USAGE: "wrong_usage",
        Exit.UNREACHABLE: "gateway_unreachable",
        Exit.RUNNING: "still_running",
        Exit.INTERRUPTED: "interrupted",
    }
)
# The fields of the gateway's error object, so that a program reads both alike.
_ERROR: Final = MappingProxyType(
    {
        "message": None,
        "type": "command_line_error",
        "param": None,
        "code": None,
        "retryable": False,
        "charged": None,
        "site_code": None,
        "log_id": None,
        "remedy": None,
    }
)


def fail(
    message: str,
    *,
    remedy: str | None = None,
    code: Exit = Exit.FAILED,
    error: Mapping[str, Any] | None = None,
    beside: Mapping[str, Any] | None = None,
) -> NoReturn:
    """Print what went wrong and what to do about it on standard error, and end the command.

    With --json standard output gets one document as well: `error` with the gateway's fields, and what is said `beside`
    it.
    """
    sys.stdout.flush()
    # What goes on without us is no error.
    mark = "" if code in {Exit.INTERRUPTED, Exit.RUNNING} else f"{paint('error:', 'red', sys.stderr)} "
    note(f"{mark}{message}" + (f"\n  {remedy}" if remedy else ""))
    if wants_json():
        own = {"message": message, "code": _CODES.get(code), "remedy": remedy}
        print_json({**(beside or {}), "error": {**_ERROR, **own, **(error or {})}})
    if code is Exit.INTERRUPTED:
        # Not typer's way out, which it also takes when it meets an interrupt that nobody has told of.
        raise SystemExit(code)
    raise typer.Exit(code)


def note(message: str) -> None:
    """Print a remark on standard error, so that what is piped stays clean."""
    print(message, file=sys.stderr, flush=True)


def print_json(document: Any) -> None:
    """Print a document for other programs."""
    print(json.dumps(document, ensure_ascii=False, indent=2))


def wants_json() -> bool:
    """Tell whether this process was asked for JSON, also where its arguments cannot be understood."""
    words = list(takewhile(lambda word: word != "--", sys.argv[1:]))
    return not {"--json", "--format=json"}.isdisjoint(words) or ("--format", "json") in pairwise(words)


def print_table(
    headings: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    whole: Collection[str] = (),
    short: Collection[str] = (),
) -> None:
    """Print a table for people; columns under the headings `whole` are never folded, those under `short` are cut."""
    # Imported here: --json and --help do without.
    from rich import box  # noqa: PLC0415
    from rich.cells import cell_len  # noqa: PLC0415
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console(force_terminal=None if sys.stdout.isatty() else False, highlight=False)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    if not sys.stdout.isatty():
        console.width = 200  # a pipe has no width, and folded cells are hard to search
    # As text: what people wrote is no markup.
    cells = [[Text(cell) for cell in row] for row in rows]
    widths = [max(map(cell_len, column)) for column in zip(headings, *(map(str, row) for row in cells), strict=True)]
    taken = sum(width for width, heading in zip(widths, headings, strict=True) if heading not in short)
    room = max(_LEAST, console.width - taken - _BETWEEN * len(headings)) // max(1, len(short))
    for heading in headings:
        table.add_column(heading, no_wrap=heading in whole or heading in short, overflow="fold")
    for row in cells:
        for cell, heading in zip(row, headings, strict=True):
            if heading in short:
                cell.truncate(room, overflow="ellipsis")
        table.add_row(*row)
    console.print(table)


def write_amount(amount: float) -> str:
    """Write an amount of credits without an exponent: 1000000, 7.5."""
    return f"{amount:.12g}"


def paint(text: str, colour: str, stream: IO[str]) -> str:
    """Make text bold and coloured where a stream shows that."""
    return text if is_plain(stream) else typer.style(text, fg=colour, bold=True)


def is_plain(stream: IO[str]) -> bool:
    """Tell whether a stream takes letters only: no terminal, or one that can do or shall do no more."""
    return not stream.isatty() or bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") in {"dumb", "unknown"}


def is_terminal() -> bool:
    """Tell whether a person watches standard error, where progress is shown by drawing over it."""
    return sys.stderr.isatty() and os.environ.get("TERM") not in {"dumb", "unknown"}


def choose_language() -> str:
    """Name the language remedies should come in, by the locale: zh for a Chinese one, else en."""
    # The environment first: it counts also where that locale is not installed.
    said = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    name = next(filter(None, said), None) or locale.getlocale()[0] or ""
    return "zh" if name.lower().startswith(("zh", "chinese")) else "en"
