"""Look at everything a gateway stands on, change nothing and spend nothing."""

import asyncio
import os
import re
import secrets
import shutil
import stat
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from dreambridge.catalog import Catalog, CatalogError, Site
from dreambridge.domain.account import Session
from dreambridge.domain.errors import AnswerUnreadable, GatewayError, SessionExpired, SiteRefused, SiteUnreachable
from dreambridge.domain.secret import Secret
from dreambridge.engine.admin import ADMIN_FILE
from dreambridge.engine.credentials import SANDBOX, CredentialRules, Token, parse_tokens
from dreambridge.engine.sealing import KEY_FILE, Sealer, load_server_key
from dreambridge.settings import Settings
from dreambridge.store.database import DEFAULT_FILE, Database
from dreambridge.store.faults import StoreError
from dreambridge.store.schema import HEAD
from dreambridge.store.server_accounts import ServerAccounts
from dreambridge.upstream.client import UpstreamClient
from dreambridge.upstream.transport import AiohttpTransport
from dreambridge.upstream.wire.credit import SessionCheck
from dreambridge.upstream.wire.identity import derive_device
from dreambridge.wiring.gateway import check_settings, database_url, read_catalog
from dreambridge.wiring.keys import StartRefused

_PATIENCE: Final = 3.0
_SQLITE_HEAD: Final = b"SQLite format 3\0"
_MEGABYTE: Final = 1024 * 1024


class Verdict(StrEnum):
    """How a finding is meant: fine, worth knowing, or in the way."""

    GOOD = "good"
    NOTICE = "notice"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: what, how it is, and in words for a person; holds no secret."""

    subject: str
    verdict: Verdict
    detail: str


def key_location(settings: Settings) -> str:
    """Say where the secret key is: a path, or the setting's name; never the key."""
    return "DREAMBRIDGE_SECRET_KEY" if settings.secret_key else str(settings.data_dir / KEY_FILE)


def admin_location(settings: Settings) -> Path:
    """Say where the admin key is; never the key."""
    return settings.data_dir / ADMIN_FILE


def inspect_settings(settings: Settings) -> list[Finding]:
    """Check that the settings go together."""
    try:
        check_settings(settings)
    except StartRefused as error:
        return [Finding("settings", Verdict.BAD, str(error))]
    reach = "every caller that reaches it" if settings.exposed else "this machine only"
    sandbox = "on" if settings.sandbox_on else "off"
    return [Finding("settings", Verdict.GOOD, f"{settings.host}:{settings.port}, for {reach}; sandbox {sandbox}")]


def inspect_data_dir(settings: Settings) -> list[Finding]:
    """Check that the data directory can be written, is closed to others and has room."""
    folder = settings.data_dir
    existing = next((each for each in (folder, *folder.absolute().parents) if each.exists()), Path("/"))
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        return [Finding("data directory", Verdict.BAD, f"{existing} cannot be written by this user")]
    found = []
    if existing != folder:
        found.append(Finding("data directory", Verdict.GOOD, f"{folder} is made at the first start"))
    else:
        found.append(_inspect_modes(folder))
    free = shutil.disk_usage(existing).free
    enough = free >= settings.min_free_bytes
    words = f"{free // _MEGABYTE:,} MB free"
    if not enough:
        words += f"; below {settings.min_free_bytes // _MEGABYTE:,} MB (MIN_FREE_BYTES) new jobs are refused"
    return [*found, Finding("disk", Verdict.GOOD if enough else Verdict.BAD, words)]


def _inspect_modes(folder: Path) -> Finding:
    mode = stat.S_IMODE(folder.stat().st_mode)
    for key in sorted(folder.glob("*.key")):
        if os.name == "posix" and stat.S_IMODE(key.stat().st_mode) & 0o077:
            return Finding("data directory", Verdict.BAD, f"{key} can be read by others: chmod 600 {key}")
    if os.name == "posix" and mode & 0o077:
        return Finding("data directory", Verdict.NOTICE, f"{folder} is open to others (mode {mode:04o}): chmod 700")
    return Finding("data directory", Verdict.GOOD, f"{folder} can be written, and only by its owner")


async def inspect_database(settings: Settings) -> list[Finding]:
    """Open the database for reading and compare its schema with ours; takes no lock from a running gateway."""
    url = database_url(settings)
    file = _sqlite_file(settings, url)
    if file is not None and not file.exists():
        return [Finding("database", Verdict.GOOD, f"{file} is made at the first start")]
    if file is not None and _read_head(file) not in {_SQLITE_HEAD, b""}:
        return [Finding("database", Verdict.BAD, f"{file} is no SQLite database")]
    where = str(file or "PostgreSQL")
    try:
        database = await Database.open(url, data_dir=settings.data_dir, read_only=True, patience=_PATIENCE)
        try:
            revision = await database.revision()
            accounts = len(await ServerAccounts(database).all()) if revision == HEAD else 0
        finally:
            await database.aclose()
    except (StoreError, OSError) as error:
        return [Finding("database", Verdict.BAD, f"{where} cannot be opened: {error}")]
    if revision == HEAD:
        return [Finding("database", Verdict.GOOD, f"{where}, schema {HEAD}, {accounts} accounts")]
    if revision is None:
        return [Finding("database", Verdict.GOOD, f"{where} is empty; its tables are made at the first start")]
    words = (
        f"{where} has schema {revision}, this version {HEAD}: a start migrates it, unless it is from a later version"
    )
    return [Finding("database", Verdict.NOTICE, words)]


def _sqlite_file(settings: Settings, url: str | None) -> Path | None:
    if url is None:
        return settings.data_dir / DEFAULT_FILE
    return Path(url.partition(":///")[2]) if url.startswith("sqlite") else None


def _read_head(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(len(_SQLITE_HEAD))
    except OSError:
        return _SQLITE_HEAD  # opening it says why


def inspect_catalog(settings: Settings) -> tuple[list[Finding], Catalog | None]:
    """Load the catalogue as a start does, and show every host that an override names."""
    try:
        catalog = read_catalog(settings, None)
    except CatalogError as error:
        return [Finding("catalogue", Verdict.BAD, str(error))], None
    listed = sum(spec.listed for spec in catalog.models.values())
    found = [Finding("catalogue", Verdict.GOOD, f"{listed} models, sites {' '.join(catalog.sites)}")]
    for name in catalog.overridden_sites:
        site = catalog.sites[name]
        hosts = dict.fromkeys((site.mweb, site.commerce, site.passport, site.imagex, site.vod))
        found.append(Finding(f"override of {name}", Verdict.NOTICE, "sessions go to " + ", ".join(hosts)))
    return found, catalog


async def inspect_sites(catalog: Catalog, *, proxy: Secret | None = None) -> list[Finding]:
    """Ask every site a read-only question without credential, over the network; sites that share a host are asked once.

    The sandbox is left out: it runs inside the gateway.
    """
    hosts: dict[str, list[Site]] = {}
    for site in catalog.sites.values():
        if site.name != SANDBOX or SANDBOX in catalog.overridden_sites:
            hosts.setdefault(site.mweb, []).append(site)
    async with _open_client(catalog) as client, asyncio.TaskGroup() as group:
        asked = [group.create_task(_inspect_site(client, sites, proxy)) for sites in hosts.values()]
    return [task.result() for task in asked]


async def _inspect_site(client: UpstreamClient, sites: list[Site], proxy: Secret | None) -> Finding:
    subject = " ".join(site.name for site in sites)
    nobody = Session(sites[0].name, Secret(""), web_id="7" + "0" * 18, user_id="0" * 32, proxy=proxy)
    began = time.monotonic()
    try:
        await client.fetch_history(nobody, {str(uuid.uuid4()): 1})
    except (SessionExpired, SiteRefused):
        pass  # how a site turns a stranger away: it is there, and speaks the protocol
    except SiteUnreachable as error:
        return Finding(subject, Verdict.BAD, f"{sites[0].mweb}: {error.message}")
    except AnswerUnreadable as error:
        words = f"{sites[0].mweb} answers, but not as the site does ({error.message}) Does something stand in between?"
        return Finding(subject, Verdict.BAD, words)
    except GatewayError as error:
        words = f"{sites[0].mweb} answers {error.specific_code} ({error.site_code}): {error.message}"
        return Finding(subject, Verdict.NOTICE, words)
    return Finding(subject, Verdict.GOOD, f"{sites[0].mweb} answers in {time.monotonic() - began:.2f} s")


async def inspect_session(settings: Settings, catalog: Catalog, credential: str) -> list[Finding]:
    """Ask the sites over the network whether sessions are signed in, and their balance; spends nothing."""
    rules = CredentialRules(
        sites=frozenset(catalog.sites) - {SANDBOX},
        session=re.compile(settings.session_pattern),
        session_tokens=True,
        sandbox=False,
        proxies=True,
    )
    try:
        tokens = parse_tokens(credential, rules)
    except GatewayError as error:
        return [Finding("session", Verdict.BAD, error.message)]
    key = _device_key(settings)
    async with _open_client(catalog) as client:
        return [await _inspect_token(client, key, token, settings.detect_sites) for token in tokens]


async def _inspect_token(client: UpstreamClient, key: bytes, token: Token, order: tuple[str, ...]) -> Finding:
    problems = []
    for site in (token.site,) if token.site else order:
        web_id, user_id = derive_device(key, site, token.session)
        session = Session(site, token.session, web_id, user_id, token.proxy)
        try:
            if await client.check_session(session) is SessionCheck.DEAD:
                problems.append(f"{site}: not signed in")
                continue
            credit = await client.fetch_credit(session)
        except GatewayError as error:
            problems.append(f"{site}: {error.message}")
            continue
        return Finding("session", Verdict.GOOD, f"signed in on {site}, {credit.total} credits")
    return Finding("session", Verdict.BAD, "; ".join(problems))


def _device_key(settings: Settings) -> bytes:
    """Give the key of device identities, so that the site sees the same device as when the gateway asks."""
    configured = settings.secret_key.get_secret_value() if settings.secret_key else None
    if configured is None and not (settings.data_dir / KEY_FILE).exists():
        return secrets.token_bytes(32)
    return Sealer(load_server_key(settings.data_dir, configured)).device_key


@asynccontextmanager
async def _open_client(catalog: Catalog) -> AsyncIterator[UpstreamClient]:
    transport = AiohttpTransport(connect_timeout=8.0, total_timeout=15.0)
    try:
        yield UpstreamClient(transport, catalog, clock=time.time, new_id=lambda: str(uuid.uuid4()))
    finally:
        await transport.aclose()
