"""The row of streams: when heads and first progress come, with a hundred of them open."""

import asyncio
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Final

import aiohttp
from benchmarks.figures import Figure, Row, median, quantile
from benchmarks.load_rows import Bench, standing

_STREAMS: Final = 100
_PROBES: Final = 30
# Long enough that all streams are open while the probes come.
_GENERATION: Final = "fixed:20"
_MOST_HEAD: Final = 20.0
_MOST_PROGRESS: Final = 1.0


@dataclass(slots=True)
class Stream:
    """One stream: seconds from the request to its head, from the head to the first progress; how it ended."""

    head: float = 0.0
    progress: float = 0.0
    whole: bool = False
    kinds: list[str] = field(default_factory=list)


async def stream_row(bench: Bench) -> Row:
    """Measure a hundred chat streams begun at once, and single ones that begin while those are open."""
    folder = bench.scratch()
    async with standing(bench, folder / "data", generation=_GENERATION) as stand:
        token = f"{secrets.token_hex(16)}:cn"
        url = f"{stand.gateway.url}/v1/chat/completions"
        # A session is known once it has been seen.
        await _follow(bench.session, url, token, "#0", to_the_end=False)
        crowd = [
            asyncio.create_task(_follow(bench.session, url, token, f"#{number}", to_the_end=True))
            for number in range(1, _STREAMS + 1)
        ]
        await asyncio.sleep(3)
        probes = []
        for number in range(_PROBES):
            await asyncio.sleep(0.1)
            probes.append(await _follow(bench.session, url, token, f"#p{number}", to_the_end=False))
        streams = await asyncio.gather(*crowd)
    heads = [stream.head * 1000 for stream in streams]
    single = [probe.head * 1000 for probe in probes]
    first = [stream.progress for stream in streams] + [probe.progress for probe in probes]
    return Row(
        key="streams",
        title=f"{_STREAMS} chat streams at once, and {_PROBES} single ones beside them",
        figures=(
            Figure("unfinished", sum(not stream.whole for stream in streams), "", 0),
            Figure("one beside the others: request sent to head here, median", median(single), "ms", _MOST_HEAD),
            Figure("one beside the others: request sent to head here, longest", max(single), "ms"),
            Figure("all begun at once: request sent to head here, median", median(heads), "ms"),
            Figure("all begun at once: request sent to head here, longest", max(heads), "ms"),
            Figure("head to first progress, p95", quantile(first, 0.95), "s", _MOST_PROGRESS),
            Figure("head to first progress, longest", max(first), "s", _MOST_PROGRESS),
        ),
    )


async def _follow(session: aiohttp.ClientSession, url: str, token: str, prompt: str, *, to_the_end: bool) -> Stream:
    """Begin a stream, and read it to its end or to its first progress."""
    body = {"model": "jimeng-4.5", "n": 4, "stream": True, "messages": [{"role": "user", "content": prompt}]}
    stream, sent = Stream(), time.monotonic()
    async with session.post(url, json=body, headers={"Authorization": f"Bearer {token}"}) as answer:
        begun = time.monotonic()
        stream.head = begun - sent
        async for line in answer.content:
            if not line.startswith(b"data: "):
                continue
            if line.startswith(b"data: [DONE]"):
                stream.whole = True
                break
            delta = json.loads(line[6:])["choices"][0]["delta"]
            if "reasoning_content" in delta and not stream.progress:
                stream.progress = time.monotonic() - begun
                if not to_the_end:
                    break
    return stream
