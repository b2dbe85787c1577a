"""The agent's client against a site on loopback that streams what it is told."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from importlib import resources
from itertools import count
from typing import Any

import pytest
import stamina
from aiohttp import web

from dreambridge.catalog import Catalog
from dreambridge.domain import errors
from dreambridge.domain.account import Session
from dreambridge.domain.generation import AgentRequest, InputKind, MediaInput
from dreambridge.domain.submission import Submission, SubmissionState, UploadedInput
from dreambridge.upstream.agent import AgentClient, Patience, Told
from dreambridge.upstream.outcomes import NeverSent, Refused, Unclear
from dreambridge.upstream.transport import AiohttpTransport
from dreambridge.upstream.wire.agent import Ended, TextDelta, Title, ToolResult

SAMPLES = resources.files("dreambridge") / "contract" / "samples"
NOW = 1_775_001_600.0
MESSAGE_ID = "22222222-2222-4222-8222-222222222222"
CONVERSATION = "a1b2c3d4-0000-4000-8000-00000000c0de"
INTENT = Submission(part=0, count=0, state=SubmissionState.INTENDED, submit_id=MESSAGE_ID, sends=1, send_before=NOW + 9)
REQUEST = AgentRequest("画两张哈士奇", CONVERSATION)
PICTURE = MediaInput("ab" * 32, InputKind.IMAGE, "image/png", "png", 10, "x.png")
WORDS = (
    b'event: message\ndata: {"id":"m","author":{"role":"assistant"},"content":{"content_parts":[{"text":"Hi"}]}}\n\n'
)
LAST = (
    b'event: message\ndata: {"id":"m","author":{"role":"assistant"},'
    b'"status":"finished_successfully","end_turn":true}\n\n'
)
TITLE = b'event: system\ndata: {"type":"title_generation","title":"Huskies"}\n\n'


def sample(name: str) -> Any:
    return json.loads((SAMPLES / f"{name}.json").read_text("utf-8"))["answer"]


def stream_of(name: str) -> bytes:
    lines = [f"event: {each['event']}\ndata: {json.dumps(each['data'])}\n\n" for each in sample(f"agent/{name}")]
    return "".join(lines).encode()


@dataclass
class Site:
    """Stream pieces; after them end well, fall silent ("hold") or break off ("cut")."""

    pieces: list[bytes] = field(default_factory=list)
    status: int = 200
    after: str = "end"
    answers: list[Any] = field(default_factory=list)
    seen: list[tuple[str, dict[str, str], dict[str, Any]]] = field(default_factory=list)
    base: str = ""
    left: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.seen.append((request.path_qs, dict(request.headers), await request.json()))
        if not request.path.endswith("conversation"):
            answer = self.answers[min(len(self.seen), len(self.answers)) - 1]
            return web.Response(status=503) if answer is None else web.json_response(answer)
        response = web.StreamResponse(status=self.status)
        await response.prepare(request)
        try:
            for piece in self.pieces:
                await response.write(piece)
                await asyncio.sleep(0)
            if self.after == "hold":
                await asyncio.sleep(30)
            if self.after == "cut":
                assert request.transport is not None
                request.transport.abort()
        except (asyncio.CancelledError, ConnectionError):
            self.left.set()
            raise
        return response


@asynccontextmanager
async def playing(site: Site) -> AsyncIterator[Site]:
    app = web.Application()
    app.router.add_post("/{path:.*}", site.handle)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=1)
    await runner.setup()
    listener = web.TCPSite(runner, "127.0.0.1", 0)
    await listener.start()
    site.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield site
    finally:
        await runner.cleanup()


@pytest.fixture
async def transport() -> AsyncIterator[AiohttpTransport]:
    made = AiohttpTransport(connect_timeout=1, total_timeout=2)
    stamina.set_testing(True, attempts=3, cap=True)
    yield made
    stamina.set_testing(False)
    await made.aclose()


def client_of(transport: AiohttpTransport, catalog: Catalog, base: str, **more: Any) -> AgentClient:
    numbers = count()
    settings = {"clock": lambda: NOW, "new_id": lambda: f"id-{next(numbers)}", "patience": Patience(linger=0.2), **more}
    return AgentClient(transport, catalog.with_base("us", base), **settings)


async def hear(
    client: AgentClient, session: Session, request: AgentRequest = REQUEST, intent: Submission = INTENT
) -> list[Told]:
    return [value async for value in client.converse(session, request, intent, {})]


async def test_a_turn_is_sent_as_the_sites_pages_send_it_and_told_as_it_comes(
    transport: AiohttpTransport, catalog: Catalog, session: Session
) -> None:
    async with playing(Site([stream_of("calls_in_strings")])) as site:
        told = await hear(client_of(transport, catalog, site.base), session)
    assert [value.submit_id for value in told if isinstance(value, ToolResult)] == [
        "3f0c6a52-8d2e-4b6e-9a44-5f1f0c1d2e3a",
        "7b1d2c3e-4f50-4a6b-8c7d-9e0f1a2b3c4d",
    ]
    assert told[-1] == Ended(ok=True)
    ((path, headers, body),) = site.seen
    assert path.startswith("/mweb/v1/creation_agent/v2/conversation?")
    assert "da_version=3.1.3" in path
    assert headers["Accept"] == "text/event-stream"
    assert body["conversation_id"] == CONVERSATION
    (message,) = body["messages"]
    assert (message["id"], message["author"]) == (MESSAGE_ID, {"role": "user"})
    assert message["content"]["content_parts"] == [{"text": "画两张哈士奇", "is_referenced": False}]
    assert message["metadata"]["conversation_id"] == CONVERSATION
    assert json.loads(message["metadata"]["metrics_extra"])["userMessageId"] == MESSAGE_ID


async def test_pictures_and_hints_go_along(transport: AiohttpTransport, catalog: Catalog, session: Session) -> None:
    request = replace(REQUEST, inputs=(PICTURE,), image_model="jimeng-4.5", ratio="16:9", resolution="2k")
    uploads = {PICTURE.sha256: UploadedInput(PICTURE.sha256, uri="tos/x")}
    async with playing(Site([LAST])) as site:
        client = client_of(transport, catalog, site.base)
        _ = [value async for value in client.converse(session, request, INTENT, uploads)]
    _, file, hints = site.seen[0][2]["messages"][0]["content"]["content_parts"]
    assert (file["file"]["uri"], file["file"]["file_type"], file["file"]["file_name"]) == (
        "tos/x",
        5,
        "abababababab.png",
    )
    assert hints == {
        "generate_args": {
            "image_args": {
                "image_resolution_type": "2k",
                "model_key": "high_aes_general_v40l",
                "image_ratio": 3,
                "intelligent_ratio": False,
            }
        }
    }


async def test_what_cannot_be_said_to_the_agent_is_refused_without_a_call(
    transport: AiohttpTransport, catalog: Catalog, session: Session
) -> None:
    async with playing(Site([LAST])) as site:
        client = client_of(transport, catalog, site.base)
        for request in (replace(REQUEST, inputs=(PICTURE,)), replace(REQUEST, image_model="jimeng-2.1")):
            (told,) = await hear(client, session, request)
            assert isinstance(told, Refused)
            assert isinstance(told.error, errors.UnsupportedOption)
        (told,) = await hear(client, session, replace(REQUEST, image_model="nothing"))
        assert isinstance(told, Refused)
        with pytest.raises(ValueError, match="intent"):
            await hear(client, session, intent=Submission(part=0, count=0))
    assert site.seen == []


async def test_a_turn_whose_time_has_passed_or_that_finds_nobody_was_never_sent(
    transport: AiohttpTransport, catalog: Catalog, session: Session
) -> None:
    async with playing(Site([LAST])) as site:
        late = client_of(transport, catalog, site.base, clock=lambda: NOW + 9)
        assert [type(value) for value in await hear(late, session)] == [NeverSent]
        times = iter([NOW, NOW])
        closing = client_of(transport, catalog, site.base, clock=lambda: next(times, NOW + 9))
        assert [type(value) for value in await hear(closing, session)] == [NeverSent]
    assert site.seen == []
    assert [type(value) for value in await hear(client_of(transport, catalog, site.base), session)] == [NeverSent]


async def test_a_refusal_instead_of_a_stream_is_a_refusal(
    transport: AiohttpTransport, catalog: Catalog, session: Session
) -> None:
    body = b' {"ret":"1015","errmsg":"login error","logid":"L1","data":null}'
    async with playing(Site([body[:9], body[9:]])) as site:
        (told,) = await hear(client_of(transport, catalog, site.base), session)
    assert isinstance(told, Refused)
    assert isinstance(told.error, errors.SessionExpired)
    assert told.error.log_id == "L1"


@pytest.mark.parametrize(
    ("pieces", "status", "after"),
    [
        ([], 200, "end"),
        ([b"\n\n"], 200, "end"),
        ([b": hello\n\n"], 200, "cut"),
        ([b"<html>"], 502, "end"),
        ([b"{}"], 429, "end"),
        ([b'{"ret":"0"}'], 200, "end"),
        ([b'{"ret":'], 200, "end"),
        ([b'{"ret":"1'], 200, "cut"),
    ],
    ids=str,
)
async def test_anything_else_before_the_first_event_is_unclear_and_sent_once(
    transport: AiohttpTransport, catalog: Catalog, session: Session, pieces: list[bytes], status: int, after: str
) -> None:
    async with playing(Site(pieces, status, after)) as site:
        (told,) = await hear(client_of(transport, catalog, site.base), session)
    assert isinstance(told, Unclear)
    assert told.cause
    assert len(site.seen) == 1


@pytest.mark.parametrize(("after", "ending"), [("cut", Ended(ok=False)), ("end", Ended(ok=False))])
async def test_a_stream_that_breaks_off_keeps_what_it_told(
    transport: AiohttpTransport, catalog: Catalog, session: Session, after: str, ending: Ended
) -> None:
    async with playing(Site([WORDS], after=after)) as site:
        assert await hear(client_of(transport, catalog, site.base), session) == [TextDelta("Hi"), ending]
    assert len(site.seen) == 1


async def test_a_silent_stream_is_left(transport: AiohttpTransport, catalog: Catalog, session: Session) -> None:
    async with playing(Site([WORDS], after="hold")) as site:
        told = await hear(client_of(transport, catalog, site.base, patience=Patience(silence=0.2)), session)
    assert told == [TextDelta("Hi"), Ended(ok=False)]


async def test_after_the_last_message_a_title_is_waited_for_but_not_for_ever(
    transport: AiohttpTransport, catalog: Catalog, session: Session
) -> None:
    async with playing(Site([WORDS, LAST, TITLE], after="hold")) as site:
        told = await hear(client_of(transport, catalog, site.base), session)
    assert told == [TextDelta("Hi"), Title("Huskies"), Ended(ok=True)]


async def test_a_reader_that_stops_early_closes_the_stream(
    transport: AiohttpTransport, catalog: Catalog, session: Session
) -> None:
    async with playing(Site([WORDS], after="hold")) as site:
        client = client_of(transport, catalog, site.base)
        async with aclosing(client.converse(session, REQUEST, INTENT, {})) as told:
            assert await anext(told) == TextDelta("Hi")
        async with asyncio.timeout(2):
            await site.left.wait()


async def test_an_accounts_results_are_listed_back_to_a_time(
    transport: AiohttpTransport, catalog: Catalog, session: Session
) -> None:
    first = sample("mweb/assets")
    rest = {"ret": "0", "data": {"asset_list": [], "has_more": False, "next_offset": 1}}
    async with playing(Site(answers=[None, first, rest])) as site:
        client = client_of(transport, catalog, site.base)
        every = await client.list_assets(session, 1_775_001_000.0)
        site.seen.clear()
        site.answers = [first]
        late = await client.list_assets(session, 1_775_001_550.0)
    assert [(each.kind, each.record.record_id, each.conversation_id) for each in every] == [
        ("image", "4512345678901", CONVERSATION),
        ("video", "4512345678902", None),
    ]
    assert [each.record.submit_id for each in late] == ["3f0c6a52-8d2e-4b6e-9a44-5f1f0c1d2e3a"]
    assert len(site.seen) == 1


async def test_a_list_of_unknown_shape_is_not_taken_for_an_empty_one(
    transport: AiohttpTransport, catalog: Catalog, session: Session
) -> None:
    async with playing(Site(answers=[{"ret": "0", "data": {}}])) as site:
        with pytest.raises(errors.AnswerUnreadable):
            await client_of(transport, catalog, site.base).list_assets(session, NOW)


def test_a_code_of_the_agent_has_the_catalogues_meaning(catalog: Catalog, transport: AiohttpTransport) -> None:
    client = client_of(transport, catalog, "http://127.0.0.1:9")
    error = client.failure_of("7057")
    assert (type(error), error.site_code) == (errors.SiteRefused, "7057")
