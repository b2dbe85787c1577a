"""Serves the items of records at their signed addresses."""

import re

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from dreambridge.simulator import mishaps
from dreambridge.simulator.gallery import Gallery
from dreambridge.simulator.pictures import PictureOrder
from dreambridge.simulator.record import Record, read_item_uri
from dreambridge.simulator.signature import media_signature_holds
from dreambridge.simulator.world import World

_NAME = re.compile(r"([0-9a-f]{32})~tplv-[a-z0-9]+-aigc_resize:(\d{1,4}):(\d{1,4})\.(png|jpeg|webp)")


class Media:
    """Answer media addresses: 403 for a false or expired signature, 404 for what does not exist (yet)."""

    def __init__(self, world: World, gallery: Gallery) -> None:
        self._world = world
        self._gallery = gallery

    async def answer(self, request: Request) -> Response:
        """Serve one item."""
        world = self._world
        world.stats.calls["media"] += 1
        name = _NAME.fullmatch(request.path_params["name"])
        if name is None:
            return _refused(404, "no such object")
        uri = f"{request.path_params['bucket']}/{name[1]}"
        if complaint := self._about_signature(uri, request):
            return _refused(403, complaint)
        place = read_item_uri(uri)
        record = world.records.get(place[0]) if place else None
        if place is None or record is None or place[1] >= record.phase(world.clock()).items:
            return _refused(404, "no such object")
        media_type = f"image/{name[4]}"
        content = await self._gallery.picture(self._order(record, place[1], int(name[2]), name[4]))
        fault = world.fault(record.scenario, "media", f"media:{uri}")
        if fault is None or fault.after:
            return Response(content, media_type=media_type, headers={"cache-control": "private, max-age=3600"})
        if fault.kind == "truncated":
            return mishaps.break_off(request, content, media_type)
        return await mishaps.Mishap(fault).response(request, world.stats)

    def _about_signature(self, uri: str, request: Request) -> str | None:
        expires = request.query_params.get("x-expires", "")
        signature = request.query_params.get("x-signature", "")
        if not expires.isdigit() or not media_signature_holds(uri, int(expires), signature):
            return "signature does not match"
        return "signature expired" if int(expires) < self._world.clock() else None

    def _order(self, record: Record, index: int, side: int, form: str) -> PictureOrder:
        wish = record.wish
        width, height = wish.size
        if side and max(width, height) > side:
            shrink = side / max(width, height)
            width, height = max(1, round(width * shrink)), max(1, round(height * shrink))
        if self._world.options.tiny_items:
            return PictureOrder(width, height, form, seed=index, tiny=True)
        label = f"sandbox  ·  {record.model_name}  ·  {wish.size[0]} x {wish.size[1]}  ·  {index + 1}/{wish.count}"
        return PictureOrder(width, height, form, prompt=wish.prompt, seed=wish.seed + index, label=label)


def _refused(status: int, words: str) -> Response:
    return PlainTextResponse(words, status_code=status)
