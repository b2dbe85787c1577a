"""Read from outside what a process uses: CPU time and memory."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

_SAMPLE_SECONDS: Final = 0.05
_MEGABYTE: Final = 1e6


@dataclass(slots=True)
class Gauge:
    """CPU seconds used and the largest resident memory (MB, 10^6 bytes) seen since the gauge was started."""

    process: psutil.Process
    cpu_at_start: float
    peak_mb: float = 0.0

    def cpu_seconds(self) -> float:
        """Give the CPU seconds, user and system, since the start."""
        return _cpu(self.process) - self.cpu_at_start

    def rss_mb(self) -> float:
        """Give the resident memory now."""
        rss: int = self.process.memory_info().rss
        return rss / _MEGABYTE

    def high_water_mb(self) -> float:
        """Give the largest resident memory of the process's whole life, as the kernel noted it (Linux), else 0."""
        status = Path(f"/proc/{self.process.pid}/status")
        if not status.exists():
            return 0.0
        line = next((line for line in status.read_text().splitlines() if line.startswith("VmHWM")), "VmHWM: 0 kB")
        return int(line.split()[1]) * 1024 / _MEGABYTE


@asynccontextmanager
async def gauged(pid: int) -> AsyncIterator[Gauge]:
    """Watch a process for as long as the block lasts."""
    process = psutil.Process(pid)
    gauge = Gauge(process, _cpu(process))
    sampling = asyncio.create_task(_sample(gauge))
    try:
        yield gauge
    finally:
        sampling.cancel()


async def _sample(gauge: Gauge) -> None:
    while True:
        gauge.peak_mb = max(gauge.peak_mb, gauge.rss_mb())
        await asyncio.sleep(_SAMPLE_SECONDS)


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
