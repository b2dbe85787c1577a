"""Every form of a credential, and everything that is none."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dreambridge.domain.errors import NoAccountReady, NotAuthenticated, NotPermitted
from dreambridge.domain.secret import Secret
from dreambridge.engine.credentials import CredentialReader, CredentialRules, Token, owner_of, parse_tokens
from dreambridge.engine.detection import SiteDetector

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from tests.unit.engine.conftest import FakeSite

    from dreambridge.engine.clock import Clock
    from dreambridge.engine.gatekeeper import Gatekeeper
    from dreambridge.engine.roster import Roster
    from dreambridge.engine.sealing import Sealer
    from dreambridge.upstream.client import UpstreamClient

    Leap = Callable[[Coroutine[Any, Any, Any]], Any]

S = "0123456789abcdef0123456789ABCDEF"
T = "f" * 32
ADMIN = "db-admin-" + "a" * 43
RULES = CredentialRules(
    sites=frozenset({"cn", "us", "hk", "jp", "sg"}),
    session=re.compile(r"[0-9a-fA-F]{32}"),
    session_tokens=True,
    sandbox=True,
    proxies=True,
)


def token(session: str = S, site: str | None = None, proxy: str | None = None) -> Token:
    return Token(Secret(session), site, Secret(proxy) if proxy else None)


@pytest.mark.parametrize(
    ("credential", "expected"),
    [
        ("sandbox", [token("sandbox", "sandbox")]),
        ("sandbox-anything", [token("sandbox-anything", "sandbox")]),
        ("sandbox-a.b_c-1", [token("sandbox-a.b_c-1", "sandbox")]),
        (S, [token()]),
        *[(f"{mark}-{S}", [token(S, mark.lower())]) for mark in ("us", "hk", "JP", "Sg", "CN", "cn")],
        *[(f"{S}:{mark}", [token(S, mark.lower())]) for mark in ("cn", "us", "HK", "jp", "sG")],
        (f"http://1.2.3.4:8080@{S}", [token(S, None, "http://1.2.3.4:8080")]),
        (f"https://proxy.example:443@us-{S}", [token(S, "us", "https://proxy.example:443")]),
        (f"http://user:pass@proxy.example:8080@{S}:sg", [token(S, "sg", "http://user:pass@proxy.example:8080")]),
        (f"http://user:p@s@s@h.example:1@cn-{S}", [token(S, "cn", "http://user:p@s@s@h.example:1")]),
        (f"socks5://user:pass@h.example:1080@{S}", [token(S, None, "socks5://user:pass@h.example:1080")]),
        (f"SOCKS5H://h.example:1080@us-{S}", [token(S, "us", "socks5://h.example:1080")]),
        (f"HTTP://h.example:1@us-{S}", [token(S, "us", "http://h.example:1")]),
        (f"http://[::1]:3128@us-{S}", [token(S, "us", "http://[::1]:3128")]),
        (f"us-{S}, cn-{T}", [token(S, "us"), token(T, "cn")]),
        (f"us-{S},us-{S},US-{S}", [token(S, "us")]),
        (f"sandbox,us-{S}", [token("sandbox", "sandbox"), token(S, "us")]),
        (f"http://u:p@h:1@us-{S},http://h:2@us-{S}", [token(S, "us", "http://u:p@h:1"), token(S, "us", "http://h:2")]),
    ],
)
def test_a_credential_stands_for_its_sessions(credential: str, expected: list[Token]) -> None:
    assert list(parse_tokens(credential, RULES)) == expected


NO_CREDENTIALS = [
    "",
    " ",
    ",",
    f"us-{S},",
    f",us-{S}",
    "sk-1234567890",
    "db-0123456789abcdef",
    "Sandbox",
    "sandbox-",
    "sandbox-a b",
    "sandbox-" + "a" * 65,
    S[:-1],
    S + "0",
    S.replace("0", "g"),
    f"fr-{S}",
    f"{S}:fr",
    f"us-{S}:cn",
    f"us-us-{S}",
    f"sandbox-us-{S} x",
    f"ftp://h.example:1@{S}",
    f"socks4://h.example:1@{S}",
    f"socks5://h.example@{S}",
    f"http://h.example@us-{S}",
    f"http://h.example:0@us-{S}",
    f"http://h.example:99999@us-{S}",
    f"http://u:p#q@h.example:1@us-{S}",
    f"http://h.example:1/path@us-{S}",
    "http://h.example:1@",
    "http://h.example:1",
    f"http://h.example:1@sk-{S}x",
    f"@{S}",
    "x" * 10_000,
    ",".join([f"us-{n:032x}" for n in range(65)]),
    "null",
    "undefined",
    "你好",
]


@pytest.mark.parametrize("credential", NO_CREDENTIALS)
def test_anything_else_is_no_credential(credential: str) -> None:
    with pytest.raises(NotAuthenticated) as caught:
        parse_tokens(credential, RULES)
    assert caught.value.specific_code == "invalid_api_key"


@given(st.text(max_size=80))
def test_no_text_does_worse_than_to_be_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(NotAuthenticated) as caught:
        parse_tokens(f"{text}!", RULES)
    assert len(text) < 12 or text not in caught.value.message


@pytest.mark.parametrize(
    ("rules", "credential"),
    [
        (replace(RULES, sandbox=False), "sandbox"),
        (replace(RULES, session_tokens=False), f"us-{S}"),
        (replace(RULES, proxies=False), f"http://h.example:1@us-{S}"),
    ],
)
def test_what_the_server_does_not_accept_is_refused_as_such(rules: CredentialRules, credential: str) -> None:
    with pytest.raises(NotPermitted):
        parse_tokens(credential, rules)


class NoMemory:
    """Remember no site."""

    async def site_of(self, digest: str) -> str | None:
        return None

    async def remember_site(self, digest: str, site: str) -> None:
        raise AssertionError("nothing was found out")


@pytest.fixture
def reader(
    sealer: Sealer, roster: Roster, client: UpstreamClient, clock: Clock, gatekeeper: Gatekeeper
) -> CredentialReader:
    detector = SiteDetector(
        order=("cn", "us"), client=client, roster=roster, sealer=sealer, memory=NoMemory(), clock=clock
    )
    return CredentialReader(RULES, sealer, roster, detector, gatekeeper)


@pytest.mark.parametrize(
    "authorization",
    [None, "", "  ", "Bearer", "Bearer ", f"Basic us-{S}", f"us-{S}", *(f"Bearer {each}" for each in NO_CREDENTIALS)],
)
def test_what_is_no_credential_is_refused_without_any_call(
    reader: CredentialReader, site: FakeSite, leap: Leap, authorization: str | None
) -> None:
    with pytest.raises(NotAuthenticated):
        leap(reader.read(authorization))
    assert not site.calls


@pytest.mark.parametrize("authorization", [f"Bearer us-{S}", f"bearer  {S}:us", f"BEARER us-{S},cn-{T}"])
def test_a_marked_session_is_believed_without_any_call(
    reader: CredentialReader, site: FakeSite, leap: Leap, authorization: str
) -> None:
    caller = leap(reader.read(authorization))
    assert caller.sites[0] == "us"
    assert len(caller.accounts) == len(caller.sites)
    assert not site.calls


def test_the_owner_is_the_bare_session_whatever_its_mark_or_proxy(
    reader: CredentialReader, sealer: Sealer, leap: Leap
) -> None:
    forms = [f"us-{S}", f"{S}:us", f"sg-{S}", f"http://u:p@127.0.0.1:1@us-{S}"]
    owners = {leap(reader.read(f"Bearer {form}")).owners for form in forms}
    assert owners == {(owner_of(sealer, Secret(S)),)}


def test_a_list_is_owned_as_a_set(reader: CredentialReader, leap: Leap) -> None:
    both = leap(reader.read(f"Bearer us-{S},us-{T}"))
    assert leap(reader.read(f"Bearer us-{T}, us-{S}")).owners == both.owners
    assert leap(reader.read(f"Bearer us-{S}")).owners != both.owners
    assert len(both.accounts) == 2


def test_nothing_of_a_session_shows_in_its_owner_or_account(reader: CredentialReader, leap: Leap) -> None:
    caller = leap(reader.read(f"Bearer http://user:hush@127.0.0.1:1@us-{S}"))
    assert S not in repr(caller)
    assert "hush" not in repr(caller)


def test_each_sandbox_token_is_an_account_of_its_own(reader: CredentialReader, leap: Leap) -> None:
    one, two = leap(reader.read("Bearer sandbox")), leap(reader.read("Bearer sandbox-two"))
    assert one.sites == two.sites == ("sandbox",)
    assert one.accounts != two.accounts
    assert one.owners != two.owners


def test_the_admin_key_has_no_limits_and_needs_an_account_of_the_server(reader: CredentialReader, leap: Leap) -> None:
    caller = leap(reader.read(f"Bearer {ADMIN}"))
    assert (caller.accounts, caller.sites, caller.key) == ((), (), None)
    with pytest.raises(NoAccountReady, match="dreambridge accounts add"):
        caller.require_accounts()
    assert leap(reader.administers(f"Bearer {ADMIN}"))
    assert not leap(reader.administers(f"Bearer us-{S}"))
    with pytest.raises(NotAuthenticated):
        leap(reader.administers("Bearer nobody"))


@pytest.mark.parametrize("credential", ["sandbox", f"us-{S}", S])
def test_where_a_gateway_key_is_required_nothing_else_is_taken(credential: str) -> None:
    with pytest.raises(NotPermitted, match="REQUIRE_GATEWAY_KEY"):
        parse_tokens(credential, replace(RULES, keys_only=True))


@pytest.mark.parametrize("credential", ["db-" + "x" * 43, f"us-{S},db-" + "x" * 43])
def test_a_gateway_key_is_no_session(credential: str) -> None:
    with pytest.raises(NotPermitted, match="gateway key"):
        parse_tokens(credential, RULES)
