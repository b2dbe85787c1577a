"""Questions about sessions, in the shapes that scripts of the token gateway read; no answer holds a session."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dreambridge.api.context import ApiContext
from dreambridge.api.fields import read_fields
from dreambridge.api.reader import LENIENT_HEADER, read_body
from dreambridge.domain.account import Credit
from dreambridge.domain.errors import GatewayError
from dreambridge.engine.tokens import Claim, Finding


class TokenCheck(BaseModel):
    """The body of `POST /token/check`."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True)

    token: str = Field(description="One session, in any spelling that Authorization takes.")


def render_points(credit: Credit) -> dict[str, int]:
    """Make the balance, in credits."""
    return {
        "giftCredit": credit.gift,
        "purchaseCredit": credit.purchased,
        "vipCredit": credit.vip,
        "totalCredit": credit.total,
    }


def _render_failure(error: GatewayError | None) -> dict[str, str]:
    """Make what an entry says of its failure: nothing when there is none."""
    return {} if error is None else {"error": error.message, "code": error.specific_code}


def _render_standing(finding: Finding[bool]) -> dict[str, Any]:
    standing = {"token": finding.mask, "site": finding.site, "name": finding.account, "live": finding.value}
    return {**standing, **_render_failure(finding.error)}


def _render_balance(finding: Finding[Credit]) -> dict[str, Any]:
    points = None if finding.value is None else render_points(finding.value)
    return {"token": finding.mask, "points": points, **_render_failure(finding.error)}


def _render_claim(finding: Finding[Claim]) -> dict[str, Any]:
    claim = finding.value
    return {
        "token": finding.mask,
        "credits": None if claim is None else render_points(claim.credit),
        "received": claim is not None and claim.refusal is None,
        **_render_failure(finding.error or (claim.refusal if claim else None)),
    }


class TokenRoutes:
    """`/token`, `/token/check`, `/token/points`, `/token/receive`.

    A list answers with one entry for each session, in their order. An entry that failed says why beside the others that
    did not; when all of them failed the first error is the answer, with its status.
    """

    def __init__(self, context: ApiContext) -> None:
        self._context = context
        self._desk = context.desks.tokens

    async def check(self, request: Request) -> Response:
        """Answer whether the session in the body is signed in; no credential is wanted beside it.

        Raises InvalidRequest, NotPermitted, RateLimited, and what keeps the site from telling.
        """
        body = await read_body(request, self._context.options.max_body_bytes)
        live = await self._desk.check(read_fields(TokenCheck, body.fields).token)
        return JSONResponse({"live": live}, headers={LENIENT_HEADER: "true"} if body.lenient else None)

    async def look(self, request: Request) -> Response:
        """Answer where each session of Authorization lives, its account's name, and whether it is signed in."""
        return JSONResponse([_render_standing(each) for each in await self._desk.look(_authorization(request))])

    async def points(self, request: Request) -> Response:
        """Answer with the balance of each session of Authorization."""
        return JSONResponse([_render_balance(each) for each in await self._desk.points(_authorization(request))])

    async def receive(self, request: Request) -> Response:
        """Claim today's free credit for each session of Authorization, and answer with the balance afterwards."""
        return JSONResponse([_render_claim(each) for each in await self._desk.receive(_authorization(request))])


def _authorization(request: Request) -> str | None:
    return request.headers.get("authorization")
