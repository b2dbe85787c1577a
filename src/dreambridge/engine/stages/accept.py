"""Save that the site has taken a submission."""

from dataclasses import replace

from dreambridge.domain.account import Health
from dreambridge.domain.job import JobState
from dreambridge.domain.submission import HistoryRecord, Submission, SubmissionState
from dreambridge.engine.workshop import Work, Workshop


async def save_accepted(work: Work, shop: Workshop, submission: Submission, record: HistoryRecord) -> None:
    """Save the record's id; the job is generating once no submission of it is still to be settled."""
    if record.forecast_generate:
        work.forecasts[submission.part] = record.forecast_generate
    taken = replace(
        submission,
        state=SubmissionState.ACCEPTED,
        record_id=record.record_id,
        accepted_at=_accepted_at(submission, record, shop.clock.now()),
    )
    unsettled = any(
        other.part != submission.part
        and other.state in {SubmissionState.PLANNED, SubmissionState.INTENDED, SubmissionState.UNCLEAR}
        for other in work.job.submissions
    )
    account = shop.roster.get(submission.account_id or "")
    if account is not None and account.health is not Health.READY:
        shop.roster.set_health(account.id, Health.READY)
    state = JobState.SUBMITTING if unsettled else JobState.GENERATING
    await shop.advance(work, replace(work.job, state=state), event="accepted", submissions=[taken])


def accepted(work: Work) -> bool:
    """Tell whether the site has taken any submission of this job."""
    return any(submission.state is SubmissionState.ACCEPTED for submission in work.job.submissions)


def _accepted_at(submission: Submission, record: HistoryRecord, now: float) -> float:
    """Take the site's word for when a record began, if it fits between our sending and now."""
    sent = submission.sent_at or now
    created = record.created_at
    return created if created is not None and sent <= created <= now else now
