"""Find out, once, which site a bare session belongs to."""

import asyncio
from collections import OrderedDict
from typing import Final, Protocol

from dreambridge.domain.errors import GatewayError, NotAuthenticated, RateLimited, SiteUnreachable
from dreambridge.domain.secret import Secret
from dreambridge.engine.clock import Clock
from dreambridge.engine.politeness import MinuteLimit
from dreambridge.engine.roster import Roster
from dreambridge.engine.sealing import Sealer
from dreambridge.upstream.client import UpstreamClient
from dreambridge.upstream.wire.credit import SessionCheck

_REMEMBER_FAILURE: Final = 60.0
_MOST_FAILURES: Final = 1024
# Guesses of strangers must not become calls to the sites: this many unknown sessions a minute, then a refusal.
_DETECTIONS_A_MINUTE: Final = 30


class SiteMemory(Protocol):
    """Remember where a session lives, by digest."""

    async def site_of(self, digest: str) -> str | None:
        """Give the remembered site."""
        ...

    async def remember_site(self, digest: str, site: str) -> None:
        """Keep the site."""
        ...


class SiteDetector:
    """Ask each site in turn, by a read-only session check, stopping at the first yes."""

    def __init__(
        self,
        *,
        order: tuple[str, ...],
        client: UpstreamClient,
        roster: Roster,
        sealer: Sealer,
        memory: SiteMemory,
        clock: Clock,
    ) -> None:
        self._order = order
        self._client = client
        self._roster = roster
        self._sealer = sealer
        self._memory = memory
        self._clock = clock
        self._known: dict[str, str] = {}
        self._failed: OrderedDict[str, float] = OrderedDict()
        self._limit = MinuteLimit(clock, _DETECTIONS_A_MINUTE)
        self._running: dict[str, asyncio.Task[str]] = {}

    async def detect(self, session: Secret, proxy: Secret | None) -> str:
        """Name the site of a bare session.

        Touches the network the first time only. Raises `NotAuthenticated` when every site answered no (remembered for
        a minute), `SiteUnreachable` when a site could not be asked: that decides nothing, `RateLimited`.
        """
        digest = self._sealer.name("site", session.reveal())
        if site := self._known.get(digest):
            return site
        if site := await self._memory.site_of(digest):
            self._known[digest] = site
            return site
        now = self._clock.now()
        if self._failed.get(digest, 0.0) > now:
            raise _nowhere(self._order)
        task = self._running.get(digest)
        if task is None:
            self._admit()
            task = asyncio.create_task(self._ask(digest, session, proxy), name="detect")
            self._running[digest] = task
            task.add_done_callback(lambda _: self._running.pop(digest, None))
        return await asyncio.shield(task)

    async def aclose(self) -> None:
        """Stop checks under way."""
        for task in list(self._running.values()):
            task.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    def _admit(self) -> None:
        if not self._limit.admit():
            raise RateLimited(
                "Too many unknown sessions in the last minute: mark the session with its site (`us-…`), or wait.",
                code="too_many_unknown_sessions",
            )

    async def _ask(self, digest: str, session: Secret, proxy: Secret | None) -> str:
        unreachable: GatewayError | None = None
        for site in self._order:
            try:
                answer = await self._client.check_session(self._roster.session(site, session, proxy))
            except GatewayError as error:
                unreachable = error
                continue
            if answer is SessionCheck.ALIVE:
                self._known[digest] = site
                await self._memory.remember_site(digest, site)
                return site
        if unreachable is not None:
            raise SiteUnreachable(
                "The site of this session could not be found out, because a site did not answer. Mark the session with "
                "its site (`us-…`, `…:cn`), or try again."
            ) from unreachable
        self._failed[digest] = self._clock.now() + _REMEMBER_FAILURE
        while len(self._failed) > _MOST_FAILURES:
            self._failed.popitem(last=False)
        raise _nowhere(self._order)


def _nowhere(order: tuple[str, ...]) -> NotAuthenticated:
    return NotAuthenticated(
        f"No site knows this session (asked: {', '.join(order)}): it has ended, or was mistyped. Sign in on the site "
        "again and copy the new session id."
    )
