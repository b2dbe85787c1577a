"""Tells who is calling, and in strict mode whether the call looks as if the site's own page made it."""

import time
from urllib.parse import urlsplit

from starlette.requests import Request

from dreambridge.simulator.market import Market
from dreambridge.simulator.signature import expected_sign

_SESSION_COOKIES = ("sessionid", "sessionid_ss", "sid_tt")
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_EARLIEST = 1_600_000_000  # Device-Time before this is no Unix seconds of our days
_DAY = 86400


def session_of(request: Request) -> str:
    """Return the session id of a request; empty without one."""
    for header in request.headers.getlist("cookie"):
        if "sessionid=" in header:
            return read_cookies(header).get("sessionid", "")
    return ""


def read_cookies(header: str) -> dict[str, str]:
    """Read a Cookie header."""
    pairs = (part.strip().partition("=") for part in header.split(";"))
    return {name: value for name, _, value in pairs if name}


def complaint(request: Request, market: Market, *, login: bool) -> str | None:
    """Return what the site's own page would not have sent, for strict mode; None when all is as it should be."""
    return (
        _about_sign(request)
        or _about_application(request, market)
        or (_about_cookies(request) if login else None)
        or _about_origin(request, market)
    )


def _about_sign(request: Request) -> str | None:
    headers = request.headers
    for name in ("appid", "appvr", "pf", "device-time", "sign", "sign-ver"):
        if not headers.get(name):
            return f"header {name} is missing"
    if "tdid" not in headers:
        return "header tdid is missing (it may be empty)"
    if headers["sign-ver"] != "1" or headers["pf"] != "7":
        return "Sign-Ver must be 1 and Pf must be 7"
    device_time = headers["device-time"]
    if not device_time.isdigit() or not _EARLIEST < int(device_time) < time.time() + _DAY:
        return "Device-Time must be Unix seconds"
    expected = expected_sign(
        request.url.path,
        platform=headers["pf"],
        version=headers["appvr"],
        device_time=device_time,
        device=headers["tdid"],
    )
    return None if headers["sign"] == expected else f"Sign does not fit {request.url.path}"


def _about_application(request: Request, market: Market) -> str | None:
    allowed = {str(aid) for aid in market.aids}
    if request.headers["appid"] not in allowed:
        return f"Appid {request.headers['appid']} is not one of {market.cluster}"
    aid = request.query_params.get("aid")
    if aid is not None and aid not in allowed:
        return f"aid {aid} is not one of {market.cluster}"
    region = request.query_params.get("region")
    if region is not None and market.regions and region not in market.regions:
        return f"region {region} is not one of {market.cluster}"
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        return "Content-Type must be application/json"
    return None


def _about_cookies(request: Request) -> str | None:
    cookies = read_cookies("; ".join(request.headers.getlist("cookie")))
    values = {cookies.get(name, "") for name in _SESSION_COOKIES}
    if "" in values or len(values) != 1:
        return f"cookies {', '.join(_SESSION_COOKIES)} must all hold the session"
    return None


def _about_origin(request: Request, market: Market) -> str | None:
    for name in ("origin", "referer"):
        value = request.headers.get(name)
        if not value:
            return f"header {name} is missing"
        parts = urlsplit(value)
        if parts.hostname in _LOOPBACK:
            continue  # the site's hosts are overridden; the page's address follows them
        if f"{parts.scheme}://{parts.netloc}" not in market.origins:
            return f"{name} {value} is not of {market.cluster}"
    return None


def passport_complaint(request: Request, market: Market) -> str | None:
    """Return what is wrong with a call of the passport, which needs no `Sign` but no false one either."""
    if request.headers.get("sign") and (told := _about_sign(request)):
        return told
    aid = request.query_params.get("aid")
    if aid is not None and aid not in {str(own) for own in market.aids}:
        return f"aid {aid} is not one of {market.cluster}"
    return _about_cookies(request)
