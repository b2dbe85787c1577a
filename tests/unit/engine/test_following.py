"""The shared follower, driven on leaping time against a site that draws: politeness, promptness, and bad answers."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import math
import random
import statistics
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from dreambridge.domain.errors import Charged, GatewayError, GatewayFault, GenerationFailed, SessionExpired
from dreambridge.domain.submission import RecordStatus
from dreambridge.engine.experience import Experience
from dreambridge.engine.following import Following
from dreambridge.engine.watching import Watch
from dreambridge.upstream.wire.call import Answer

if TYPE_CHECKING:
    from tests.unit.engine.conftest import FakeSite

    from dreambridge.domain.account import Account
    from dreambridge.domain.submission import HistoryRecord
    from dreambridge.engine.clock import Clock
    from dreambridge.upstream.client import UpstreamClient

HISTORY = "/mweb/v1/get_history_by_ids"
MEAN, SIGMA, ITEMS = 20.0, 0.5, 4
LONG = 1800.0
Leap = Callable[[Coroutine[Any, Any, Any]], Any]


@dataclass
class Drawing:
    """A site that draws for log-normal times, tells their mean and never the time itself."""

    site: FakeSite
    clock: Clock
    rng: random.Random = field(default_factory=lambda: random.Random(20))  # noqa: S311 - drawn times
    ready: dict[str, float] = field(default_factory=dict)

    def begin(self, submit_id: str) -> float:
        now = self.clock.now()
        self.ready[submit_id] = now + self.draw()
        return now

    def draw(self) -> float:
        return self.rng.lognormvariate(math.log(MEAN) - SIGMA**2 / 2, SIGMA)

    def history(self, body: dict[str, Any]) -> Answer:
        return self.site.answer({submit_id: self._record(submit_id) for submit_id in body["submit_ids"]})

    def _record(self, submit_id: str) -> dict[str, object]:
        if self.clock.now() < self.ready[submit_id]:
            return self.site.record(submit_id, status=45, forecast_generate_cost=MEAN)
        return self.site.record(submit_id, items=ITEMS, status=50)


@dataclass
class Followed:
    """What a test needs to follow records."""

    following: Following
    experience: Experience
    account: Account
    clock: Clock
    tasks: set[asyncio.Task[None]]

    def watch(self, submit_id: str, *, since: float | None = None, seconds: float = LONG) -> Watch:
        now = self.clock.now()
        watch = Watch(
            submit_id=submit_id,
            expected=ITEMS,
            since=now if since is None else since,
            deadline=now + seconds,
            key="us|x|image|2k",
            on_news=lambda *_: None,
            done=asyncio.get_running_loop().create_future(),
        )
        self.following.follow(self.account, watch)
        return watch


@pytest.fixture
def follow(client: UpstreamClient, clock: Clock, make_account: Callable[..., Account]) -> Callable[..., Followed]:
    """Give the maker of a follower; `warm` is the number of times it has learned."""

    def build(*, batch: int = 10, warm: int = 200) -> Followed:
        rng = random.Random(1)  # noqa: S311 - drawn times
        times = [rng.lognormvariate(math.log(MEAN) - SIGMA**2 / 2, SIGMA) for _ in range(warm)]
        experience = Experience({"us|x|image|2k": times}, lambda *_: None)
        tasks: set[asyncio.Task[None]] = set()

        async def guarded(work: Coroutine[Any, Any, None]) -> None:
            with contextlib.suppress(ExceptionGroup):  # the crew logs it
                await work

        def spawn(work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
            task = asyncio.create_task(guarded(work), name=name)
            tasks.add(task)
            return task

        following = Following(client, experience, clock, batch=batch, spawn=spawn)
        return Followed(following, experience, make_account("one"), clock, tasks)

    return build


@dataclass(frozen=True)
class Load:
    """So many records at once, so many times over, so many ids a call; and the most calls a record may cost."""

    at_once: int
    rounds: int
    batch: int
    most_calls: float


@pytest.mark.parametrize(
    "load", [Load(1, 100, 10, 9.0), Load(50, 6, 10, 1.3), Load(300, 2, 10, 1.0), Load(300, 2, 100, 0.25)], ids=str
)
def test_looks_are_few_and_answers_prompt(
    site: FakeSite, clock: Clock, follow: Callable[..., Followed], leap: Leap, load: Load
) -> None:
    drawing, delays = Drawing(site, clock), []
    site.answers[HISTORY] = drawing.history

    async def one(followed: Followed, submit_id: str) -> None:
        watch = followed.watch(submit_id, since=drawing.begin(submit_id))
        record = await watch.done
        assert record.status is RecordStatus.DONE
        delays.append(clock.now() - drawing.ready[submit_id])

    async def scene() -> None:
        followed = follow(batch=load.batch)
        for number in range(load.rounds):
            await asyncio.gather(*(one(followed, f"{number}-{each}") for each in range(load.at_once)))
        await asyncio.gather(*followed.tasks)

    leap(scene())
    assert len(delays) == load.at_once * load.rounds
    assert min(delays) >= 0
    assert site.calls[HISTORY] / len(delays) <= load.most_calls
    assert max(site.ids_asked) <= load.batch
    assert statistics.median(delays) <= 1.0
    assert statistics.quantiles(delays, n=20)[-1] <= 2.0


def test_nothing_is_asked_before_it_can_reasonably_be_ready(
    site: FakeSite, clock: Clock, follow: Callable[..., Followed], leap: Leap
) -> None:
    drawing, asked = Drawing(site, clock), []

    def history(body: dict[str, Any]) -> Answer:
        asked.append(clock.now())
        return drawing.history(body)

    site.answers[HISTORY] = history

    async def scene() -> float:
        followed = follow()
        began = drawing.begin("a")
        await followed.watch("a", since=began).done
        return began

    began = leap(scene())
    assert asked[0] - began > 5


def test_without_experience_the_sites_forecast_leads(
    site: FakeSite, clock: Clock, follow: Callable[..., Followed], leap: Leap
) -> None:
    drawing = Drawing(site, clock)
    site.answers[HISTORY] = drawing.history

    async def scene() -> None:
        followed = follow(warm=0)
        for number in range(10):
            await followed.watch(str(number), since=drawing.begin(str(number))).done
            assert clock.now() - drawing.ready[str(number)] < 4

    leap(scene())
    assert site.calls[HISTORY] / 10 < 15


def test_what_was_followed_is_learned(
    site: FakeSite, clock: Clock, follow: Callable[..., Followed], leap: Leap
) -> None:
    drawing = Drawing(site, clock)
    site.answers[HISTORY] = drawing.history

    async def scene() -> float:
        followed = follow(warm=0)
        await asyncio.gather(*(followed.watch(str(n), since=drawing.begin(str(n))).done for n in range(300)))
        return followed.experience.distribution("us|x|image|2k", None).mean

    assert leap(scene()) == pytest.approx(MEAN, rel=0.15)


def one_after_another(*answers: Callable[[dict[str, Any]], Answer]) -> Callable[[dict[str, Any]], Answer]:
    """Answer by each in turn, then always by the last."""
    turns = itertools.chain(answers, itertools.repeat(answers[-1]))

    def answer(body: dict[str, Any]) -> Answer:
        return next(turns)(body)

    return answer


@pytest.mark.parametrize(
    ("trouble", "longest"),
    [
        (Answer(502, b"<html>"), 8),
        (Answer(200, b"<html>"), 8),
        (Answer(200, b'{"ret":"2008","errmsg":"read error"}'), 8),
        (Answer(200, b'{"ret":"1018","errmsg":"punished"}'), 8),
        (Answer(429, b""), 16),
        (Answer(200, b'{"ret":"1057","errmsg":"rate limited"}'), 16),
    ],
)
def test_looks_that_fail_are_repeated_at_growing_pauses(
    site: FakeSite, clock: Clock, follow: Callable[..., Followed], leap: Leap, trouble: Answer, longest: float
) -> None:
    def ready(body: dict[str, Any]) -> Answer:
        return site.answer({each: site.record(each, items=ITEMS, status=50) for each in body["submit_ids"]})

    site.answers[HISTORY] = one_after_another(*[lambda _: trouble] * 3, ready)

    async def scene() -> float:
        followed = follow()
        began = clock.now()
        # Accepted long ago, so that it is looked for at once.
        await followed.watch("a", since=began - 60).done
        return clock.now() - began

    assert 3 <= leap(scene()) <= longest
    assert site.calls[HISTORY] == 4


def test_a_session_that_ended_for_good_ends_its_watches_with_the_charge_unknown(
    site: FakeSite, follow: Callable[..., Followed], leap: Leap
) -> None:
    site.answers[HISTORY] = lambda _: site.answer({}, ret=1015)

    async def scene() -> None:
        followed = follow()
        await asyncio.gather(followed.watch("a").done, followed.watch("b").done)

    with pytest.raises(SessionExpired) as caught:
        leap(scene())
    assert caught.value.charged is Charged.UNKNOWN
    assert site.calls[HISTORY] == 3


@pytest.mark.parametrize("trouble", [Answer(502, b""), Answer(429, b""), Answer(200, b'{"ret":"0","data":{}}')])
def test_a_record_that_never_ends_is_given_up_at_its_deadline(
    site: FakeSite, clock: Clock, follow: Callable[..., Followed], leap: Leap, trouble: Answer
) -> None:
    site.answers[HISTORY] = lambda _: trouble

    async def scene() -> float:
        followed = follow()
        began = clock.now()
        with pytest.raises(GenerationFailed) as caught:
            await followed.watch("a", seconds=600).done
        assert caught.value.specific_code == "generation_timeout"
        assert caught.value.charged is Charged.UNKNOWN
        return clock.now() - began

    assert 600 <= leap(scene()) <= 602


def test_a_queue_as_long_as_the_deadline_does_not_outlast_it(
    site: FakeSite, clock: Clock, follow: Callable[..., Followed], leap: Leap
) -> None:
    waiting = {"queue_idx": 30, "queue_length": 400, "queue_status": 1}
    site.answers[HISTORY] = lambda _: site.answer({"a": site.record("a", queue_info=waiting, forecast_queue_cost=3600)})

    async def scene() -> float:
        followed = follow()
        began = clock.now()
        with pytest.raises(GenerationFailed):
            await followed.watch("a", seconds=90).done
        return clock.now() - began

    assert leap(scene()) < 91


def test_one_record_that_cannot_be_read_does_not_hold_up_the_others(
    site: FakeSite, clock: Clock, follow: Callable[..., Followed], leap: Leap
) -> None:
    def history(body: dict[str, Any]) -> Answer:
        found: dict[str, object] = {
            each: site.record(each, items=ITEMS, status=50) for each in body["submit_ids"] if each != "spoilt"
        }
        if "spoilt" in body["submit_ids"]:
            found["spoilt"] = "no record at all"
        return site.answer(found)

    site.answers[HISTORY] = history

    async def scene() -> float:
        followed = follow()
        began = clock.now()
        spoilt = followed.watch("spoilt", since=began - 60, seconds=120)
        good = [followed.watch(f"good-{n}", since=began - 60) for n in range(8)]
        await asyncio.gather(*(watch.done for watch in good))
        took = clock.now() - began
        with pytest.raises(GatewayError):
            await spoilt.done
        return took

    assert leap(scene()) < 5


def test_nobody_waits_for_ever_when_the_follower_itself_breaks(
    site: FakeSite, follow: Callable[..., Followed], leap: Leap
) -> None:
    def history(body: dict[str, Any]) -> Answer:
        raise ZeroDivisionError

    site.answers[HISTORY] = history

    async def scene() -> None:
        followed = follow()
        first, second = followed.watch("a"), followed.watch("b")
        outcomes = await asyncio.gather(first.done, second.done, return_exceptions=True)
        assert [type(each) for each in outcomes] == [GatewayFault, GatewayFault]
        assert first.done.exception() is not None
        # The next job gets a follower of its own.
        site.answers[HISTORY] = lambda _: site.answer({"c": site.record("c", items=ITEMS, status=50)})
        record: HistoryRecord = await followed.watch("c").done
        assert record.status is RecordStatus.DONE

    leap(scene())


def test_a_record_left_alone_is_not_asked_for_any_more(
    site: FakeSite, follow: Callable[..., Followed], leap: Leap
) -> None:
    site.answers[HISTORY] = lambda _: site.answer({})

    async def scene() -> None:
        followed = follow()
        watch = followed.watch("a")
        await asyncio.sleep(30)
        followed.following.leave(followed.account.id, "a")
        before = site.calls[HISTORY]
        assert before
        await asyncio.sleep(600)
        assert site.calls[HISTORY] == before
        watch.done.cancel()
        await asyncio.gather(*followed.tasks)

    leap(scene())
