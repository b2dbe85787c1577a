"""Serves items of records, their covers, and uploaded pictures, at their signed addresses."""

import asyncio
import io
import re
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from dreambridge.simulator import mishaps
from dreambridge.simulator.clips import first_picture
from dreambridge.simulator.gallery import Gallery
from dreambridge.simulator.orders import clip_order, picture_order, record_is_framed
from dreambridge.simulator.pictures import PictureOrder, open_inset
from dreambridge.simulator.record import Record, read_item_uri
from dreambridge.simulator.signature import media_signature_holds
from dreambridge.simulator.uploads.depot import KeptFile
from dreambridge.simulator.world import World

_PICTURE = re.compile(r"([0-9a-f]{32})~tplv-[a-z0-9]+-aigc_resize:(\d{1,4}):(\d{1,4})\.(png|jpeg|webp)")
_VIDEO = re.compile(r"([0-9a-f]{32})~video-(origin|hq|720p|480p|360p)\.mp4")
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


@dataclass(frozen=True, slots=True)
class _Asked:
    """What an address names: `side` and `form` of a picture, or the `quality` of a video."""

    uri: str
    side: int = 0
    form: str = ""
    quality: str = ""


class Media:
    """Answer media addresses: 403 for a false or expired signature, 404 for what does not exist (yet)."""

    def __init__(self, world: World, gallery: Gallery) -> None:
        self._world = world
        self._gallery = gallery

    async def answer(self, request: Request) -> Response:
        """Serve one file, or the part of it that was asked for."""
        world = self._world
        world.stats.calls["media"] += 1
        if world.options.latency:
            await asyncio.sleep(world.options.latency)
        asked = _read(request)
        if asked is None:
            return _refused(404, "no such object")
        if complaint := self._about_signature(asked.uri, request):
            return _refused(403, complaint)
        file = world.depot.kept.get(asked.uri)
        if file is not None and asked.form:
            return _sent(request, await asyncio.to_thread(_proof, file, asked.form), f"image/{asked.form}")
        made = self._made(asked)
        return _refused(404, "no such object") if made is None else await self._item(request, asked, *made)

    def _made(self, asked: _Asked) -> tuple[Record, int] | None:
        """Return the record and the index of an item that exists by now."""
        place = read_item_uri(asked.uri)
        record = self._world.records.get(place[0]) if place else None
        if place is None or record is None or place[1] >= record.phase(self._world.clock()).items:
            return None
        return None if asked.quality and record.wish.clip is None else (record, place[1])

    async def _item(self, request: Request, asked: _Asked, record: Record, index: int) -> Response:
        content = await self._content(record, index, asked)
        media_type = "video/mp4" if asked.quality else f"image/{asked.form}"
        fault = self._world.fault(record.scenario, "media", f"media:{asked.uri}")
        if fault is None or fault.after:
            return _sent(request, content, media_type)
        if fault.kind == "truncated":
            return mishaps.break_off(request, content, media_type)
        return await mishaps.Mishap(fault).response(request, self._world.stats)

    def _about_signature(self, uri: str, request: Request) -> str | None:
        expires = request.query_params.get("x-expires", "")
        signature = request.query_params.get("x-signature", "")
        if not expires.isdigit() or not media_signature_holds(uri, int(expires), signature):
            return "signature does not match"
        return "signature expired" if int(expires) < self._world.clock() else None

    async def _content(self, record: Record, index: int, asked: _Asked) -> bytes:
        world = self._world
        belongings = world.belongings(world.accounts[record.session])
        if asked.quality:
            return await self._gallery.clip(clip_order(record, index, asked.quality, belongings))
        if record_is_framed(record):
            clip = clip_order(record, index, "360p", belongings)
            return await asyncio.to_thread(first_picture, clip, asked.form)
        order = picture_order(record, index, asked.form, belongings, asked.side)
        if world.options.tiny_items:
            return await self._gallery.picture(
                PictureOrder(order.width, order.height, order.form, seed=index, tiny=True)
            )
        return await self._gallery.picture(order)


def _read(request: Request) -> _Asked | None:
    bucket, name = request.path_params["bucket"], request.path_params["name"]
    if found := _PICTURE.fullmatch(name):
        return _Asked(f"{bucket}/{found[1]}", side=int(found[2]), form=found[4])
    if found := _VIDEO.fullmatch(name):
        return _Asked(f"{bucket}/{found[1]}", quality=found[2])
    return None


def _proof(file: KeptFile, form: str) -> bytes:
    content = io.BytesIO()
    open_inset(file.proof).save(content, form.upper())
    return content.getvalue()


def _sent(request: Request, content: bytes, media_type: str) -> Response:
    """Answer a file, or one range of it (RFC 9110, 14.2); what cannot be read as one range is ignored."""
    headers = {"cache-control": "private, max-age=3600", "accept-ranges": "bytes"}
    found = _RANGE.fullmatch(request.headers.get("range", ""))
    if found is None or not (found[1] or found[2]):
        return Response(content, media_type=media_type, headers=headers)
    size = len(content)
    if found[1]:
        start, end = int(found[1]), min(int(found[2] or size), size - 1)
    else:
        start, end = max(0, size - int(found[2])), size - 1
    if start > end:
        return Response(status_code=416, headers=headers | {"content-range": f"bytes */{size}"})
    headers["content-range"] = f"bytes {start}-{end}/{size}"
    return Response(content[start : end + 1], 206, media_type=media_type, headers=headers)


def _refused(status: int, words: str) -> Response:
    return PlainTextResponse(words, status_code=status)
