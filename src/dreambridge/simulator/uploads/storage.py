"""The two storage services, ImageX for pictures and VOD for videos and sounds, on the site's own origin.

A file that is no picture is committed with `UriStatus` 2001 and no `PluginResult`; a video or sound that cannot be read
is refused. Neither was ever published: this is our choice, after the services' public manuals.
"""

import asyncio
import hashlib
import json
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from starlette.requests import Request
from starlette.responses import Response

from dreambridge.simulator import mishaps
from dreambridge.simulator.uploads.containers import Unreadable
from dreambridge.simulator.uploads.depot import KeptFile, Opening, Token
from dreambridge.simulator.uploads.reading import read_image, read_moving
from dreambridge.simulator.uploads.refusals import StorageRefusal, answer_json, note, strike
from dreambridge.simulator.uploads.sigv4 import Claim, SignedRequest, complaint, read_claim
from dreambridge.simulator.world import World

_VERSIONS: Mapping[str, str] = {"imagex": "2018-08-01", "vod": "2020-11-19"}
_MOST_BYTES = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Visit:
    """One call of a storage service: its query, its body, who signed it."""

    query: dict[str, str]
    body: bytes
    token: Token
    origin: str  # host:port that the client reached us by


class Storage:
    """Answer what the services answer at `/`, told apart by `Action`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._actions: dict[str, tuple[str, str, str, Callable[[_Visit], Awaitable[Any]]]] = {
            # Method, service, the call's name in scenarios and statistics, handler.
            "ApplyImageUpload": ("GET", "imagex", "apply", self._apply_image),
            "CommitImageUpload": ("POST", "imagex", "commit", self._commit_image),
            "ApplyUploadInner": ("GET", "vod", "apply", self._apply_inner),
            "CommitUploadInner": ("POST", "vod", "commit", self._commit_inner),
        }

    async def answer(self, request: Request) -> Response:
        """Answer one call."""
        world = self._world
        action = request.query_params.get("Action", "")
        method, service, name, handle = self._actions.get(action, ("", "", "", self._apply_image))
        if method != request.method:
            return Response(status_code=404)
        world.stats.calls[name] += 1
        head = {
            "RequestId": secrets.token_hex(16).upper(),
            "Action": action,
            "Version": _VERSIONS[service],
            "Service": service,
            "Region": world.market.store.region,
        }
        try:
            visit = await self._visit(request, service)
            await strike(world, visit.token.session, name)
            return answer_json({"ResponseMetadata": head, "Result": await handle(visit)})
        except StorageRefusal as refusal:
            note(world, request, name, refusal)
            return answer_json({"ResponseMetadata": head | {"Error": refusal.error}}, refusal.status)
        except mishaps.Mishap as mishap:
            return await mishap.response(request, world.stats)

    async def _visit(self, request: Request, service: str) -> _Visit:
        world, body = self._world, await request.body()
        claim = read_claim(request.headers.get("authorization", ""))
        if claim is None:
            raise StorageRefusal(100024, "Authorization is missing or of another scheme")
        token = world.depot.token(claim.access_key)
        if token is None or token.session_token != request.headers.get("x-amz-security-token"):
            raise StorageRefusal(100024, "unknown credentials", contract=token is not None)
        if token.expires_at <= world.clock():
            raise StorageRefusal(100024, "the credentials have expired", contract=False)
        if told := self._about_scope(claim, token, service):
            raise StorageRefusal(100010, told)
        pairs = request.query_params.multi_items()
        signed = SignedRequest(request.method, request.url.path, pairs, dict(request.headers), body)
        if told := complaint(signed, claim, token.secret):
            raise StorageRefusal(100010, told)
        query = dict(pairs)
        wanted = _VERSIONS[service]
        if query.get("Version") != wanted:
            raise StorageRefusal(100009, f"Version must be {wanted}")
        return _Visit(query, body, token, _origin(request, world))

    def _about_scope(self, claim: Claim, token: Token, service: str) -> str | None:
        store = self._world.market.store
        if claim.service.lower() != service or token.service != service:
            return f"these credentials are for {token.service}, not for {claim.service}"
        regions = {store.region} if service == "imagex" else {store.vod_region, store.vod_region.partition("-")[0]}
        if self._world.options.strict and claim.region not in regions:
            return f"region {claim.region} is not {store.region}"
        return None

    # ------------------------------------------------------------------ pictures

    async def _apply_image(self, visit: _Visit) -> Any:
        self._about_service(visit)
        opening = self._open(visit)
        info = {"StoreUri": opening.uri, "Auth": opening.auth, "UploadID": secrets.token_hex(16)}
        address = {"StoreInfos": [info], "UploadHosts": [visit.origin], "SessionKey": opening.session_key}
        return {"UploadAddress": address}

    async def _commit_image(self, visit: _Visit) -> Any:
        self._about_service(visit)
        opening = self._opening(visit)
        md5, size = await asyncio.to_thread(_md5, opening.file), opening.written
        try:
            facts = await asyncio.to_thread(read_image, opening.file)
        except Unreadable:
            return {"Results": [{"Uri": opening.uri, "UriStatus": 2001}], "PluginResult": []}
        finally:
            self._world.depot.close_opening(opening)
        kept = KeptFile(opening.uri, opening.session, "image", facts.width, facts.height, 0.0, facts.proof)
        self._world.keep_file(kept)
        plugin = {
            "FileName": opening.uri.rpartition("/")[2],
            "ImageUri": opening.uri,
            "SourceUri": opening.uri,
            "ImageWidth": facts.width,
            "ImageHeight": facts.height,
            "ImageFormat": facts.form,
            "ImageSize": size,
            "ImageMd5": md5,
            "FrameCnt": 1,
        }
        return {"Results": [{"Uri": opening.uri, "UriStatus": 2000}], "PluginResult": [plugin]}

    def _about_service(self, visit: _Visit) -> None:
        wanted = self._world.market.store.service
        if visit.query.get("ServiceId") != wanted:
            raise StorageRefusal(100009, f"ServiceId {visit.query.get('ServiceId')} is not {wanted}")

    # ------------------------------------------------------------------ videos and sounds

    async def _apply_inner(self, visit: _Visit) -> Any:
        self._about_space(visit)
        opening = self._open(visit)
        info = {"StoreUri": opening.uri, "Auth": opening.auth, "UploadID": secrets.token_hex(16)}
        node = {
            "Vid": opening.vid,
            "UploadHost": visit.origin,
            "SessionKey": opening.session_key,
            "Type": "tos",
            "StoreInfos": [info],
        }
        return {"InnerUploadAddress": {"UploadNodes": [node]}}

    async def _commit_inner(self, visit: _Visit) -> Any:
        self._about_space(visit)
        opening = self._opening(visit)
        md5, size = await asyncio.to_thread(_md5, opening.file), opening.written
        try:
            facts, proof = await asyncio.to_thread(read_moving, opening.file, size)
        except Unreadable as error:
            raise StorageRefusal(30503, str(error), contract=False) from error
        finally:
            self._world.depot.close_opening(opening)
        kind = "video" if facts.width else "audio"
        kept = KeptFile(opening.vid, opening.session, kind, facts.width, facts.height, facts.seconds, proof)
        self._world.keep_file(kept)
        meta = {
            "Uri": opening.uri,
            "Width": facts.width,
            "Height": facts.height,
            "Duration": round(facts.seconds, 3),
            "Bitrate": round(size * 8 / facts.seconds) if facts.seconds else 0,
            "Format": facts.container.upper(),
            "Codec": facts.codec,
            "Size": size,
            "Md5": md5,
            "Fps": round(facts.fps, 3),
        }
        scenario = self._world.scenario_of(self._world.accounts.get(visit.token.session))
        if kind == "audio" and scenario and "no_audio_duration" in scenario.shape:
            del meta["Duration"]
        return {"Results": [{"Vid": opening.vid, "VideoMeta": meta}]}

    def _about_space(self, visit: _Visit) -> None:
        wanted = self._world.market.store.space
        if visit.query.get("SpaceName") != wanted:
            raise StorageRefusal(100009, f"SpaceName {visit.query.get('SpaceName')} is not {wanted}")

    # ------------------------------------------------------------------ both

    def _open(self, visit: _Visit) -> Opening:
        told = visit.query.get("FileSize", "")
        if not told.isdigit() or not 0 < int(told) <= _MOST_BYTES:
            raise StorageRefusal(100009, f"FileSize {told!r} is not within 1 to {_MOST_BYTES}")
        return self._world.depot.open(visit.token, self._world.market.bucket, int(told))

    def _opening(self, visit: _Visit) -> Opening:
        try:
            key = json.loads(visit.body)["SessionKey"]
        except (ValueError, TypeError, KeyError) as error:
            raise StorageRefusal(30406, "SessionKey is missing") from error
        opening = self._world.depot.opening_of(key) if isinstance(key, str) else None
        if opening is None or opening.session != visit.token.session or opening.service != visit.token.service:
            raise StorageRefusal(30406, "no upload has this SessionKey")
        if not opening.complete:
            raise StorageRefusal(30407, "the bytes have not come")
        return opening


def _origin(request: Request, world: World) -> str:
    public = (world.options.public_url or "").partition("://")[2].partition("/")[0]
    return public or request.headers.get("host", "127.0.0.1")


def _md5(file: BinaryIO) -> str:
    file.seek(0)
    digest = hashlib.md5(usedforsecurity=False)
    while piece := file.read(1 << 20):
        digest.update(piece)
    return digest.hexdigest()
