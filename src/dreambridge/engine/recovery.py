"""After an unclear answer, or a restart with an intent on disk: look the record up by our submit id, and decide.

A submission is sent again, once and under the same submit id, only when it stayed absent in every successful look-up
for the whole of the confirmation time. A second unclear answer ends the job as unconfirmed, whatever the site says to
the second sending: a refusal may be of the repetition.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import structlog

from dreambridge.domain.errors import GatewayError, SubmissionUnconfirmed
from dreambridge.domain.submission import HistoryRecord, Submission, SubmissionState
from dreambridge.engine.retries import MOST_ATTEMPTS, pause
from dreambridge.engine.stages.accept import save_accepted
from dreambridge.engine.workshop import Work, Workshop
from dreambridge.upstream.outcomes import Accepted, NeverSent

# Seconds after `send_before` of the first look-ups, for a confirmation time of three minutes; then every 20 s.
_FIRST_LOOKS: Final = (1.0, 2.0, 5.0, 10.0, 20.0)
_STEP: Final = 20.0
_USUAL: Final = 180.0
_LEAST_LOOKS: Final = 5

log = structlog.get_logger("recovery")


def look_times(confirm_seconds: float) -> Iterator[float]:
    """Give the seconds after `send_before` at which to look, without end; scaled down for a shorter confirmation."""
    scale = min(1.0, max(confirm_seconds, 0.1) / _USUAL)
    last = 0.0
    for last in _FIRST_LOOKS:
        yield last * scale
    while True:
        last += _STEP
        yield last * scale


async def confirm(work: Work, shop: Workshop, submission: Submission) -> None:
    """Find out what became of a paid call; end with an accepted submission or raise `SubmissionUnconfirmed`.

    Touches the network; sends the paid call at most once more, under the same submit id. May SPEND CREDIT then.
    """
    record = await _look_up(work, shop, submission)
    submission = work.job.submissions[submission.part]
    if record is None and submission.sends < 2 and shop.options.resend_unconfirmed:
        record = await _send_again(work, shop, submission)
    if record is None:
        raise _unconfirmed(work)
    await save_accepted(work, shop, work.job.submissions[submission.part], record)


async def _send_again(work: Work, shop: Workshop, submission: Submission) -> HistoryRecord | None:
    account = shop.roster.get(submission.account_id or "")
    if account is None:
        return None
    try:
        brought = await shop.inputs.bring(account, work.job.request.inputs)
    except GatewayError as error:
        log.warning("resend_without_inputs", job=work.job.id, code=error.specific_code, site_code=error.site_code)
        return None
    for attempt in range(1, MOST_ATTEMPTS + 1):
        await shop.pool.turn(account.id)
        now = shop.clock.now()
        again = replace(
            submission,
            state=SubmissionState.INTENDED,
            sends=submission.sends + 1,
            looks=0,
            sent_at=now,
            send_before=now + shop.options.send_window,
        )
        await shop.advance(work, work.job, event="intent_again", submissions=[again])
        outcome = await shop.client.submit(account.session, work.job.request, again, brought.uploads)
        if isinstance(outcome, Accepted):
            return outcome.record
        if not isinstance(outcome, NeverSent):
            return await _look_up(work, shop, again)
        # It surely did not leave, so this was no second sending.
        log.warning("resend_not_sent", job=work.job.id, submit_id=again.submit_id, cause=outcome.cause)
        await shop.clock.sleep(pause(attempt, first=1.0))
    return None


async def _look_up(work: Work, shop: Workshop, submission: Submission) -> HistoryRecord | None:
    """Look for the record until it is found, or was absent often and long enough (`None`).

    A look-up that fails tells nothing: without enough answers for as long as a generation may take it raises
    `SubmissionUnconfirmed`, for then nothing may be sent again.
    """
    account = shop.roster.get(submission.account_id or "")
    if account is None or submission.submit_id is None:
        return None
    start = max(submission.send_before or 0.0, submission.sent_at or 0.0)
    give_up = max(start, shop.clock.now()) + max(shop.options.image_timeout, shop.options.confirm_seconds)
    looks, before, last_look = 0, 0.0, 0.0
    for offset in look_times(shop.options.confirm_seconds):
        # After a restart the moments of all the looks may have passed: the gaps between looks are kept all the same.
        due = max(start + offset, last_look + offset - before)
        await shop.clock.sleep(due - shop.clock.now())
        before, last_look = offset, shop.clock.now()
        now = last_look
        try:
            records = await shop.client.fetch_history(account.session, {submission.submit_id: submission.count})
        except GatewayError as error:
            log.warning("look_up_failed", job=work.job.id, code=error.specific_code, site_code=error.site_code)
            if now > give_up:
                raise _unconfirmed(work) from error
            continue
        record = records.get(submission.submit_id)
        if record is not None:
            log.info("submission_found", job=work.job.id, submit_id=submission.submit_id, looks=looks)
            return record
        looks += 1
        if looks >= _LEAST_LOOKS and now - start >= shop.options.confirm_seconds:
            return None
    return None


def _unconfirmed(work: Work) -> SubmissionUnconfirmed:
    return SubmissionUnconfirmed(
        "The site never confirmed this submission, and has shown no record of it so far. It is still looked for now "
        "and then for a day, and completed if it turns up; it may have been charged.",
        job_id=work.job.id,
    )
