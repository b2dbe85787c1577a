"""Work that is nobody's request: slow look-ups, erasing sessions, retention, forgetting what is old."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import Final

import structlog

from dreambridge.domain.errors import GatewayError
from dreambridge.domain.job import Job, JobState
from dreambridge.domain.submission import RecordStatus, SubmissionState
from dreambridge.engine.deliveries import Deliveries
from dreambridge.engine.stages.collect import collect
from dreambridge.engine.workshop import Superseded, Work, Workshop
from dreambridge.media.library import Library
from dreambridge.store.artifacts import Artifacts
from dreambridge.store.sessions import Sessions

# Soon after a start: what was lost by the earlier process may have turned up meanwhile.
_FIRST_ROUND: Final = 1.0
_ROUND: Final = 30.0
_SLOW_LOOKS: Final = 300.0
_HOURLY: Final = 3600.0
_DAY: Final = 86_400.0
# A conversation nobody continued for so long is forgotten here; the site keeps its own.
_CONVERSATIONS: Final = 90 * _DAY
_UNCERTAIN: Final = frozenset({SubmissionState.INTENDED, SubmissionState.UNCLEAR, SubmissionState.ACCEPTED})

log = structlog.get_logger("upkeep")


@dataclass(frozen=True, slots=True)
class Retention:
    """How long results are kept: `seconds` of age, `bytes` in all; 0 sets no limit."""

    seconds: float
    bytes: int


class Upkeep:
    """Go round every half minute."""

    def __init__(
        self,
        shop: Workshop,
        *,
        sessions: Sessions,
        artifacts: Artifacts,
        library: Library,
        deliveries: Deliveries,
        retention: Retention,
    ) -> None:
        self._shop = shop
        self._sessions = sessions
        self._artifacts = artifacts
        self._library = library
        self._deliveries = deliveries
        self._retention = retention
        self._looked_at = 0.0
        self._tidied_at = 0.0

    async def run(self) -> None:
        """Go round until cancelled, soon after the start and then every half minute.

        Touches the network for slow look-ups; spends nothing.
        """
        pause = _FIRST_ROUND
        while True:
            await self._shop.clock.sleep(pause)
            pause = _ROUND
            # As a task of its own: whatever spoils one round is logged, and the next one comes all the same.
            await asyncio.wait([self._shop.spawn(self.round(), "upkeep-round")])

    async def round(self) -> None:
        """Do once what is due."""
        now = self._shop.clock.now()
        self._deliveries.prune(now)
        if now - self._looked_at >= _SLOW_LOOKS:
            self._looked_at = now
            await self.look_for_lost()
        await self._erase_sessions(now)
        if now - self._tidied_at >= _HOURLY:
            self._tidied_at = now
            await self._shop.jobs.prune_keys(now)
            await self._shop.agent.conversations.prune(now - _CONVERSATIONS)
            await self._shop.inputs.erase_unneeded()
            await self._retain(now)

    async def look_for_lost(self) -> None:
        """Look once for the submissions of the last day that ended unconfirmed, and complete those that turn up."""
        by_account: defaultdict[str, list[Job]] = defaultdict(list)
        for job in await self._shop.jobs.slow_lookups(self._shop.clock.now() - _DAY):
            if job.account_id is not None:
                by_account[job.account_id].append(job)
        for account_id, jobs in by_account.items():
            account = self._shop.roster.get(account_id)
            if account is None:
                continue
            for job in jobs:
                # One odd record must not keep the others from being found.
                await asyncio.wait([self._shop.spawn(self._look_for_one(job), f"late-{job.id}")])

    async def _look_for_one(self, job: Job) -> None:
        try:
            await self._look_for(job)
        except (GatewayError, Superseded) as error:
            log.info("slow_look_up_failed", job=job.id, error=type(error).__name__)

    async def _look_for(self, job: Job) -> None:
        account = self._shop.roster.get(job.account_id or "")
        wanted = {
            submission.submit_id: submission.count
            for submission in job.generations
            if submission.submit_id is not None and submission.state in _UNCERTAIN
        }
        if account is None or not wanted:
            return
        found = await self._shop.client.fetch_history(account.session, wanted)
        ended = [record for record in found.values() if record.status in {RecordStatus.DONE, RecordStatus.FAILED}]
        useful = tuple(record for record in ended if record.items)
        if not useful or len(ended) < len(found):
            return
        work = Work(job)
        # Accepted, so that a restart between this write and the next follows the records to their end.
        taken = [
            replace(
                submission,
                state=SubmissionState.ACCEPTED,
                record_id=found[submission.submit_id].record_id,
                accepted_at=submission.accepted_at or submission.sent_at,
            )
            for submission in job.submissions
            if submission.submit_id is not None and submission.submit_id in found
        ]
        await self._shop.advance(
            work, replace(job, state=JobState.COLLECTING, ended_at=None), event="found_late", submissions=taken
        )
        await collect(work, self._shop, useful)

    async def _erase_sessions(self, now: float) -> None:
        for account_id in await self._sessions.erase_unneeded(now):
            log.info("session_erased", account=account_id)
        kept = {session.account_id for session in await self._sessions.all()}
        for account in self._shop.roster.all():
            idle = not self._shop.pool.load(account.id).in_flight
            if account.from_request and account.id not in kept and idle and self._shop.roster.rested(account.id, now):
                self._shop.roster.drop(account.id)
                self._shop.pool.forget(account.id)
                self._shop.purse.forget(account.id)

    async def _retain(self, now: float) -> None:
        if not self._retention.seconds and not self._retention.bytes:
            return
        removed = await asyncio.to_thread(
            self._library.retain, now=now, max_age=self._retention.seconds, max_bytes=self._retention.bytes
        )
        for artifact_id in removed:
            await self._artifacts.lost(artifact_id)
        if removed:
            log.info("retention", removed=len(removed))
