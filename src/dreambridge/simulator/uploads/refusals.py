"""How the storage services refuse, and how scenarios reach them.

What the services say of broken requests is only partly known: 100024 (credentials), 30406 (session key) and
SignatureDoesNotMatch were seen. The HTTP statuses beside them and the other codes are our choice, made after the
services' public manuals.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from dreambridge.simulator import mishaps
from dreambridge.simulator.envelope import dump
from dreambridge.simulator.scenarios import Fault
from dreambridge.simulator.world import World

_ERRORS: Mapping[int, tuple[str, int]] = {
    # CodeN: (Code, HTTP status)
    100024: ("InvalidAuthorization", 401),
    100010: ("SignatureDoesNotMatch", 403),
    100009: ("InvalidParameter", 400),
    30406: ("InvalidSessionKey", 400),
    30407: ("UploadIncomplete", 400),
    30503: ("InvalidMedia", 400),
}


class StorageRefusal(Exception):
    """Carry an error of the storage services to the border. `contract` as in `Refusal`."""

    def __init__(self, code: int, detail: str, *, contract: bool = True, status: int | None = None) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail
        self.contract = contract
        self.status = _ERRORS[code][1] if status is None else status

    @property
    def error(self) -> dict[str, Any]:
        """Return the error as the services write it."""
        return {"CodeN": self.code, "Code": _ERRORS[self.code][0], "Message": self.detail}


async def strike(world: World, session: str, call: str) -> Fault | None:
    """Wait as long as every call takes, then let the session's scenario happen; return one that is to come yet."""
    if world.options.latency:
        await asyncio.sleep(world.options.latency)
    fault = world.fault(world.scenario_of(world.accounts.get(session)), call, f"{session}:{call}")
    if fault is None or fault.after:  # what happens after the fact concerns the answers of the site itself
        return None
    if fault.kind == "crc":
        return fault
    if fault.kind == "storage":
        # Seen both ways in other calls of the services: an error body does not need an error status.
        raise StorageRefusal(int(fault.value), "as the scenario says", contract=False, status=200)
    await mishaps.strike(fault, world.options.time_scale)
    return None


def note(world: World, request: Request, call: str, refusal: StorageRefusal) -> None:
    """Put a refusal on the list of the control interface."""
    world.refuse(path=request.url.path, call=call, ret=refusal.code, detail=refusal.detail, contract=refusal.contract)


def answer_json(value: Any, status: int = 200) -> Response:
    """Answer a value."""
    return Response(dump(value), status, media_type="application/json; charset=utf-8")
