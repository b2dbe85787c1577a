"""Whose a bare session is: asked once, in order, and never guessed."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from dreambridge.domain.errors import NotAuthenticated, RateLimited, SiteUnreachable
from dreambridge.domain.secret import Secret
from dreambridge.engine.detection import SiteDetector
from dreambridge.upstream.wire.call import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from tests.unit.engine.conftest import FakeSite

    from dreambridge.engine.clock import Clock
    from dreambridge.engine.roster import Roster
    from dreambridge.engine.sealing import Sealer
    from dreambridge.upstream.client import UpstreamClient

    Leap = Callable[[Coroutine[Any, Any, Any]], Any]

PASSPORT = "/passport/account/info/v2"
SESSION = Secret("a" * 32)
ORDER = ("cn", "us", "sg")


class Memory:
    """Remember sites in a dictionary."""

    def __init__(self) -> None:
        self.sites: dict[str, str] = {}

    async def site_of(self, digest: str) -> str | None:
        return self.sites.get(digest)

    async def remember_site(self, digest: str, site: str) -> None:
        self.sites[digest] = site


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.fixture
def detector(
    sealer: Sealer, roster: Roster, client: UpstreamClient, clock: Clock, memory: Memory
) -> Callable[[], SiteDetector]:
    def build() -> SiteDetector:
        return SiteDetector(order=ORDER, client=client, roster=roster, sealer=sealer, memory=memory, clock=clock)

    return build


ALIVE = Answer(200, json.dumps({"message": "success", "data": {"user_id": 7, "user_id_str": "7"}}).encode())
DEAD = Answer(200, json.dumps({"message": "error", "data": {"error_code": 13, "name": "session_expired"}}).encode())


def living_on(site: FakeSite, catalog_hosts: dict[str, str], *homes: str) -> None:
    """Let the session be alive on some sites and dead on all others."""
    alive = {catalog_hosts[home] for home in homes}
    site.answers[PASSPORT] = lambda body: ALIVE if body["host"] in alive else DEAD


@pytest.fixture
def hosts(catalog: Any) -> dict[str, str]:
    return {name: catalog.site(name).passport.removeprefix("https://") for name in ORDER}


@pytest.mark.parametrize("home", ORDER)
def test_sites_are_asked_in_order_until_the_first_yes(
    site: FakeSite, hosts: dict[str, str], detector: Callable[[], SiteDetector], leap: Leap, home: str
) -> None:
    living_on(site, hosts, home, "sg")
    assert leap(detector().detect(SESSION, None)) == home
    assert site.hosts == [hosts[name] for name in ORDER[: ORDER.index(home) + 1]]


def test_a_found_site_is_remembered_and_nobody_asked_again(
    site: FakeSite, hosts: dict[str, str], detector: Callable[[], SiteDetector], memory: Memory, leap: Leap
) -> None:
    living_on(site, hosts, "us")
    first = detector()
    leap(first.detect(SESSION, None))
    leap(first.detect(SESSION, None))
    assert leap(detector().detect(SESSION, None)) == "us"
    assert site.calls[PASSPORT] == 2
    assert list(memory.sites.values()) == ["us"]
    assert SESSION.reveal() not in str(memory.sites)


def test_the_same_session_is_asked_for_once_however_many_wait(
    site: FakeSite, hosts: dict[str, str], detector: Callable[[], SiteDetector], leap: Leap
) -> None:
    living_on(site, hosts, "cn")

    async def scene() -> list[str]:
        one = detector()
        return await asyncio.gather(*(one.detect(SESSION, None) for _ in range(20)))

    assert leap(scene()) == ["cn"] * 20
    assert site.calls[PASSPORT] == 1


def test_a_session_no_site_knows_is_refused_and_not_asked_for_again_within_a_minute(
    site: FakeSite, hosts: dict[str, str], detector: Callable[[], SiteDetector], memory: Memory, leap: Leap
) -> None:
    living_on(site, hosts)

    async def scene() -> None:
        one = detector()
        for pause, calls in ((0, 3), (50, 3), (15, 6)):
            await asyncio.sleep(pause)
            with pytest.raises(NotAuthenticated):
                await one.detect(SESSION, None)
            assert site.calls[PASSPORT] == calls

    leap(scene())
    assert memory.sites == {}


@pytest.mark.parametrize("trouble", [Answer(502, b""), Answer(429, b""), Answer(200, b"<html>")])
def test_a_site_that_cannot_be_asked_decides_nothing(
    site: FakeSite, hosts: dict[str, str], detector: Callable[[], SiteDetector], leap: Leap, trouble: Answer
) -> None:
    site.answers[PASSPORT] = lambda body: trouble if body["host"] == hosts["us"] else DEAD

    async def scene() -> str:
        one = detector()
        with pytest.raises(SiteUnreachable):
            await one.detect(SESSION, None)
        # Not remembered as a failure: the next request asks again, and may find it.
        living_on(site, hosts, "us")
        return await one.detect(SESSION, None)

    assert leap(scene()) == "us"


def test_a_yes_after_a_site_that_did_not_answer_counts(
    site: FakeSite, hosts: dict[str, str], detector: Callable[[], SiteDetector], leap: Leap
) -> None:
    site.answers[PASSPORT] = lambda body: {hosts["cn"]: Answer(502, b""), hosts["us"]: ALIVE}[body["host"]]
    assert leap(detector().detect(SESSION, None)) == "us"


def test_a_flood_of_unknown_sessions_does_not_reach_the_sites(
    site: FakeSite, hosts: dict[str, str], detector: Callable[[], SiteDetector], leap: Leap
) -> None:
    living_on(site, hosts)

    async def scene() -> None:
        one = detector()

        async def refused(number: int) -> str:
            with pytest.raises((NotAuthenticated, RateLimited)) as caught:
                await one.detect(Secret(f"{number:032x}"), None)
            return caught.value.specific_code

        codes = [await refused(number) for number in range(60)]
        assert codes.count("too_many_unknown_sessions") == 30
        assert site.calls[PASSPORT] == 90
        await asyncio.sleep(61)
        assert await refused(99) == "invalid_api_key"

    leap(scene())


def test_the_check_goes_through_the_proxy_of_the_token(
    site: FakeSite, hosts: dict[str, str], detector: Callable[[], SiteDetector], leap: Leap
) -> None:
    living_on(site, hosts, "sg")
    proxy = Secret("http://127.0.0.1:3128")
    leap(detector().detect(SESSION, proxy))
    assert site.proxies == [proxy] * 3


def test_a_caller_who_leaves_does_not_stop_the_check_for_the_others(
    site: FakeSite, hosts: dict[str, str], detector: Callable[[], SiteDetector], leap: Leap
) -> None:
    living_on(site, hosts, "us")

    async def scene() -> str:
        one = detector()
        first = asyncio.create_task(one.detect(SESSION, None))
        second = asyncio.create_task(one.detect(SESSION, None))
        await asyncio.sleep(0.01)
        first.cancel()
        return await second

    assert leap(scene()) == "us"
    assert site.calls[PASSPORT] == 2
