"""`/v1/accounts`: the accounts of the server, for its admin; and for everyone else those of their own credential."""

from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dreambridge.api.context import ApiContext
from dreambridge.api.fields import list_names, read_fields
from dreambridge.api.native.pages import one_of
from dreambridge.api.reader import LENIENT_HEADER, Body, read_body
from dreambridge.domain.account import Credit
from dreambridge.domain.errors import InvalidRequest, JobNotFound
from dreambridge.domain.secret import Secret
from dreambridge.engine.account_views import AccountView

_TRUTHS: Final = ("true", "false")


class AccountNew(BaseModel):
    """The body of `POST /v1/accounts`."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True)

    session: str = Field(
        description="A session id, bare or marked (`us-…`), a whole Cookie header, a request copied as cURL, or a "
        "browser's cookie export. No answer and no error repeats any of it."
    )
    name: str | None = Field(None, description="What to call it, 1–64 characters; made up when absent.")
    site: str | None = Field(None, description="The site it belongs to; found out when absent.")
    proxy: str | None = Field(None, description="Reach the site through this: `scheme://[user:password@]host:port`.")


class AccountChange(BaseModel):
    """The body of `PATCH /v1/accounts/{account_id}`."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True)

    name: str | None = Field(None, description="A new name.")
    paused: bool | None = Field(None, description="Give it no new work; what it has begun goes on.")


class AccountRoutes:
    """The routes of accounts; no answer holds a session."""

    def __init__(self, context: ApiContext) -> None:
        self._context = context
        self._desk = context.desks.accounts

    async def create(self, request: Request) -> Response:
        """Add an account, found alive on its site; answer 201. Touches the network, spends nothing.

        Raises NotPermitted, InvalidRequest, SiteUnreachable.
        """
        await self._context.admin(request)
        body = await read_body(request, self._context.options.max_body_bytes)
        wish = read_fields(AccountNew, body.fields)
        proxy = Secret(wish.proxy) if wish.proxy else None
        view = await self._desk.add(wish.session, name=wish.name, site=wish.site, proxy=proxy)
        location = f"{self._context.addresses.base(request)}/v1/accounts/{view.account.id}"
        return JSONResponse(
            render_account(view), status_code=201, headers={"location": location, **_headers(body, AccountNew)}
        )

    async def list(self, request: Request) -> Response:
        """Answer with the accounts of the server to its admin, and with their own to anyone else."""
        if await self._context.is_admin(request):
            views = self._desk.list()
        else:
            views = self._desk.of((await self._context.caller(request)).accounts)
        return JSONResponse({"object": "list", "data": [render_account(view) for view in views]})

    async def retrieve(self, request: Request) -> Response:
        """Answer with one account, by id or, for the admin, by name. Raises JobNotFound."""
        ref = request.path_params["account_id"]
        if await self._context.is_admin(request):
            return JSONResponse(render_account(self._desk.get(ref)))
        own = self._desk.of((await self._context.caller(request)).accounts)
        found = next((view for view in own if view.account.id == ref), None)
        if found is None:
            raise JobNotFound("There is no such account among yours.")
        return JSONResponse(render_account(found))

    async def change(self, request: Request) -> Response:
        """Rename, pause or resume an account. Raises NotPermitted, JobNotFound, InvalidRequest."""
        await self._context.admin(request)
        body = await read_body(request, self._context.options.max_body_bytes)
        wish = read_fields(AccountChange, body.fields)
        if wish.name is None and wish.paused is None:
            raise InvalidRequest("Say name or paused.", param="paused", code="missing_required_parameter")
        view = await self._desk.change(request.path_params["account_id"], name=wish.name, paused=wish.paused)
        return JSONResponse(render_account(view), headers=_headers(body, AccountChange))

    async def check(self, request: Request) -> Response:
        """Ask the site about an account, over the network. Raises NotPermitted, JobNotFound, SiteUnreachable."""
        await self._context.admin(request)
        return JSONResponse(render_account(await self._desk.check(request.path_params["account_id"])))

    async def remove(self, request: Request) -> Response:
        """Erase an account; `force=true` also one with open jobs. Raises NotPermitted, JobNotFound, InvalidRequest."""
        await self._context.admin(request)
        force = one_of("force", request.query_params.get("force", "false").lower(), _TRUTHS) == "true"
        record = await self._desk.remove(request.path_params["account_id"], force=force)
        return JSONResponse({"id": record.id, "object": "account.deleted", "deleted": True, "name": record.name})


def render_account(view: AccountView) -> dict[str, Any]:
    """Make what may be told of an account."""
    account, record = view.account, view.record
    return {
        "id": account.id,
        "object": "account",
        "name": record.name if record is not None else None,
        "fingerprint": view.fingerprint,
        "site": account.session.site,
        "proxied": account.session.proxy is not None,
        "paused": account.paused,
        "health": account.health.value,
        "reason": account.reason,
        "cooling_until": _seconds(account.cooling_until),
        "in_flight": view.in_flight,
        "credit": None if account.credit is None else _render_credit(account.credit),
        "credit_read_at": _seconds(account.credit_read_at),
        "spent_today": view.spent if view.ceiling else None,
        "daily_credits": view.ceiling or None,
        "session_made_at": _seconds(record.session_made_at) if record is not None else None,
        "session_expires_at": _seconds(record.session_expires_at) if record is not None else None,
        "checked_at": _seconds(record.checked_at) if record is not None else None,
        "note": record.note if record is not None else None,
        "notices": [{"code": each.code, "message": each.message} for each in view.reminders],
        "created_at": _seconds(record.created_at) if record is not None else None,
    }


def _render_credit(credit: Credit) -> dict[str, int | None]:
    return {
        "gift": credit.gift,
        "purchased": credit.purchased,
        "vip": credit.vip,
        "total": credit.total,
        "expires_at": _seconds(credit.expires_at),
    }


def _seconds(at: float | None) -> int | None:
    return None if at is None else int(at)


def _headers(body: Body, schema: type[BaseModel]) -> dict[str, str]:
    headers = {LENIENT_HEADER: "true"} if body.lenient else {}
    if ignored := list_names([name for name in body.fields if name not in schema.model_fields]):
        headers["x-dreambridge-ignored"] = ignored
    return headers
