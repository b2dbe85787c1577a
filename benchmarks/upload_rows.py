"""The row of uploads: a job with large inputs at a site whose every call takes a while."""

import asyncio
import io
import json
import secrets
import sys
from pathlib import Path
from typing import Any, Final

from benchmarks.figures import Figure, Row, median
from benchmarks.load_rows import Bench
from benchmarks.processes import simulated, write_catalog
from PIL import Image

_INPUTS: Final = 5
# Noise, which no format makes smaller: 830 × 803 × 3 bytes are 2.0 MB as a PNG.
_WIDTH: Final = 830
_HEIGHT: Final = 803
_LATENCY: Final = 0.1
_MOST_SECONDS: Final = 1.2
_MOST_GROWTH: Final = 3.0


async def upload_row(bench: Bench, jobs: int) -> Row:
    """Measure jobs with new inputs of 2 MB, one after another, after one that is not counted."""
    folder = bench.scratch()
    for job in range(jobs + 1):
        target = folder / "inputs" / f"{job:03d}"
        target.mkdir(parents=True)
        for number in range(_INPUTS):
            (target / f"{number}.png").write_bytes(_noise())
    async with simulated(bench.session, folder, generation="fixed:1", tiny_items=True, strict=True) as site:
        await site.change(latency=_LATENCY)
        write_catalog(folder, site.url)
        told = (await _run(folder, f"{secrets.token_hex(16)}:cn"))[1:]
        ledger: Any = await site.read("ledger")
    paid = {line["prompt"].lstrip("#"): line["accepted_at"] for line in ledger}
    ready = [paid[each["prompt"]] - _LATENCY - each["began"] for each in told]
    handed_in = [each["taken"] - each["began"] for each in told]
    growth = [each["grown"] / each["bytes"] for each in told]
    return Row(
        key="uploads",
        title=f"{_INPUTS} inputs of {told[0]['bytes'] / _INPUTS / 1e6:.1f} MB, 100 ms a call, {jobs} jobs",
        figures=(
            Figure("unfinished", sum(each["state"] != "completed" for each in told), "", 0),
            Figure("handed in to inputs ready, median", median(ready), "s", _MOST_SECONDS),
            Figure("handed in to inputs ready, longest", max(ready), "s", _MOST_SECONDS),
            Figure("of it checked and kept here, median", median(handed_in), "s"),
            Figure("memory over idle / bytes of the inputs, largest", max(growth), "×", _MOST_GROWTH),
        ),
    )


async def _run(folder: Path, token: str) -> list[dict[str, Any]]:
    """Run the engine in a process of its own; give what it told of each job."""
    command = (sys.executable, str(Path(__file__).with_name("uploading.py")), str(folder), token)
    with (folder / "engine.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(*command, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=log)
        told, _ = await process.communicate()
    if process.returncode != 0:
        raise RuntimeError(f"the engine ended with {process.returncode}; see {folder / 'engine.log'}")
    return [json.loads(line) for line in told.splitlines()]


def _noise() -> bytes:
    out = io.BytesIO()
    noise = secrets.token_bytes(_WIDTH * _HEIGHT * 3)
    Image.frombytes("RGB", (_WIDTH, _HEIGHT), noise).save(out, "PNG", compress_level=0)
    return out.getvalue()
