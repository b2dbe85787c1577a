"""Put the engine together from settings, and take up what an earlier process left."""

import uuid
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final

import structlog

from dreambridge.catalog import Catalog
from dreambridge.catalog.live import LiveRows
from dreambridge.domain.job import Job, JobState
from dreambridge.domain.submission import SubmissionState
from dreambridge.engine.agent import AgentDesk
from dreambridge.engine.allowance import Allowance
from dreambridge.engine.clock import SystemClock
from dreambridge.engine.credentials import owner_of
from dreambridge.engine.deliveries import Deliveries
from dreambridge.engine.dispatch import LocalDispatcher
from dreambridge.engine.experience import Experience
from dreambridge.engine.following import Following
from dreambridge.engine.harvest import Harvest
from dreambridge.engine.intake import Intake
from dreambridge.engine.notices import News, Notices
from dreambridge.engine.pool import Pool
from dreambridge.engine.purse import Purse
from dreambridge.engine.room import Room
from dreambridge.engine.roster import Roster
from dreambridge.engine.runner import Crew, Runner
from dreambridge.engine.samples import Samples
from dreambridge.engine.sealing import Sealer, SealError
from dreambridge.engine.service import GenerationService
from dreambridge.engine.speech import Speech
from dreambridge.engine.upkeep import Retention, Upkeep
from dreambridge.engine.workshop import EngineOptions, Workshop
from dreambridge.settings import ClaimDailyCredit, Settings, Unconfirmed
from dreambridge.upstream.agent import AgentClient
from dreambridge.upstream.client import UpstreamClient
from dreambridge.upstream.transport import AiohttpTransport
from dreambridge.upstream.uploader import Uploader
from dreambridge.wiring.access import Access, build_cost_saver, open_access
from dreambridge.wiring.assets import build_assets
from dreambridge.wiring.doors import Doors, build_doors
from dreambridge.wiring.keys import Keys
from dreambridge.wiring.live import build_live
from dreambridge.wiring.media import Media, build_media
from dreambridge.wiring.sources import Sources
from dreambridge.wiring.stores import Stores

_PENDING_AT_START: Final = 10_000
_SUBMITTING_GRACE: Final = 8.0

log = structlog.get_logger("engine")


@dataclass(slots=True)
class Engine:
    """The parts that the rest of the start needs again."""

    shop: Workshop
    service: GenerationService
    dispatcher: LocalDispatcher
    harvest: Harvest
    upkeep: Upkeep
    crew: Crew
    doors: Doors


@dataclass(frozen=True, slots=True)
class Basis:
    """What every part is made from; what has to be closed goes onto `stack`."""

    settings: Settings
    rows: LiveRows
    sealer: Sealer
    stores: Stores
    stack: AsyncExitStack
    crew: Crew
    clock: SystemClock
    media: Media
    notices: Notices
    access: Access

    @property
    def catalog(self) -> Catalog:
        """Give the catalogue, with what the sites' lists add to it."""
        return self.rows.catalog


async def build_engine(settings: Settings, rows: LiveRows, keys: Keys, stores: Stores, stack: AsyncExitStack) -> Engine:
    """Put the engine together; what has to be closed goes onto the stack."""
    clock, crew, notices = SystemClock(), Crew(), Notices()
    media = build_media(settings, stack, clock)
    access = await open_access(stores, notices, catalog=rows.catalog, sealer=keys.sealer, clock=clock, spawn=crew.spawn)
    basis = Basis(settings, rows, keys.sealer, stores, stack, crew, clock, media, notices, access)
    shop, harvest = await _build_shop(basis)
    dispatcher = LocalDispatcher(Runner(shop), basis.crew.spawn)
    deliveries = Deliveries(basis.clock.now())
    room = Room(basis.media.library, floor=settings.min_free_bytes)
    service = GenerationService(
        shop,
        assets=build_assets(stores, shop, harvest, room),
        dispatcher=dispatcher,
        deliveries=deliveries,
        harvest=harvest,
        intake=Intake(
            shop,
            key_allowance=access.key_allowance,
            dispatcher=dispatcher,
            deliveries=deliveries,
            room=room,
            harvest=harvest,
        ),
    )
    upkeep = Upkeep(
        shop,
        sessions=stores.sessions,
        artifacts=stores.artifacts,
        library=basis.media.library,
        deliveries=deliveries,
        retention=Retention(settings.retention_days * 86_400, settings.retention_bytes),
    )
    doors = build_doors(settings, shop, keys, access.keys, stores)
    return Engine(shop, service, dispatcher, harvest, upkeep, basis.crew, doors)


async def _build_shop(basis: Basis) -> tuple[Workshop, Harvest]:
    settings, stores, clock, spawn = basis.settings, basis.stores, basis.clock, basis.crew.spawn
    client, uploader, agent = _build_upstream(basis)
    roster = Roster(basis.sealer, clock)

    def keep_timing(key: str, seconds: float) -> None:
        spawn(stores.timings.add(key, seconds, clock.now()), "timing")

    experience = Experience(await stores.timings.load_all(), keep_timing)
    pool = _build_pool(basis, roster)
    live = build_live(basis.rows, stores, client, roster, clock, spawn)
    await live.load()
    claim = settings.claim_daily_credit is ClaimDailyCredit.WHEN_EMPTY
    notices = basis.notices
    sources = Sources(basis.catalog, stores.jobs, notices, roster, client)
    harvest = basis.media.build_harvest(stores, sources, clock, spawn)

    shop = Workshop(
        options=_engine_options(settings),
        clock=clock,
        catalog=basis.catalog,
        jobs=stores.jobs,
        roster=roster,
        pool=pool,
        client=client,
        following=Following(client, experience, clock, batch=settings.history_batch, spawn=spawn),
        notices=notices,
        spawn=spawn,
        harvest=harvest,
        purse=Purse(
            roster,
            client,
            clock,
            claim_when_empty=claim,
            save_cost=build_cost_saver(stores, notices, pool, basis.access),
            spawn=spawn,
        ),
        owner_of=lambda account: owner_of(basis.sealer, account.session.token),
        inputs=basis.media.build_inputs(stores, client, uploader, clock),
        live=live,
        agent=AgentDesk(agent, stores.conversations, Speech(), basis.catalog),
        files=basis.media.build_files(harvest),
    )
    return shop, harvest


def _build_pool(basis: Basis, roster: Roster) -> Pool:
    pool = Pool(
        roster,
        basis.clock,
        concurrency=basis.settings.account_concurrency,
        gap=basis.settings.submit_gap_ms / 1000,
        allowance=Allowance(basis.clock, basis.settings.account_daily_credits),
    )
    basis.stack.callback(pool.close)
    return pool


def _build_upstream(basis: Basis) -> tuple[UpstreamClient, Uploader, AgentClient]:
    transport = AiohttpTransport()
    basis.stack.push_async_callback(transport.aclose)

    def new_id() -> str:
        return str(uuid.uuid4())

    keep = Samples(basis.settings.data_dir / "samples").keep
    now = basis.clock.now
    client = UpstreamClient(transport, basis.catalog, clock=now, new_id=new_id, on_unreadable=keep)
    uploader = Uploader(transport, basis.catalog, clock=now, new_id=new_id)
    agent = AgentClient(transport, basis.catalog, clock=now, new_id=new_id, on_unreadable=keep)
    return client, uploader, agent


async def take_up(engine: Engine, stores: Stores) -> None:
    """Go on with what an earlier process left: accounts, sessions, open jobs, artifacts still to be fetched."""
    await engine.doors.desks.accounts.load()
    for kept in await stores.sessions.all():
        try:
            engine.shop.roster.unseal(kept.account_id, kept.sealed)
        except SealError as error:
            # Jobs of this session fail as their stages find no session; the key file is what is missing.
            log.error("session_lost", account=kept.account_id, reason=str(error))  # noqa: TRY400 - no trace needed
    await stores.jobs.give_back_all()
    unfinished = await stores.jobs.unfinished()
    for job in unfinished:
        engine.shop.notices.publish(News(job))
        engine.dispatcher.dispatch(job)
    pending = await stores.artifacts.pending(_PENDING_AT_START)
    engine.harvest.add(pending)
    if unfinished or pending:
        log.info("taken_up", jobs=len(unfinished), artifacts=len(pending))


async def stop(engine: Engine) -> None:
    """Let paid calls under way get their answers (for a few seconds), then end every task."""
    engine.service.stop()
    deadline = engine.shop.clock.now() + _SUBMITTING_GRACE
    while engine.shop.clock.now() < deadline and any(
        job.state is JobState.SUBMITTING and _in_flight(job) for job in engine.shop.notices.open_jobs()
    ):
        await engine.shop.clock.sleep(0.05)
    engine.harvest.close()
    await engine.doors.aclose()
    await engine.crew.aclose()
    await engine.doors.standings.flush()


def _in_flight(job: Job) -> bool:
    return any(submission.state is SubmissionState.INTENDED for submission in job.submissions)


def _engine_options(settings: Settings) -> EngineOptions:
    return EngineOptions(
        confirm_seconds=settings.confirm_seconds,
        resend_unconfirmed=settings.unconfirmed is Unconfirmed.RESEND,
        send_window=settings.send_window_seconds,
        image_timeout=settings.image_timeout,
        video_timeout=settings.video_timeout,
        queue_max=settings.queue_max,
        series_words=settings.series_words,
    )
