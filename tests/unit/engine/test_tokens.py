"""Sessions are asked about politely: each once at a time, few at once, and not for ever."""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from dreambridge.domain.errors import RateLimited, SiteUnreachable
from dreambridge.domain.secret import Secret
from dreambridge.engine.credentials import CredentialReader, CredentialRules
from dreambridge.engine.detection import SiteDetector
from dreambridge.engine.tokens import TokenDesk
from dreambridge.upstream.wire.call import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from tests.unit.engine.conftest import FakeSite

    from dreambridge.engine.clock import Clock
    from dreambridge.engine.gatekeeper import Gatekeeper
    from dreambridge.engine.roster import Roster
    from dreambridge.engine.sealing import Sealer
    from dreambridge.upstream.client import UpstreamClient

    Leap = Callable[[Coroutine[Any, Any, Any]], Any]

PASSPORT, CREDIT = "/passport/account/info/v2", "/commerce/v1/benefits/user_credit"
ALIVE = Answer(200, json.dumps({"message": "success", "data": {"user_id": 7}}).encode())
RULES = CredentialRules(
    sites=frozenset({"cn", "us"}),
    session=re.compile("[0-9a-f]{32}"),
    session_tokens=True,
    sandbox=True,
    proxies=True,
)


class NoMemory:
    """Remember no site."""

    async def site_of(self, _: str) -> str | None:
        return None

    async def remember_site(self, digest: str, site: str) -> None:
        """Forget it."""


@pytest.fixture
def desk(
    site: FakeSite, sealer: Sealer, roster: Roster, client: UpstreamClient, clock: Clock, gatekeeper: Gatekeeper
) -> Callable[[], TokenDesk]:
    site.answers[PASSPORT] = lambda _: ALIVE
    site.answers[CREDIT] = lambda _: site.answer({"credit": {"gift_credit": 5}})

    def build() -> TokenDesk:
        detector = SiteDetector(
            order=("cn",), client=client, roster=roster, sealer=sealer, memory=NoMemory(), clock=clock
        )
        return TokenDesk(CredentialReader(RULES, sealer, roster, detector, gatekeeper), roster, client, clock)

    return build


def tokens(count: int, first: int = 0) -> list[str]:
    return [f"us-{number:032x}" for number in range(first, first + count)]


def test_a_session_asked_about_many_times_at_once_is_asked_for_once(
    site: FakeSite, desk: Callable[[], TokenDesk], leap: Leap
) -> None:
    (token,) = tokens(1)

    async def scene() -> list[bool]:
        one = desk()
        return list(await asyncio.gather(*(one.check(token) for _ in range(5)), one.check(f"{token[3:]}:US")))

    assert leap(scene()) == [True] * 6
    assert site.calls[PASSPORT] == 1


def test_a_list_is_asked_for_few_at_a_time(site: FakeSite, desk: Callable[[], TokenDesk], leap: Leap) -> None:
    site.latency = 1.0

    async def scene() -> tuple[float, int]:
        found = await desk().points("Bearer " + ",".join(tokens(20)))
        return asyncio.get_running_loop().time(), sum(each.value.total for each in found if each.value)

    seconds, total = leap(scene())
    assert (2.9 < seconds < 3.2, total) == (True, 100)


def test_more_sessions_than_a_minute_has_room_for_are_refused_without_a_call(
    site: FakeSite, desk: Callable[[], TokenDesk], leap: Leap
) -> None:
    async def scene() -> None:
        one = desk()
        await one.points("Bearer " + ",".join(tokens(60)))
        await one.points("Bearer " + ",".join(tokens(60, 60)))
        asked = sum(site.calls.values())
        with pytest.raises(RateLimited):
            await one.check(tokens(1)[0])
        assert sum(site.calls.values()) == asked
        await asyncio.sleep(61)
        assert await one.check(tokens(1)[0])

    leap(scene())


def test_a_site_that_never_answers_ends_the_question_and_the_others_are_told(
    site: FakeSite, desk: Callable[[], TokenDesk], leap: Leap
) -> None:
    site.latency = 3600.0

    async def scene() -> float:
        one = desk()
        with pytest.raises(SiteUnreachable, match="30 seconds"):
            await one.look("Bearer " + ",".join(tokens(3)))
        await one.aclose()
        return asyncio.get_running_loop().time()

    assert leap(scene()) == pytest.approx(30, abs=0.1)


def test_a_balance_that_was_read_is_noted_for_an_account_we_know(
    roster: Roster, desk: Callable[[], TokenDesk], leap: Leap
) -> None:
    async def scene() -> int | None:
        one = desk()
        await one.points("Bearer " + tokens(1)[0])
        (found,) = await one.points(f"Bearer {tokens(1)[0]}")
        assert roster.get(found.account or "") is None
        account = roster.admit("us", Secret(tokens(1)[0][3:]), None).id
        await one.points(f"Bearer {tokens(1)[0]}")
        credit = getattr(roster.get(account), "credit", None)
        return None if credit is None else credit.total

    assert leap(scene()) == 5
