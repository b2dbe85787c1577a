"""From the items of records to artifacts. Pure, but for the ids it draws."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from dreambridge.domain.artifact import Artifact, FetchState
from dreambridge.domain.generation import Dimensions, Kind, OutputFormat
from dreambridge.domain.job import Job
from dreambridge.domain.submission import HistoryRecord, RecordItem
from dreambridge.engine.sealing import new_id

_EXTENSIONS: Final[Mapping[str, str]] = {"jpeg": "jpg", "jpg": "jpg", "png": "png", "webp": "webp"}
_NOTHING_BETTER: Final[Mapping[str, str]] = MappingProxyType({})


def build_artifacts(
    job: Job,
    records: Sequence[HistoryRecord],
    now: float,
    better: Mapping[str, str] = _NOTHING_BETTER,
    landed: Sequence[Artifact] = (),
) -> tuple[Artifact, ...]:
    """Make one artifact of each item, in the order of submissions and items; behind them a still of each video.

    `better` gives addresses by item that are used instead of the records' own. What `landed` before keeps its id and
    whatever is known of its bytes, unless there is a better address now; of what no record shows any more the
    artifact stays, behind the others: it was made.
    """
    parts = {submission.submit_id: submission.part for submission in job.submissions}
    ordered = sorted(records, key=lambda record: parts.get(record.submit_id, 0))
    items = [(parts.get(record.submit_id, 0), item) for record in ordered for item in record.items]
    before = {(each.part, each.item_id): each for each in landed if each.cover_of is None}
    stills = {each.cover_of: each for each in landed if each.cover_of is not None}
    made: list[Artifact] = []
    covers: list[Artifact] = []
    for part, item in items:
        known = before.pop((part, item.item_id), None)
        url = better.get(item.item_id)
        artifact = _made(job, part, item, url, now) if known is None else _readdressed(known, url)
        made.append(artifact)
        if item.kind is Kind.VIDEO and item.cover_url:
            still = stills.pop(artifact.id, None)
            covers.append(_still(artifact, item.cover_url) if still is None else still)
    made += before.values()
    covers += stills.values()
    start = max(len(made), job.request.count)
    return (
        *(replace(each, index=place) for place, each in enumerate(made)),
        *(replace(each, index=start + place) for place, each in enumerate(covers)),
    )


def leave_room(job: Job, artifacts: Sequence[Artifact]) -> tuple[Artifact, ...]:
    """Put what landed so far where it will be when every part has given all that was asked of it."""
    shown = Counter(each.part for each in artifacts if each.cover_of is None)
    start, starts = 0, {}
    for submission in job.submissions:
        starts[submission.part] = start
        start += max(submission.count, shown[submission.part])
    placed: list[Artifact] = []
    for each in artifacts:
        if each.cover_of is None:
            placed.append(replace(each, index=starts.get(each.part, each.index)))
            starts[each.part] = placed[-1].index + 1
        else:
            placed.append(each)
    return tuple(placed)


def _made(job: Job, part: int, item: RecordItem, better: str | None, now: float) -> Artifact:
    is_picture = item.kind is Kind.IMAGE
    return Artifact(
        id=new_id("art"),
        job_id=job.id,
        owner=job.owner,
        kind=item.kind,
        index=0,
        source_url=better or item.url,
        created_at=now,
        item_id=item.item_id,
        part=part,
        dimensions=_delivered(job, item),
        extension=_extension(job, item),
        exact=job.request.exact if is_picture else None,
        convert=job.request.output_format if is_picture else None,
        seconds=item.seconds,
    )


def _readdressed(artifact: Artifact, better: str | None) -> Artifact:
    """Have bytes fetched anew from a better address than they came from."""
    if better is None or better == artifact.source_url:
        return artifact
    return replace(artifact, source_url=better, state=FetchState.PENDING, attempts=0)


def _still(video: Artifact, url: str) -> Artifact:
    return replace(
        video,
        id=new_id("art"),
        kind=Kind.IMAGE,
        source_url=url,
        cover_of=video.id,
        dimensions=None,
        extension="jpg",
        seconds=None,
        state=FetchState.PENDING,
        attempts=0,
        bytes=None,
        sha256=None,
        media_type=None,
        file=None,
        fetched_at=None,
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
