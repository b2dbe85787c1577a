"""A gateway's engine in a process of its own that makes pictures from files; tells, as JSON, what each job used."""

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

import psutil

from dreambridge.domain.generation import ImageWish
from dreambridge.engine.service import CreateOptions
from dreambridge.logs import configure_logs
from dreambridge.settings import Settings
from dreambridge.wiring import Gateway, open_gateway

_SETTLE_SECONDS = 1.0


async def main(folder: Path, token: str) -> None:
    """Make one job of each directory of files under `inputs`, in order of their names, one after another."""
    configure_logs("error", "json")
    chosen: dict[str, Any] = {
        "data_dir": folder / "data",
        "catalog_dir": folder / "catalog",
        "sandbox": False,
        "submit_gap_ms": 0,
    }
    async with open_gateway(Settings(**chosen)) as gateway:
        for number, files in enumerate(sorted((folder / "inputs").iterdir())):
            await asyncio.sleep(_SETTLE_SECONDS)
            print(json.dumps(await _make(gateway, token, sorted(files.iterdir()), number)), flush=True)


async def _make(gateway: Gateway, token: str, files: list[Path], number: int) -> dict[str, object]:
    caller = await gateway.credentials.read(f"Bearer {token}")
    idle = psutil.Process().memory_info().rss
    _forget_high_water()
    began = time.time()
    take = gateway.service.acquire_input
    inputs = await asyncio.gather(*(take(each, param="image") for each in files))
    taken = time.time()
    wish = ImageWish(f"put them together {number}", model="jimeng-4.5", count=1, inputs=tuple(inputs))
    made = await gateway.service.create_image(wish, caller, CreateOptions(fingerprint=str(number)))
    view = await gateway.service.wait(made.view.job.id, 60)
    peak = _high_water()
    return {
        "prompt": wish.prompt,
        "state": view.job.state,
        "began": began,
        "taken": taken,
        "bytes": sum(each.bytes for each in inputs),
        "grown": max(peak - idle, 0),
    }


def _forget_high_water() -> None:
    """Have the kernel count the largest resident memory anew (Linux, proc(5): clear_refs)."""
    Path("/proc/self/clear_refs").write_text("5")


def _high_water() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) * 1024


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
