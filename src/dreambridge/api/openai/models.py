"""`/v1/models`: what the caller's accounts can use, in OpenAI's shape with ours beside it."""

from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dreambridge.api.context import ApiContext
from dreambridge.catalog import Catalog, ListedModel, ModelSpec
from dreambridge.catalog.sizing import list_sizes
from dreambridge.domain.errors import InvalidRequest
from dreambridge.domain.generation import Kind

_ENDPOINTS: Final = MappingProxyType({Kind.IMAGE: ("image-generation",), Kind.VIDEO: ("openai-video",)})


def render_model(catalog: Catalog, entry: ListedModel) -> dict[str, Any]:
    """Make one entry; `created` is the day the row was last seen true, for the sites tell no other."""
    spec = entry.spec
    seen = datetime(spec.seen.year, spec.seen.month, spec.seen.day, tzinfo=UTC)
    return {
        "id": entry.id,
        "object": "model",
        "created": int(seen.timestamp()),
        "owned_by": "dreambridge",
        "supported_endpoint_types": list(_ENDPOINTS.get(spec.kind, ())),
        "dreambridge": _render_details(catalog, entry),
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
        "intelligent_ratio": spec.intelligent_ratio,
        "credits_per_picture": dict(spec.price) or None,
        "seen": spec.seen.isoformat(),
        "live": False,
    }


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
        catalog = self._context.catalog
        entries = [entry for entry in catalog.listed(caller.sites) if kind in {None, entry.spec.kind.value}]
        return JSONResponse({"object": "list", "data": [render_model(catalog, entry) for entry in entries]})

    async def retrieve(self, request: Request) -> Response:
        """Answer with one model, whatever the case of its name; retired ones are found too and say so.

        Raises UnknownModel, and UnsupportedOption where only other sites have it.
        """
        caller = await self._context.caller(request)
        catalog, name = self._context.catalog, str(request.path_params["model_id"])
        wanted = name.strip().casefold()
        for entry in catalog.listed(caller.sites):
            if entry.id.casefold() == wanted:
                return JSONResponse(render_model(catalog, entry))
        spec = catalog.resolve(name, caller.sites[0])
        there = tuple(site for site in catalog.sites_of(spec) if site in caller.sites)
        alias_of = None if spec.name.casefold() == wanted else spec.name
        return JSONResponse(render_model(catalog, ListedModel(name.strip(), spec, alias_of, there)))
