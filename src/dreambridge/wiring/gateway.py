"""The composition root: settings in, a running gateway out. Nobody else knows everyone."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Final

import structlog
from fastapi import FastAPI

from dreambridge.api.app import build_app
from dreambridge.api.options import ApiOptions
from dreambridge.catalog import Catalog, load_catalog
from dreambridge.catalog.live import LiveRows
from dreambridge.domain.key import ImagesMode
from dreambridge.engine.credentials import SANDBOX, CredentialReader
from dreambridge.engine.service import GenerationService
from dreambridge.settings import ResultUrls, Settings
from dreambridge.store.database import Database
from dreambridge.wiring.agents import Agents
from dreambridge.wiring.engine import build_engine, stop, take_up
from dreambridge.wiring.keys import StartRefused, open_keys
from dreambridge.wiring.stores import open_stores

# Enough play money that nobody runs out of it by drawing.
_PLAY_CREDIT: Final = 1_000_000

log = structlog.get_logger("gateway")


@dataclass(frozen=True, slots=True)
class Gateway:
    """A running gateway: its web application, its engine's doors, and what it stands on."""

    app: FastAPI
    service: GenerationService
    credentials: CredentialReader
    catalog: Catalog
    settings: Settings
    sandbox_url: str | None


def check_settings(settings: Settings) -> None:
    """Raise `StartRefused` for settings that contradict each other or would expose what they should not."""
    if settings.require_gateway_key and settings.allow_session_tokens:
        raise StartRefused(
            "DREAMBRIDGE_REQUIRE_GATEWAY_KEY and DREAMBRIDGE_ALLOW_SESSION_TOKENS contradict each other: choose one"
        )
    shared = settings.database_url is not None and not settings.database_url.get_secret_value().startswith("sqlite")
    if shared and settings.secret_key is None:
        raise StartRefused(
            "a shared database (DREAMBRIDGE_DATABASE_URL) needs the secret key to be set (DREAMBRIDGE_SECRET_KEY)"
        )


def needs_key(settings: Settings) -> bool:
    """Tell whether callers can come in by a gateway key only, from other machines."""
    return settings.exposed and not settings.allow_session_tokens


def without_key(settings: Settings) -> StartRefused:
    """Say that callers would need a gateway key and there is none."""
    return StartRefused(
        f"refusing to listen on {settings.host}: beyond loopback callers need a gateway key, and there is none. Make "
        "one with `dreambridge keys create NAME --offline`, or say DREAMBRIDGE_ALLOW_SESSION_TOKENS=true to let "
        "callers use their own session tokens."
    )


def database_url(settings: Settings) -> str | None:
    """Give the database's URL; `None` for SQLite in the data directory."""
    return settings.database_url.get_secret_value() if settings.database_url is not None else None


def read_catalog(settings: Settings, sandbox_url: str | None) -> Catalog:
    """Load the catalogue with the operator's overrides; raise `CatalogError` for a bad row."""
    directory = settings.catalog_dir or settings.data_dir / "catalog"
    catalog = load_catalog(directory if settings.catalog_dir is not None or directory.is_dir() else None)
    return catalog.with_base(SANDBOX, sandbox_url) if sandbox_url is not None else catalog


@asynccontextmanager
async def open_gateway(settings: Settings) -> AsyncIterator[Gateway]:
    """Start everything, take up unfinished jobs, and on leaving stop politely.

    Touches the network for unfinished jobs. Raises `StartRefused`, `StoreError`, `CatalogError`.
    """
    check_settings(settings)
    keys = open_keys(settings)
    async with AsyncExitStack() as stack:
        database = await Database.open(database_url(settings), data_dir=settings.data_dir)
        stack.push_async_callback(database.aclose)
        stores = open_stores(database)
        if needs_key(settings) and not await stores.keys.any_valid():
            raise without_key(settings)
        sandbox_url = await _start_sandbox(settings, stack) if settings.sandbox_on else None
        rows = LiveRows(read_catalog(settings, sandbox_url))
        engine = await build_engine(settings, rows, keys, stores, stack)
        await take_up(engine, stores)
        engine.crew.spawn(engine.upkeep.run(), "upkeep")
        engine.crew.spawn(engine.doors.desks.accounts.run(), "accounts")
        stack.push_async_callback(stop, engine)
        doors = engine.doors
        agents = Agents(engine.service, rows.catalog, settings)
        stack.push_async_callback(agents.aclose)
        desks = replace(doors.desks, agents=agents)
        app = build_app(engine.service, doors.reader, rows.catalog, _api_options(settings), desks)
        yield Gateway(app, engine.service, doors.reader, rows.catalog, settings, sandbox_url)


async def _start_sandbox(settings: Settings, stack: AsyncExitStack) -> str:
    from dreambridge.simulator.server import SimulatorServer  # noqa: PLC0415 - only where the sandbox is on
    from dreambridge.simulator.settings import SimulatorOptions  # noqa: PLC0415 - as above

    directory = settings.data_dir / "sandbox"
    directory.mkdir(exist_ok=True, mode=0o700)
    options = SimulatorOptions(time_scale=settings.sandbox_speed, state_dir=directory, credit=_PLAY_CREDIT)
    server = SimulatorServer(options)
    url = await server.start()
    stack.push_async_callback(server.stop)
    return url


def _api_options(settings: Settings) -> ApiOptions:
    return ApiOptions(
        public_url=settings.public_url.rstrip("/") if settings.public_url else None,
        allowed_hosts=settings.allowed_hosts,
        allowed_origins=settings.allowed_origins,
        sync_wait_images=settings.sync_wait_images,
        sync_wait_videos=settings.sync_wait_videos,
        max_body_bytes=settings.max_body_bytes,
        max_upload_bytes=settings.max_upload_bytes,
        default_image_model=settings.default_image_model,
        default_video_model=settings.default_video_model,
        task_answers=settings.images_mode is ImagesMode.TASK,
        site_urls=settings.result_urls is ResultUrls.SITE,
    )
