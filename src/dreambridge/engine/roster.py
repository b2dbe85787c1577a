"""The accounts we know: who they are, how well they are, and the sessions that jobs still need."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from dreambridge.domain.account import Account, Credit, Health, Session
from dreambridge.domain.secret import Secret
from dreambridge.engine.clock import Clock
from dreambridge.engine.sealing import Sealer
from dreambridge.upstream.wire.identity import derive_device

# Begins the id of an account behind a proxy, so that its results are never fetched past the proxy, even when the
# session itself is no longer known.
PROXIED: Final = "acctp_"
_REST: Final = 900.0


class Roster:
    """Hold every account in memory, by id; the sealed sessions of open jobs lie in the store."""

    def __init__(self, sealer: Sealer, clock: Clock) -> None:
        self._sealer = sealer
        self._clock = clock
        self._accounts: dict[str, Account] = {}
        self._seen: dict[str, float] = {}
        self._tell: Callable[[Account], None] = lambda _: None

    def watch(self, tell: Callable[[Account], None]) -> None:
        """Have `tell` called with each account whose health or credit changed."""
        self._tell = tell

    def session(self, site: str, token: Secret, proxy: Secret | None) -> Session:
        """Build the session with the device identity that belongs to it for life."""
        web_id, user_id = derive_device(self._sealer.device_key, site, token)
        return Session(site=site, token=token, web_id=web_id, user_id=user_id, proxy=proxy)

    def name(self, site: str, token: Secret, proxy: Secret | None) -> str:
        """Name the account of a session, known or not; the name tells nobody the session."""
        digest = self._sealer.name("account", site, token.reveal(), proxy.reveal() if proxy else "")
        return (PROXIED if proxy else "acct_") + digest

    def admit(self, site: str, token: Secret, proxy: Secret | None) -> Account:
        """Give the account of a session that came with a request, making it at the first sight."""
        account_id = self.name(site, token, proxy)
        self._seen[account_id] = self._clock.now()
        known = self._accounts.get(account_id)
        if known is None or known.removed:
            known = Account(id=account_id, session=self.session(site, token, proxy), from_request=True)
            self._accounts[account_id] = known
        return known

    def install(self, account: Account) -> None:
        """Take in an account that was added to the server, also in place of one that came with a request."""
        self._accounts[account.id] = account

    def configured(self) -> tuple[Account, ...]:
        """Give the accounts of the server that are not paused: what a gateway key stands for."""
        return tuple(each for each in self._accounts.values() if not each.from_request and not each.paused)

    def set_paused(self, account_id: str, *, paused: bool) -> None:
        """Say whether an account is given new work."""
        if account := self._accounts.get(account_id):
            self._accounts[account_id] = replace(account, paused=paused)

    def retire(self, account_id: str) -> None:
        """Let an account of the server end what it has begun, and nothing more; then it is forgotten."""
        if account := self._accounts.get(account_id):
            self._accounts[account_id] = replace(account, from_request=True, removed=True, paused=False)

    def get(self, account_id: str) -> Account | None:
        """Give the account, if we hold its session."""
        return self._accounts.get(account_id)

    def all(self) -> tuple[Account, ...]:
        """Give every account we hold."""
        return tuple(self._accounts.values())

    def drop(self, account_id: str) -> None:
        """Forget an account and its session."""
        self._accounts.pop(account_id, None)
        self._seen.pop(account_id, None)

    def rested(self, account_id: str, now: float) -> bool:
        """Tell whether no request brought this account's session for a quarter of an hour."""
        return self._seen.get(account_id, 0.0) < now - _REST

    def set_health(
        self, account_id: str, health: Health, *, until: float | None = None, reason: str | None = None
    ) -> None:
        """Record how well an account is; `until` (epoch seconds) ends a cooling."""
        if account := self._accounts.get(account_id):
            self._put(replace(account, health=health, cooling_until=until, reason=reason))

    def set_credit(self, account_id: str, credit: Credit, *, at: float) -> None:
        """Record a balance that was read at `at` (epoch seconds)."""
        if account := self._accounts.get(account_id):
            self._put(replace(account, credit=credit, credit_read_at=at))

    def seal(self, account: Account) -> bytes:
        """Encrypt the session for the store."""
        session = account.session
        return self._sealer.seal(
            json.dumps(
                {
                    "site": session.site,
                    "token": session.token.reveal(),
                    "proxy": session.proxy.reveal() if session.proxy else None,
                }
            )
        )

    def unseal(self, account_id: str, sealed: bytes) -> Account:
        """Take an account back from the store; raise `SealError` when another key sealed it."""
        if known := self._accounts.get(account_id):
            return known
        account = Account(id=account_id, session=self.open(sealed), from_request=True)
        self._accounts[account_id] = account
        return account

    def open(self, sealed: bytes) -> Session:
        """Decrypt what `seal` made; raise `SealError` when another key sealed it."""
        data = json.loads(self._sealer.open(sealed))
        return self.session(data["site"], Secret(data["token"]), Secret(data["proxy"]) if data["proxy"] else None)

    def _put(self, account: Account) -> None:
        self._accounts[account.id] = account
        self._tell(account)
