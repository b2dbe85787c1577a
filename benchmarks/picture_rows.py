"""Rows of bytes: base64 answers and exact sizes, from real pictures of 2048² and 4096²."""

import secrets
import time
from dataclasses import dataclass
from typing import Final

from benchmarks.clients import Wish, ask, ask_at_once
from benchmarks.figures import Figure, Row, median
from benchmarks.load_rows import Bench, standing

# Each job of a row asks for the same pictures, so that the simulator draws them once and not while we measure.
_SEED: Final = 7
_GENERATION: Final = "fixed:2"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What is asked for: `side` of the site's pictures, `size` of ours, pictures a job, jobs at once."""

    side: int
    size: int
    at_once: int
    pictures: int

    @property
    def title(self) -> str:
        """Say what it is."""
        made = "base64" if self.size == self.side else f"brought to {self.size}², base64"
        jobs = f"{self.at_once} job{'s' if self.at_once > 1 else ''} at once"
        return f"{self.side}² {made}, {jobs} of {self.pictures}"


async def picture_row(bench: Bench, delivery: Delivery) -> Row:
    """Measure base64 answers: how long after the site has the pictures, CPU and memory."""
    folder = bench.scratch()
    fields = {
        "size": f"{delivery.size}x{delivery.size}",
        "n": delivery.pictures,
        "seed": _SEED,
        "response_format": "b64_json",
    }
    prompt = "a quiet lake"
    async with standing(bench, folder / "data", generation=_GENERATION) as stand:
        # One job first: the simulator draws, the gateway loads what it needs for pictures.
        drawn = await ask(bench.session, stand.gateway.url, Wish(prompt, f"{secrets.token_hex(16)}:cn", fields))
        cpu_before = stand.gauge.cpu_seconds()
        wishes = [Wish(prompt, f"{secrets.token_hex(16)}:cn", fields) for _ in range(delivery.at_once)]
        began = time.monotonic()
        replies = await ask_at_once(bench.session, stand.gateway.url, wishes)
        whole = time.monotonic() - began
        cpu = stand.gauge.cpu_seconds() - cpu_before
        lines = await stand.site.read("ledger")
        peak = max(stand.gauge.peak_mb, stand.gauge.high_water_mb())
    assert isinstance(lines, list)
    ready = {line["session"]: line["ready_at"] for line in lines}
    waits = [reply.answered_at - ready[reply.token.partition(":")[0]] for reply in replies]
    count = delivery.at_once * delivery.pictures
    return Row(
        key=f"pictures-{delivery.side}-{delivery.size}-{delivery.at_once}",
        title=delivery.title,
        figures=(
            Figure("unfinished", sum(reply.status != 200 for reply in replies), "", 0),
            Figure("all answered after", whole, "s"),
            Figure("delay, median", median(waits), "s"),
            Figure("delay, longest", max(waits), "s"),
            Figure("CPU a picture", cpu / count * 1000, "ms"),
            Figure("bytes a picture, base64", drawn.size / delivery.pictures / 1e6, "MB"),
            Figure("peak memory", peak, "MB"),
        ),
    )
