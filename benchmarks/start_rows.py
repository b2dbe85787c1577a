"""Rows of the start: the first 200, and the memory of a gateway that has nothing to do."""

import asyncio
from pathlib import Path
from typing import Final

from benchmarks.figures import Figure, Row, median
from benchmarks.gauges import gauged
from benchmarks.load_rows import Bench
from benchmarks.processes import copy_data, served

_MOST_SECONDS: Final = 1.2
_MOST_IDLE_MB: Final = 115.0
_IDLE_SECONDS: Final = 10.0


async def start_rows(bench: Bench, starts: int) -> list[Row]:
    """Measure the time from the start of the process to its first 200, on new and on existing data directories."""
    await _start(bench, bench.scratch() / "data")  # once, so that compiled modules lie on the disk
    fresh = [await _start(bench, bench.scratch() / "data") for _ in range(starts)]
    kept = copy_data(bench.warm_data, bench.scratch() / "data")
    existing = [await _start(bench, kept) for _ in range(starts)]
    return [
        Row("start-fresh", f"{starts} starts, new data directory", _figures(fresh)),
        Row("start-existing", f"{starts} starts, existing data directory", _figures(existing)),
    ]


async def idle_memory_row(bench: Bench) -> Row:
    """Measure the memory of a gateway ten seconds after its start, before its first job, without sandbox."""
    folder = bench.scratch()
    async with served(folder, folder / "data") as gateway, gauged(gateway.pid) as gauge:
        await asyncio.sleep(_IDLE_SECONDS)
        used, cpu = gauge.rss_mb(), gauge.cpu_seconds()
    return Row(
        "idle-memory",
        "Ten seconds after the start, before the first job",
        (
            Figure("resident memory", used, "MB", _MOST_IDLE_MB),
            Figure("CPU of doing nothing", cpu / _IDLE_SECONDS * 1000, "ms/s"),
        ),
    )


async def _start(bench: Bench, data_dir: Path) -> float:
    async with served(bench.scratch(), data_dir) as gateway:
        return gateway.first_answer


def _figures(seconds: list[float]) -> tuple[Figure, ...]:
    return (
        Figure("first 200, median", median(seconds), "s", _MOST_SECONDS),
        Figure("first 200, slowest", max(seconds), "s"),
    )
