"""`/mcp`, the address at which agents speak the Model Context Protocol.

What is spoken there is none of this package's business: it lets callers in, and notes whether they got their answer.
"""

from functools import partial
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dreambridge.api.client_hints import read_language
from dreambridge.api.context import ApiContext
from dreambridge.api.errors import contain, error_headers, render_error, status_of
from dreambridge.api.own_references import strip_own_address
from dreambridge.domain.errors import GatewayError
from dreambridge.engine.guest import Guest
from dreambridge.engine.service import GenerationService

PATH: Final = "/mcp"
# Of JSON-RPC.
_INVALID_REQUEST: Final = -32600


class AgentRoutes:
    """The route of agents."""

    path: Final = PATH

    def __init__(self, context: ApiContext, speaker: ASGIApp) -> None:
        self._context = context
        self._speaker = speaker

    async def speak(self, request: Request) -> Response:
        """Let a caller in and hand the request on; refuse with the usual status, in words that clients can read."""
        # As the framework does for routes that are part of the document: the log and the figures name it.
        request.scope["route"] = self
        try:
            caller = await self._context.caller(request)
        except GatewayError as error:
            return _refuse(error, request)
        guest = Guest(
            caller=caller,
            language=read_language(request.headers),
            url_of=partial(self._context.result_url, request),
            as_id=partial(strip_own_address, self._context.addresses, request),
            contain=contain,
        )
        request.state.guest = guest
        return _Spoken(self._speaker, guest, self._context.service)


def _refuse(error: GatewayError, request: Request) -> Response:
    """Answer with status and headers as everywhere, and a body of the protocol's own, which is all its clients show."""
    facts = render_error(error, read_language(request.headers))
    fault = {"code": _INVALID_REQUEST, "message": f"{error.message} {facts['remedy']}", "data": facts}
    content = {"jsonrpc": "2.0", "id": None, "error": fault}
    return JSONResponse(content, status_code=status_of(error), headers=error_headers(error))


class _Spoken(Response):
    """An answer that another application gives; noted as delivered once its last byte was handed to the server."""

    def __init__(self, speaker: ASGIApp, guest: Guest, service: GenerationService) -> None:
        super().__init__()
        self._speaker = speaker
        self._guest = guest
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Have the request answered; jobs whose answer got lost are kept for the next identical call."""
        watch = _Watch(receive, send)
        try:
            await self._speaker(scope, watch.receive, watch.send)
        finally:
            answers = self._guest.answers
            for job_id in answers:
                if not (watch.whole and answers[job_id]):
                    self._service.leave(job_id)
        if watch.whole:
            for job_id in (*(each for each, told in answers.items() if told), *self._guest.seen):
                await self._service.delivered(job_id)


class _Watch:
    """See whether an answer went out whole before its client hung up."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._gone = False
        self.whole = False

    async def receive(self) -> Message:
        """Pass a message on."""
        message = await self._receive()
        self._gone = self._gone or message["type"] == "http.disconnect"
        return message

    async def send(self, message: Message) -> None:
        """Pass a message on."""
        await self._send(message)
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            self.whole = not self._gone
