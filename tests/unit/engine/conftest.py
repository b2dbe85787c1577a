"""A loop whose time leaps to the next timer, and a site at the transport's end of it: hours pass in a moment."""

import asyncio
import json
import selectors
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar
from urllib.parse import urlsplit

import pytest

from dreambridge.catalog import Catalog, load_catalog
from dreambridge.domain.account import Account, Session
from dreambridge.domain.generation import Dimensions, ImageRequest, Kind
from dreambridge.domain.job import Job
from dreambridge.domain.secret import Secret
from dreambridge.engine.admin import AdminKey
from dreambridge.engine.gatekeeper import Gatekeeper
from dreambridge.engine.keys import KeyDesk
from dreambridge.engine.roster import Roster
from dreambridge.engine.sealing import Sealer
from dreambridge.store.api_keys import ApiKeys
from dreambridge.store.database import Database
from dreambridge.upstream.client import UpstreamClient
from dreambridge.upstream.wire.call import Answer, Call

T = TypeVar("T")
START = 1_775_000_000.0
HISTORY = "/mweb/v1/get_history_by_ids"
PASSPORT = "/passport/account/info/v2"


class _Leaping(selectors.SelectSelector):
    """Leap over the time that a loop would wait."""

    leapt = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        found = super().select(None if timeout is None else 0)
        if timeout and not found:
            self.leapt += timeout
        return found


class LeapingLoop(asyncio.SelectorEventLoop):
    """A loop without sockets or threads to wait for, only timers."""

    def __init__(self) -> None:
        self.clock_hand = _Leaping()
        super().__init__(self.clock_hand)

    def time(self) -> float:
        return self.clock_hand.leapt


class LoopClock:
    """The engine's clock on the loop's time."""

    def now(self) -> float:
        return START + asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))


Answering = Callable[[dict[str, Any]], Answer]


class FakeSite:
    """What stands at the other end of the transport: answers by path, each call counted; others raise."""

    def __init__(self, latency: float = 0.02) -> None:
        self.latency = latency
        self.answers: dict[str, Answering] = {}
        self.calls: Counter[str] = Counter()
        self.hosts: list[str] = []
        self.proxies: list[Secret | None] = []
        self.ids_asked: list[int] = []

    async def send(
        self,
        call: Call,
        *,
        proxy: Secret | None = None,
        may_send: Callable[[], bool] | None = None,
        timeout: float | None = None,
    ) -> Answer:
        address = urlsplit(call.url)
        self.calls[address.path] += 1
        self.hosts.append(address.hostname or "")
        self.proxies.append(proxy)
        await asyncio.sleep(self.latency)
        body = json.loads(call.body) if isinstance(call.body, bytes) else {}
        self.ids_asked.append(len(body.get("submit_ids", ())))
        return self.answers[address.path]({**body, "host": address.hostname, "cookie": call.headers["Cookie"]})

    async def aclose(self) -> None:
        """Nothing is open."""

    @staticmethod
    def answer(data: object, ret: int = 0) -> Answer:
        """Make an answer in the site's wrapper."""
        return Answer(200, json.dumps({"ret": str(ret), "errmsg": "", "data": data}).encode())

    @staticmethod
    def record(submit_id: str, *, items: int = 0, status: int = 20, **more: object) -> dict[str, object]:
        """Make a record as history shows it."""
        pictures = [
            {
                "common_attr": {"id": f"{submit_id}-{index}"},
                "image": {"large_images": [{"image_url": f"https://media.example/{submit_id}/{index}"}]},
            }
            for index in range(items)
        ]
        return {"submit_id": submit_id, "history_record_id": "1", "status": status, "item_list": pictures, **more}


def run_leaping(main: Coroutine[Any, Any, T]) -> T:
    """Run something on a loop that waits for nobody."""

    async def bounded() -> T:
        async with asyncio.timeout(10 * 86_400):
            return await main

    with asyncio.Runner(loop_factory=LeapingLoop) as runner:
        return runner.run(bounded())


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return load_catalog()


@pytest.fixture
def site() -> FakeSite:
    return FakeSite()


@pytest.fixture
def clock() -> LoopClock:
    return LoopClock()


@pytest.fixture
def sealer() -> Sealer:
    return Sealer(b"k" * 32)


@pytest.fixture
def roster(sealer: Sealer, clock: LoopClock) -> Roster:
    return Roster(sealer, clock)


@pytest.fixture
def client(site: FakeSite, catalog: Catalog, clock: LoopClock) -> UpstreamClient:
    return UpstreamClient(site, catalog, clock=clock.now, new_id=lambda: "00000000-0000-4000-8000-000000000000")


class _Unasked(Database):
    """A database that is never asked: threads have no place on a leaping loop."""

    def __init__(self) -> None:
        """Open nothing."""


@pytest.fixture
def gatekeeper(catalog: Catalog, sealer: Sealer, roster: Roster, clock: LoopClock) -> Gatekeeper:
    """Give one for tests that send no keys."""
    keys = KeyDesk(ApiKeys(_Unasked()), catalog=catalog, sealer=sealer, clock=clock, spawn=lambda work, _: work.close())
    return Gatekeeper(keys, AdminKey(b"db-admin-" + b"a" * 43), roster, sealer)


@pytest.fixture
def leap() -> Callable[[Coroutine[Any, Any, Any]], Any]:
    """Give the way to run something on the leaping loop."""
    return run_leaping


@pytest.fixture
def make_account() -> Callable[..., Account]:
    return _account


@pytest.fixture
def make_job() -> Callable[..., Job]:
    return _job


def _account(name: str, **more: Any) -> Account:
    """Make an account of the site `us`."""
    session = Session("us", Secret(name), "7" * 19, "0" * 32)
    return Account(**{"id": f"acct_{name}", "session": session, "from_request": True, **more})


def _job(name: str = "job", *, owner: str = "own_a", candidates: tuple[str, ...] = ("acct_one",), **more: Any) -> Job:
    """Make a queued job."""
    request = ImageRequest("a fox", "jimeng-4.5", "jimeng-4.5", 1, (1,), "1:1", "2k", Dimensions(2048, 2048))
    facts: dict[str, Any] = {"created_at": START, "request": request, **more}
    return Job(id=name, owner=owner, kind=Kind.IMAGE, candidates=candidates, **facts)
