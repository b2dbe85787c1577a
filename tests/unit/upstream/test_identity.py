from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

from dreambridge.catalog import Catalog
from dreambridge.domain.account import Session
from dreambridge.domain.secret import Secret
from dreambridge.upstream.wire.credit import CHECK, CREDIT
from dreambridge.upstream.wire.history import build_history_request
from dreambridge.upstream.wire.identity import build_call, derive_device
from dreambridge.upstream.wire.signing import build_sign

AT = 1771893831.7


def test_a_session_keeps_one_device_and_two_sessions_never_share_one() -> None:
    token = Secret("a" * 32)
    web_id, user_id = derive_device(b"key", "cn", token)
    assert derive_device(b"key", "cn", Secret("a" * 32)) == (web_id, user_id)
    assert len(web_id) == 19
    assert web_id.isdecimal()
    assert len(user_id) == 32
    assert int(user_id, 16)
    others = [
        derive_device(b"key", "cn", Secret("b" * 32)),
        derive_device(b"key", "us", token),
        derive_device(b"other", "cn", token),
    ]
    assert len({web_id, *(other[0] for other in others)}) == 4
    assert len({user_id, *(other[1] for other in others)}) == 4


def test_every_mweb_call_is_signed_for_its_own_path_and_carries_the_session(catalog: Catalog, session: Session) -> None:
    site = catalog.site("us")
    call = build_call(site, session, build_history_request(("one", "two")), at=AT)
    assert call.url.startswith(f"{site.mweb}/mweb/v1/get_history_by_ids?")
    assert call.headers["Device-Time"] == "1771893831"
    assert call.headers["Sign"] == build_sign(
        "/mweb/v1/get_history_by_ids", pf="7", appvr=site.appvr, device_time=1771893831
    )
    token = session.token.reveal()
    cookies = dict(pair.split("=", 1) for pair in call.headers["Cookie"].split("; "))
    assert {cookies[name] for name in ("sessionid", "sessionid_ss", "sid_tt")} == {token}
    assert cookies["_tea_web_id"] == session.web_id
    assert cookies["uid_tt"] == cookies["uid_tt_ss"] == session.user_id
    assert call.body == b'{"submit_ids":["one","two"]}'


def test_only_the_china_site_is_told_the_web_id_in_the_query(catalog: Catalog, session: Session) -> None:
    request = build_history_request(("one",))
    queries = {
        name: parse_qs(urlsplit(build_call(catalog.site(name), replace(session, site=name), request, at=AT).url).query)
        for name in ("cn", "us", "hk", "jp", "sg")
    }
    assert [name for name, query in queries.items() if "webId" in query] == ["cn"]
    assert {name: query["region"] for name, query in queries.items()} == {
        "cn": ["cn"],
        "us": ["US"],
        "hk": ["HK"],
        "jp": ["JP"],
        "sg": ["SG"],
    }
    assert queries["cn"]["aid"] == ["513695"]
    assert queries["sg"]["aid"] == ["513641"]


def test_balance_is_asked_without_the_usual_query_and_with_a_body(catalog: Catalog, session: Session) -> None:
    call = build_call(catalog.site("us"), session, CREDIT, at=AT)
    assert call.url == "https://commerce.us.capcut.com/commerce/v1/benefits/user_credit"
    assert call.body == b"{}"
    check = build_call(catalog.site("us"), session, CHECK, at=AT)
    assert "account_sdk_source=web" in check.url


def test_a_call_prints_neither_cookies_nor_body(catalog: Catalog, session: Session) -> None:
    call = build_call(catalog.site("us"), session, build_history_request(("secret-id",)), at=AT)
    assert session.token.reveal() not in repr(call)
    assert "secret-id" not in repr(call)
