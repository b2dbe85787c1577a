"""Who we say we are: headers, cookies, query and device ids of a Session on a Site."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final
from urllib.parse import urlencode

from dreambridge.catalog.site import Site
from dreambridge.domain.account import Session
from dreambridge.domain.secret import Secret
from dreambridge.upstream.wire.call import Call
from dreambridge.upstream.wire.signing import build_sign

_PF: Final = "7"
_SDK: Final = "48.0.0"
AGENT: Final = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
)
_WEB_ID_DIGITS: Final = 19


class Service(Enum):
    """Which of a site's servers a call goes to, and whether it carries the usual query there.

    The commerce calls go without it: with it some answer `ret` 1014, others change their envelope.
    """

    MWEB = "mweb"
    COMMERCE = "commerce"
    PASSPORT = "passport"


@dataclass(frozen=True, slots=True)
class SiteRequest:
    """One call before it is dressed for a session: path, JSON body, and query beyond the usual."""

    service: Service
    path: str
    body: Mapping[str, object] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict)


def derive_device(key: bytes, site: str, token: Secret) -> tuple[str, str]:
    """Derive (`web_id`, `user_id`) of a session: 19 digits and 32 hex digits, always the same for the same session.

    A site that saw a new device at every start would take one person for many. `key` is the server's own, so that
    nobody else can tell which session an id belongs to.
    """
    digest = hmac.digest(key, f"device|{site}|{token.reveal()}".encode(), "sha256")
    number = int.from_bytes(digest[:16], "big") % 10 ** (_WEB_ID_DIGITS - 1)
    # Ids of real browsers start with a 7.
    return f"7{number:0{_WEB_ID_DIGITS - 1}d}", hashlib.md5(digest[16:], usedforsecurity=False).hexdigest()


def build_call(site: Site, session: Session, request: SiteRequest, *, at: float) -> Call:
    """Dress a request for a session: URL, headers, cookies and signature at epoch second `at`."""
    base = {Service.MWEB: site.mweb, Service.COMMERCE: site.commerce, Service.PASSPORT: site.passport}[request.service]
    query = dict(request.query)
    if request.service is not Service.COMMERCE:
        query = build_query(site, session) | query
    url = f"{base}{request.path}" + (f"?{urlencode(query)}" if query else "")
    # An empty body is refused by the commerce calls, `{}` is not.
    body = json.dumps(request.body, ensure_ascii=False, separators=(",", ":"))
    # A half surrogate in a prompt has no UTF-8; its escape is JSON.
    data = body.encode("utf-8", "backslashreplace")
    return Call("POST", url, build_headers(site, session, request.path, at=at), data)


def build_query(site: Site, session: Session) -> dict[str, str]:
    """Build the query parameters that every `mweb` call carries."""
    query = {"aid": str(site.aid), "device_platform": "web", "region": site.region}
    if site.web_id:
        query["webId"] = session.web_id
    return query | {
        "da_version": site.da_version,
        "web_version": site.web_version,
        "aigc_features": "app_lip_sync",
    }


def build_headers(site: Site, session: Session, path: str, *, at: float) -> dict[str, str]:
    """Build the headers of a call to `path`, signed for epoch second `at`."""
    device_time = int(at)
    return {
        "Accept": "application/json, text/plain, */*",
        "Content-Type": "application/json",
        "User-Agent": AGENT,
        "Origin": site.origin,
        "Referer": site.referer,
        "Appid": str(site.aid),
        "Appvr": site.appvr,
        "App-Sdk-Version": _SDK,
        "Pf": _PF,
        "Lan": site.lan,
        "Loc": site.loc,
        "Tdid": "",
        "Device-Time": str(device_time),
        "Sign-Ver": "1",
        "Sign": build_sign(path, pf=_PF, appvr=site.appvr, device_time=device_time),
        "Cookie": build_cookies(site, session),
    }


def build_cookies(site: Site, session: Session) -> str:
    """Build the Cookie header of a signed-in browser.

    `sid_guard` is left out: it tells when the session was issued, which we do not know and would have to invent.
    """
    token = session.token.reveal()
    cookies = {
        "_tea_web_id": session.web_id,
        "is_staff_user": "false",
        "store-region": site.loc,
        "store-region-src": "uid",
        "uid_tt": session.user_id,
        "uid_tt_ss": session.user_id,
        "sid_tt": token,
        "sessionid": token,
        "sessionid_ss": token,
    }
    return "; ".join(f"{name}={value}" for name, value in cookies.items())
