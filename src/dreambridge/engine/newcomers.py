"""Read a session that is to become an account of the server, and find it alive on its site."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from dreambridge.catalog import Catalog
from dreambridge.domain.account import Credit, Session
from dreambridge.domain.errors import (
    AccountBarred,
    GatewayError,
    InvalidRequest,
    NotAuthenticated,
    SessionExpired,
    SiteUnreachable,
)
from dreambridge.domain.secret import Secret
from dreambridge.engine.credentials import SANDBOX, CredentialRules, Token, parse_tokens
from dreambridge.engine.homes import likely_sites
from dreambridge.engine.pasting import Pasted, read_paste
from dreambridge.engine.roster import Roster
from dreambridge.upstream.client import UpstreamClient
from dreambridge.upstream.wire.credit import SessionCheck

_PARAM: Final = "session"
_NO_SESSION: Final = (
    "session holds no session id (setting SESSION_PATTERN says how one looks): paste the value of the `sessionid` "
    "cookie, a whole Cookie header, a request copied as cURL, or a cookie export."
)


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A session to be added, before any site was asked: its `token`, and the sites it may belong to."""

    token: Secret
    proxy: Secret | None
    sites: tuple[str, ...]
    pasted: Pasted


@dataclass(frozen=True, slots=True)
class Found:
    """A session that a site knows: its credit, or a `note` why that could not be read, and its cookie's own times."""

    session: Session
    credit: Credit | None
    note: str | None
    made_at: float | None
    expires_at: float | None


class NewcomerReader:
    """Ask the sites about pasted sessions, read-only."""

    def __init__(
        self, roster: Roster, client: UpstreamClient, catalog: Catalog, rules: CredentialRules, order: tuple[str, ...]
    ) -> None:
        self._roster = roster
        self._client = client
        self._catalog = catalog
        # The operator may add what callers may not send.
        self._rules = replace(rules, session_tokens=True, proxies=True, keys_only=False)
        self._order = order

    async def read(
        self, text: str, *, site: str | None, proxy: Secret | None, known: Callable[[Newcomer], None]
    ) -> Found:
        """Find the site of a pasted session; `known` may refuse it before a site is asked. Spends nothing.

        Touches the network. Raises `InvalidRequest` for what is no session or a dead one, `SiteUnreachable`.
        """
        newcomer = self._parse(text, site, proxy)
        known(newcomer)
        session = await self._ask(newcomer)
        credit: Credit | None = None
        note: str | None = None
        try:
            credit = await self._client.fetch_credit(session)
        except (SessionExpired, AccountBarred) as error:
            raise InvalidRequest(
                f"The site {session.site} does not take this account: {error.message}",
                param=_PARAM,
                code="session_dead" if isinstance(error, SessionExpired) else error.specific_code,
                site_code=error.site_code,
                log_id=error.log_id,
            ) from error
        except GatewayError as error:
            note = f"The balance could not be read: {error.message}"
        return Found(session, credit, note, newcomer.pasted.made_at, newcomer.pasted.expires_at)

    def _parse(self, text: str, site: str | None, proxy: Secret | None) -> Newcomer:
        pasted = read_paste(text)
        if site is not None and site not in self._rules.sites:
            raise InvalidRequest(f"site is one of {', '.join(sorted(self._rules.sites))}.", param="site")
        token = self._read_token(pasted, proxy)
        if site is not None and token.site not in {None, site}:
            raise InvalidRequest(f"site says {site}, but the session is marked otherwise.", param="site")
        named = site or token.site
        sites = {name: row for name, row in self._catalog.sites.items() if name != SANDBOX}
        order = (named,) if named else likely_sites(pasted, sites, self._order)
        return Newcomer(token.session, token.proxy, order, pasted)

    def _read_token(self, pasted: Pasted, proxy: Secret | None) -> Token:
        credential = pasted.credential.reveal()
        token = self._parse_one(credential if pasted.proxy is None else f"{pasted.proxy.reveal()}@{credential}")
        if proxy is None:
            return token
        try:
            (behind,) = parse_tokens(f"{proxy.reveal()}@{token.session.reveal()}", self._rules)
        except (GatewayError, ValueError):
            raise InvalidRequest(
                "proxy reads scheme://[user:password@]host:port, its scheme http, https or socks5; /, ? and # in a "
                "password are written as %2F, %3F and %23.",
                param="proxy",
            ) from None
        return replace(token, proxy=behind.proxy)

    def _parse_one(self, credential: str) -> Token:
        try:
            tokens = parse_tokens(credential, self._rules)
        except NotAuthenticated as unknown:
            words = unknown.message if "://" in credential else _NO_SESSION
            raise InvalidRequest(words, param=_PARAM, code="session_unreadable") from None
        if len(tokens) != 1:
            raise InvalidRequest("session holds several sessions; add one at a time.", param=_PARAM)
        return tokens[0]

    async def _ask(self, newcomer: Newcomer) -> Session:
        trouble: GatewayError | None = None
        for site in newcomer.sites:
            session = self._roster.session(site, newcomer.token, newcomer.proxy)
            try:
                if await self._client.check_session(session) is SessionCheck.ALIVE:
                    return session
            except GatewayError as error:
                trouble = error
        if trouble is not None:
            raise SiteUnreachable(
                f"Whether this session lives could not be found out: {trouble.message}", site_code=trouble.site_code
            ) from trouble
        asked = ", ".join(newcomer.sites)
        raise InvalidRequest(
            f"The site answers that nobody is signed in with this session (asked: {asked}): it has ended, was "
            "mistyped, or belongs to another site. Sign in again and copy the new one.",
            param=_PARAM,
            code="session_dead",
        )
