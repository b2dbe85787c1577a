import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

from dreambridge.engine.speech import Speech


async def heard(said: AsyncIterator[str]) -> str:
    return "".join([piece async for piece in said])


async def test_readers_hear_the_same_whenever_they_come_and_from_any_place() -> None:
    speech = Speech()
    early = asyncio.create_task(heard(speech.follow("job")))
    await asyncio.sleep(0)
    speech.add("job", "好的,")
    late = asyncio.create_task(heard(speech.follow("job", 2)))
    await asyncio.sleep(0)
    speech.add("job", "我来画")
    speech.close("job")
    assert await early == "好的,我来画"
    assert await late == ",我来画"
    assert await heard(speech.follow("job", 4)) == "来画"
    assert await heard(speech.follow("job", 99)) == ""
    assert speech.heard("job") == "好的,我来画"


async def test_each_piece_is_told_as_it_comes() -> None:
    speech = Speech()
    async with aclosing(speech.follow("job")) as said:
        for word in ("one", "two"):
            speech.add("job", word)
            assert await anext(said) == word


async def test_a_job_that_never_speaks_ends_its_readers_when_it_is_closed() -> None:
    speech = Speech()
    reader = asyncio.create_task(heard(speech.follow("job")))
    await asyncio.sleep(0)
    assert not reader.done()
    speech.close("job")
    assert await reader == ""


async def test_a_stop_ends_every_reader() -> None:
    speech = Speech()
    readers = [asyncio.create_task(heard(speech.follow(f"job{number}"))) for number in range(3)]
    await asyncio.sleep(0)
    speech.add("job1", "x")
    speech.end_all()
    assert await asyncio.gather(*readers) == ["", "x", ""]


async def test_text_and_jobs_are_held_within_bounds() -> None:
    speech = Speech()
    for _ in range(10):
        speech.add("long", "x" * 100_000)
    assert len(speech.heard("long")) == 256 * 1024
    for number in range(300):
        speech.add(f"job{number}", "x")
        speech.close(f"job{number}")
    assert (speech.heard("job0"), speech.heard("job299")) == ("", "x")
    assert speech.heard("long")  # still open
