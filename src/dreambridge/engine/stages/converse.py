"""preparing → submitting → generating, for a turn with the agent: the conversation itself is the paid call."""

from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Final

import structlog

from dreambridge.domain.account import Account, Health
from dreambridge.domain.errors import Charged, GatewayError, JobCancelled, Retry, SiteUnreachable
from dreambridge.domain.generation import AgentRequest
from dreambridge.domain.job import JobState, Reply
from dreambridge.domain.submission import RecordStatus, SubmissionState
from dreambridge.engine.keys import is_key_owner
from dreambridge.engine.lost_turns import find_made, save_made
from dreambridge.engine.stages.bring import bring_inputs
from dreambridge.engine.workshop import Work, Workshop
from dreambridge.upstream.agent import Told
from dreambridge.upstream.outcomes import NeverSent, Refused, Unclear
from dreambridge.upstream.wire.agent import CallRefused, Ended, TextDelta, Title, ToolCallStarted, ToolResult

# "The agent lost its own connection": before it used a tool it has cost nothing.
_LOST_INSIDE: Final = "7057"
_MOST_SENDS: Final = 2
# A record that is seen to have ended is looked at at once (s).
_ENDED_ALREADY: Final = 0.1

log = structlog.get_logger("converse")


@dataclass(slots=True)
class _Heard:
    """What a turn has told so far, besides its text."""

    calls: int = 0
    refusal: CallRefused | None = None
    title: str | None = None
    ended: Ended | None = None


async def converse(work: Work, shop: Workshop) -> None:
    """Have one turn with the agent, and note whatever its tools make. SPENDS CREDIT.

    The turn is sent once, but for the agent's own lost connection, which is tried once more. After a restart the
    account's results are looked through instead. Raises the site's refusal, `SiteUnreachable` when nothing was sent,
    `SubmissionUnconfirmed`; what the agent itself overcomes within the turn is no failure.
    """
    state = work.job.submissions[0].state
    if state in {SubmissionState.INTENDED, SubmissionState.UNCLEAR}:
        await find_made(work, shop)
        await _close(work, shop, _Heard())
        return
    while not await _turn(work, shop):
        log.warning("agent_lost_inside", job=work.job.id)


async def _turn(work: Work, shop: Workshop) -> bool:
    """Send the turn and hear it out; tell whether it is done with, or may be sent once more."""
    account = shop.roster.get(work.job.account_id or "")
    if account is None:
        raise SiteUnreachable("The session of this job is no longer known here; nothing was sent.")
    request = await _write_intent(work, shop, account)
    turn = work.job.submissions[0]
    uploads = work.brought.uploads if work.brought is not None else {}
    heard = _Heard()
    async with aclosing(shop.agent.client.converse(account.session, request, turn, uploads)) as told:
        async for value in told:
            if isinstance(value, NeverSent | Refused | Unclear):
                return await _unheard(work, shop, value)
            await _hear(work, shop, heard, value)
    # Kept also when the job fails now: it often says why.
    if text := shop.agent.speech.heard(work.job.id):
        work.job = replace(work.job, reply=Reply(text, heard.title))
    return await _settle(work, shop, heard)


async def _write_intent(work: Work, shop: Workshop, account: Account) -> AgentRequest:
    if work.job.cancel_requested:
        raise JobCancelled("The job was cancelled before anything was sent to the site.")
    await bring_inputs(work, shop, account)
    await shop.pool.turn(account.id)
    job, now = work.job, shop.clock.now()
    request = job.request
    if not isinstance(request, AgentRequest):
        raise TypeError("only a turn of the agent is sent this way")
    owners = (job.owner,) if is_key_owner(job.owner) else (job.owner, shop.owner_of(account))
    await shop.agent.remember(request, account.id, account.session.site, now, owners)
    turn = job.submissions[0]
    intent = replace(
        turn,
        state=SubmissionState.INTENDED,
        submit_id=turn.submit_id or shop.new_submit_id(),
        account_id=account.id,
        sends=turn.sends + 1,
        sent_at=now,
        send_before=now + shop.options.send_window,
    )
    await shop.advance(work, replace(job, state=JobState.SUBMITTING), event="intent", submissions=[intent])
    return request


async def _hear(work: Work, shop: Workshop, heard: _Heard, value: Told) -> None:
    if isinstance(value, TextDelta):
        shop.agent.speech.add(work.job.id, value.text)
    elif isinstance(value, ToolCallStarted):
        heard.calls += 1
    elif isinstance(value, ToolResult):
        await save_made(work, shop, value.submit_id, value.history_id)
    elif isinstance(value, CallRefused):
        heard.refusal = value
        log.info("tool_refused", job=work.job.id, site_code=value.code)
    elif isinstance(value, Title):
        heard.title = value.text
    elif isinstance(value, Ended):
        heard.ended = value


async def _unheard(work: Work, shop: Workshop, outcome: NeverSent | Refused | Unclear) -> bool:
    """Settle a turn of which no event came."""
    turn = work.job.submissions[0]
    if isinstance(outcome, Unclear):
        log.warning("turn_unclear", job=work.job.id, cause=outcome.cause)
        unclear = replace(turn, state=SubmissionState.UNCLEAR)
        await shop.advance(work, work.job, event="unclear", submissions=[unclear])
        await find_made(work, shop)
        await _close(work, shop, _Heard())
        return True
    if isinstance(outcome, Refused):
        if outcome.error.site_code == _LOST_INSIDE:
            return _once_more(work, outcome.error)
        await _take_back(work, shop)
        raise outcome.error
    await _take_back(work, shop)
    raise SiteUnreachable(f"The site could not be reached, and nothing was sent: {outcome.cause}")


async def _settle(work: Work, shop: Workshop, heard: _Heard) -> bool:
    """Decide what follows from how a turn ended."""
    ended = heard.ended or Ended(ok=False)
    code, made = ended.code, bool(work.job.generations)
    silent = not shop.agent.speech.heard(work.job.id)
    if ended.ok:
        if heard.refusal is not None and not made:
            # What it says about it stays on the job; what was asked for was not made.
            raise shop.agent.client.failure_of(heard.refusal.code)
    elif code is None or (heard.calls and not made and heard.refusal is None):
        # It broke off, or failed with a tool in its hand: the site may have gone on without us.
        await find_made(work, shop)
    elif not made and not heard.calls and code == _LOST_INSIDE:
        return _once_more(work, shop.agent.client.failure_of(code))
    elif not made:
        error = shop.agent.client.failure_of(code)
        if silent and not heard.calls:
            await _take_back(work, shop)
        raise error
    await _close(work, shop, heard)
    return True


def _once_more(work: Work, error: GatewayError) -> bool:
    """Allow a second sending; the second failure of this kind is the last, and cost nothing either."""
    if work.job.submissions[0].sends < _MOST_SENDS:
        return False
    error.charged, error.retry = Charged.NO, Retry.NEVER
    raise error


async def _take_back(work: Work, shop: Workshop) -> None:
    """Note that the site surely did not take the turn."""
    turn = work.job.submissions[0]
    planned = replace(turn, state=SubmissionState.PLANNED, submit_id=None, sends=0, send_before=None)
    await shop.advance(work, work.job, event="not_taken", submissions=[planned])


async def _close(work: Work, shop: Workshop, heard: _Heard) -> None:
    """Save what was said, and go on to what was made."""
    job, now = work.job, shop.clock.now()
    account = shop.roster.get(job.account_id or "")
    if account is not None and account.health is not Health.READY:
        shop.roster.set_health(account.id, Health.READY)
    await shop.advance(
        work,
        replace(
            job,
            state=JobState.GENERATING,
            reply=Reply(shop.agent.speech.heard(job.id), heard.title),
            partial=job.partial or heard.ended is None or not heard.ended.ok,
        ),
        event="turn_over",
        submissions=[replace(job.submissions[0], state=SubmissionState.ENDED, ended_at=now)],
    )
    shop.purse.touch(job.account_id or "")
    await _read_forecasts(work, shop)


async def _read_forecasts(work: Work, shop: Workshop) -> None:
    """Ask once how long the site thinks that each record takes: unlike a submission's, a tool's answer does not say."""
    account = shop.roster.get(work.job.account_id or "")
    wanted = {each.submit_id: each.count for each in work.job.generations if each.submit_id is not None}
    if account is None or not wanted:
        return
    try:
        found = await shop.client.fetch_history(account.session, wanted)
    except GatewayError as error:
        log.info("no_forecast", job=work.job.id, code=error.specific_code)
        return
    for each in work.job.generations:
        record = found.get(each.submit_id or "")
        if record is not None and record.status in {RecordStatus.DONE, RecordStatus.FAILED}:
            work.forecasts[each.part] = _ENDED_ALREADY
        elif record is not None and record.forecast_generate:
            work.forecasts[each.part] = record.forecast_generate
