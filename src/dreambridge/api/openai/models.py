"""`/v1/models`: what the caller's accounts can use, in OpenAI's shape with ours beside it."""

from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dreambridge.api.context import ApiContext
from dreambridge.catalog import Catalog, ListedModel, ModelSpec
from dreambridge.catalog.sizing import list_sizes
from dreambridge.catalog.video import VideoSpec
from dreambridge.domain.errors import InvalidRequest
from dreambridge.domain.generation import InputKind, Kind
from dreambridge.engine.credentials import Caller
from dreambridge.engine.live_models import Liveness

# How long a list waits for a site's own, which is read at most every few hours (s).
_PATIENCE: Final = 2.0
_ENDPOINTS: Final = MappingProxyType({Kind.IMAGE: ("image-generation",), Kind.VIDEO: ("openai-video",)})


def render_model(catalog: Catalog, entry: ListedModel, liveness: Liveness) -> dict[str, Any]:
    """Make one entry; `created` is the day the row was last seen true, for the sites tell no other."""
    spec = entry.spec
    seen = datetime(spec.seen.year, spec.seen.month, spec.seen.day, tzinfo=UTC)
    return {
        "id": entry.id,
        "object": "model",
        "created": int(seen.timestamp()),
        "owned_by": "dreambridge",
        "supported_endpoint_types": list(_ENDPOINTS.get(spec.kind, ())),
        "dreambridge": {**_render_details(catalog, entry), **_render_liveness(liveness)},
    }


def _render_details(catalog: Catalog, entry: ListedModel) -> dict[str, Any]:
    spec, sites = entry.spec, [catalog.site(name) for name in entry.sites]
    sizes: dict[str, dict[str, str]] = {}
    for site in sites if spec.kind is Kind.IMAGE and spec.offered else ():
        for size in list_sizes(spec, site, catalog.geometry):
            sizes.setdefault(size.tier, {}).setdefault(size.ratio, str(size.native))
    return {
        "kind": spec.kind.value,
        "title": spec.title,
        "alias_of": entry.alias_of,
        "status": spec.status.value,
        "sites": list(entry.sites),
        "ratios": list(dict.fromkeys(ratio for site in sites for ratio in spec.ratios_on(site))),
        "resolutions": list(dict.fromkeys(tier for site in sites for tier in spec.resolutions_on(site))),
        "default_resolution": spec.default_resolution,
        "sizes": sizes,
        "inputs": {"images": spec.max_inputs},
        "counts": _render_counts(spec),
        "video": None if spec.video is None else _render_video(spec.video),
        "intelligent_ratio": spec.intelligent_ratio,
        "credits_per_picture": dict(spec.price) or None,
        "seen": spec.seen.isoformat(),
    }


def _render_video(video: VideoSpec) -> dict[str, Any]:
    """Tell what a video can be made from, and its lengths in seconds."""
    omni, frames = video.omni, video.multi_frame
    return {
        "modes": sorted(mode.value for mode in video.modes),
        "seconds": list(video.seconds),
        "default_seconds": video.default_seconds,
        "fps": video.fps,
        "max_prompt": video.max_prompt,
        "sound": video.sound,
        "references": None
        if omni is None
        else {"total": omni.total, **{f"{kind.value}s": omni.of(kind).most for kind in InputKind}},
        "key_frames": None if frames is None else {"min": frames.least, "max": frames.most},
        "credits": {"per": "clip" if video.per_clip else "second", **video.price} if video.price else None,
    }


def _render_liveness(liveness: Liveness) -> dict[str, Any]:
    read_at = liveness.read_at
    read = None if read_at is None else datetime.fromtimestamp(read_at, UTC).isoformat(timespec="seconds")
    return {"live": liveness.live, "stale": liveness.stale, "lists_read_at": read}


def _render_counts(spec: ModelSpec) -> dict[str, int] | None:
    if spec.counts is None:
        return None
    return {"min": spec.counts.minimum, "max": spec.counts.maximum, "default": spec.counts.default}


class ModelRoutes:
    """The routes of the catalogue."""

    def __init__(self, context: ApiContext) -> None:
        self._context = context

    async def list(self, request: Request) -> Response:
        """Answer with every name the caller's sites have; `?kind=image` narrows it."""
        caller = await self._context.caller(request)
        kind = request.query_params.get("kind")
        if kind is not None and kind not in set(Kind):
            raise InvalidRequest(f"kind takes one of {', '.join(Kind)}.", param="kind")
        await self._context.service.live.refresh(caller.accounts, patience=_PATIENCE)
        catalog = self._context.catalog
        entries = [entry for entry in catalog.listed(caller.sites) if kind in {None, entry.spec.kind.value}]
        return JSONResponse({"object": "list", "data": [self._render(entry, caller) for entry in entries]})

    async def retrieve(self, request: Request) -> Response:
        """Answer with one model, whatever the case of its name; retired ones are found too and say so.

        Raises UnknownModel, and UnsupportedOption where only other sites have it.
        """
        caller = await self._context.caller(request)
        await self._context.service.live.refresh(caller.accounts, patience=_PATIENCE)
        catalog, name = self._context.catalog, str(request.path_params["model_id"])
        wanted = name.strip().casefold()
        for entry in catalog.listed(caller.sites):
            if entry.id.casefold() == wanted:
                return JSONResponse(self._render(entry, caller))
        spec = catalog.resolve(name, caller.sites[0])
        there = tuple(site for site in catalog.sites_of(spec) if site in caller.sites)
        alias_of = None if spec.name.casefold() == wanted else spec.name
        return JSONResponse(self._render(ListedModel(name.strip(), spec, alias_of, there), caller))

    def _render(self, entry: ListedModel, caller: Caller) -> dict[str, Any]:
        return render_model(
            self._context.catalog, entry, self._context.service.live.liveness(entry.spec, caller.accounts)
        )
