"""What one call goes through: counted, identified, checked, mishandled as scenarios say, answered."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from starlette.requests import Request
from starlette.responses import Response

from dreambridge.simulator import envelope, mishaps
from dreambridge.simulator.account import Account
from dreambridge.simulator.contract import Contract
from dreambridge.simulator.envelope import Refusal
from dreambridge.simulator.identity import complaint, passport_complaint, session_of
from dreambridge.simulator.render import Scribe
from dreambridge.simulator.scenarios import Fault, Scenario
from dreambridge.simulator.world import World

Family = Literal["mweb", "commerce", "passport"]
Data = str  # JSON text

# Calls that meet their fault only when their prompt is known.
_BY_PROMPT = frozenset({"generate", "agent"})


@dataclass(slots=True)
class Call:
    """One request on its way through."""

    world: World
    request: Request
    endpoint: "Endpoint"
    body: dict[str, Any] = field(default_factory=dict)
    account: Account | None = None
    fault: Fault | None = None
    _struck: bool = False

    @property
    def user(self) -> Account:
        """Return the account; raise `Refusal` 1015 without one."""
        if self.account is None:
            raise Refusal(1015)
        return self.account

    @property
    def scribe(self) -> Scribe:
        """Return the writer of records, with media on the origin that the client reached us by."""
        options = self.world.options
        base = options.public_url or f"http://{self.request.headers.get('host', '127.0.0.1')}"
        return Scribe(self.world.market, base.rstrip("/"), options.url_seconds, options.picture_format)

    @property
    def host(self) -> str:
        """Return the host and port that the client reached us by: where it finds every host of the site."""
        public = (self.world.options.public_url or "").partition("://")[2].partition("/")[0]
        return public or self.request.headers.get("host", "127.0.0.1")

    def meet(self, scenario: Scenario | None, key: str) -> None:
        """Let a scenario mishandle this call; `key` is what its `times` are counted by."""
        if self.fault is None:
            self.fault = self.world.fault(scenario, self.endpoint.name, key)

    async def strike(self) -> None:
        """Let the fault met so far happen, once, unless it waits for the answer. May raise or only take time."""
        if self.fault is not None and not self.fault.after and not self._struck:
            self._struck = True
            await mishaps.strike(self.fault, self.world.options.time_scale)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One path of the site. `name` is what scenarios and statistics call it; `schema` names its body's schema."""

    path: str
    name: str
    family: Family
    schema: str
    handle: Callable[[Call], Awaitable[Data | Response]]
    login: bool = True


class Desk:
    """Answer the calls of one endpoint."""

    def __init__(self, world: World, contract: Contract, endpoint: Endpoint) -> None:
        self._world = world
        self._contract = contract
        self._endpoint = endpoint

    async def answer(self, request: Request) -> Response:
        """Answer one request."""
        call = Call(self._world, request, self._endpoint)
        self._world.stats.calls[self._endpoint.name] += 1
        if self._world.options.latency:
            await asyncio.sleep(self._world.options.latency)
        now = self._world.clock()
        try:
            await self._prepare(call)
            await call.strike()
            answer = await self._endpoint.handle(call)
            if isinstance(answer, Response):  # a stream, which has no envelope
                return answer
            text = self._wrap(call, answer, now)
        except Refusal as refusal:
            self._note(refusal, request)
            text = self._refused(call, refusal, now)
        except mishaps.Mishap as mishap:
            return await mishap.response(request, self._world.stats)
        if call.fault is not None and call.fault.after:
            try:
                return await mishaps.distort(call.fault, text, self._world.options.time_scale)
            except mishaps.Mishap as mishap:
                return await mishap.response(request, self._world.stats)
        return _json(text)

    async def _prepare(self, call: Call) -> None:
        world, endpoint, raw = self._world, self._endpoint, await call.request.body()
        if endpoint.family == "commerce" and not raw:
            raise Refusal(1000, "the body is empty; {} would do")
        call.body = _read(raw)
        if world.options.strict:
            self._check(call)
        session = session_of(call.request)
        call.account = world.account(session)
        if endpoint.login and call.account is None:
            raise Refusal(1015)
        if endpoint.name not in _BY_PROMPT:
            call.meet(world.scenario_of(call.account), f"{session}:{endpoint.name}")

    def _check(self, call: Call) -> None:
        family = self._endpoint.family
        market = self._world.market
        if family == "passport":
            told = passport_complaint(call.request, market)
        else:
            told = complaint(call.request, market, login=self._endpoint.login)
        if told:
            if family == "commerce":
                raise Refusal(1014, told)
            raise Refusal(3018 if self._endpoint.name == "generate" else 1000, told)
        told = self._contract.complaint(self._endpoint.schema, call.body)
        if told:
            raise Refusal(1000, told)

    def _wrap(self, call: Call, data: Data, now: float) -> str:
        if self._endpoint.family == "passport":
            return data
        if self._endpoint.family == "commerce" and self._in_shape_b(call):
            return envelope.commerce_b(data, now)
        return envelope.mweb(data, now)

    def _refused(self, call: Call, refusal: Refusal, now: float) -> str:
        if self._endpoint.family == "passport":
            return envelope.passport_dead()
        if self._endpoint.family == "commerce" and self._in_shape_b(call):
            return envelope.commerce_b("", now, refusal)
        if self._endpoint.name == "generate":
            data = envelope.generate_refused_data(refusal.ret, self._world.market.language)
            return envelope.mweb_refused(refusal, now, data)
        return envelope.mweb_refused(refusal, now)

    def _in_shape_b(self, call: Call) -> bool:
        wanted = self._world.options.commerce_envelope
        return wanted == "B" or (wanted == "auto" and "aid" in call.request.query_params)

    def _note(self, refusal: Refusal, request: Request) -> None:
        if refusal.detail:
            self._world.refuse(
                path=request.url.path,
                call=self._endpoint.name,
                ret=refusal.ret,
                detail=refusal.detail,
                contract=refusal.contract,
            )


def _read(raw: bytes) -> dict[str, Any]:
    if not raw:
        return {}
    try:
        body = json.loads(raw)
    except ValueError as error:
        raise Refusal(1000, f"the body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise Refusal(1000, "the body must be an object")
    return body


def _json(text: str) -> Response:
    return Response(text, media_type="application/json; charset=utf-8")
