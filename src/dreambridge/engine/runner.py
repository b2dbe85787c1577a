"""Run a job from where it stands to its end; the one place that catches whatever goes wrong on the way."""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any, Final

import structlog

from dreambridge.domain.errors import (
    AccountBarred,
    Charged,
    GatewayError,
    GatewayFault,
    JobCancelled,
    OutOfCredit,
    SessionExpired,
    SubmissionUnconfirmed,
)
from dreambridge.domain.generation import Kind
from dreambridge.domain.job import Job, JobError, JobState
from dreambridge.domain.submission import SubmissionState
from dreambridge.engine.notices import News
from dreambridge.engine.retries import Next, decide
from dreambridge.engine.stages.collect import collect
from dreambridge.engine.stages.converse import converse
from dreambridge.engine.stages.prepare import prepare
from dreambridge.engine.stages.submit import submit
from dreambridge.engine.stages.watch import watch
from dreambridge.engine.workshop import Superseded, Work, Workshop
from dreambridge.store.faults import StoreFull, StoreUnavailable, WriteUnclear

_UNSENT: Final = frozenset({JobState.QUEUED, JobState.PREPARING, JobState.SUBMITTING})
_STORE_PAUSE: Final = 2.0
_STORE_TROUBLE: Final = (StoreFull, StoreUnavailable, WriteUnclear)

log = structlog.get_logger("runner")


class Runner:
    """Walk jobs through their stages."""

    def __init__(self, shop: Workshop) -> None:
        self._shop = shop

    async def run(self, work: Work) -> None:
        """Carry a job to its end. Touches the network and SPENDS CREDIT as its stages say; raises nothing."""
        try:
            self._take_up(work)
            while not work.job.state.ended:
                await self._step(work)
        except Superseded:
            log.warning("superseded", job=work.job.id)
        finally:
            self._release(work)

    def _take_up(self, work: Work) -> None:
        """Take a job up again after a restart, with the lease it had."""
        job = work.job
        if job.state in _UNSENT:
            work.landed = ()
        account = self._shop.roster.get(job.account_id or "")
        if job.state is not JobState.QUEUED and account is not None:
            work.lease = self._shop.pool.hold(job, account, weight=len(job.submissions) or 1)

    def _release(self, work: Work) -> None:
        if work.lease is not None:
            self._shop.pool.release(work.lease)
            work.lease = None

    async def _step(self, work: Work) -> None:
        try:
            await self._stage(work)
        except GatewayError as error:
            await self._after(work, error)
        except _STORE_TROUBLE as error:
            # Nothing is known to be written: wait, and go on from what is on disk.
            log.error("store", job=work.job.id, error=type(error).__name__)  # noqa: TRY400 - the class says it all
            await self._shop.clock.sleep(_STORE_PAUSE)
            await self._reload(work)
        except Superseded:
            raise
        except Exception:
            log.exception("bug", job=work.job.id, state=work.job.state.value)
            charged = Charged.NO if _nothing_sent(work.job) else Charged.UNKNOWN
            await self._fail(work, GatewayFault("The gateway failed on this job; the log has more.", charged=charged))

    async def _stage(self, work: Work) -> None:
        state = work.job.state
        if state is JobState.QUEUED:
            await prepare(work, self._shop)
        elif state in {JobState.PREPARING, JobState.SUBMITTING}:
            await (converse if work.job.kind is Kind.AGENT else submit)(work, self._shop)
        else:
            records = await watch(work, self._shop)
            await collect(work, self._shop, records)

    async def _after(self, work: Work, error: GatewayError) -> None:
        """Decide what follows a failure, and write it down."""
        job = work.job
        if isinstance(error, SessionExpired | AccountBarred):
            account = self._shop.roster.get(job.account_id or "")
            error.from_request = account.from_request if account is not None else True
        if job.account_id is not None:
            self._shop.judge(job.account_id, error, job.attempts)
        if isinstance(error, JobCancelled):
            await self._end(work, JobState.CANCELLED, error)
            return
        # A job that could not be leased is hopeless: for what may change by itself, the pool waits.
        final = job.state is JobState.QUEUED or job.state not in _UNSENT or not _nothing_sent(job)
        if final or isinstance(error, SubmissionUnconfirmed):
            await self._fail(work, error)
            return
        if isinstance(error, OutOfCredit) and await self._shop.purse.claim_if_empty(job.account_id or ""):
            await self._queue_again(work, job.candidates, 0.0)
            return
        others = [name for name in job.candidates if name != job.account_id]
        decision = decide(error, attempts=max(1, job.attempts), others=bool(others))
        if decision.next is Next.FAIL:
            await self._fail(work, error)
            return
        keep = others if decision.next is Next.OTHER_ACCOUNT else job.candidates
        await self._queue_again(work, tuple(keep), decision.after)

    async def _queue_again(self, work: Work, candidates: tuple[str, ...], after: float) -> None:
        self._release(work)
        self._shop.pool.allowance.settle(work.job.id, 0)
        work.brought = None  # they lie with the account that is given back
        job = work.job
        await self._shop.advance(
            work,
            replace(
                job,
                state=JobState.QUEUED,
                candidates=candidates,
                account_id=None,
                submissions=(),
                not_before=self._shop.clock.now() + after,
            ),
            event="queued_again",
        )

    async def _fail(self, work: Work, error: GatewayError) -> None:
        await self._end(work, JobState.FAILED, error)

    async def _end(self, work: Work, state: JobState, error: GatewayError) -> None:
        if error.charged in {Charged.NO, Charged.REFUNDED}:
            self._shop.pool.allowance.settle(work.job.id, 0)
        while True:
            try:
                await self._shop.advance(
                    work, replace(work.job, state=state, error=job_error(error)), event=error.specific_code
                )
            except _STORE_TROUBLE as fault:
                log.error("store", job=work.job.id, error=type(fault).__name__)  # noqa: TRY400 - the class says it all
                await self._shop.clock.sleep(_STORE_PAUSE)
                await self._reload(work)
                if work.job.state.ended:
                    return
            else:
                return

    async def _reload(self, work: Work) -> None:
        """Read what the disk has, after a write whose outcome is not known."""
        while True:
            try:
                job = await self._shop.jobs.load(work.job.id)
                if job is not None and job.state.ended:
                    await self._tell_end(job)
            except _STORE_TROUBLE:
                await self._shop.clock.sleep(_STORE_PAUSE)
                continue
            if job is None or job.epoch != work.job.epoch:
                raise Superseded(work.job.id)
            work.job = replace(job, cancel_requested=job.cancel_requested or work.job.cancel_requested)
            return

    async def _tell_end(self, job: Job) -> None:
        """Tell everyone of an end that is on disk though its write seemed to fail."""
        artifacts = await self._shop.harvest.of_job(job.id)
        self._shop.notices.publish(News(job, artifacts))
        self._shop.harvest.add(artifacts)


def job_error(error: GatewayError) -> JobError:
    """Turn an error into what is kept of it."""
    return JobError(
        type=type(error).__name__,
        message=error.message,
        code=error.specific_code,
        retry=error.retry,
        charged=error.charged,
        site_code=error.site_code,
        log_id=error.log_id,
        param=error.param,
        from_request=bool(getattr(error, "from_request", False)),
    )


def _nothing_sent(job: Job) -> bool:
    """Tell whether no submission of the job may have reached the site."""
    harmless = {SubmissionState.PLANNED, SubmissionState.REFUSED}
    return all(submission.state in harmless for submission in job.submissions)


class Crew:
    """Own every background task of the engine: no exception is lost, and a stop ends them all."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> "asyncio.Task[None]":
        """Run something in the background until it ends or the crew does."""
        task = asyncio.create_task(_guarded(work, name), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def aclose(self) -> None:
        """Cancel what still runs and wait until it has ended."""
        while self._tasks:
            tasks = list(self._tasks)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _guarded(work: Coroutine[Any, Any, None], name: str) -> None:
    try:
        await work
    except Exception:
        log.exception("background", task=name)
