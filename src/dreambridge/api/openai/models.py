"""`/v1/models`: what the caller's accounts can use, in OpenAI's shape with ours beside it."""

from functools import partial
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dreambridge.api.context import ApiContext
from dreambridge.api.openai.abilities import render_agent, render_model
from dreambridge.catalog import ListedModel
from dreambridge.catalog.agent_planning import AGENT_NAME
from dreambridge.domain.errors import InvalidRequest
from dreambridge.domain.generation import Kind
from dreambridge.engine.credentials import Caller

# How long a list waits for a site's own, which is read at most every few hours (s).
_PATIENCE: Final = 2.0


class ModelRoutes:
    """The routes of the catalogue."""

    def __init__(self, context: ApiContext) -> None:
        self._context = context

    async def list(self, request: Request) -> Response:
        """Answer with every name the caller's sites have and their key may use; `?kind=image` narrows it."""
        caller = await self._context.caller(request)
        kind = request.query_params.get("kind")
        if kind is not None and kind not in set(Kind):
            raise InvalidRequest(f"kind takes one of {', '.join(Kind)}.", param="kind")
        await self._context.service.live.refresh(caller.accounts, patience=_PATIENCE)
        catalog = self._context.catalog
        permits = partial(self._context.service.key_allowance.permits, caller.key)
        entries = [entry for entry in catalog.listed(caller.sites) if kind in {None, entry.spec.kind.value}]
        data = [self._render(entry, caller) for entry in entries if permits(entry.spec.name)]
        if kind in {None, Kind.AGENT.value} and caller.sites and permits(AGENT_NAME):
            data.append(render_agent(catalog, caller.sites))
        return JSONResponse({"object": "list", "data": data})

    async def retrieve(self, request: Request) -> Response:
        """Answer with one model, whatever the case of its name; retired ones are found too and say so.

        Raises UnknownModel, UnsupportedOption where only other sites have it, NotPermitted where the key may not use
        it, NoAccountReady.
        """
        caller = await self._context.caller(request)
        caller.require_accounts()
        await self._context.service.live.refresh(caller.accounts, patience=_PATIENCE)
        catalog, name = self._context.catalog, str(request.path_params["model_id"])
        wanted = name.strip().casefold()
        check = partial(self._context.service.key_allowance.check_model, caller.key)
        if wanted == AGENT_NAME:
            check(AGENT_NAME)
            return JSONResponse(render_agent(catalog, caller.sites))
        for entry in catalog.listed(caller.sites):
            if entry.id.casefold() == wanted:
                check(entry.spec.name)
                return JSONResponse(self._render(entry, caller))
        spec = catalog.resolve(name, caller.sites[0])
        check(spec.name)
        there = tuple(site for site in catalog.sites_of(spec) if site in caller.sites)
        alias_of = None if spec.name.casefold() == wanted else spec.name
        return JSONResponse(self._render(ListedModel(name.strip(), spec, alias_of, there), caller))

    def _render(self, entry: ListedModel, caller: Caller) -> dict[str, Any]:
        liveness = self._context.service.live.liveness(entry.spec, caller.accounts)
        return render_model(self._context.catalog, entry, liveness)
