"""Read the credential of a request: whose it is, and which accounts it stands for."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from dreambridge.domain.errors import NotAuthenticated, NotPermitted
from dreambridge.domain.secret import Secret
from dreambridge.engine.caller import Caller
from dreambridge.engine.detection import SiteDetector
from dreambridge.engine.gatekeeper import Gatekeeper
from dreambridge.engine.keys import KEY_PREFIX, is_key_text
from dreambridge.engine.roster import Roster
from dreambridge.engine.sealing import Sealer

__all__ = ["SANDBOX", "Caller", "CredentialReader", "CredentialRules", "Token", "owner_of", "parse_tokens"]

SANDBOX: Final = "sandbox"
_PROXY: Final = re.compile(r"(?P<proxy>(?:https?|socks5h?|socks4|socks)://[^\s,]+)@(?P<rest>[^@,]+)", re.IGNORECASE)
_PREFIX: Final = re.compile(r"(?P<site>[a-z]{2})-(?P<rest>.+)", re.IGNORECASE)
_SUFFIX: Final = re.compile(r"(?P<rest>[^:]+):(?P<site>[a-z]{2})", re.IGNORECASE)
_SANDBOX: Final = re.compile(r"sandbox(?:-[A-Za-z0-9_.\-]{1,64})?")
# Longer than any session seen, with one of every mark and a proxy; a list holds at most 64 of them.
_LONGEST_TOKEN: Final = 512
_MOST_TOKENS: Final = 64
# Names are always resolved behind the proxy, so that the two spellings of socks5 mean the same.
_PROXY_SCHEMES: Final = MappingProxyType({"http": "http", "https": "https", "socks5": "socks5", "socks5h": "socks5"})


@dataclass(frozen=True, slots=True)
class Token:
    """One session as the caller wrote it: bare `session`, the `site` if marked, the `proxy` URL if given."""

    session: Secret
    site: str | None
    proxy: Secret | None = None


@dataclass(frozen=True, slots=True)
class CredentialRules:
    """What this server accepts. `sites` are those a mark may name; `session` matches a bare session id.

    `keys_only` refuses everything but gateway keys.
    """

    sites: Collection[str]
    session: re.Pattern[str]
    session_tokens: bool
    sandbox: bool
    proxies: bool
    keys_only: bool = False


def parse_tokens(credential: str, rules: CredentialRules) -> tuple[Token, ...]:
    """Read what stands behind `Bearer`; raise `NotAuthenticated` for what no rule knows. Touches nothing."""
    parts = [part.strip() for part in credential.split(",")]
    if not credential.strip():
        raise NotAuthenticated("The Authorization header carries no credential.")
    if not all(parts):
        raise NotAuthenticated("The list of sessions in the Authorization header has an empty entry.")
    if len(parts) > _MOST_TOKENS:
        raise NotAuthenticated(f"A list of sessions has at most {_MOST_TOKENS} entries; this one has {len(parts)}.")
    tokens: dict[Token, None] = {}
    for part in parts:
        tokens[_parse_token(part, rules)] = None
    return tuple(tokens)


def _parse_token(text: str, rules: CredentialRules) -> Token:
    if len(text) > _LONGEST_TOKEN:
        raise _unknown()
    if is_key_text(text):
        raise NotPermitted("A gateway key stands for accounts of the server; here sessions themselves are asked for.")
    if rules.keys_only:
        raise NotPermitted("This server takes gateway keys only (setting REQUIRE_GATEWAY_KEY).")
    proxy, text = _split_proxy(text, rules)
    if _SANDBOX.fullmatch(text):
        _check_sandbox(proxy, rules)
        return Token(Secret(text), SANDBOX, None)
    site: str | None = None
    for pattern in (_PREFIX, _SUFFIX):
        match = pattern.fullmatch(text)
        if match and match["site"].lower() in rules.sites:
            site, text = match["site"].lower(), match["rest"]
            break
    if not rules.session.fullmatch(text):
        raise _unknown()
    if not rules.session_tokens:
        raise NotPermitted("This server takes gateway keys only (setting ALLOW_SESSION_TOKENS).")
    return Token(Secret(text), site, proxy)


def _check_sandbox(proxy: Secret | None, rules: CredentialRules) -> None:
    if proxy is not None:
        raise NotAuthenticated("The sandbox runs inside this server and takes no proxy.")
    if not rules.sandbox:
        raise NotPermitted("The sandbox is off on this server (setting SANDBOX).")


def _split_proxy(text: str, rules: CredentialRules) -> tuple[Secret | None, str]:
    match = _PROXY.fullmatch(text)
    if match is None:
        return None, text
    written, _, address = match["proxy"].partition("://")
    scheme = written.lower()
    if scheme not in _PROXY_SCHEMES:
        raise NotAuthenticated(f"A proxy of scheme {scheme} is not supported; use http, https or socks5.")
    if not rules.proxies:
        raise NotPermitted("This server does not accept proxies in tokens (setting TOKEN_PROXIES).")
    proxy = f"{_PROXY_SCHEMES[scheme]}://{address}"
    if not _names_a_port(proxy):
        raise NotAuthenticated(
            "A proxy in a token reads scheme://[user:password@]host:port, with /, ? and # in a password written as "
            "%2F, %3F and %23."
        )
    return Secret(proxy), match["rest"]


def _names_a_port(proxy: str) -> bool:
    try:
        address = urlsplit(proxy)
        return bool(address.hostname and address.port) and not address.path
    except ValueError:
        return False


def _unknown() -> NotAuthenticated:
    return NotAuthenticated(
        "This is no credential we know. Give a gateway key, `sandbox`, a session id (with a mark such as `us-…` or "
        "`…:cn`), or several sessions separated by commas."
    )


class CredentialReader:
    """Turn an Authorization header into a caller."""

    def __init__(
        self,
        rules: CredentialRules,
        sealer: Sealer,
        roster: Roster,
        detector: SiteDetector,
        gatekeeper: Gatekeeper,
    ) -> None:
        self._rules = rules
        self._sealer = sealer
        self._roster = roster
        self._detector = detector
        self._gatekeeper = gatekeeper

    async def read(self, authorization: str | None) -> Caller:
        """Name the caller.

        Touches the network only to detect the site of a bare session seen for the first time; never spends credit.
        Raises `NotAuthenticated`, `NotPermitted`, `SessionExpired`, `SiteUnreachable`.
        """
        credential = self._bearer(authorization)
        if credential.startswith(KEY_PREFIX):
            return await self._gatekeeper.caller(credential)
        accounts: list[str] = []
        sites: list[str] = []
        tokens = self.parse(credential)
        for token in tokens:
            site = await self.site_of(token)
            account = self._roster.admit(site, token.session, token.proxy)
            accounts.append(account.id)
            sites.append(site)
        return Caller((self._owner(tokens),), tuple(accounts), tuple(sites))

    async def administers(self, authorization: str | None) -> bool:
        """Tell whether a header carries the admin key, or a gateway key that may administer; asks no site.

        Raises `NotAuthenticated` for a credential that is not known.
        """
        credential = self._bearer(authorization)
        if credential.startswith(KEY_PREFIX):
            return await self._gatekeeper.administers(credential)
        self.parse(credential)
        return False

    def _bearer(self, authorization: str | None) -> str:
        if authorization is None or not authorization.strip():
            raise NotAuthenticated("No credential: send `Authorization: Bearer sandbox`, or a session id of yours.")
        scheme, _, credential = authorization.strip().partition(" ")
        if scheme.lower() != "bearer":
            raise NotAuthenticated("The Authorization header must read `Bearer <credential>`.")
        return credential.strip()

    def tokens(self, authorization: str | None) -> tuple[Token, ...]:
        """Read the sessions of a header; touches nothing. Raises `NotAuthenticated`, `NotPermitted`."""
        return self.parse(self._bearer(authorization))

    def parse(self, credential: str) -> tuple[Token, ...]:
        """Read what may stand behind `Bearer`; touches nothing. Raises `NotAuthenticated`, `NotPermitted`."""
        return parse_tokens(credential, self._rules)

    async def site_of(self, token: Token) -> str:
        """Name the site of a session: as marked, or else detected as `SiteDetector.detect` does, raising the same."""
        return token.site or await self._detector.detect(token.session, token.proxy)

    def _owner(self, tokens: tuple[Token, ...]) -> str:
        """Name the owner by bare sessions, so that marks and proxies change nothing; a list is owned as a set."""
        return owner_of(self._sealer, *(token.session for token in tokens))


def owner_of(sealer: Sealer, *sessions: Secret) -> str:
    """Name the owner that a session, or an exact set of sessions, stands for."""
    return "own_" + sealer.name("owner", *sorted({session.reveal() for session in sessions}))
