"""The accounts of this server: added once, checked, paused, renamed, removed, while it runs."""

from dataclasses import replace
from typing import Final

import structlog

from dreambridge.domain.account import Account, Health, ServerAccount
from dreambridge.domain.errors import Charged, GatewayError, InvalidRequest, SessionExpired
from dreambridge.domain.secret import Secret
from dreambridge.engine.account_views import AccountView, Views
from dreambridge.engine.newcomers import Newcomer, NewcomerReader
from dreambridge.engine.pricing import forecast_cost
from dreambridge.engine.register import Register, doubled
from dreambridge.engine.sealing import SealError
from dreambridge.engine.standings import Standings
from dreambridge.engine.workshop import Workshop
from dreambridge.store.sessions import Sessions
from dreambridge.upstream.wire.credit import SessionCheck

_ROUND: Final = 60.0

log = structlog.get_logger("accounts")


class AccountDesk:
    """Manage the accounts of the server; every change works at once."""

    def __init__(
        self,
        shop: Workshop,
        newcomers: NewcomerReader,
        register: Register,
        standings: Standings,
        sessions: Sessions,
        *,
        low: int,
    ) -> None:
        self._shop = shop
        self._newcomers = newcomers
        self._register = register
        self._standings = standings
        self._sessions = sessions
        self._views = Views(shop.pool, shop.clock, low)
        self._reminded: set[tuple[str, str]] = set()

    async def load(self) -> None:
        """Take the accounts up from the store, with their health.

        One that cannot be decrypted is there all the same, for its removal.
        """
        await self._register.load()
        for record in self._register:
            try:
                session = self._shop.roster.open(record.sealed)
            except SealError as error:
                log.error("account_lost", account=record.id, reason=str(error))  # noqa: TRY400 - no trace needed
                self._shop.roster.install(self._lost(record))
            else:
                account = Account(record.id, session, from_request=False, paused=record.paused)
                self._shop.roster.install(await self._standings.restore(account))
        if self._shop.pool.allowance.ceiling:
            await self._load_spent()

    async def run(self) -> None:
        """Remind of what runs out, every minute until cancelled."""
        while True:
            self.remind()
            await self._shop.clock.sleep(_ROUND)

    async def add(
        self, text: str, *, name: str | None = None, site: str | None = None, proxy: Secret | None = None
    ) -> AccountView:
        """Add the account of a pasted session, found alive on its site by read-only calls; spends nothing.

        Raises `InvalidRequest` for what is no session, a dead one, one that is here already, a name that is taken;
        `NotPermitted` for the sandbox where it is off; `SiteUnreachable` when a site could not be asked.
        """
        if name is not None:
            self._register.check_name(name)
        found = await self._newcomers.read(text, site=site, proxy=proxy, known=self._refuse_known)
        roster, session, now = self._shop.roster, found.session, self._shop.clock.now()
        account = Account(roster.name(session.site, session.token, session.proxy), session, from_request=False)
        record = ServerAccount(
            account.id,
            name or "",
            session.site,
            roster.seal(account),
            now,
            session_made_at=found.made_at,
            session_expires_at=found.expires_at,
            checked_at=now,
            note=found.note,
        )
        await self._register.add(record)
        roster.install(account)
        roster.set_health(account.id, Health.READY)
        if found.credit is not None:
            roster.set_credit(account.id, found.credit, at=now)
        log.info("account_added", account=account.id, site=session.site)
        self._shop.pool.refresh()
        return self.get(account.id)

    def list(self) -> tuple[AccountView, ...]:
        """Give the accounts of the server, the oldest first."""
        return tuple(view for record in self._register if (view := self._view(record)) is not None)

    def of(self, account_ids: tuple[str, ...]) -> tuple[AccountView, ...]:
        """Give the accounts of a caller's own sessions, without what the operator noted of them."""
        accounts = (self._shop.roster.get(account_id) for account_id in dict.fromkeys(account_ids))
        return tuple(self._views.look(account, None) for account in accounts if account is not None)

    def get(self, ref: str) -> AccountView:
        """Give an account of the server by id or name. Raises `JobNotFound`."""
        record = self._register.find(ref)
        return self._view(record) or self._views.look(self._lost(record), record)

    async def check(self, ref: str) -> AccountView:
        """Ask the site whether the account is signed in, and for its balance; spends nothing.

        That it is not is an answer. Raises `JobNotFound`, and what keeps the site from telling.
        """
        record = self._register.find(ref)
        note: str | None = None
        try:
            await self._ask(record)
        except SessionExpired as error:
            note = error.message
            self._shop.roster.set_health(record.id, Health.EXPIRED, reason=note)
        except GatewayError as error:
            note = error.message
            raise
        finally:
            await self._register.note_check(record, at=self._shop.clock.now(), note=note)
        self._shop.pool.refresh()
        self.remind()
        return self.get(record.id)

    async def change(self, ref: str, *, name: str | None = None, paused: bool | None = None) -> AccountView:
        """Rename, pause or resume an account; what it has begun goes on. Raises `JobNotFound`, `InvalidRequest`."""
        record = self._register.find(ref)
        if name is not None:
            await self._register.rename(record, name)
        if paused is not None:
            await self._register.set_paused(record, paused=paused)
            self._shop.roster.set_paused(record.id, paused=paused)
            log.info("account_paused" if paused else "account_resumed", account=record.id)
            self._shop.pool.refresh()
        return self.get(record.id)

    async def remove(self, ref: str, *, force: bool = False) -> ServerAccount:
        """Erase an account. Raises `JobNotFound`, and `InvalidRequest` for one with open jobs unless `force` is said.

        With `force` what the site has been paid for is followed to its end, with the session kept until then; what only
        waits for this account fails.
        """
        record = self._register.find(ref)
        roster, pool = self._shop.roster, self._shop.pool
        account, open_jobs = roster.get(record.id), self._open_jobs(record.id)
        if open_jobs and not force:
            raise InvalidRequest(
                f"Open jobs of the account {record.name}: {open_jobs}. Wait for them, or say force.",
                param="force",
                code="account_has_jobs",
            )
        if account is not None and open_jobs:
            await self._sessions.keep(record.id, record.site, roster.seal(account), self._shop.clock.now())
        await self._register.remove(record)
        roster.retire(record.id)
        await self._standings.forget(record.id)
        if not open_jobs:
            roster.drop(record.id)
            pool.forget(record.id)
            self._shop.purse.forget(record.id)
        log.info("account_removed", account=record.id, open_jobs=open_jobs)
        pool.refresh()
        return record

    def remind(self) -> None:
        """Log, once each, what runs out."""
        found = {(view.account.id, each.code): each for view in self.list() for each in view.reminders}
        for (account_id, code), reminder in found.items():
            if (account_id, code) not in self._reminded:
                log.warning("account_notice", account=account_id, notice=code, message=reminder.message)
        self._reminded = set(found)

    async def _load_spent(self) -> None:
        """Count what was spent earlier today; what is not priced yet at its forecast."""
        allowance, jobs = self._shop.pool.allowance, self._shop.jobs
        rows = await jobs.costs_since(allowance.day())
        unpriced = await jobs.load_many([job_id for _, job_id, cost in rows if cost is None])
        forecasts = {
            job.id: forecast_cost(self._shop.catalog, job.request) or 0
            for job in unpriced.values()
            if job.error is None or job.error.charged not in {Charged.NO, Charged.REFUNDED}
        }
        allowance.load(
            (account_id, job_id, forecasts.get(job_id, 0) if cost is None else cost)
            for account_id, job_id, cost in rows
        )

    async def _ask(self, record: ServerAccount) -> None:
        roster, client = self._shop.roster, self._shop.client
        account = roster.get(record.id)
        if account is None or await client.check_session(account.session) is SessionCheck.DEAD:
            raise SessionExpired(f"The site {record.site} answers that nobody is signed in with this session.")
        roster.set_credit(record.id, await client.fetch_credit(account.session), at=self._shop.clock.now())
        if account.health in {Health.EXPIRED, Health.NO_CREDIT}:
            roster.set_health(record.id, Health.READY)

    def _open_jobs(self, account_id: str) -> int:
        jobs = self._shop.notices.open_jobs()
        return sum(each.account_id == account_id or each.candidates == (account_id,) for each in jobs)

    def _refuse_known(self, newcomer: Newcomer) -> None:
        """Refuse a session that is here already, on whichever site and behind whatever proxy."""
        for record in self._register:
            account = self._shop.roster.get(record.id)
            if account is not None and account.session.token == newcomer.token:
                raise doubled(record)

    def _lost(self, record: ServerAccount) -> Account:
        nobody = self._shop.roster.session(record.site, Secret(""), None)
        reason = "Its session was encrypted with another secret key; remove the account and add it anew."
        lost = Account(record.id, nobody, from_request=False, health=Health.BARRED, reason=reason)
        return replace(lost, paused=record.paused)

    def _view(self, record: ServerAccount) -> AccountView | None:
        account = self._shop.roster.get(record.id)
        return None if account is None else self._views.look(account, record)
