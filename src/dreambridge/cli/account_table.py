"""Accounts as a table, with what is worth knowing of them below it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from dreambridge.cli.terminal import note, print_json, print_table

_HEADINGS: Final = ("name", "site", "health", "credit", "in flight", "session ends", "account")


def show_accounts(found: list[dict[str, Any]], *, as_json: bool, single: bool = False) -> None:
    """Print accounts for a person or, as JSON, for a program: a list, or the `single` one that was made."""
    if as_json:
        print_json(found[0] if single else found)
        return
    if not found:
        note("no accounts")
        return
    print_table(_HEADINGS, map(_row, found))
    for each in found:
        words = [each["reason"], each["note"], *(notice["message"] for notice in each["notices"])]
        for line in dict.fromkeys(filter(None, words)):
            note(f"{each['name']}: {line}")


def _row(each: Mapping[str, Any]) -> tuple[str, ...]:
    credit = each["credit"]["total"] if each["credit"] else "unknown"
    spent = f" ({each['spent_today']} of {each['daily_credits']} today)" if each["daily_credits"] else ""
    health = "paused" if each["paused"] else each["health"]
    ends = each["session_expires_at"]
    day = datetime.fromtimestamp(ends, UTC).date().isoformat() if ends else ""
    cells = (each["name"], each["site"], health, f"{credit}{spent}", str(each["in_flight"]), day)
    return (*cells, each["fingerprint"])
