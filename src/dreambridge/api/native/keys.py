"""`/v1/keys`: the operator makes gateway keys, limits and revokes them, and sees what was made with each."""

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dreambridge.api.context import ApiContext
from dreambridge.api.forms import open_body
from dreambridge.api.native.key_bodies import apply_limits, read_key_body, read_key_change
from dreambridge.api.native.pages import one_of, render_page
from dreambridge.domain.errors import InvalidRequest
from dreambridge.domain.key import DayUse, GatewayKey, KeyLimits

# The usage that is shown when no days are named: today and the 29 days before.
_DAYS: Final = 30
_COLUMNS: Final = ("day", "requests", "images", "videos", "credits")


class KeyRoutes:
    """The routes of keys; each is the admin's alone and raises NotAuthenticated and NotPermitted for others."""

    def __init__(self, context: ApiContext) -> None:
        self._context = context
        self._desk = context.desks.keys

    async def list(self, request: Request) -> Response:
        """Answer with every key, oldest first; never with what a caller sends."""
        await self._context.admin(request)
        return JSONResponse(render_page([render_key(key) for key in await self._desk.list()], more=False))

    async def create(self, request: Request) -> Response:
        """Make a key; answer 201 with it and with its text, which is shown this once. Raises InvalidRequest."""
        await self._context.admin(request)
        async with open_body(request, self._context.options.max_body_bytes) as body:
            asked = read_key_body(body)
        key, text = await self._desk.create(asked.name, apply_limits(asked.limits, KeyLimits()), admin=asked.admin)
        headers = {
            "location": f"{self._context.addresses.base(request)}/v1/keys/{key.id}",
            "cache-control": "no-store",
        }
        return JSONResponse({**render_key(key), "key": text.reveal()}, status_code=201, headers=headers)

    async def retrieve(self, request: Request) -> Response:
        """Answer with a key. Raises JobNotFound."""
        await self._context.admin(request)
        return JSONResponse(render_key(await self._desk.get(request.path_params["key_id"])))

    async def change(self, request: Request) -> Response:
        """Change name or limits, from the next request on; answer with the key. Raises InvalidRequest, JobNotFound."""
        await self._context.admin(request)
        async with open_body(request, self._context.options.max_body_bytes) as body:
            asked = read_key_change(body)
        key = await self._desk.get(request.path_params["key_id"])
        limits = None if asked.limits is None else apply_limits(asked.limits, key.limits)
        return JSONResponse(render_key(await self._desk.change(key.id, name=asked.name, limits=limits)))

    async def revoke(self, request: Request) -> Response:
        """Revoke a key at once; its jobs go on. Raises JobNotFound."""
        await self._context.admin(request)
        return JSONResponse(render_key(await self._desk.revoke(request.path_params["key_id"])))

    async def use(self, request: Request) -> Response:
        """Answer with what was made with a key by day, as JSON or as CSV. Raises InvalidRequest, JobNotFound."""
        await self._context.admin(request)
        query = request.query_params
        wants_csv = "text/csv" in request.headers.get("accept", "")
        form = one_of("format", query.get("format", "csv" if wants_csv else "json"), ("json", "csv"))
        last = _read_day(query, "to") or datetime.now(UTC).date()
        first = _read_day(query, "from") or last - timedelta(days=_DAYS - 1)
        if first > last:
            raise InvalidRequest(f"from ({first}) lies behind to ({last}).", param="from")
        key_id = request.path_params["key_id"]
        days = await self._desk.use(key_id, first=first.isoformat(), last=last.isoformat())
        if form == "csv":
            return Response(_write_csv(days), media_type="text/csv")
        total = {name: sum(getattr(day, name) for day in days) for name in _COLUMNS[1:]}
        return JSONResponse(
            {
                "object": "key.usage",
                "key_id": key_id,
                "from": first.isoformat(),
                "to": last.isoformat(),
                "data": [asdict(day) for day in days],
                "total": total,
            }
        )


def render_key(key: GatewayKey) -> dict[str, Any]:
    """Make the JSON of a key, without what a caller sends."""
    return {
        "id": key.id,
        "object": "key",
        "name": key.name,
        "hint": f"…{key.hint}",
        "admin": key.admin,
        "limits": asdict(key.limits),
        "created_at": int(key.created_at),
        "revoked_at": None if key.revoked_at is None else int(key.revoked_at),
        "last_used_at": None if key.last_used_at is None else int(key.last_used_at),
    }


def _read_day(query: Mapping[str, str], name: str) -> date | None:
    text = query.get(name)
    if text is None:
        return None
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise InvalidRequest(f"{name} takes a day of UTC as YYYY-MM-DD.", param=name)


def _write_csv(days: tuple[DayUse, ...]) -> str:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, _COLUMNS)
    writer.writeheader()
    writer.writerows({**asdict(day), "credits": f"{day.credits:g}"} for day in days)
    return text.getvalue()
