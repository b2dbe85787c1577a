"""Keeps drawn pictures, and draws missing ones in threads."""

import asyncio
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor

from dreambridge.simulator.pictures import PictureOrder, draw_picture

_KEPT_BYTES = 48 * 1024 * 1024
_THREADS = 2


class Gallery:
    """Hand out pictures. Equal orders at the same time are drawn once; the oldest drawn ones are forgotten."""

    def __init__(self) -> None:
        self._kept: OrderedDict[PictureOrder, bytes] = OrderedDict()
        self._bytes = 0
        self._drawing: dict[PictureOrder, asyncio.Future[bytes]] = {}
        self._threads: ThreadPoolExecutor | None = None

    async def picture(self, order: PictureOrder) -> bytes:
        """Return a picture, from memory or newly drawn."""
        kept = self._kept.get(order)
        if kept is not None:
            self._kept.move_to_end(order)
            return kept
        drawing = self._drawing.get(order)
        if drawing is None:
            if self._threads is None:
                self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="placeholder")
            drawing = asyncio.get_running_loop().run_in_executor(self._threads, draw_picture, order)
            self._drawing[order] = drawing
            drawing.add_done_callback(lambda done: self._finish(order, done))
        return await asyncio.shield(drawing)

    def close(self) -> None:
        """Stop the drawing threads."""
        if self._threads is not None:
            self._threads.shutdown(wait=True, cancel_futures=True)
            self._threads = None

    def _finish(self, order: PictureOrder, drawing: "asyncio.Future[bytes]") -> None:
        self._drawing.pop(order, None)
        if drawing.cancelled() or drawing.exception() is not None:
            return
        content = drawing.result()
        self._kept[order] = content
        self._bytes += len(content)
        while self._bytes > _KEPT_BYTES and len(self._kept) > 1:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= len(oldest)
