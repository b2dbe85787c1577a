import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import pytest
import stamina
from aiohttp import web

from dreambridge.catalog import Catalog
from dreambridge.domain import errors
from dreambridge.domain.account import Session
from dreambridge.domain.errors import GatewayError
from dreambridge.domain.generation import ImageRequest
from dreambridge.domain.submission import Submission, SubmissionState
from dreambridge.upstream.client import UpstreamClient
from dreambridge.upstream.outcomes import Accepted, NeverSent, Refused, Unclear
from dreambridge.upstream.transport import AiohttpTransport
from dreambridge.upstream.wire.credit import SessionCheck

NOW = 1771893826.0
SUBMIT_ID = "11111111-1111-4111-8111-111111111111"
INTENT = Submission(part=0, count=4, state=SubmissionState.INTENDED, submit_id=SUBMIT_ID, sends=1, send_before=NOW + 10)
REFUSED = {"ret": "1006", "errmsg": "x", "logid": "L6", "data": {"aigc_data": None, "fail_code": "1006"}}


@dataclass
class Script:
    """A site that answers what it is told, in turn; the last answer repeats. `None` hangs up without an answer."""

    answers: list[web.Response | bytes | dict[str, Any] | None]
    seen: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    base: str = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.seen.append((request.path, await request.json()))
        answer = self.answers[min(len(self.seen), len(self.answers)) - 1]
        if answer is None:
            assert request.transport is not None
            request.transport.close()
            return web.Response()
        if isinstance(answer, web.Response):
            return web.Response(status=answer.status, body=answer.body)
        if isinstance(answer, bytes):
            return web.Response(body=answer)
        return web.json_response(answer)


@asynccontextmanager
async def playing(script: Script) -> AsyncIterator[Script]:
    app = web.Application()
    app.router.add_post("/{path:.*}", script.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    script.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield script
    finally:
        await runner.cleanup()


@dataclass
class World:
    catalog: Catalog
    transport: AiohttpTransport
    now: float = NOW
    unreadable: list[tuple[str, object]] = field(default_factory=list)

    def client(self, base: str) -> UpstreamClient:
        numbers = count()
        return UpstreamClient(
            self.transport,
            self.catalog.with_base("us", base),
            clock=lambda: self.now,
            new_id=lambda: f"node-{next(numbers)}",
            on_unreadable=lambda path, sample: self.unreadable.append((path, sample)),
        )


@pytest.fixture
async def world(catalog: Catalog) -> AsyncIterator[World]:
    transport = AiohttpTransport(connect_timeout=1, total_timeout=1)
    stamina.set_testing(True, attempts=3, cap=True)
    yield World(catalog, transport)
    stamina.set_testing(False)
    await transport.aclose()


async def test_an_accepted_submission_has_the_sites_record(
    world: World, session: Session, fox: ImageRequest, accepted: dict[str, Any]
) -> None:
    async with playing(Script([accepted])) as script:
        outcome = await world.client(script.base).submit(session, fox, INTENT)
    assert isinstance(outcome, Accepted)
    assert outcome.record.record_id == "7897777067020"
    assert outcome.record.submit_id == SUBMIT_ID
    assert outcome.record.forecast_generate == 23
    ((path, body),) = script.seen
    assert path == "/mweb/v1/aigc_draft/generate"
    assert body["submit_id"] == SUBMIT_ID
    assert json.loads(body["draft_content"])["type"] == "draft"


async def test_a_parsed_refusal_is_a_refusal(world: World, session: Session, fox: ImageRequest) -> None:
    async with playing(Script([REFUSED])) as script:
        outcome = await world.client(script.base).submit(session, fox, INTENT)
    assert isinstance(outcome, Refused)
    assert isinstance(outcome.error, errors.OutOfCredit)
    assert (outcome.error.site_code, outcome.error.log_id) == ("1006", "L6")


@pytest.mark.parametrize(
    "answer",
    [
        None,
        web.Response(status=500, text="{}"),
        web.Response(status=502, text="<html>"),
        web.Response(status=400, body=json.dumps(REFUSED).encode()),
        web.Response(status=429, text="{}"),
        web.Response(status=302, text=""),
        b"<html>",
        b'{"ret":"0","data":{"aigc_data":{"history_rec',
        b"",
        {"ret": "0", "data": {"aigc_data": {"status": 20}}},
        {"ret": "0", "data": None},
        {"data": {}},
        {"ret": "what", "data": {}},
    ],
    ids=str,
)
async def test_any_other_answer_to_the_paid_call_is_unclear_and_it_is_sent_once(
    world: World, session: Session, fox: ImageRequest, answer: web.Response | bytes | dict[str, Any] | None
) -> None:
    async with playing(Script([answer])) as script:
        outcome = await world.client(script.base).submit(session, fox, INTENT)
    assert isinstance(outcome, Unclear)
    assert outcome.cause
    assert len(script.seen) == 1


async def test_a_submission_whose_time_has_passed_never_leaves(
    world: World, session: Session, fox: ImageRequest, accepted: dict[str, Any]
) -> None:
    world.now = NOW + 10
    async with playing(Script([accepted])) as script:
        outcome = await world.client(script.base).submit(session, fox, INTENT)
    assert isinstance(outcome, NeverSent)
    assert script.seen == []


async def test_a_submission_whose_time_passes_while_connecting_never_leaves(
    world: World, session: Session, fox: ImageRequest, accepted: dict[str, Any]
) -> None:
    async with playing(Script([accepted])) as script:
        times = iter([NOW, NOW, NOW, NOW + 11])
        client = UpstreamClient(
            world.transport,
            world.catalog.with_base("us", script.base),
            clock=lambda: next(times, NOW + 11),
            new_id=iter(map(str, count())).__next__,
        )
        outcome = await client.submit(session, fox, INTENT)
    assert isinstance(outcome, NeverSent)
    assert script.seen == []


async def test_an_unreachable_site_was_never_sent_the_paid_call(
    world: World, session: Session, fox: ImageRequest
) -> None:
    listener = await asyncio.start_server(lambda _r, _w: None, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    listener.close()
    await listener.wait_closed()
    outcome = await world.client(f"http://127.0.0.1:{port}").submit(session, fox, INTENT)
    assert isinstance(outcome, NeverSent)


async def test_a_model_the_site_lacks_is_refused_without_a_call(
    world: World, session: Session, fox: ImageRequest, accepted: dict[str, Any]
) -> None:
    async with playing(Script([accepted])) as script:
        outcome = await world.client(script.base).submit(session, replace(fox, model="jimeng-2.1"), INTENT)
    assert isinstance(outcome, Refused)
    assert isinstance(outcome.error, errors.UnsupportedOption)
    assert script.seen == []


async def test_nothing_is_sent_without_an_intent(world: World, session: Session, fox: ImageRequest) -> None:
    with pytest.raises(ValueError, match="intent"):
        await world.client("http://127.0.0.1:9").submit(session, fox, Submission(part=0, count=1))


async def test_several_records_are_asked_for_in_one_call(world: World, session: Session) -> None:
    answer = {"ret": "0", "data": {"a": {"status": 45, "submit_id": "a", "history_record_id": "1"}}}
    async with playing(Script([answer])) as script:
        found = await world.client(script.base).fetch_history(session, {"a": 4, "b": 1})
    assert list(found) == ["a"]
    assert script.seen == [("/mweb/v1/get_history_by_ids", {"submit_ids": ["a", "b"]})]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"ret": "1015", "data": {}}, errors.SessionExpired),
        ({"ret": "1"}, errors.SiteBusy),
        ({"ret": "1057"}, errors.SiteBusy),
        ({"ret": "1310"}, errors.SiteBusy),
        (web.Response(status=429), errors.SiteBusy),
        ({"ret": "1018"}, errors.AccountBarred),
        (web.Response(status=503), errors.SiteUnreachable),
        (None, errors.SiteUnreachable),
        (b"<html>", errors.AnswerUnreadable),
        ({"ret": "0", "data": "moved"}, errors.AnswerUnreadable),
    ],
    ids=str,
)
async def test_a_history_that_cannot_be_had_says_why(
    world: World, session: Session, answer: Any, error: type[GatewayError]
) -> None:
    async with playing(Script([answer])) as script:
        with pytest.raises(error):
            await world.client(script.base).fetch_history(session, {"a": 4})
    assert len(script.seen) == 1


async def test_an_unreadable_answer_leaves_a_sample_without_words(world: World, session: Session) -> None:
    async with playing(Script([{"ret": "0", "data": {"a": "the prompt"}}])) as script:
        with pytest.raises(errors.AnswerUnreadable):
            await world.client(script.base).fetch_history(session, {"a": 4})
    assert world.unreadable == [("/mweb/v1/get_history_by_ids", {"ret": "<str 1>", "data": {"a": "<str 10>"}})]


async def test_a_balance_is_read_again_when_the_site_stumbles(world: World, session: Session) -> None:
    balance = {"ret": "0", "data": {"credit": {"gift_credit": 22}}}
    async with playing(Script([None, web.Response(status=502), balance])) as script:
        credit = await world.client(script.base).fetch_credit(session)
    assert credit.total == 22
    assert len(script.seen) == 3


async def test_reading_again_has_an_end(world: World, session: Session) -> None:
    async with playing(Script([web.Response(status=502)])) as script:
        with pytest.raises(errors.SiteUnreachable):
            await world.client(script.base).fetch_credit(session)
    assert len(script.seen) == 3


async def test_a_claim_is_made_once(world: World, session: Session) -> None:
    async with playing(Script([None])) as script:
        with pytest.raises(errors.SiteUnreachable):
            await world.client(script.base).claim_credit(session)
    assert script.seen == [("/commerce/v1/benefits/credit_receive", {"time_zone": "Asia/Shanghai"})]


async def test_a_network_that_fails_kills_no_session(world: World, session: Session) -> None:
    async with playing(Script([None])) as script:
        with pytest.raises(errors.SiteUnreachable):
            await world.client(script.base).check_session(session)


async def test_a_session_is_alive_or_dead_as_the_passport_says(world: World, session: Session) -> None:
    answers: list[Any] = [
        {"data": {"user_id": 1}, "message": "success"},
        {"data": {"error_code": 13}, "message": "error"},
    ]
    async with playing(Script(answers)) as script:
        client = world.client(script.base)
        assert await client.check_session(session) is SessionCheck.ALIVE
        assert await client.check_session(session) is SessionCheck.DEAD


async def test_a_record_is_cancelled_and_addresses_are_renewed(world: World, session: Session) -> None:
    urls = {"ret": "0", "data": {"uri2image": {"tos/x": {"image_url": "https://new"}, "tos/y": {"image_url": ""}}}}
    async with playing(Script([{"ret": "0", "data": None}, urls])) as script:
        client = world.client(script.base)
        await client.cancel(session, "123")
        assert await client.fetch_image_urls(session, ("tos/x", "tos/y")) == {"tos/x": "https://new"}
    assert script.seen == [
        ("/mweb/v1/aigc_draft/cancel_generate", {"history_id": "123"}),
        ("/mweb/v1/get_image_by_uri", {"uris": ["tos/x", "tos/y"]}),
    ]
