"""`/v1/assets`: hand a picture, video or sound in once, and use it by id; each owner sees only their own."""

from collections.abc import AsyncIterator
from typing import Any, Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from dreambridge.api.calls import Call, open_call
from dreambridge.api.context import ApiContext
from dreambridge.api.fields import list_names
from dreambridge.api.forms import Form, FormFile
from dreambridge.api.native.files import send_file
from dreambridge.api.native.pages import read_page, render_page
from dreambridge.api.references import Reference, list_references, open_source
from dreambridge.domain.asset import Asset
from dreambridge.domain.errors import InvalidRequest

FILE_FIELDS: Final = (
    "file",
    "url",
    "data",
    "image",
    "video",
    "audio",
    "image_url",
    "video_url",
    "audio_url",
    "b64_json",
)
"""Fields in which a file, or text that is or names one, may come."""
_NAME_FIELD: Final = "name"
_MEDIA: Final = ("image/", "video/", "audio/", "application/octet-stream")


class AssetRoutes:
    """The routes of assets."""

    def __init__(self, context: ApiContext) -> None:
        self._context = context
        self._assets = context.service.assets

    async def create(self, request: Request) -> Response:
        """Keep a file: of a form, the body itself, or what a JSON body has or names; answer 201 with the asset.

        Touches the network for an address. Raises InvalidRequest, BodyTooLarge, InputUnusable, QueueFull.
        """
        if request.headers.get("content-type", "").lower().startswith(_MEDIA):
            caller = await self._context.caller(request)
            name = request.query_params.get(_NAME_FIELD)
            asset = await self._assets.create(_read_pieces(request), caller, param="body", name=name)
            return self._created(request, asset, {})
        async with open_call(self._context, request, "assets", spends=False) as call:
            reference = _read_reference(call)
            asset = await self._assets.create(
                open_source(call, reference), call.caller, param=reference.param, name=_read_name(call, reference)
            )
            headers = call.reading_headers()
            if ignored := list_names(_unused(call, reference)):
                headers["x-dreambridge-ignored"] = ignored
            return self._created(request, asset, headers)

    async def list(self, request: Request) -> Response:
        """Answer with a page: `limit` 1–100, `after` an asset's id, `order` asc or desc."""
        caller = await self._context.caller(request)
        page = read_page(request.query_params)
        assets, more = await self._assets.list(
            caller, after=page.after, limit=page.limit, newest_first=page.newest_first
        )
        return JSONResponse(render_page([self._render(request, each) for each in assets], more=more))

    async def retrieve(self, request: Request) -> Response:
        """Answer with an asset. Raises JobNotFound."""
        caller = await self._context.caller(request)
        return JSONResponse(self._render(request, await self._assets.get(request.path_params["asset_id"], caller)))

    async def content(self, request: Request) -> Response:
        """Answer with the bytes as they are kept. Raises JobNotFound."""
        caller = await self._context.caller(request)
        return send_file(request, await self._assets.file(request.path_params["asset_id"], caller))

    async def delete(self, request: Request) -> Response:
        """Delete an asset; jobs made with it stay as they are. Raises JobNotFound."""
        caller = await self._context.caller(request)
        asset_id = request.path_params["asset_id"]
        await self._assets.delete(asset_id, caller)
        return JSONResponse({"id": asset_id, "object": "asset.deleted", "deleted": True})

    def _created(self, request: Request, asset: Asset, headers: dict[str, str]) -> Response:
        location = f"{self._context.addresses.base(request)}/v1/assets/{asset.id}"
        return JSONResponse(self._render(request, asset), status_code=201, headers={"location": location, **headers})

    def _render(self, request: Request, asset: Asset) -> dict[str, Any]:
        media = asset.media
        size = media.dimensions
        return {
            "id": asset.id,
            "object": "asset",
            "kind": media.kind.value,
            "media_type": media.media_type,
            "bytes": media.bytes,
            "sha256": media.sha256,
            "size": None if size is None else str(size),
            "width": None if size is None else size.width,
            "height": None if size is None else size.height,
            "seconds": media.seconds,
            "name": asset.name,
            "created_at": int(asset.created_at),
            "url": self._context.addresses.asset(request, asset.id),
        }


async def _read_pieces(request: Request) -> AsyncIterator[bytes]:
    try:
        async for piece in request.stream():
            yield piece
    except ClientDisconnect as broken:
        raise InvalidRequest("The body ended before it was complete.", param="body") from broken


def _read_reference(call: Call) -> Reference:
    found = list_references(call.body, FILE_FIELDS)
    if not found:
        raise InvalidRequest(
            "There is no file: send it as `file` of a form, as the body itself with its media type, or as JSON with "
            "`url` (an address) or `data` (base64 or a data URL).",
            param="file",
            code="missing_required_parameter",
        )
    if len(found) > 1:
        raise InvalidRequest(
            f"One call keeps one file; this one has {len(found)}.", param=found[1].param, code="array_above_max_length"
        )
    return found[0]


def _read_name(call: Call, reference: Reference) -> str | None:
    name = call.body.fields.get(_NAME_FIELD)
    if name is None and isinstance(reference.source, FormFile):
        return reference.source.filename
    if name is not None and not isinstance(name, str):
        raise InvalidRequest("name must be text.", param=_NAME_FIELD, code="invalid_type")
    return name


def _unused(call: Call, reference: Reference) -> list[str]:
    """Name what of the body had no effect."""
    files = [each.field for each in call.body.files] if isinstance(call.body, Form) else []
    used = {reference.param.partition("[")[0].partition(".")[0], _NAME_FIELD}
    return [each for each in [*call.body.fields, *files] if each not in used]
