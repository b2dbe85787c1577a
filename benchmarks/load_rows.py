"""Rows of load: many requests at once, and how soon the paid call leaves when there is only one."""

import asyncio
import secrets
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any, Final

import aiohttp
from benchmarks.clients import Reply, Wish, ask, ask_at_once, count_stored, until_stored
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
    """How a row loads the gateway: so many jobs at once, so many times, ids per history call, and the calls allowed.

    `lanes` gateways, each with a site of its own, do the same side by side, for more jobs in the same time.
    """

    at_once: int
    rounds: int
    batch: int
    most_calls: float
    lanes: int = 1

    @property
    def title(self) -> str:
        """Say what it is."""
        times = f" × {self.rounds}" if self.rounds > 1 else ""
        lanes = f", on {self.lanes} gateways side by side" if self.lanes > 1 else ""
        return f"{self.at_once:,} at once{times}{lanes}, {self.batch} ids a call"


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


@dataclass(frozen=True, slots=True)
class _Lane:
    """What one gateway did.

    Answers, delays (s), times of generation drawn (s), CPU (s), largest memory (MB), history calls by number of ids.
    """

    replies: list[Reply]
    delays: list[float]
    drawn: list[float]
    cpu: float
    peak: float
    calls: Counter[str]


async def load_row(bench: Bench, load: Load) -> Row:
    """Measure one load: delays, history calls, CPU and memory."""
    began = time.monotonic()
    lanes = await asyncio.gather(*(_run_lane(bench, load, seed=lane) for lane in range(load.lanes)))
    jobs = sum(len(lane.replies) for lane in lanes)
    delays = [delay for lane in lanes for delay in lane.delays]
    calls = sum(lane.calls.total() for lane in lanes)
    return Row(
        key=f"load-{load.at_once}-{load.batch}",
        title=load.title,
        figures=(
            Figure("unfinished", jobs - len(delays), "", 0),
            Figure("delay, median", median(delays), "s", 1.0),
            Figure("delay, p95", quantile(delays, 0.95), "s", 2.0),
            Figure("history calls a job", calls / jobs, "", load.most_calls),
            Figure("CPU a job", sum(lane.cpu for lane in lanes) / jobs * 1000, "ms", MOST_CPU_MS),
            Figure("peak memory", max(lane.peak for lane in lanes), "MB", MOST_PEAK_MB),
            Figure("drawn generation time, mean", mean(drawn for lane in lanes for drawn in lane.drawn), "s"),
        ),
        details={
            "jobs": jobs,
            "delay_max": max(delays),
            "seconds": time.monotonic() - began,
            "ids_per_call": [dict(lane.calls) for lane in lanes],
        },
    )


async def _run_lane(bench: Bench, load: Load, *, seed: int) -> _Lane:
    data_dir = copy_data(bench.warm_data, bench.scratch() / "data")
    token = secrets.token_hex(16)
    replies: list[Reply] = []
    async with standing(
        bench, data_dir, batch=load.batch, generation="fixed:1", tiny_items=True, seed=load.at_once + seed
    ) as stand:
        # One job is not counted: it makes the connections and loads what only a first job needs.
        await _one_round(bench, stand, 1, token)
        await asyncio.sleep(_SETTLE_SECONDS)
        await stand.site.change(generation=GENERATION)
        stored, before, cpu_before = count_stored(data_dir), await _calls(stand.site), stand.gauge.cpu_seconds()
        for _ in range(load.rounds):
            replies += await _one_round(bench, stand, load.at_once, token)
        delays, drawn = await read_delays(stand.site, replies)
        await until_stored(data_dir, stored + len(delays) * ITEMS)
        await asyncio.sleep(_SETTLE_SECONDS)
        cpu, peak = stand.gauge.cpu_seconds() - cpu_before, max(stand.gauge.peak_mb, stand.gauge.high_water_mb())
        calls = await _calls(stand.site) - before
    return _Lane(replies, delays, drawn, cpu, peak, calls)


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


async def read_delays(site: Simulated, replies: list[Reply]) -> tuple[list[float], list[float]]:
    """Give the delays and the times the site took (s).

    A delay runs from "a history answer would carry all items" to "the client has its answer".
    """
    lines = {line["prompt"]: line for line in await _ledger(site)}
    whole = [(reply, lines[reply.prompt]) for reply in replies if reply.status == 200]
    delays = [reply.answered_at - line["ready_at"] for reply, line in whole]
    return delays, [line["ready_at"] - line["accepted_at"] for _, line in whole]


async def _one_round(bench: Bench, stand: Stand, jobs: int, token: str) -> list[Reply]:
    wishes = [Wish(f"a red fox {secrets.token_hex(8)}", f"{token}:cn") for _ in range(jobs)]
    return await ask_at_once(bench.session, stand.gateway.url, wishes)


async def _calls(site: Simulated) -> Counter[str]:
    """Count the history calls so far, by the number of ids in each."""
    stats: Any = await site.read("stats")
    return Counter(stats["history"]["ids_per_call"])


async def _ledger(site: Simulated) -> list[dict[str, Any]]:
    lines: Any = await site.read("ledger")
    return list(lines)
