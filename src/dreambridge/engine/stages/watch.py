"""generating → collecting: follow the records until each has ended."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Final

import structlog

from dreambridge.domain.account import Account
from dreambridge.domain.errors import Charged, GatewayError, GenerationFailed, JobCancelled, SessionExpired
from dreambridge.domain.generation import Kind
from dreambridge.domain.job import Job, JobState, Progress
from dreambridge.domain.submission import HistoryRecord, RecordStatus, Submission, SubmissionState
from dreambridge.engine import pacing
from dreambridge.engine.experience import work_key
from dreambridge.engine.stages.land import Landing, recall
from dreambridge.engine.watching import Watch
from dreambridge.engine.workshop import Work, Workshop

_LONG_AGO: Final = 2.0
# What a generation takes where neither the site nor experience tells: a video of some seconds, unqueued (protocol).
_USUAL: Final[Mapping[Kind, float]] = MappingProxyType({Kind.VIDEO: 120.0})

log = structlog.get_logger("watch")


async def watch(work: Work, shop: Workshop) -> tuple[HistoryRecord, ...]:
    """Wait for the end of every accepted submission; give the records that have items.

    Touches the network through the account's follower; spends nothing. Raises what the site says when no record has
    any item, `JobCancelled` when it was the owner's cancel that ended it.
    """
    job = work.job
    landed = await recall(work, shop)
    taken = [submission for submission in job.submissions if submission.state is SubmissionState.ACCEPTED]
    if not taken and job.kind is Kind.AGENT:
        # It only talked.
        await _end(work, shop, whole=True)
        return ()
    account = shop.roster.get(job.account_id or "")
    if account is None:
        raise SessionExpired(
            "The session of this job is no longer known here, so the site cannot be asked for it.",
            charged=Charged.UNKNOWN,
        )
    landing = Landing(work, shop, landed)
    try:
        ended = await _follow(work, shop, account, taken, landing)
        ended += await _follow(work, shop, account, await _turned_up(work, shop, account), landing)
    finally:
        await landing.settle()
    records = tuple(record for record in ended if isinstance(record, HistoryRecord))
    useful = tuple(record for record in records if record.items)
    if not useful:
        raise _why(work, shop, records, ended)
    whole = sum(len(record.items) for record in useful) >= work.job.request.count
    # What the agent ordered has no number of ours: there every record must have given something.
    await _end(work, shop, whole=whole and (job.kind is not Kind.AGENT or len(useful) == len(taken)))
    return useful


async def _end(work: Work, shop: Workshop, *, whole: bool) -> None:
    if work.job.state is not JobState.COLLECTING:
        job = replace(work.job, state=JobState.COLLECTING, partial=work.job.partial or not whole)
        await shop.advance(work, job, event="ended")


async def _follow(
    work: Work, shop: Workshop, account: Account, taken: list[Submission], landing: Landing
) -> list[HistoryRecord | BaseException]:
    watches = [_watch(work, shop, submission, landing) for submission in taken]

    def end(part: int, done: "asyncio.Future[HistoryRecord]") -> None:
        # The last one to end is collected at once, with all the others.
        if not done.cancelled() and done.exception() is None and not all(one.done.done() for one in watches):
            landing.see(part, done.result())

    for submission, one in zip(taken, watches, strict=True):
        one.done.add_done_callback(partial(end, submission.part))
        shop.following.follow(account, one)
        if shop.clock.now() - one.since > _LONG_AGO:
            # Taken up again after a restart: it may have ended long since, and what the site forecast is forgotten.
            shop.following.hurry(account.id, one.submit_id)
    ask = partial(_ask_to_cancel, work, shop, account, taken)
    work.wake_to_cancel.append(ask)
    try:
        if work.job.cancel_requested:
            ask()
        return list(await asyncio.gather(*(one.done for one in watches), return_exceptions=True))
    finally:
        work.wake_to_cancel.remove(ask)
        for one in watches:
            shop.following.leave(account.id, one.submit_id)


async def _turned_up(work: Work, shop: Workshop, account: Account) -> list[Submission]:
    """Look once more for parts that nobody confirmed, now that the others have ended: they may have been paid for."""
    unclear = [part for part in work.job.submissions if part.state is SubmissionState.UNCLEAR and part.submit_id]
    if not unclear:
        return []
    try:
        found = await shop.client.fetch_history(account.session, {part.submit_id or "": part.count for part in unclear})
    except GatewayError as error:
        log.warning("look_up_failed", job=work.job.id, code=error.specific_code, site_code=error.site_code)
        return []
    return [replace(part, accepted_at=part.sent_at) for part in unclear if part.submit_id in found]


def _watch(work: Work, shop: Workshop, submission: Submission, landing: Landing) -> Watch:
    since = submission.accepted_at or shop.clock.now()

    def tell(record: HistoryRecord, known: pacing.Distribution, age: float) -> None:
        landing.see(submission.part, record)
        shop.show(work, replace(work.job, progress=_progress(work.job, landing.records, known, age)))

    return Watch(
        submit_id=submission.submit_id or "",
        expected=submission.count,
        since=since,
        deadline=since + shop.options.timeout_of(work.job.kind),
        key=work_key(work.job),
        on_news=tell,
        done=asyncio.get_running_loop().create_future(),
        forecast=work.forecasts.get(submission.part) or _USUAL.get(work.job.kind),
    )


def _progress(job: Job, seen: dict[int, HistoryRecord], known: pacing.Distribution, age: float) -> Progress:
    items = sum(len(record.items) for record in seen.values())
    queued = next((record for record in seen.values() if record.queue_position), None)
    if queued is not None:
        return Progress(
            percent=max(1, job.progress.percent),
            queue_position=queued.queue_position,
            queue_length=queued.queue_length,
            remaining=(queued.forecast_queue or 0) + known.mean,
            items=items,
        )
    guess = pacing.percent(known, age, items=items, expected=job.request.count)
    return Progress(
        percent=max(guess, job.progress.percent), remaining=round(pacing.remaining(known, age), 1), items=items
    )


def _ask_to_cancel(work: Work, shop: Workshop, account: Account, taken: list[Submission]) -> None:
    """Ask the site to stop the records; the follower sees them end."""
    for submission in taken:
        if submission.record_id:
            shop.spawn(_cancel(work, shop, account, submission), f"cancel-{work.job.id}")


async def _cancel(work: Work, shop: Workshop, account: Account, submission: Submission) -> None:
    try:
        await shop.client.cancel(account.session, submission.record_id or "")
    except GatewayError as error:
        # The record then ends by itself; its result is kept as if nobody had cancelled.
        log.warning("cancel_failed", job=work.job.id, code=error.specific_code, site_code=error.site_code)
    shop.following.hurry(account.id, submission.submit_id or "")


def _why(
    work: Work, shop: Workshop, records: tuple[HistoryRecord, ...], ended: list[HistoryRecord | BaseException]
) -> BaseException:
    if work.job.cancel_requested and records:
        return JobCancelled("The job was cancelled; the site returns the credit.", charged=Charged.REFUNDED)
    failed = next((record for record in records if record.status is RecordStatus.FAILED), None)
    if failed is not None:
        return shop.client.failure_of(failed)
    if records:
        return GenerationFailed("The site says that it is done, and gave nothing.", charged=Charged.UNKNOWN)
    return next(error for error in ended if isinstance(error, BaseException))
