"""Which rows there are, which are run, and where their figures go."""

import argparse
import asyncio
import datetime as dt
import json
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from benchmarks.clients import open_clients
from benchmarks.figures import Row
from benchmarks.load_rows import Bench, Load, idle_row, load_row, warm
from benchmarks.picture_rows import Delivery, picture_row
from benchmarks.report import print_row, write_report
from benchmarks.start_rows import idle_memory_row, start_rows
from benchmarks.stream_rows import stream_row
from benchmarks.upload_rows import upload_row

ROOT: Final = Path(__file__).resolve().parent.parent
GROUPS: Final = ("start", "idle", "load", "pictures", "uploads", "streams")


def main() -> None:
    """Run the rows asked for, print them, keep them, and write the page from all that are kept."""
    arguments = _parse()
    kept = _read_kept(arguments.results)
    folder = Path(tempfile.mkdtemp(prefix="dreambridge-bench-"))
    try:
        asyncio.run(_run(arguments, folder, kept))
    except BaseException:
        print(f"what the processes said and kept: {folder}")
        raise
    if arguments.keep:
        print(f"kept: {folder}")
    else:
        shutil.rmtree(folder)
    if arguments.write:
        page = ROOT / "docs" / "performance.md"
        write_report(page, list(kept.values()), condition=arguments.condition)
        print(f"wrote {page.relative_to(ROOT)}")


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure the gateway against the simulator.")
    parser.add_argument("--rows", nargs="*", choices=GROUPS, default=list(GROUPS), help="groups of rows to run")
    parser.add_argument(
        "--loads",
        default="1x12x16,50x3,300,1000",
        help="requests at once; after an x the number of rounds, after another the gateways that do it side by side",
    )
    parser.add_argument("--batches", default="10,100", help="ids a history call; above 10 only from 300 at once")
    parser.add_argument("--quick", action="store_true", help="fewer starts, requests and rounds; same targets")
    parser.add_argument("--keep", action="store_true", help="keep data directories and logs of the processes")
    parser.add_argument("--warm", type=Path, help="data directory with experience, made when absent and kept")
    kept = ROOT / "benchmarks" / "results.json"
    parser.add_argument("--results", type=Path, default=kept, help="where figures are kept")
    parser.add_argument(
        "--no-write", dest="write", action="store_false", help="leave docs/performance.md as it is, only print"
    )
    parser.add_argument(
        "--condition", default="", help="a sentence about the run for the page, such as what else the machine did"
    )
    arguments = parser.parse_args()
    if arguments.quick and arguments.loads == parser.get_default("loads"):
        arguments.loads = "1x3x4,50,300,1000"
    return arguments


async def _run(arguments: argparse.Namespace, folder: Path, kept: dict[str, Row]) -> None:
    revision = _revision()
    async with open_clients() as session:
        bench = Bench(session, folder, arguments.warm or folder / "warm")
        async for row in _rows(arguments, bench):
            now = dt.datetime.now(dt.UTC).strftime("%Y-%m-%d %H:%M")
            kept[row.key] = replace(row, at=now, revision=revision)
            print_row(row)
            arguments.results.parent.mkdir(parents=True, exist_ok=True)
            arguments.results.write_text(json.dumps([each.to_json() for each in kept.values()], indent=1))


async def _rows(arguments: argparse.Namespace, bench: Bench) -> AsyncIterator[Row]:
    quick, groups = arguments.quick, arguments.rows
    if set(groups) - {"pictures", "uploads", "streams"} and not bench.warm_data.exists():
        await warm(bench)
    if "start" in groups:
        for row in await start_rows(bench, 3 if quick else 10):
            yield row
        yield await idle_memory_row(bench)
    if "idle" in groups:
        yield await idle_row(bench, 10 if quick else 30)
    if "load" in groups:
        for load in _loads(arguments.loads, arguments.batches):
            yield await load_row(bench, load)
    async for row in _byte_rows(groups, bench, quick=quick):
        yield row


async def _byte_rows(groups: list[str], bench: Bench, *, quick: bool) -> AsyncIterator[Row]:
    """Give the rows of pictures, inputs and streams, which need no experience."""
    if "pictures" in groups:
        for delivery in _deliveries((1, 4) if quick else (1, 16)):
            yield await picture_row(bench, delivery)
    if "uploads" in groups:
        yield await upload_row(bench, 3 if quick else 20)
    if "streams" in groups:
        yield await stream_row(bench)


def _deliveries(jobs: tuple[int, ...]) -> list[Delivery]:
    """Choose every side, as it is and a little smaller, at each number of jobs at once."""
    return [
        Delivery(side, size, at_once, pictures=4)
        for side in (2048, 4096)
        for size in (side, side - side % 100)
        for at_once in jobs
    ]


def _loads(loads: str, batches: str) -> list[Load]:
    chosen = []
    for text in loads.split(","):
        at_once, rounds, lanes = (*map(int, text.split("x")), 1, 1)[:3]
        sizes = [batch for batch in map(int, batches.split(",")) if batch <= 10 or at_once >= 300]
        chosen += [Load(at_once, rounds, batch, _most_calls(at_once, batch), lanes) for batch in sizes]
    return chosen


def _most_calls(at_once: int, batch: int) -> float:
    """Give the most history calls a job may cost."""
    if at_once < 50:
        return 9.0
    if at_once < 300:
        return 1.3
    return 0.25 if batch >= 100 else 1.0


def _read_kept(file: Path) -> dict[str, Row]:
    if not file.exists():
        return {}
    return {row.key: row for row in map(Row.from_json, json.loads(file.read_text()))}


def _revision() -> str:
    found = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, check=False)
    return found.stdout.decode().strip() or "unknown"
