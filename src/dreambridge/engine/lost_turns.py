"""After a turn with the agent was lost: find what it made among the account's newest results."""

from dataclasses import replace
from typing import Final

import structlog

from dreambridge.domain.errors import GatewayError, SubmissionUnconfirmed
from dreambridge.domain.generation import AgentRequest, Kind
from dreambridge.domain.job import JobState
from dreambridge.domain.submission import Submission, SubmissionState
from dreambridge.engine.recovery import look_times
from dreambridge.engine.workshop import Work, Workshop
from dreambridge.upstream.wire.assets import Asset

# The site's clock and ours may differ by this much (s).
_SKEW: Final = 5.0
# So long (s) without anything new a turn that made something is taken to have made all of it.
_QUIET: Final = 15.0
_LEAST_LOOKS: Final = 5

log = structlog.get_logger("lost_turns")


async def find_made(work: Work, shop: Workshop) -> None:
    """Adopt what a lost turn made; raise `SubmissionUnconfirmed` when nothing turns up. It is never sent again.

    Touches the network; spends nothing. A record belongs to the turn when it names the conversation; where the site
    names none, when it was made since the turn was sent, no job of ours knows it and no other turn is under way.
    """
    confirm = shop.options.confirm_seconds
    start = last_news = shop.clock.now()
    quiet = min(_QUIET, confirm / 6)
    looks = 0
    for offset in look_times(confirm):
        await shop.clock.sleep(start + offset - shop.clock.now())
        now = shop.clock.now()
        try:
            fresh = await _look(work, shop)
        except GatewayError as error:
            log.warning("look_failed", job=work.job.id, code=error.specific_code, site_code=error.site_code)
            if now - start >= shop.options.image_timeout:
                break
            continue
        looks += 1
        for asset in fresh:
            last_news = now
            await save_made(work, shop, asset.record.submit_id or "", asset.record.record_id, asset.record.created_at)
        if work.job.generations and now - last_news >= quiet:
            break
        if looks >= _LEAST_LOOKS and now - start >= confirm:
            break
    if not work.job.generations:
        raise SubmissionUnconfirmed(
            "The agent's answer was lost, and nothing that it may have made has shown up in the account's results "
            "since; it may have been charged.",
            job_id=work.job.id,
        )


async def save_made(
    work: Work, shop: Workshop, submit_id: str, record_id: str | None, created_at: float | None = None
) -> None:
    """Save what a tool of the agent made as one more accepted submission of the job, to be followed like any other."""
    job = work.job
    if await shop.agent.conversations.known((submit_id,)):
        log.info("known_already", job=job.id, submit_id=submit_id)
        return
    now = shop.clock.now()
    made = Submission(
        part=len(job.submissions),
        count=0,
        state=SubmissionState.ACCEPTED,
        submit_id=submit_id,
        account_id=job.account_id,
        sends=1,
        sent_at=job.submissions[0].sent_at,
        record_id=record_id or None,
        accepted_at=min(created_at or now, now),
    )
    await shop.advance(work, replace(job, state=job.state), event="tool_result", submissions=[made])


def _another_speaks(work: Work, shop: Workshop) -> bool:
    """Tell whether another turn is under way on the account: a record that names no conversation may be its own."""
    return any(
        other.id != work.job.id
        and other.kind is Kind.AGENT
        and other.account_id == work.job.account_id
        and other.state is JobState.SUBMITTING
        for other in shop.notices.open_jobs()
    )


async def _look(work: Work, shop: Workshop) -> list[Asset]:
    """Look once; give what belongs to the turn and is not known yet, oldest first."""
    job = work.job
    account = shop.roster.get(job.account_id or "")
    request = job.request
    if account is None or not isinstance(request, AgentRequest):
        return []
    sent_at = job.submissions[0].sent_at or job.created_at
    assets = await shop.agent.client.list_assets(account.session, sent_at - _SKEW)
    named = [each for each in assets if each.conversation_id == request.conversation_id]
    ours = named or ([] if _another_speaks(work, shop) else [each for each in assets if each.conversation_id is None])
    known = await shop.agent.conversations.known([each.record.submit_id or "" for each in ours])
    return [each for each in reversed(ours) if each.record.submit_id not in known]
