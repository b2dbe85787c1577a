"""The sites are asked neither too often nor the same thing twice at once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from dreambridge.engine.politeness import MinuteLimit, Sharing

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from dreambridge.engine.clock import Clock

    Leap = Callable[[Coroutine[Any, Any, Any]], Any]


def test_a_minute_has_room_for_so_many_and_the_next_for_as_many_again(clock: Clock, leap: Leap) -> None:
    async def scene() -> list[bool]:
        limit = MinuteLimit(clock, 3)
        at_once = [limit.admit(2), limit.admit(2), limit.admit(), limit.admit()]
        await asyncio.sleep(59)
        soon = limit.admit()
        await asyncio.sleep(2)
        return [*at_once, soon, limit.admit(3), limit.admit()]

    # What did not fit as a whole took no room.
    assert leap(scene()) == [True, False, True, False, False, True, False]


def test_work_for_a_key_is_done_once_at_a_time_and_shared(leap: Leap) -> None:
    done: list[str] = []

    async def scene() -> list[str]:
        shared: Sharing[str] = Sharing()

        async def work(key: str) -> str:
            await asyncio.sleep(1)
            done.append(key)
            return f"{key}{len(done)}"

        together = await asyncio.gather(*(shared.run(key, lambda key=key: work(key)) for key in "aaba"))  # type: ignore[misc] # a default binds the key
        return [*together, await shared.run("a", lambda: work("a"))]

    assert leap(scene()) == ["a1", "a1", "b2", "a1", "a3"]
    assert done == ["a", "b", "a"]


def test_a_failure_is_shared_and_not_kept(leap: Leap) -> None:
    async def scene() -> int:
        shared: Sharing[int] = Sharing()

        async def fail() -> int:
            await asyncio.sleep(1)
            raise ValueError

        async def succeed() -> int:
            return 7

        outcomes = await asyncio.gather(*(shared.run("a", fail) for _ in range(2)), return_exceptions=True)
        assert [type(each) for each in outcomes] == [ValueError, ValueError]
        return await shared.run("a", succeed)

    assert leap(scene()) == 7


def test_who_leaves_stops_nothing_and_a_close_stops_everything(leap: Leap) -> None:
    async def scene() -> int:
        shared: Sharing[int] = Sharing()

        async def work() -> int:
            await asyncio.sleep(10)
            return 7

        first, second = (asyncio.create_task(shared.run("a", work)) for _ in range(2))
        await asyncio.sleep(1)
        first.cancel()
        value = await second
        third = asyncio.create_task(shared.run("a", work))
        await asyncio.sleep(1)
        await shared.aclose()
        with pytest.raises(asyncio.CancelledError):
            await third
        return value

    assert leap(scene()) == 7
