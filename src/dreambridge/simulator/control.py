"""The control interface under `/_simulator/`, for tests and benchmarks. No credential; loopback only."""

import ipaddress
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dreambridge.simulator.record import Record
from dreambridge.simulator.world import Registration, World


class Control:
    """Read and steer a running site."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._reads: dict[str, Callable[[], Any]] = {
            "stats": self._stats,
            "ledger": self._ledger,
            "refusals": lambda: list(world.refusals),
            "accounts": self._accounts,
            "scenarios": self._scenarios,
        }
        self._writes: dict[str, Callable[[Any], Any]] = {
            "sessions": self._register,
            "options": self._change_options,
            "reset": lambda _: world.reset(),
            "hold": self._hold,
            "release": lambda _: world.gate.release(),
        }

    async def answer(self, request: Request) -> Response:
        """Answer one control call: 404 for strangers and unknown actions, 400 for values it cannot take."""
        table = self._reads if request.method == "GET" else self._writes
        action = request.path_params["action"]
        if not _from_loopback(request) or action not in table:
            return JSONResponse({"error": f"no {action}"}, status_code=404)
        if request.method == "GET":
            return JSONResponse(self._reads[action]())
        try:
            raw = await request.body()
            result = self._writes[action](await request.json() if raw else {})
        except (ValueError, TypeError) as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        return JSONResponse(result if result is not None else {"done": action})

    def _stats(self) -> dict[str, Any]:
        world = self._world
        return world.stats.report() | {
            "held": dict(world.gate.waiting),
            "refusals": len(world.refusals),
            "contract_refusals": sum(1 for refusal in world.refusals if refusal["contract"]),
            "accounts": len(world.accounts),
            "records": len(world.records),
            "now": world.clock(),
        }

    def _ledger(self) -> list[dict[str, Any]]:
        return [self._line(record) for record in self._world.records.values()]

    def _line(self, record: Record) -> dict[str, Any]:
        now = self._world.clock()
        phase = record.phase(now)
        settled = record.settles_at <= now and record.cancelled_at is None
        refunded = record.scenario.ending.charge == "refunded"
        return {
            "submit_id": record.wish.submit_id,
            "record_id": record.record_id,
            "session": record.session,
            "model": record.wish.model,
            "prompt": record.wish.prompt,
            "count": record.wish.count,
            "size": list(record.wish.size),
            "credits": record.credits,
            "charged": record.charge() if settled and not refunded else 0,
            "status": phase.status,
            "state": _state(record, phase.ended),
            "items": phase.items,
            "scenario": record.scenario.name,
            "accepted_at": record.accepted_at,
            "visible_at": record.visible_at,
            "ready_at": record.ready_at,
        }

    def _accounts(self) -> list[dict[str, Any]]:
        return [
            {
                "session": account.session,
                "alive": account.alive,
                "total": account.total,
                "reserved": account.reserved,
                "records": len(account.by_submit),
                "scenario": account.scenario.name if account.scenario else None,
            }
            for account in self._world.accounts.values()
        ]

    def _scenarios(self) -> list[dict[str, str]]:
        rows = self._world.scenarios.rows.values()
        return [{"name": row.name, "group": row.group, "zh": row.zh, "en": row.en} for row in rows]

    def _register(self, body: Any) -> Any:
        entries = body if isinstance(body, list) else [body]
        for entry in entries:
            self._world.register(Registration(**entry))
        return {"registered": len(entries)}

    def _change_options(self, body: Any) -> None:
        options = self._world.options.with_changes(dict(body))
        self._world.check_options(options)
        self._world.options = options

    def _hold(self, body: Any) -> None:
        place = body.get("where", "before")
        if place not in {"before", "after"}:
            raise ValueError("where must be before or after (acceptance)")
        self._world.gate.hold(place)


def _state(record: Record, ended: bool) -> str:
    if record.deleted:
        return "deleted"
    if record.cancelled_at is not None:
        return "cancelled"
    if not ended:
        return "open"
    return "succeeded" if record.scenario.ending.delivers else "failed"


def _from_loopback(request: Request) -> bool:
    try:
        return request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False
