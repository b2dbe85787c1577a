"""Jobs as a table, and one of them in full."""

import shutil
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

from dreambridge.cli.following import describe, span
from dreambridge.cli.terminal import note, print_table, write_amount
from dreambridge.cli.watching import has_ended

_HEADINGS: Final = ("id", "state", "what", "model", "age", "cost", "prompt")
_NEEDS: Final = MappingProxyType({"what": 100, "model": 120, "prompt": 80, "cost": 70, "age": 62})
_WIDE: Final = 200


def show_jobs(found: Sequence[Mapping[str, Any]]) -> None:
    """Print a line for each job."""
    if not found:
        note("no jobs")
        return
    now, shown = time.time(), _choose_columns()
    rows = [[cell for name, cell in zip(_HEADINGS, _row(job, now), strict=True) if name in shown] for job in found]
    print_table(shown, rows, whole=("id", "state", "age", "cost"), short=("prompt",))


def show_job(job: Mapping[str, Any]) -> None:
    """Print what there is to know of a job, a line each."""
    for name, value in _lines(job):
        print(f"{name:<9} {value}")
    error = job.get("error")
    if error:
        print(f"{'error':<9} {error['message']} (charged: {error['charged']})")
        if error.get("remedy"):
            print(f"{'':<9} {error['remedy']}")
    for artifact in job.get("artifacts") or ():
        print(f"{'file':<9} {artifact['url']}" + (f"  {artifact['size']}" if artifact.get("size") else ""))


def _choose_columns() -> list[str]:
    """Leave out what a narrow terminal has no room for; an id that is cut would be of no use."""
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else _WIDE
    return [name for name in _HEADINGS if width >= _NEEDS.get(name, 0)]


def _row(job: Mapping[str, Any], now: float) -> tuple[str, ...]:
    state, percent = job["state"], (job.get("progress") or {}).get("percent")
    shown = f"{state} {percent} %" if percent and not has_ended(job) else state
    prompt = " ".join(str(job["request"].get("prompt") or "").split())
    return (job["id"], shown, _what(job), job["model"], span(now - job["created_at"]), _cost(job), prompt)


def _what(job: Mapping[str, Any]) -> str:
    wish = job["request"]
    if job["kind"] == "image":
        count = wish.get("n") or 1
        return f"{count} picture{'' if count == 1 else 's'}"
    return f"{job['kind']} {wish['seconds']} s" if wish.get("seconds") else str(job["kind"])


def _cost(job: Mapping[str, Any]) -> str:
    return "" if job.get("cost") is None else write_amount(job["cost"])


def _lines(job: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    wish = job["request"]
    used = "" if job["model"] == job["model_used"] else f" → {job['model_used']}"
    state = job["state"] + (" (fewer than asked for)" if job.get("partial") else "")
    shape = " ".join(str(wish[name]) for name in ("ratio", "resolution", "size", "mode") if wish.get(name))
    lines = (
        ("id", job["id"]),
        ("state", state if has_ended(job) else f"{state}: {describe(job)}, {job['progress']['percent']} %"),
        ("what", f"{_what(job)} {shape}"),
        ("model", f"{job['model']}{used}"),
        ("prompt", wish.get("prompt")),
        ("seed", wish.get("seed")),
        ("inputs", len(wish["inputs"]) or None),
        ("site", job.get("site")),
        ("account", job.get("account")),
        ("begun", _moment(job["created_at"])),
        ("ended", _moment(job["ended_at"])),
        ("cost", f"{_cost(job)} credits" if _cost(job) else None),
    )
    return [(name, str(value)) for name, value in lines if value not in {None, ""}]


def _moment(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
