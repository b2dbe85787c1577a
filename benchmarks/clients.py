"""Clients as light as can be: they share the machine with what they measure."""

import asyncio
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import aiohttp

_CHUNK: Final = 1 << 18
_PATIENCE: Final = aiohttp.ClientTimeout(total=900)


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer: when the request left and when its last byte was here (epoch seconds), status (0: none), bytes."""

    prompt: str
    sent_at: float
    answered_at: float
    status: int
    size: int
    token: str


@dataclass(frozen=True, slots=True)
class Wish:
    """What a client asks for; each picture of a load gets a prompt of its own."""

    prompt: str
    token: str
    fields: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


def open_clients() -> aiohttp.ClientSession:
    """Open a session that makes as many connections as there are requests."""
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=_PATIENCE)


async def ask(session: aiohttp.ClientSession, url: str, wish: Wish) -> Reply:
    """Ask for pictures and read the answer without keeping it."""
    body = {"prompt": wish.prompt, "model": "jimeng-4.5", "n": 4, **wish.fields}
    headers = {"Authorization": f"Bearer {wish.token}", **wish.headers}
    size = 0
    sent_at = time.time()
    try:
        async with session.post(f"{url}/v1/images/generations", json=body, headers=headers) as answer:
            async for piece in answer.content.iter_chunked(_CHUNK):
                size += len(piece)
            return Reply(wish.prompt, sent_at, time.time(), answer.status, size, wish.token)
    except aiohttp.ClientError as error:
        print(f"no answer: {error}", flush=True)
        return Reply(wish.prompt, sent_at, time.time(), 0, size, wish.token)


async def ask_at_once(session: aiohttp.ClientSession, url: str, wishes: list[Wish]) -> list[Reply]:
    """Ask for everything at the same time."""
    return list(await asyncio.gather(*(ask(session, url, wish) for wish in wishes)))


def count_stored(data_dir: Path) -> int:
    """Count the files in the gateway's library."""
    return sum(1 for _ in (data_dir / "artifacts").glob("??/*"))


async def until_stored(data_dir: Path, count: int, *, seconds: float = 300.0) -> None:
    """Wait until the gateway has brought so many files into its library; part of a job's work, after its answer."""
    deadline = time.monotonic() + seconds
    while (there := count_stored(data_dir)) < count:
        if time.monotonic() > deadline:
            raise RuntimeError(f"{count - there} of {count} artifacts are still missing")
        await asyncio.sleep(0.3)
