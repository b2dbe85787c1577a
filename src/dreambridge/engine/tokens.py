"""What callers ask of sessions themselves: whether they are signed in, what they can spend, today's free credit."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final, Generic, TypeVar

from dreambridge.domain.account import Credit, Session
from dreambridge.domain.errors import (
    AccountBarred,
    GatewayError,
    InvalidRequest,
    NotAuthenticated,
    RateLimited,
    SessionExpired,
    SiteRefused,
    SiteUnreachable,
)
from dreambridge.engine.clock import Clock
from dreambridge.engine.credentials import CredentialReader, Token
from dreambridge.engine.politeness import MinuteLimit, Sharing
from dreambridge.engine.roster import Roster
from dreambridge.upstream.client import UpstreamClient
from dreambridge.upstream.wire.credit import SessionCheck

T = TypeVar("T")
_Ask = Callable[[str, Session], Awaitable[T]]
# A server's owner asks about a list of accounts now and then; whoever asks more is looking for sessions of others.
_SESSIONS_A_MINUTE: Final = 120
_AT_ONCE: Final = 8
# For one session, its turn and the detection of its site included (s).
_DEADLINE: Final = 30.0
_FINGERPRINT: Final = 6
_PARAM: Final = "token"


@dataclass(frozen=True, slots=True)
class Finding(Generic[T]):
    """What was found out about one session: the `value`, or the `error` instead of it.

    `mask` names the session by its site and a keyed digest, `account` is its account's id: neither tells anything of
    the session. `site` and `account` are `None` when no site is known.
    """

    mask: str
    site: str | None
    account: str | None
    value: T | None = None
    error: GatewayError | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """What came of claiming today's credit: the balance afterwards, and why nothing was given, if nothing was."""

    credit: Credit
    refusal: GatewayError | None = None


class TokenDesk:
    """Ask the sites about sessions that came with a request: politely, and never spending anything."""

    def __init__(self, reader: CredentialReader, roster: Roster, client: UpstreamClient, clock: Clock) -> None:
        self._reader = reader
        self._roster = roster
        self._client = client
        self._clock = clock
        self._limit = MinuteLimit(clock, _SESSIONS_A_MINUTE)
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._checks: Sharing[bool] = Sharing()
        self._credits: Sharing[Credit] = Sharing()
        self._claims: Sharing[Claim] = Sharing()

    async def check(self, text: str) -> bool:
        """Tell whether one session, in any spelling of a credential, is signed in; touches the network.

        What is no session at all is not signed in, and no site is asked. Raises `InvalidRequest` for none or several of
        them or an impossible proxy, `NotPermitted`, `RateLimited`, and what keeps the site from telling.
        """
        if not text.strip():
            raise InvalidRequest("token is empty; give one session.", param=_PARAM)
        if "," in text:
            raise InvalidRequest("token takes one session; POST /token takes a list of them.", param=_PARAM)
        try:
            tokens = self._reader.parse(text.strip())
        except NotAuthenticated as unknown:
            if "://" in text:
                # Its session may be fine: what is wrong is the way the proxy is written.
                raise InvalidRequest(unknown.message, param=_PARAM) from unknown
            return False
        (finding,) = _answered(await self._liveness(tokens))
        return finding.value is True

    async def look(self, authorization: str | None) -> list[Finding[bool]]:
        """Tell of each session of a header where it lives and whether it is signed in; touches the network.

        Raises `NotAuthenticated`, `NotPermitted`, `RateLimited`, and the first error when no session could be told.
        """
        return _answered(await self._liveness(self._reader.tokens(authorization)))

    async def points(self, authorization: str | None) -> list[Finding[Credit]]:
        """Read the balance of each session of a header over the network; raises as `look`."""
        return _answered(await self._ask_all(self._reader.tokens(authorization), self._read_credit))

    async def receive(self, authorization: str | None) -> list[Finding[Claim]]:
        """Claim today's free credit for each session of a header, over the network and once; raises as `look`.

        What the site refuses to a session that it knows, as a second claim on one day, is part of the value.
        """
        return _answered(await self._ask_all(self._reader.tokens(authorization), self._claim))

    async def aclose(self) -> None:
        """Stop what is under way."""
        await asyncio.gather(self._checks.aclose(), self._credits.aclose(), self._claims.aclose())

    async def _liveness(self, tokens: tuple[Token, ...]) -> list[Finding[bool]]:
        """Ask of each whether it is signed in; that no site knows a session is an answer here."""
        return [
            replace(each, value=False, error=None) if isinstance(each.error, NotAuthenticated) else each
            for each in await self._ask_all(tokens, self._is_live)
        ]

    async def _ask_all(self, tokens: tuple[Token, ...], ask: _Ask[T]) -> list[Finding[T]]:
        if not self._limit.admit(len(tokens)):
            raise RateLimited(f"Sites are asked about at most {self._limit.most} sessions a minute; wait a little.")
        return list(await asyncio.gather(*(self._find(token, ask) for token in tokens)))

    async def _find(self, token: Token, ask: _Ask[T]) -> Finding[T]:
        site, name = token.site, self._roster.name(token.site or "", token.session, token.proxy)
        value: T | None = None
        error: GatewayError | None = None
        try:
            async with asyncio.timeout(_DEADLINE), self._turns:
                site = await self._reader.site_of(token)
                name = self._roster.name(site, token.session, token.proxy)
                value = await ask(name, self._roster.session(site, token.session, token.proxy))
        except TimeoutError:
            error = SiteUnreachable(f"The site did not answer within {_DEADLINE:.0f} seconds.")
        except GatewayError as failure:
            error = failure
        if isinstance(error, SessionExpired | AccountBarred):
            error.from_request = True
        return Finding(
            mask=(f"{site}-" if site else "") + f"…{name[-_FINGERPRINT:]}",
            site=site,
            account=name if site else None,
            value=value,
            error=error,
        )

    async def _is_live(self, name: str, session: Session) -> bool:
        async def work() -> bool:
            return await self._client.check_session(session) is SessionCheck.ALIVE

        return await self._checks.run(name, work)

    async def _read_credit(self, name: str, session: Session) -> Credit:
        async def work() -> Credit:
            credit = await self._client.fetch_credit(session)
            self._roster.set_credit(name, credit, at=self._clock.now())
            return credit

        return await self._credits.run(name, work)

    async def _claim(self, name: str, session: Session) -> Claim:
        async def work() -> Claim:
            refusal: GatewayError | None = None
            try:
                received = await self._client.claim_credit(session)
            except (SessionExpired, AccountBarred):
                raise
            except GatewayError as error:
                refusal, received = error, 0
            if not received and refusal is None:
                refusal = SiteRefused("The site had no credit to give today.", code="nothing_to_receive")
            return Claim(await self._read_credit(name, session), refusal)

        return await self._claims.run(name, work)


def _answered(findings: list[Finding[T]]) -> list[Finding[T]]:
    """Raise the first error when nothing else was found out."""
    errors = [finding.error for finding in findings if finding.error is not None]
    if len(errors) == len(findings):
        raise errors[0]
    return findings
