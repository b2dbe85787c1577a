"""Follow a job to its end by its events, across a gateway that restarts and proxies that hold streams back."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from dreambridge.cli.answers import GatewayRefused, GatewayUnreachable
from dreambridge.cli.following import ProgressView
from dreambridge.cli.gateway import Gateway

# A gateway that restarts is waited for: the job is durable.
_PATIENCE: Final = 120.0
_PAUSE: Final = 0.5
# Streams opened in vain, while the gateway answered otherwise: something between holds them back.
_IN_VAIN: Final = 2
# A site that answers does so sooner.
_DOUBT_AFTER: Final = 15.0
_DOUBT: Final = "no clear answer; looking for the submission"
_DOUBT_MEANS: Final = (
    "The site gave no clear answer, so the submission is being looked for. "
    "That can take some minutes and never pays twice."
)
_AWAY: Final = "the gateway does not answer; asking again"

Landed: TypeAlias = Callable[[Mapping[str, Any]], Awaitable[None]]


async def watch(
    gateway: Gateway, job: dict[str, Any], view: ProgressView, landed: Landed, *, doubt_after: float = _DOUBT_AFTER
) -> dict[str, Any]:
    """Give the job as it ended; `landed` is told of each artifact, perhaps more than once.

    A submission that takes more than `doubt_after` seconds is said to be in doubt. Raises `GatewayRefused`; and
    `GatewayUnreachable` after two minutes of silence.
    """
    following = _Watch(gateway, str(job["id"]), view, landed, doubt_after)
    try:
        return await following.follow(job)
    finally:
        following.be_sure()


@dataclass(slots=True)
class _Watch:
    gateway: Gateway
    job_id: str
    view: ProgressView
    landed: Landed
    doubt_after: float
    heard: float = 0.0
    in_vain: int = 0
    away: bool = False
    doubting: bool = False
    timer: asyncio.TimerHandle | None = None

    async def follow(self, job: dict[str, Any]) -> dict[str, Any]:
        pause = 0.0
        self._note()
        while True:
            if not self.away:
                await self._show(job)
            if has_ended(job):
                return job
            if self.in_vain < _IN_VAIN and (ended := await self._listen()) is not None:
                return ended
            await asyncio.sleep(pause if self.in_vain >= _IN_VAIN else _PAUSE)
            job, pause = await self._look(job)

    async def _listen(self) -> dict[str, Any] | None:
        """Follow the stream of events; None when it broke off before the job's end."""
        self.in_vain += 1
        try:
            async with aclosing(self.gateway.events(self.job_id)) as events:
                async for event in events:
                    self._note()
                    self.in_vain = 0
                    if event.get("type") == "end":
                        self._present(event["job"])
                        return dict(event["job"])
                    if event.get("type") == "artifact":
                        await self.landed(event["artifact"])
                    elif event.get("type") == "progress":
                        self._present(event)
        except (GatewayUnreachable, GatewayRefused):
            # Asking for the job tells why, or does as well.
            return None
        return None

    async def _look(self, last: dict[str, Any]) -> tuple[dict[str, Any], float]:
        """Ask how the job stands; give what was known before while nobody answers."""
        loop = asyncio.get_running_loop()
        try:
            # Once at a time, so that its silence is told at once.
            reply = await self.gateway.job(self.job_id, again=False)
        except GatewayUnreachable:
            self.away = True
            self.view.say(_AWAY)
            # It is not the streams that are held back.
            self.in_vain = 0
            if loop.time() - self.heard > _PATIENCE:
                raise
            return last, _PAUSE
        except GatewayRefused as error:
            if not _may_pass(error) or loop.time() - self.heard > _PATIENCE:
                raise
            return last, _PAUSE
        self._note()
        return reply.document, reply.pause

    async def _show(self, job: Mapping[str, Any]) -> None:
        self._present(job)
        for artifact in job.get("artifacts") or ():
            await self.landed(artifact)

    def _present(self, job: Mapping[str, Any]) -> None:
        """Show where a job stands, unless its submission is in doubt."""
        if job.get("state") != "submitting":
            self.be_sure()
        elif self.timer is None:
            self.timer = asyncio.get_running_loop().call_later(self.doubt_after, self._doubt)
        if self.doubting:
            self.view.say(_DOUBT)
        else:
            self.view.show(job)

    def _doubt(self) -> None:
        self.doubting = True
        if not self.away:
            self.view.say(_DOUBT, _DOUBT_MEANS)

    def be_sure(self) -> None:
        """Doubt the submission no more."""
        self.doubting = False
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    def _note(self) -> None:
        self.away = False
        self.heard = asyncio.get_running_loop().time()


def has_ended(job: Mapping[str, Any]) -> bool:
    """Tell whether nothing more becomes of a job."""
    return job.get("status") in {"completed", "failed"}


def _may_pass(error: GatewayRefused) -> bool:
    """Tell whether this is a gateway in trouble, rather than its answer."""
    return error.refusal.status == 429 or error.refusal.status >= 500
