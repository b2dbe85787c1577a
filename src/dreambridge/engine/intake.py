"""Take wishes in: check them, recognise those asked before, write the rest down as jobs."""

from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from dreambridge.catalog import plan_image, plan_video, wants_series
from dreambridge.domain.errors import (
    GatewayError,
    InvalidRequest,
    KeyLimited,
    KeySpent,
    NoAccountReady,
    QueueFull,
    UnknownModel,
    UnsupportedOption,
)
from dreambridge.domain.followup import JobRequest, ToolWish, kind_of
from dreambridge.domain.generation import (
    AgentWish,
    GenerationRequest,
    ImageWish,
    VideoWish,
)
from dreambridge.domain.job import Job
from dreambridge.engine.credentials import Caller
from dreambridge.engine.deliveries import WINDOW, Deliveries
from dreambridge.engine.dispatch import Dispatcher
from dreambridge.engine.followups import plan_followup
from dreambridge.engine.harvest import Harvest
from dreambridge.engine.key_allowance import Grant, KeyAllowance
from dreambridge.engine.notices import News
from dreambridge.engine.preview import preview_request
from dreambridge.engine.pricing import check_cost, forecast_cost
from dreambridge.engine.room import Room
from dreambridge.engine.sealing import new_id
from dreambridge.engine.views import CreateOptions, Preview
from dreambridge.engine.workshop import Workshop
from dreambridge.store.faults import StoreFull, StoreUnavailable
from dreambridge.store.jobs import CreateOutcome, IdempotencyClaim, Joined, KeyReused, SealedSession

# How long a request for an unknown model waits for the sites' own lists (s).
_LIST_PATIENCE: Final = 5.0
_KEY_SECONDS: Final = 24 * 3600.0

Wish: TypeAlias = ImageWish | VideoWish | AgentWish | ToolWish


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a wish: the job, `fresh` when it was made for it, `taken_over` when nobody had its answer."""

    job_id: str
    fresh: Job | None = None
    taken_over: bool = False


class Intake:
    """Turn wishes into jobs, each paid for once."""

    def __init__(
        self,
        shop: Workshop,
        *,
        key_allowance: KeyAllowance,
        dispatcher: Dispatcher,
        deliveries: Deliveries,
        room: Room,
        harvest: Harvest,
    ) -> None:
        self._shop = shop
        self.key_allowance = key_allowance
        self._dispatcher = dispatcher
        self._deliveries = deliveries
        self._room = room
        self._harvest = harvest

    async def take(self, wish: Wish, caller: Caller, options: CreateOptions) -> Taken:
        """Check a wish, then write it down as a job and have it run, or find the job that answers it already.

        Touches the network only to look for an unknown model or a tool's source; the job SPENDS CREDIT. Raises
        `RequestError`s for what cannot be done, before anything is written; `QueueFull`; `KeyLimited` and `KeySpent`
        for a key at its limit; for a tool also what reading the source's record raises.
        """
        request, accounts = await self._plan(wish, caller)
        owner = caller.owners[0]
        now = self._shop.clock.now()
        if options.idempotency_key is None:
            found = await self._undelivered(owner, options, now)
            if found is not None:
                return Taken(found, taken_over=True)
        claim = _claim(owner, options, now)
        self._refuse_paused(accounts)
        grant = await self._admit(request, caller, options.max_credits, claim)
        if isinstance(grant, Joined | KeyReused):
            return _join(grant)
        job = Job(
            id=new_id(options.id_prefix),
            owner=owner,
            kind=kind_of(request),
            request=request,
            candidates=accounts,
            created_at=now,
            updated_at=now,
            fingerprint=options.fingerprint,
            task_shape=options.task_shape,
        )
        with grant:
            outcome = await self._create(job, claim, grant)
            if isinstance(outcome, Joined | KeyReused):
                return _join(outcome)
            grant.keep()
            self._shop.notices.publish(News(job))
        self._deliveries.open(job, retry_count=options.retry_count)
        self._dispatcher.dispatch(job)
        return Taken(job.id, fresh=job)

    async def preview(self, wish: Wish, caller: Caller, options: CreateOptions) -> Preview:
        """Check a wish as `take` does, and tell what would be done with it instead of doing it; writes nothing."""
        request, accounts = await self._plan(wish, caller)
        check_cost(forecast_cost(self._shop.catalog, request), options.max_credits)
        await self.key_allowance.check(caller.key, request)
        return await preview_request(self._shop, request, accounts)

    async def _admit(
        self, request: JobRequest, caller: Caller, max_credits: float | None, claim: IdempotencyClaim | None
    ) -> Grant | Joined | KeyReused:
        """Give leave to make a new job, or raise why there is none; one that is there is not counted again."""
        try:
            check_cost(forecast_cost(self._shop.catalog, request), max_credits)
            self.check_room()
            return await self.key_allowance.grant(caller.key, request)
        except (UnsupportedOption, KeyLimited, KeySpent):
            earlier = await self._shop.jobs.find_claimed(claim, self._shop.clock.now()) if claim is not None else None
            if earlier is None:
                raise
            return earlier

    async def _create(self, job: Job, claim: IdempotencyClaim | None, grant: Grant) -> CreateOutcome:
        try:
            return await self._shop.jobs.create(job, claim, sessions=self._sealed(job.candidates), use=grant.use)
        except StoreFull as error:
            raise QueueFull("The disk is full, so no further job can be kept; nothing was spent.") from error
        except StoreUnavailable as error:
            raise NoAccountReady(
                "The database cannot be reached, so no job can be kept; nothing was spent.",
                code="database_unreachable",
                retry_after=10.0,
            ) from error

    async def _plan(self, wish: Wish, caller: Caller) -> tuple[JobRequest, tuple[str, ...]]:
        """Check the wish against the callers' sites; keep the accounts that can do just the same thing."""
        caller.require_accounts()
        if isinstance(wish, AgentWish):
            return await self._shop.agent.plan(wish, caller)
        if isinstance(wish, ToolWish):
            return await plan_followup(self._shop, wish, await self._harvest.find(wish.artifact_id), caller)
        try:
            return self._plan_anywhere(wish, caller)
        except UnknownModel:
            # The site may have a model that is newer than our catalogue: its own list tells.
            await self._shop.live.refresh(caller.accounts, patience=_LIST_PATIENCE)
            return self._plan_anywhere(wish, caller)

    def _plan_anywhere(self, wish: ImageWish | VideoWish, caller: Caller) -> tuple[GenerationRequest, tuple[str, ...]]:
        plans: dict[str, GenerationRequest] = {}
        refusals: list[GatewayError] = []
        for site in dict.fromkeys(caller.sites):
            try:
                plans[site] = self._plan_on(wish, site)
            except GatewayError as error:
                refusals.append(error)
        if not plans:
            raise refusals[0]
        chosen = next(iter(plans.values()))
        accounts = tuple(
            account for account, site in zip(caller.accounts, caller.sites, strict=True) if plans.get(site) == chosen
        )
        return chosen, accounts

    def _plan_on(self, wish: ImageWish | VideoWish, site: str) -> GenerationRequest:
        if isinstance(wish, VideoWish):
            return plan_video(self._shop.catalog, wish, site)
        return plan_image(self._shop.catalog, self._with_series(wish, site), site)

    def _with_series(self, wish: ImageWish, site: str) -> ImageWish:
        """Take a prompt's own words for a wish for a series, where the operator wants that and the model makes any."""
        if not self._shop.options.series_words or wish.series or wish.inputs:
            return wish
        expected = wants_series(wish.prompt)
        if expected is None or not self._shop.catalog.resolve(wish.model or wish.default_model, site).multi_image:
            return wish
        return replace(wish, series=True, count=wish.count or expected)

    async def _undelivered(self, owner: str, options: CreateOptions, now: float) -> str | None:
        found = self._deliveries.take_over(owner, options.fingerprint, retry_count=options.retry_count, now=now)
        if found is not None or not self._deliveries.older_matter(now):
            return found
        job = await self._shop.jobs.adopt_undelivered(
            owner, options.fingerprint, since=now - WINDOW, now=now, excluding=self._deliveries.known
        )
        if job is None:
            return None
        self._deliveries.open(job, retry_count=options.retry_count)
        return job.id

    def check_room(self) -> None:
        """Raise `QueueFull` when no further job could be taken."""
        if self._shop.notices.open_count() >= self._shop.options.queue_max:
            raise QueueFull(f"{self._shop.options.queue_max} jobs wait already (setting QUEUE_MAX).", retry_after=30.0)
        if self._room.low(self._shop.clock.now()):
            raise QueueFull("The disk has too little free space for another job (setting MIN_FREE_BYTES).")

    def _refuse_paused(self, account_ids: tuple[str, ...]) -> None:
        accounts = [self._shop.roster.get(name) for name in account_ids]
        if accounts and all(account is not None and account.paused for account in accounts):
            raise NoAccountReady(
                "The operator of this server paused every account that could do this.", code="account_paused"
            )

    def _sealed(self, account_ids: tuple[str, ...]) -> tuple[SealedSession, ...]:
        accounts = [self._shop.roster.get(name) for name in account_ids]
        return tuple(
            SealedSession(account.id, account.session.site, self._shop.roster.seal(account))
            for account in accounts
            if account is not None and account.from_request
        )


def _claim(owner: str, options: CreateOptions, now: float) -> IdempotencyClaim | None:
    if options.idempotency_key is None:
        return None
    scope = f"{owner}|{options.route}"
    return IdempotencyClaim(scope, options.idempotency_key, options.fingerprint, now + _KEY_SECONDS)


def _join(earlier: Joined | KeyReused) -> Taken:
    if isinstance(earlier, KeyReused):
        raise InvalidRequest(
            "This Idempotency-Key was used for another request in the last 24 hours; use a new key.",
            param="Idempotency-Key",
            code="idempotency_key_reused",
        )
    return Taken(earlier.job_id)
