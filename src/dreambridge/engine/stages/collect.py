"""collecting → completed: items become artifacts."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

import structlog

from dreambridge.domain.artifact import Artifact
from dreambridge.domain.errors import GatewayError
from dreambridge.domain.generation import Dimensions, Kind, OutputFormat
from dreambridge.domain.job import Job, JobState, Progress
from dreambridge.domain.submission import HistoryRecord, RecordItem, SubmissionState
from dreambridge.engine.sealing import new_id
from dreambridge.engine.workshop import Work, Workshop

_EXTENSIONS: Final[Mapping[str, str]] = {"jpeg": "jpg", "jpg": "jpg", "png": "png", "webp": "webp"}
_NOTHING_BETTER: Final[Mapping[str, str]] = MappingProxyType({})

log = structlog.get_logger("collect")


async def collect(work: Work, shop: Workshop, records: Sequence[HistoryRecord]) -> None:
    """Save the artifacts with the site's addresses and the job's end in one transaction; have the bytes fetched."""
    job = work.job
    better = await _find_downloads(work, shop, records)
    now = shop.clock.now()
    artifacts = build_artifacts(job, records, now, better)
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
    shop.new_artifacts(artifacts)
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


def build_artifacts(
    job: Job, records: Sequence[HistoryRecord], now: float, better: Mapping[str, str] = _NOTHING_BETTER
) -> tuple[Artifact, ...]:
    """Make one artifact of each item, in the order of submissions and items; behind them a still of each video.

    `better` gives addresses by item that are used instead of the records' own.
    """
    parts = {submission.submit_id: submission.part for submission in job.submissions}
    ordered = sorted(records, key=lambda record: parts.get(record.submit_id, 0))
    items = [(parts.get(record.submit_id, 0), item) for record in ordered for item in record.items]
    made = [
        Artifact(
            id=new_id("art"),
            job_id=job.id,
            owner=job.owner,
            kind=item.kind,
            index=index,
            source_url=better.get(item.item_id, item.url),
            created_at=now,
            item_id=item.item_id,
            part=part,
            dimensions=_delivered(job, item),
            extension=_extension(job, item),
            exact=job.request.exact if item.kind is Kind.IMAGE else None,
            convert=job.request.output_format if item.kind is Kind.IMAGE else None,
            seconds=item.seconds,
        )
        for index, (part, item) in enumerate(items)
    ]
    stills = [
        replace(video, id=new_id("art"), kind=Kind.IMAGE, source_url=item.cover_url, cover_of=video.id)
        for video, (_, item) in zip(made, items, strict=True)
        if item.kind is Kind.VIDEO and item.cover_url
    ]
    start = max(len(made), job.request.count)
    return (
        *made,
        *(
            replace(still, index=start + place, dimensions=None, extension="jpg", seconds=None)
            for place, still in enumerate(stills)
        ),
    )


def _delivered(job: Job, item: RecordItem) -> Dimensions | None:
    """Tell the size that will be delivered: the exact one, unless the site's picture is too small for it."""
    native = item.dimensions or job.request.native
    exact = job.request.exact
    if exact is None or native is None or exact.width > native.width or exact.height > native.height:
        return native
    return exact


def _extension(job: Job, item: RecordItem) -> str:
    if item.kind is not Kind.IMAGE:
        return "mp4" if item.kind is Kind.VIDEO else "mp3"
    wanted = job.request.output_format
    if wanted is not None:
        return "jpg" if wanted is OutputFormat.JPEG else wanted.value
    return _EXTENSIONS.get((item.format or "png").lower(), "png")
