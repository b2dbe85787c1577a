"""While a job is generating and somebody follows it: what its records show already is saved and told at once."""

import asyncio
from dataclasses import replace

import structlog

from dreambridge.domain.artifact import Artifact
from dreambridge.domain.generation import Kind
from dreambridge.domain.submission import HistoryRecord
from dreambridge.engine.notices import News
from dreambridge.engine.results import build_artifacts, leave_room
from dreambridge.engine.workshop import Work, Workshop
from dreambridge.store.faults import StoreError
from dreambridge.store.jobs import JobEvent

log = structlog.get_logger("land")


async def recall(work: Work, shop: Workshop) -> tuple[Artifact, ...]:
    """Give what has landed of a job, with what is known of the bytes; read from disk where another process began it."""
    if work.landed is None:
        work.landed = await shop.harvest.of_job(work.job.id)
        shop.notices.publish(News(work.job, work.landed))
    return tuple(map(shop.harvest.latest, work.landed))


class Landing:
    """Save the artifacts of one job as they come, one write after the other."""

    def __init__(self, work: Work, shop: Workshop, landed: tuple[Artifact, ...]) -> None:
        """Begin with what has `landed` on disk."""
        self.records: dict[int, HistoryRecord] = {}
        self._work = work
        self._shop = shop
        self._places = {each.id: each.index for each in landed}
        self._writing: asyncio.Task[None] | None = None

    def see(self, part: int, record: HistoryRecord) -> None:
        """Take what a look has shown of a part; have it saved if somebody follows the job. Adds no look of its own."""
        self.records[part] = record
        if self._writing is None and self._due():
            self._writing = self._shop.spawn(self._write(), f"land-{self._work.job.id}")

    async def settle(self) -> None:
        """Wait until nothing is being written, so that the job's state may change."""
        if self._writing is not None:
            await asyncio.wait([self._writing])

    def _due(self) -> bool:
        if not self._shop.notices.followed(self._work.job.id):
            return False
        saved = {(each.part, each.item_id) for each in self._work.landed or () if each.id in self._places}
        return any((part, each.item_id) not in saved for part, record in self._shown() for each in record.items)

    def _shown(self) -> list[tuple[int, HistoryRecord]]:
        """Give the records with those items that can be recognised again."""
        shown = []
        for part, record in self.records.items():
            named = {each.item_id: each for each in reversed(record.items) if each.item_id}
            items = tuple(each for each in record.items if named.get(each.item_id) is each)
            shown.append((part, replace(record, items=items)))
        return shown

    async def _write(self) -> None:
        try:
            while self._due() and await self._save():
                pass
        except StoreError as error:
            # The next look tries again, and what was collected is saved in any case.
            log.warning("not_saved", job=self._work.job.id, error=type(error).__name__)
        finally:
            self._writing = None

    async def _save(self) -> bool:
        """Save what is new; tell whether the job is still ours."""
        work, shop = self._work, self._shop
        job, now = work.job, shop.clock.now()
        records = [record for _, record in self._shown()]
        landed = leave_room(job, build_artifacts(job, records, now, landed=await recall(work, shop)))
        # Before the write, so that an item has one id even if nobody ever knows what became of the write.
        work.landed = landed
        changed = [each for each in landed if self._places.get(each.id) != each.index]
        event = JobEvent("landed", now, {"artifacts": len(landed)})
        if not await shop.jobs.save_progress(job.id, job.epoch, job.progress, event=event, artifacts=changed):
            return False
        self._places = {each.id: each.index for each in landed}
        log.info("job", job=job.id, state=job.state.value, event_name="landed", items=len(landed))
        # A video has a better address when it is collected, which is asked for once: its bytes wait for that.
        shop.harvest.add([each for each in changed if each.kind is not Kind.VIDEO])
        shop.notices.publish(News(work.job, landed))
        return True
