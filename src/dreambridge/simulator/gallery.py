"""Keeps drawn pictures and clips, and draws missing ones in threads."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from dreambridge.simulator.clips import ClipOrder, draw_clip
from dreambridge.simulator.pictures import PictureOrder, draw_picture

_KEPT_BYTES = 48 * 1024 * 1024
_THREADS = 2
_Order = TypeVar("_Order", PictureOrder, ClipOrder)


class Gallery:
    """Hand out pictures and clips. Equal orders at one time are drawn once; the oldest drawn ones are forgotten."""

    def __init__(self) -> None:
        self._kept: OrderedDict[PictureOrder | ClipOrder, bytes] = OrderedDict()
        self._bytes = 0
        self._drawing: dict[PictureOrder | ClipOrder, asyncio.Future[bytes]] = {}
        self._threads: ThreadPoolExecutor | None = None

    async def picture(self, order: PictureOrder) -> bytes:
        """Return a picture, from memory or newly drawn."""
        return await self._drawn(order, draw_picture)

    async def clip(self, order: ClipOrder) -> bytes:
        """Return a clip, from memory or newly drawn."""
        return await self._drawn(order, draw_clip)

    def close(self) -> None:
        """Stop the drawing threads."""
        if self._threads is not None:
            self._threads.shutdown(wait=True, cancel_futures=True)
            self._threads = None

    async def _drawn(self, order: _Order, draw: Callable[[_Order], bytes]) -> bytes:
        kept = self._kept.get(order)
        if kept is not None:
            self._kept.move_to_end(order)
            return kept
        drawing = self._drawing.get(order)
        if drawing is None:
            if self._threads is None:
                self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="placeholder")
            drawing = asyncio.get_running_loop().run_in_executor(self._threads, draw, order)
            self._drawing[order] = drawing
            drawing.add_done_callback(lambda done: self._finish(order, done))
        return await asyncio.shield(drawing)

    def _finish(self, order: PictureOrder | ClipOrder, drawing: "asyncio.Future[bytes]") -> None:
        self._drawing.pop(order, None)
        if drawing.cancelled() or drawing.exception() is not None:
            return
        content = drawing.result()
        self._kept[order] = content
        self._bytes += len(content)
        while self._bytes > _KEPT_BYTES and len(self._kept) > 1:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= len(oldest)
