"""preparing → submitting → generating: write the intent, then spend."""

from dataclasses import replace

import structlog

from dreambridge.domain.errors import (
    GatewayError,
    JobCancelled,
    SiteBusy,
    SiteUnreachable,
    SubmissionUnconfirmed,
    UnsupportedOption,
)
from dreambridge.domain.job import JobState
from dreambridge.domain.submission import Submission, SubmissionState
from dreambridge.engine.recovery import confirm
from dreambridge.engine.retries import MOST_ATTEMPTS, pause
from dreambridge.engine.stages.accept import accepted, save_accepted
from dreambridge.engine.stages.bring import bring_inputs, renew_uploads
from dreambridge.engine.workshop import Work, Workshop
from dreambridge.upstream.outcomes import Accepted, NeverSent, SubmitOutcome, Unclear

log = structlog.get_logger("submit")


async def submit(work: Work, shop: Workshop) -> None:
    """Send every submission of the job once. SPENDS CREDIT.

    After a restart, submissions whose intent is on disk are looked up before anything is sent. Raises the site's
    refusal, or `SiteUnreachable` when nothing was sent; then no submission of the job stands. Once one is accepted,
    the others' refusals make the result partial.
    """
    for part in range(len(work.job.submissions)):
        submission = work.job.submissions[part]
        if submission.state in {SubmissionState.INTENDED, SubmissionState.UNCLEAR}:
            await _confirm_or_leave(work, shop, submission)
            submission = work.job.submissions[part]
        if submission.state is SubmissionState.PLANNED:
            await _send_until_settled(work, shop, submission)
    if not accepted(work):
        # Only a restart gets here: the refusal was saved, what followed from it was not.
        raise SiteUnreachable("Every submission of this job was refused; nothing was sent.")
    if work.job.state is not JobState.GENERATING:
        await shop.advance(work, replace(work.job, state=JobState.GENERATING), event="generating")
    shop.purse.touch(work.job.account_id or "")


async def _send_until_settled(work: Work, shop: Workshop, submission: Submission) -> None:
    """Send one submission; beside accepted ones of the same job, be patient with a busy site."""
    for attempt in range(1, MOST_ATTEMPTS + 1):
        if work.job.cancel_requested and not accepted(work):
            raise JobCancelled("The job was cancelled before anything was sent to the site.")
        try:
            await _send(work, shop, submission)
        except (SiteBusy, SiteUnreachable) as error:
            if not accepted(work) or attempt == MOST_ATTEMPTS:
                await _give_up(work, shop, submission, error)
                return
            await shop.clock.sleep(error.retry_after or pause(attempt, first=2.0))
            submission = work.job.submissions[submission.part]
        except GatewayError as error:
            if attempt < MOST_ATTEMPTS and await renew_uploads(work, shop, error):
                submission = work.job.submissions[submission.part]
                continue
            await _give_up(work, shop, submission, error)
            return
        else:
            return


async def _confirm_or_leave(work: Work, shop: Workshop, submission: Submission) -> None:
    try:
        await confirm(work, shop, submission)
    except SubmissionUnconfirmed as error:
        await _give_up(work, shop, submission, error)


async def _give_up(work: Work, shop: Workshop, submission: Submission, error: GatewayError) -> None:
    """Leave a part out when another was accepted; else hand the refusal on. An unconfirmed part is looked for again."""
    if not accepted(work):
        raise error
    log.warning("part_left", job=work.job.id, part=submission.part, code=error.specific_code)
    unconfirmed = isinstance(error, SubmissionUnconfirmed)
    state = SubmissionState.UNCLEAR if unconfirmed else SubmissionState.REFUSED
    left = replace(work.job.submissions[submission.part], state=state)
    await shop.advance(work, replace(work.job, partial=True), event="part_left", submissions=[left])


async def _send(work: Work, shop: Workshop, submission: Submission) -> None:
    account = shop.roster.get(work.job.account_id or "")
    if account is None:
        raise SiteUnreachable("The session of this job is no longer known here; nothing was sent.")
    await bring_inputs(work, shop, account)
    await shop.pool.turn(account.id)
    now = shop.clock.now()
    intent = replace(
        submission,
        state=SubmissionState.INTENDED,
        submit_id=shop.new_submit_id(),
        account_id=account.id,
        sends=1,
        looks=0,
        sent_at=now,
        send_before=now + shop.options.send_window,
    )
    await shop.advance(work, replace(work.job, state=JobState.SUBMITTING), event="intent", submissions=[intent])
    uploads = work.brought.uploads if work.brought is not None else {}
    outcome = await shop.client.submit(account.session, work.job.request, intent, uploads)
    await _settle(work, shop, intent, outcome)


async def _settle(work: Work, shop: Workshop, intent: Submission, outcome: SubmitOutcome) -> None:
    """Save what became of a first paid call; raise the refusal, or `SiteUnreachable` when nothing was sent."""
    if isinstance(outcome, Accepted):
        await save_accepted(work, shop, intent, outcome.record)
    elif isinstance(outcome, Unclear):
        unclear = replace(intent, state=SubmissionState.UNCLEAR)
        log.warning("submission_unclear", job=work.job.id, submit_id=intent.submit_id, cause=outcome.cause)
        await shop.advance(work, work.job, event="unclear", submissions=[unclear])
        await confirm(work, shop, unclear)
    else:
        planned = replace(intent, state=SubmissionState.PLANNED, submit_id=None, sends=0, send_before=None)
        await shop.advance(work, work.job, event="not_taken", submissions=[planned])
        if isinstance(outcome, NeverSent):
            raise SiteUnreachable(f"The site could not be reached, and nothing was sent: {outcome.cause}")
        error = outcome.error
        if isinstance(error, UnsupportedOption) and error.param == "model" and error.site_code is not None:
            shop.live.lost(work.job.site or "", work.job.request.model)
        raise error
