"""Ways a call goes wrong on its way to the client."""

import asyncio
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse

from dreambridge.simulator.envelope import Refusal
from dreambridge.simulator.scenarios import Fault
from dreambridge.simulator.stats import Stats

# Kinds of fault that the handler of a call lets happen itself.
_HANDLED = frozenset({"expired_token", "agent_error", "agent_cut"})
_PAGE = "<!doctype html><html><head><title>502</title></head><body><h1>Service unavailable</h1></body></html>"


class Mishap(Exception):
    """Carry an answer that is none of the site's own to the border."""

    def __init__(self, fault: Fault, text: str = "") -> None:
        super().__init__(fault.kind)
        self.fault = fault
        self.text = text

    async def response(self, request: Request, stats: Stats) -> Response:
        """Return what the client gets to see."""
        match self.fault.kind:
            case "drop":
                stats.dropped += 1
                await hang_up(request)
                return Response()
            case "truncated":
                stats.dropped += 1
                return break_off(request, self.text.encode() or _PAGE.encode(), "application/json")
            case "html":
                return HTMLResponse(_PAGE)
            case "garbage":
                return Response('{"ret":"0","errmsg":"success","data":{"aigc', media_type="application/json")
            case _ if self.fault.value == 204:  # which has no body
                return Response(status_code=204)
            case _:
                return HTMLResponse(_PAGE, status_code=int(self.fault.value))


async def strike(fault: Fault, scale: float) -> None:
    """Let a fault happen before the call is handled: raise `Refusal` or `Mishap`, or only wait."""
    if fault.kind == "slow":
        await asyncio.sleep(fault.value * scale)
    elif fault.kind == "ret":
        raise Refusal(int(fault.value))
    elif fault.kind not in _HANDLED:
        raise Mishap(fault)


async def distort(fault: Fault, text: str, scale: float) -> Response:
    """Return an answer that suffered a fault after the call was handled; raise `Mishap` when none is left of it."""
    match fault.kind:
        case "slow":
            await asyncio.sleep(fault.value * scale)
        case "integer_ret":
            text = text.replace('{"ret":"0"', '{"ret":0', 1)
        case "no_record_id":
            text = text.replace('"history_record_id":', '"history_record_id_":', 1)
        case _:
            raise Mishap(fault, text)
    return Response(text, media_type="application/json; charset=utf-8")


async def hang_up(request: Request) -> None:
    """Close the connection without an answer, and wait until it is closed."""
    request.state.transport.close()
    while (await request.receive())["type"] != "http.disconnect":
        pass


def break_off(request: Request, content: bytes, media_type: str) -> Response:
    """Answer with half of the announced bytes, then close the connection."""

    async def half() -> AsyncIterator[bytes]:
        yield content[: len(content) // 2]
        await hang_up(request)

    return StreamingResponse(half(), media_type=media_type, headers={"content-length": str(len(content))})
