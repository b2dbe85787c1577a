"""Print rows, and write the page that shows all of them with the machine they were measured on."""

import os
import platform
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import psutil
from benchmarks.figures import Figure, Row

_NOTES: Final = Path(__file__).with_name("notes.md")
_SECTIONS: Final = (
    ("load-", "Requests at once"),
    ("idle", "The paid call of an idle gateway"),
    ("start-", "Start"),
    ("idle-memory", "Memory at rest"),
    ("pictures-", "Base64 and exact sizes"),
    ("uploads", "Inputs"),
    ("streams", "Streams"),
)
_INTRODUCTION: Final = """\
# Performance

Written by `make bench` (`python benchmarks/run.py`); every figure is as measured.

The gateway runs as a process of its own, as `dreambridge serve` with its limits lifted, its sandbox off and its
logging as by default (to a file); the site is `dreambridge simulate`, a second process, reached over loopback HTTP; the
clients are a third. All three share the processors, so that delays hold the load of the other two. CPU and memory are
those of the gateway's process alone.

- **Delay** runs from the moment at which a history answer would carry all items (`ready_at` of the simulator's ledger)
  to the last byte of the answer at the client: one machine, one clock.
- **CPU a job** holds user and system time of everything a job causes, the four downloads after its answer included.
- **Peak memory** is the larger of samples every 50 ms and the kernel's high-water mark of the process; a megabyte is
  10^6 bytes.
- Generation takes a log-normal time of mean 20 s (σ 0.5) and gives 4 items of at most 64 kB; one account. The gateway
  has learned its pace from 200 jobs before, which are not counted. Every row starts both processes anew.
"""


def print_row(row: Row) -> None:
    """Print one row as soon as it is there."""
    print(f"{row.title}  [{row.key}]", flush=True)
    for figure in row.figures:
        print(f"  {figure.name:48} {_value(figure):>12}  {_verdict(figure)}", flush=True)


def write_report(page: Path, rows: list[Row], *, condition: str) -> None:
    """Write the page from all rows that are kept."""
    parts = [_INTRODUCTION, _machine(rows, condition)]
    for prefix, title in _SECTIONS:
        chosen = [row for row in rows if row.key.startswith(prefix) and (prefix != "idle" or row.key == "idle")]
        if chosen:
            parts.append(f"## {title}\n\n{_table(chosen)}")
    parts.append(_short(rows))
    if _NOTES.exists():
        parts.append(_NOTES.read_text())
    page.write_text("\n".join(part.rstrip() + "\n" for part in parts))


def _machine(rows: Iterable[Row], condition: str) -> str:
    memory = psutil.virtual_memory().total / 1024**3
    python = f"{platform.python_implementation()} {platform.python_version()}"
    dates = sorted({row.at[:10] for row in rows})
    revisions = sorted({row.revision for row in rows})
    lines = [
        "## Where and when\n",
        f"- {os.cpu_count()} processors, {memory:.0f} GiB of memory, {platform.system()} {platform.machine()}",
        f"- {python}",
        f"- measured on {', '.join(dates)} at revision {', '.join(revisions)}",
    ]
    if condition:
        lines.append(f"- {condition}")
    return "\n".join(lines)


def _table(rows: list[Row]) -> str:
    lines = ["| | Figure | Measured | Target | Met |", "|---|---|---:|---:|---|"]
    for row in rows:
        title = row.title
        for figure in row.figures:
            target = "" if figure.target is None else f"≤ {_number(figure.target)} {figure.unit}".rstrip()
            lines.append(f"| {title} | {figure.name} | {_value(figure)} | {target} | {_verdict(figure)} |")
            title = ""
    return "\n".join(lines)


_REASONS: Final[Mapping[tuple[str, str], str]] = {
    ("load-1-10", "CPU a job"): (
        "The same work costs more after a pause than in a row, for the caches of a processor that slept are cold: one "
        "history call of this client took 0.16 ms of CPU back to back and 0.7 to 1.2 ms after half a second without "
        "work, measured apart. A lone job shares none of its history calls, and no commit with another job."
    ),
    ("load-1-10", "delay, median"): (
        "Thirty draws scatter by some hundredths: thirty jobs one after another gave 0.71 s (p95 1.71 s, 7.70 calls, "
        "35 ms of CPU) at revision 35285a1 the same day, with the same rule for a record that is alone."
    ),
    ("load-50-10", "delay, median"): (
        "Looking more often in company would mend it and breaks the limit of one call a job at 300 at once, which a "
        "test holds; three rounds at revision 35285a1 gave 0.99 s with a p95 of 2.30 s, before the first look in "
        "company came sooner."
    ),
    ("load-50-10", "delay, p95"): (
        "The tail is of records that end before their first look, and of calls that wait for company. Looking sooner "
        "costs calls; the figures of 300 and 1,000 at once bind more tightly than this one."
    ),
    ("load-1-10", "history calls a job"): (
        "The number follows the mean of the times drawn in this run: a look every 1.7 s from the first on. Over "
        "many seeded runs of the same policy it is 8.5 (`tests/unit/engine/test_following.py` holds it to 9)."
    ),
}


def _short(rows: Iterable[Row]) -> str:
    missed = [(row, figure) for row in rows for figure in row.figures if figure.met is False]
    lines = ["## Figures that fall short\n"]
    if not missed:
        lines.append("None of the figures above that have a target.")
    for row, figure in missed:
        lines.append(
            f"- {row.title}: {figure.name} {_value(figure)}, target {_number(figure.target or 0)} {figure.unit}. "
            + _REASONS.get((row.key, figure.name), "")
        )
    return "\n".join(lines)


def _value(figure: Figure) -> str:
    return f"{_number(figure.value)} {figure.unit}".rstrip()


def _number(value: float) -> str:
    if value == int(value):
        return f"{int(value):,}"
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _verdict(figure: Figure) -> str:
    return {True: "yes", False: "**no**", None: ""}[figure.met]
