"""collecting → completed: items become artifacts."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from dreambridge.domain.artifact import Artifact
from dreambridge.domain.generation import Dimensions, Kind, OutputFormat
from dreambridge.domain.job import Job, JobState, Progress
from dreambridge.domain.submission import HistoryRecord, RecordItem, SubmissionState
from dreambridge.engine.sealing import new_id
from dreambridge.engine.workshop import Work, Workshop

_EXTENSIONS: Final[Mapping[str, str]] = {"jpeg": "jpg", "jpg": "jpg", "png": "png", "webp": "webp"}


async def collect(work: Work, shop: Workshop, records: Sequence[HistoryRecord]) -> None:
    """Save the artifacts with the site's addresses and the job's end in one transaction; have the bytes fetched."""
    job = work.job
    now = shop.clock.now()
    artifacts = build_artifacts(job, records, now)
    missing = len(artifacts) < job.request.count
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
            partial=missing,
            progress=Progress(percent=100, items=len(artifacts)),
        ),
        event="completed",
        submissions=ended,
        artifacts=artifacts,
    )
    shop.new_artifacts(artifacts)
    shop.purse.price(work.job)


def build_artifacts(job: Job, records: Sequence[HistoryRecord], now: float) -> tuple[Artifact, ...]:
    """Make one artifact of each item, in the order of submissions and items."""
    parts = {submission.submit_id: submission.part for submission in job.submissions}
    ordered = sorted(records, key=lambda record: parts.get(record.submit_id, 0))
    items = [(parts.get(record.submit_id, 0), item) for record in ordered for item in record.items]
    return tuple(
        Artifact(
            id=new_id("art"),
            job_id=job.id,
            owner=job.owner,
            kind=Kind.IMAGE,
            index=index,
            source_url=item.url,
            created_at=now,
            item_id=item.item_id,
            part=part,
            dimensions=_delivered(job, item),
            extension=_extension(job, item),
            exact=job.request.exact,
            convert=job.request.output_format,
        )
        for index, (part, item) in enumerate(items)
    )


def _delivered(job: Job, item: RecordItem) -> Dimensions | None:
    """Tell the size that will be delivered: the exact one, unless the site's picture is too small for it."""
    native = item.dimensions or job.request.native
    exact = job.request.exact
    if exact is None or native is None or exact.width > native.width or exact.height > native.height:
        return native
    return exact


def _extension(job: Job, item: RecordItem) -> str:
    wanted = job.request.output_format
    if wanted is not None:
        return "jpg" if wanted is OutputFormat.JPEG else wanted.value
    return _EXTENSIONS.get((item.format or "png").lower(), "png")
