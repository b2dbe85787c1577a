"""The sites' creation agent as a stream of values, and the list of results that tells what became of a lost turn."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from dreambridge.catalog.catalog import Catalog
from dreambridge.domain.account import Session
from dreambridge.domain.errors import AnswerUnreadable, GatewayError, UnknownModel, UnsupportedOption
from dreambridge.domain.generation import AgentRequest
from dreambridge.domain.submission import Submission, UploadedInput
from dreambridge.upstream.caller import Caller
from dreambridge.upstream.failures import MaybeSentError, NeverSentError
from dreambridge.upstream.outcomes import NeverSent, Refused, Unclear
from dreambridge.upstream.seam import StreamingTransport
from dreambridge.upstream.wire import assets
from dreambridge.upstream.wire.agent import TurnFile, TurnHints, TurnValue, TurnWish, build_turn
from dreambridge.upstream.wire.agent_turn import Turn
from dreambridge.upstream.wire.assets import Asset
from dreambridge.upstream.wire.call import Answer, Call
from dreambridge.upstream.wire.envelope import open_envelope, parse_envelope, refusal_of
from dreambridge.upstream.wire.identity import build_call
from dreambridge.upstream.wire.reading import read_document
from dreambridge.upstream.wire.sse import EventParser

Told: TypeAlias = TurnValue | NeverSent | Refused | Unclear

_MOST_PAGES: Final = 10


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a turn is listened to, in seconds.

    `silence` between two words (an agent may think for a while), `longest` for the whole turn, and `linger` after the
    agent's last message: the site may still tell a title before it says that the stream is complete.
    """

    silence: float = 120.0
    longest: float = 1200.0
    linger: float = 2.0


_USUAL: Final = Patience()


class AgentClient:
    """Speak to the agent for every session; keeps no state of its own.

    `clock` gives epoch seconds, `new_id` UUIDs; `on_unreadable` is as of `Caller`.
    """

    def __init__(
        self,
        transport: StreamingTransport,
        catalog: Catalog,
        *,
        clock: Callable[[], float],
        new_id: Callable[[], str],
        on_unreadable: Callable[[str, object], None] | None = None,
        patience: Patience = _USUAL,
    ) -> None:
        self._transport = transport
        self._caller = Caller(transport, catalog, clock=clock, on_unreadable=on_unreadable)
        self._catalog = catalog
        self._clock = clock
        self._new_id = new_id
        self._patience = patience

    async def converse(
        self,
        session: Session,
        request: AgentRequest,
        submission: Submission,
        uploads: Mapping[str, UploadedInput],
    ) -> AsyncGenerator[Told]:
        """Send one turn once, and tell what comes of it while it comes: touches the network and SPENDS CREDIT.

        The intent must be on disk: `submission` has the message's id and `send_before`. What goes wrong before the
        first event is told as of any submission, alone: `NeverSent`, `Refused` or `Unclear`. Otherwise the last value
        is `Ended`. Raises nothing for what the site or the network do; a reader that stops early closes it.
        """
        call = self._prepare(session, request, submission, uploads)
        if not isinstance(call, Call):
            yield call
            return
        send_before = submission.send_before or 0.0
        turn, heard = Turn(), False
        trouble = "the answer held no event"
        try:
            async with self._transport.stream(
                call,
                proxy=session.proxy,
                may_send=lambda: self._clock() < send_before,
                idle_timeout=self._patience.silence,
                timeout=self._patience.longest,
            ) as answer:
                head = await _first_words(answer.chunks)
                if not 200 <= answer.status < 300 or head.startswith(b"{"):
                    body = head + b"".join([chunk async for chunk in answer.chunks])
                    yield self._judge(Answer(answer.status, body))
                    return
                async for values in self._events(turn, head, answer.chunks):
                    heard = True
                    for value in values:
                        yield value
        except NeverSentError as error:
            yield NeverSent(str(error))
            return
        except (MaybeSentError, AnswerUnreadable) as error:
            trouble = str(error)
        if not heard:
            yield Unclear(trouble)
            return
        for value in turn.close():
            yield value

    def failure_of(self, code: str | None) -> GatewayError:
        """Say what a code means that the agent or one of its tools gave, as an error of the tree; touches nothing."""
        return self._catalog.codes.for_ret(code or "").to_error(site_code=code)

    async def list_assets(self, session: Session, since: float) -> tuple[Asset, ...]:
        """List what the account has made since then (epoch seconds), newest first, over the network; spends nothing.

        Raises as `UpstreamClient.fetch_history`.
        """
        found: list[Asset] = []
        offset = None
        for _ in range(_MOST_PAGES):
            request = assets.build_assets(offset)
            page = await self._caller.again(
                session, request, lambda document: assets.parse_assets(open_envelope(document, self._catalog.codes))
            )
            found += [each for each in page.assets if (each.record.created_at or since) >= since]
            offset = page.next_offset
            if offset is None or offset / 1000 < since:
                break
        return tuple(found)

    def _prepare(
        self, session: Session, request: AgentRequest, submission: Submission, uploads: Mapping[str, UploadedInput]
    ) -> Call | Refused | NeverSent:
        message_id, send_before = submission.submit_id, submission.send_before
        if message_id is None or send_before is None:
            raise ValueError("a turn is sent only after its intent was written down")
        try:
            call = self._build_call(session, request, message_id, uploads)
        except GatewayError as error:
            return Refused(error)
        return call if self._clock() < send_before else NeverSent("the time to send it had passed")

    def _build_call(
        self, session: Session, request: AgentRequest, message_id: str, uploads: Mapping[str, UploadedInput]
    ) -> Call:
        site = self._catalog.site(session.site)
        model_key = None
        if request.image_model is not None:
            spec = self._catalog.models.get(request.image_model)
            if spec is None:
                raise UnknownModel(f"No model is named {request.image_model!r} any more.", param="model")
            model_key = spec.key_on(site)
            if model_key is None:
                raise UnsupportedOption(f"{request.image_model} is not offered on {site.name}.", param="model")
        files = []
        for each in request.inputs:
            uri = uploads[each.sha256].uri if each.sha256 in uploads else None
            if uri is None:
                raise UnsupportedOption("The agent takes pictures only.", param="image")
            files.append(TurnFile(uri, f"{each.sha256[:12]}.{each.extension}", self._new_id()))
        wish = TurnWish(
            conversation_id=request.conversation_id,
            message_id=message_id,
            prompt=request.prompt,
            files=tuple(files),
            hints=TurnHints(
                model_key,
                self._catalog.geometry.codes[request.ratio] if request.ratio is not None else None,
                request.resolution or None,
            ),
        )
        now = self._clock()
        call = build_call(site, session, build_turn(wish, generate_id=f"gen-{self._new_id()}", at=now), at=now)
        return replace(call, headers={**call.headers, "Accept": "text/event-stream"})

    def _judge(self, answer: Answer) -> Refused | Unclear:
        """Read an answer that is no stream: a refusal, or nothing that decides."""
        try:
            envelope = parse_envelope(read_document(answer))
        except GatewayError as error:
            return Unclear(error.message, error.site_code)
        refusal = refusal_of(envelope, self._catalog.codes)
        if refusal is not None:
            return Refused(refusal)
        return Unclear("the site answered no stream", log_id=envelope.log_id)

    async def _events(self, turn: Turn, head: bytes, chunks: AsyncIterator[bytes]) -> AsyncGenerator[list[TurnValue]]:
        """Read events until the turn has ended, the stream has, or nothing more comes after the agent's last word."""
        parser = EventParser()
        chunk: bytes | None = head
        last = None
        while chunk is not None:
            for event in parser.feed(chunk):
                yield turn.take(event)
                if turn.ended:
                    return
            now = asyncio.get_running_loop().time()
            last = last if last is not None or not turn.over else now + self._patience.linger
            try:
                async with asyncio.timeout_at(last):
                    chunk = await anext(chunks, None)
            except TimeoutError:
                break
        for event in parser.close():
            yield turn.take(event)


async def _first_words(chunks: AsyncIterator[bytes]) -> bytes:
    """Read until something is there that is no white space."""
    head = b""
    while not head.strip():
        chunk = await anext(chunks, None)
        if chunk is None:
            break
        head += chunk
    return head.lstrip(b" \t\r\n")
