"""Accounts as a table, with what is worth knowing of them below it."""

import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from dreambridge.cli.terminal import note, print_json


def show_accounts(found: list[dict[str, Any]], *, as_json: bool, single: bool = False) -> None:
    """Print accounts for a person or, as JSON, for a program: a list, or the `single` one that was made."""
    if as_json:
        print_json(found[0] if single else found)
        return
    if not found:
        note("no accounts")
        return
    _print_table(found)
    for each in found:
        words = [each["reason"], each["note"], *(notice["message"] for notice in each["notices"])]
        for line in dict.fromkeys(filter(None, words)):
            note(f"{each['name']}: {line}")


def _print_table(found: Iterable[Mapping[str, Any]]) -> None:
    # Imported here: --json and --help do without.
    from rich import box  # noqa: PLC0415
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    console = Console()
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("name", "site", "health", "credit", "in flight", "session ends", "account"):
        table.add_column(heading, overflow="fold")
    for each in found:
        credit = each["credit"]["total"] if each["credit"] else "unknown"
        spent = f" ({each['spent_today']} of {each['daily_credits']} today)" if each["daily_credits"] else ""
        health = "paused" if each["paused"] else each["health"]
        ends = each["session_expires_at"]
        day = datetime.fromtimestamp(ends, UTC).date().isoformat() if ends else ""
        cells = (each["name"], each["site"], health, f"{credit}{spent}", str(each["in_flight"]), day)
        table.add_row(*cells, each["fingerprint"])
    if not sys.stdout.isatty():
        console.width = 200  # a pipe has no width, and folded cells are hard to search
    console.print(table, markup=False)
