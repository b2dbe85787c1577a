"""Takes the bytes of uploads, on the host that an application was told of."""

from starlette.requests import Request
from starlette.responses import Response

from dreambridge.simulator import mishaps
from dreambridge.simulator.uploads.refusals import StorageRefusal, answer_json, note, strike
from dreambridge.simulator.world import World


class ByteDesk:
    """Take the bytes of an upload at `/upload/v1/<StoreUri>`."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def answer(self, request: Request) -> Response:
        """Take one file."""
        world = self._world
        world.stats.calls["upload"] += 1
        opening = world.depot.opening(request.path_params["uri"])
        if opening is None or request.headers.get("authorization") != opening.auth:
            return self._refused(request, 403, 4005, "no such upload, or Authorization is not its Auth")
        try:
            fault = await strike(world, opening.session, "upload")
        except mishaps.Mishap as mishap:
            await request.body()  # an edge host answers when the bytes have gone to it
            return await mishap.response(request, world.stats)
        opening.rewind()
        async for piece in request.stream():
            if opening.written + len(piece) > opening.size:
                return self._refused(request, 400, 4004, f"more bytes than the {opening.size} applied for")
            opening.take(piece)
        if opening.written != opening.size:
            return self._refused(request, 400, 4004, f"{opening.written} bytes came, {opening.size} applied for")
        crc = f"{opening.crc:08x}"
        if fault is not None or request.headers.get("content-crc32") != crc:
            told = f"Content-CRC32 {request.headers.get('content-crc32')} is not {crc}"
            return self._refused(request, 400, 4003, told, contract=fault is None)
        opening.complete = True
        return answer_json({"code": 2000, "message": "Success", "data": {"crc32": crc}})

    def _refused(self, request: Request, status: int, code: int, words: str, *, contract: bool = True) -> Response:
        note(self._world, request, "upload", StorageRefusal(100009, words, contract=contract))
        return answer_json({"code": code, "message": words}, status)
