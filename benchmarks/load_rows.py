"""Rows of load: many requests at once, and how soon the paid call leaves when there is only one."""

import asyncio
import secrets
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import aiohttp
from benchmarks.clients import Reply, Wish, ask, ask_at_once, until_stored
from benchmarks.figures import Figure, Row, median, quantile
from benchmarks.gauges import Gauge, gauged
from benchmarks.processes import Served, Simulated, copy_data, served, simulated

GENERATION: Final = "lognormal:20:0.5"
ITEMS: Final = 4
WARMING_JOBS: Final = 200
MOST_CPU_MS: Final = 15.0
MOST_PEAK_MB: Final = 250.0
_SETTLE_SECONDS: Final = 1.0
_IDLE_GAP: Final = 0.4


@dataclass(frozen=True, slots=True)
class Bench:
    """What every row needs: the clients, a directory, and a data directory with experience once it is there."""

    session: aiohttp.ClientSession
    folder: Path
    warm_data: Path

    def scratch(self) -> Path:
        """Make a directory for one row."""
        return Path(tempfile.mkdtemp(dir=self.folder))


@dataclass(frozen=True, slots=True)
class Load:
    """How a row loads the gateway: so many jobs at once, so many times, ids per history call, and the calls allowed."""

    at_once: int
    rounds: int
    batch: int
    most_calls: float


@dataclass(frozen=True, slots=True)
class Stand:
    """Both processes of one row, running."""

    gateway: Served
    site: Simulated
    data_dir: Path
    gauge: Gauge


@asynccontextmanager
async def standing(bench: Bench, data_dir: Path, *, batch: int = 10, **site: object) -> AsyncIterator[Stand]:
    """Run simulator and gateway on a data directory for as long as the block lasts."""
    folder = bench.scratch()
    async with (
        simulated(bench.session, folder, **site) as there,
        served(folder, data_dir, there.url, {"HISTORY_BATCH": batch}) as here,
        gauged(here.pid) as gauge,
    ):
        yield Stand(here, there, data_dir, gauge)


async def warm(bench: Bench) -> None:
    """Give the gateway the experience of 200 jobs, once for all rows; nothing of it is counted."""
    async with standing(bench, bench.warm_data, generation=GENERATION, tiny_items=True) as stand:
        await _one_round(bench, stand, WARMING_JOBS, secrets.token_hex(16))
        await until_stored(stand.data_dir, WARMING_JOBS * ITEMS)


async def load_row(bench: Bench, load: Load) -> Row:
    """Measure one load: delays, history calls, CPU and memory."""
    data_dir = copy_data(bench.warm_data, bench.scratch() / "data")
    stored = sum(1 for _ in (data_dir / "artifacts").glob("??/*"))
    token = secrets.token_hex(16)
    replies: list[Reply] = []
    began = time.monotonic()
    async with standing(
        bench, data_dir, batch=load.batch, generation=GENERATION, tiny_items=True, seed=load.at_once
    ) as stand:
        for _ in range(load.rounds):
            replies += await _one_round(bench, stand, load.at_once, token)
        jobs = len(replies)
        await until_stored(data_dir, stored + sum(reply.status == 200 for reply in replies) * ITEMS)
        await asyncio.sleep(_SETTLE_SECONDS)
        cpu, high_water = stand.gauge.cpu_seconds(), stand.gauge.high_water_mb()
        stats: Any = await stand.site.read("stats")
        delays = await read_delays(stand.site, replies)
    times = f" × {load.rounds}" if load.rounds > 1 else ""
    return Row(
        key=f"load-{load.at_once}-{load.batch}",
        title=f"{load.at_once:,} at once{times}, {load.batch} ids a call",
        figures=(
            Figure("unfinished", sum(reply.status != 200 for reply in replies), "", 0),
            Figure("delay, median", median(delays), "s", 1.0),
            Figure("delay, p95", quantile(delays, 0.95), "s", 2.0),
            Figure("history calls a job", stats["history"]["calls"] / jobs, "", load.most_calls),
            Figure("CPU a job", cpu / jobs * 1000, "ms", MOST_CPU_MS),
            Figure("peak memory", max(stand.gauge.peak_mb, high_water), "MB", MOST_PEAK_MB),
        ),
        details={
            "delay_max": max(delays),
            "seconds": time.monotonic() - began,
            "ids_per_call": stats["history"]["ids_per_call"],
            "calls": stats["calls"],
        },
    )


async def idle_row(bench: Bench, requests: int) -> Row:
    """Measure how soon the paid call leaves an idle gateway that knows the session and has a connection."""
    data_dir = copy_data(bench.warm_data, bench.scratch() / "data")
    token = f"{secrets.token_hex(16)}:cn"
    ahead = {"Prefer": "respond-async"}
    async with standing(bench, data_dir, generation="fixed:0.05", tiny_items=True) as stand:
        for _ in range(3):
            await ask(bench.session, stand.gateway.url, Wish(secrets.token_hex(8), token, headers=ahead))
            await asyncio.sleep(2)
        replies = []
        for _ in range(requests):
            wish = Wish(secrets.token_hex(8), token, headers=ahead)
            replies.append(await ask(bench.session, stand.gateway.url, wish))
            await asyncio.sleep(_IDLE_GAP)
        lines = {line["prompt"]: line for line in await _ledger(stand.site)}
    spans = [(lines[reply.prompt]["accepted_at"] - reply.sent_at) * 1000 for reply in replies]
    return Row(
        key="idle",
        title=f"{requests} requests, one by one, to an idle gateway",
        figures=(
            Figure("request sent to paid call at the site, median", median(spans), "ms", 50.0),
            Figure("request sent to paid call at the site, p95", quantile(spans, 0.95), "ms", 50.0),
        ),
    )


async def read_delays(site: Simulated, replies: list[Reply]) -> list[float]:
    """Give the seconds from "a history answer would carry all items" to "the client has its answer"."""
    ready = {line["prompt"]: line["ready_at"] for line in await _ledger(site)}
    return [reply.answered_at - ready[reply.prompt] for reply in replies if reply.status == 200]


async def _one_round(bench: Bench, stand: Stand, jobs: int, token: str) -> list[Reply]:
    wishes = [Wish(f"a red fox {secrets.token_hex(8)}", f"{token}:cn") for _ in range(jobs)]
    return await ask_at_once(bench.session, stand.gateway.url, wishes)


async def _ledger(site: Simulated) -> list[dict[str, Any]]:
    lines: Any = await site.read("ledger")
    return list(lines)
