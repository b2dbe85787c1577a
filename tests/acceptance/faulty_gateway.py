"""Run the gateway, and have it come to grief where the environment says.

`FAULT` reads "<act> <point> <arrivals>": `kill` ends this process with SIGKILL, `stop` freezes it with SIGSTOP, `hold`
lets nobody pass, each once that many jobs have come to the point; those who come first wait there. A fourth word, a
number, means the jobs that come there for that time and not for the first. Points are `before-` or `after-` a saved
change (`created`, an event of a job, `stored` for an artifact), and `connected`: a connection for the paid call
stands, and nothing was written to it. Each act is announced by a line `arrived`.
"""

import asyncio
import os
import signal
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from dreambridge.cli.main import app
from dreambridge.store.artifacts import Artifacts
from dreambridge.store.jobs import Jobs
from dreambridge.upstream import transport

SIGNALS = {"kill": signal.SIGKILL, "stop": signal.SIGSTOP}


@dataclass
class Fault:
    act: str
    point: str
    arrivals: int
    time: int = 1
    seen: Counter[str] = field(default_factory=Counter)
    passed: asyncio.Event = field(default_factory=asyncio.Event)
    come: int = 0

    async def at(self, point: str, who: str) -> None:
        if point != self.point or self.passed.is_set():
            return
        self.seen[who] += 1
        if self.seen[who] != self.time:
            return
        self.come += 1
        if self.come == self.arrivals:
            sys.stdout.write("arrived\n")
            sys.stdout.flush()
            if self.act in SIGNALS:
                os.kill(os.getpid(), SIGNALS[self.act])
                time.sleep(0.1)  # noqa: ASYNC251 - the signal may take a moment, in which nothing may happen
                self.passed.set()
        await self.passed.wait()


def wrap(owner: Any, name: str, fault: Fault, event_of: Any) -> None:
    original = getattr(owner, name)

    async def wrapped(self: Any, subject: Any, *args: Any, **kwargs: Any) -> Any:
        event, who = event_of(kwargs), getattr(subject, "id", str(subject))
        await fault.at(f"before-{event}", who)
        result = await original(self, subject, *args, **kwargs)
        await fault.at(f"after-{event}", who)
        return result

    setattr(owner, name, wrapped)


class Connection(transport._WatchedRequest):
    fault: Fault

    async def send(self, conn: Any) -> Any:
        if self.url.path.endswith("/aigc_draft/generate"):
            await self.fault.at("connected", str(id(self)))
        return await super().send(conn)


def arm(fault: Fault) -> None:
    wrap(Jobs, "create", fault, lambda _: "created")
    wrap(Jobs, "advance", fault, lambda kwargs: kwargs["event"].name)
    wrap(Artifacts, "stored", fault, lambda _: "stored")
    Connection.fault = fault
    transport._WatchedRequest = Connection  # type: ignore[misc]


if __name__ == "__main__":
    act, point, arrivals, *nth = os.environ["FAULT"].split()
    arm(Fault(act, point, int(arrivals), int(nth[0]) if nth else 1))
    app(["serve"])
