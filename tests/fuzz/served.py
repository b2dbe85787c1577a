"""A gateway with its sandbox in a thread of its own, for clients that block."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue

from tests.running import serve_gateway


@contextmanager
def served(data_dir: Path) -> Iterator[str]:
    """Run a gateway until the block ends; give its address."""
    told: Queue[str | BaseException] = Queue()
    stop = threading.Event()

    async def serve() -> None:
        async with serve_gateway(data_dir, submit_gap_ms=0, log_level="error") as running:
            told.put(running.url)
            await asyncio.to_thread(stop.wait)

    def run() -> None:
        try:
            asyncio.run(serve())
        except BaseException as broken:
            told.put(broken)
            raise

    thread = threading.Thread(target=run)
    thread.start()
    try:
        url = told.get(timeout=60)
        if isinstance(url, BaseException):
            raise url
        yield url
    finally:
        stop.set()
        thread.join(timeout=60)
