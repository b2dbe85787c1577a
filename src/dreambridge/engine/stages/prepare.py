"""queued → preparing: lease an account."""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any, TypeVar

from dreambridge.domain.errors import JobCancelled
from dreambridge.domain.job import JobState
from dreambridge.domain.submission import Submission
from dreambridge.engine.keys import is_key_owner
from dreambridge.engine.pricing import forecast_cost
from dreambridge.engine.workshop import Work, Workshop

T = TypeVar("T")


async def prepare(work: Work, shop: Workshop) -> None:
    """Wait for the job's time and for an account. Touches no network, spends nothing.

    Raises what `Pool.lease` raises when no candidate can ever take the job, and `JobCancelled`.
    """
    wait = work.job.not_before - shop.clock.now()
    if wait > 0:
        await unless_cancelled(work, shop.clock.sleep(wait))
    job = work.job
    price = forecast_cost(shop.catalog, job.request)
    work.lease = await unless_cancelled(work, shop.pool.lease(job, weight=len(job.request.parts), cost=price))
    account = work.lease.account
    owner = shop.owner_of(account)
    if owner != job.owner and not is_key_owner(job.owner):
        # A list of sessions owns the job as a set; from now on the session that does it sees it as well.
        await shop.jobs.share(job.id, owner)
    submissions = tuple(
        Submission(part=part, count=count, account_id=account.id) for part, count in enumerate(job.request.parts)
    )
    await shop.advance(
        work,
        replace(
            work.job,
            state=JobState.PREPARING,
            account_id=account.id,
            site=account.session.site,
            submissions=submissions,
            attempts=job.attempts + 1,
        ),
        event="leased",
        submissions=submissions,
    )


async def unless_cancelled(work: Work, waiting: Coroutine[Any, Any, T]) -> T:
    """Await something that the owner's cancel may end; raise `JobCancelled` then."""
    task = asyncio.ensure_future(waiting)

    def wake() -> None:
        task.cancel()

    if work.job.cancel_requested:
        wake()
    work.wake_to_cancel.append(wake)
    try:
        return await task
    except asyncio.CancelledError:
        if work.job.cancel_requested:
            raise JobCancelled("The job was cancelled before anything was sent to the site.") from None
        raise
    finally:
        work.wake_to_cancel.remove(wake)
