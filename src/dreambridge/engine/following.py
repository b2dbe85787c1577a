"""One follower per account, started when needed."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from dreambridge.domain.account import Account
from dreambridge.engine.clock import Clock
from dreambridge.engine.experience import Experience
from dreambridge.engine.follower import Follower
from dreambridge.engine.watching import Watch
from dreambridge.upstream.client import UpstreamClient


class Following:
    """Own the followers."""

    def __init__(
        self,
        client: UpstreamClient,
        experience: Experience,
        clock: Clock,
        *,
        batch: int,
        spawn: Callable[[Coroutine[Any, Any, None], str], "asyncio.Task[None]"],
    ) -> None:
        self._client = client
        self._experience = experience
        self._clock = clock
        self._batch = batch
        self._spawn = spawn
        self._followers: dict[str, Follower] = {}

    def follow(self, account: Account, watch: Watch) -> None:
        """Have a record followed in its account's loop."""
        follower = self._followers.get(account.id)
        if follower is not None and not follower.idle:
            follower.follow(watch)
            return
        follower = Follower(account, self._client, self._experience, self._clock, batch=self._batch)
        follower.follow(watch)
        self._followers[account.id] = follower
        self._spawn(self._run(account.id, follower), f"follow-{account.id}")

    def usual(self, key: str) -> float:
        """Give the seconds that this kind of work (`work_key`) takes on average, as far as experience tells."""
        return self._experience.distribution(key, None).mean

    def leave(self, account_id: str, submit_id: str) -> None:
        """Stop following a record."""
        if follower := self._followers.get(account_id):
            follower.leave(submit_id)

    def hurry(self, account_id: str, submit_id: str) -> None:
        """Look at a record at once."""
        if follower := self._followers.get(account_id):
            follower.hurry(submit_id)

    async def _run(self, account_id: str, follower: Follower) -> None:
        try:
            await follower.run()
        except ExceptionGroup:
            follower.abandon()
            raise
        finally:
            if self._followers.get(account_id) is follower:
                del self._followers[account_id]
