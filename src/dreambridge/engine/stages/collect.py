"""collecting → completed: items become artifacts."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import structlog

from dreambridge.domain.errors import GatewayError
from dreambridge.domain.generation import Kind
from dreambridge.domain.job import JobState, Progress
from dreambridge.domain.submission import HistoryRecord, SubmissionState
from dreambridge.engine.results import build_artifacts
from dreambridge.engine.stages.land import recall
from dreambridge.engine.workshop import Work, Workshop

log = structlog.get_logger("collect")


async def collect(work: Work, shop: Workshop, records: Sequence[HistoryRecord]) -> None:
    """Save the artifacts with the site's addresses and the job's end in one transaction; have the bytes fetched.

    What landed before is kept, under the same ids.
    """
    job = work.job
    better = await _find_downloads(work, shop, records)
    now = shop.clock.now()
    artifacts = build_artifacts(job, records, now, better, await recall(work, shop))
    # Under these ids also when this write has to be made once more.
    work.landed = artifacts
    made = sum(artifact.cover_of is None for artifact in artifacts)
    ended = tuple(
        replace(submission, state=SubmissionState.ENDED, ended_at=now)
        for submission in job.submissions
        if submission.state is SubmissionState.ACCEPTED
    )
    await shop.advance(
        work,
        replace(
            job,
            state=JobState.COMPLETED,
            error=None,
            partial=made < job.request.count or (job.partial and job.kind is Kind.AGENT),
            progress=Progress(percent=100, items=made),
        ),
        event="completed",
        submissions=ended,
        artifacts=artifacts,
    )
    shop.harvest.add(artifacts)
    shop.purse.price(work.job)


async def _find_downloads(work: Work, shop: Workshop, records: Sequence[HistoryRecord]) -> Mapping[str, str]:
    """Ask where the videos lie in full quality, by item; without an answer the records' own addresses will do."""
    videos = tuple(item.item_id for record in records for item in record.items if item.kind is Kind.VIDEO)
    account = shop.roster.get(work.job.account_id or "")
    if not videos or account is None:
        return {}
    try:
        return await shop.client.fetch_video_urls(account.session, videos)
    except GatewayError as error:
        log.warning("previews_only", job=work.job.id, code=error.specific_code, site_code=error.site_code)
        return {}
