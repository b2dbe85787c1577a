"""How files come to a site: a token, then for each file an application, its bytes and a commit."""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlencode, urlsplit

from dreambridge.catalog.rows import is_loopback
from dreambridge.catalog.site import Site
from dreambridge.domain.errors import AnswerUnreadable
from dreambridge.domain.generation import InputKind
from dreambridge.domain.secret import Secret
from dreambridge.upstream.wire.call import Call
from dreambridge.upstream.wire.envelope import Envelope
from dreambridge.upstream.wire.identity import AGENT, Service, SiteRequest
from dreambridge.upstream.wire.reading import as_dict, as_float, as_text, first_text
from dreambridge.upstream.wire.sigv4 import Credentials, sign_request

# Videos and sounds go to one host in China from every site that was watched; it signs for this region.
_VOD_REGION: Final = "cn-north-1"
# A token that does not tell its life is trusted this long, in seconds.
_UNTOLD_LIFE: Final = 300.0
_MARGIN: Final = 60.0
# What needs no encoding is signed alike by everyone.
_PLAIN: Final = re.compile(r"[A-Za-z0-9._~-]+")
_HOST: Final = re.compile(r"[A-Za-z0-9.-]+(:\d{1,5})?|\[[0-9a-fA-F:]+\](:\d{1,5})?")
_STORE_URI: Final = re.compile(r"[A-Za-z0-9._~/-]+")


@dataclass(frozen=True, slots=True)
class Route:
    """One of the two ways: pictures go to ImageX, videos and sounds to VOD. `scene` is the token's."""

    scene: int
    service: str
    version: str
    apply: str
    commit: str


IMAGES: Final = Route(2, "imagex", "2018-08-01", "ApplyImageUpload", "CommitImageUpload")
MEDIA: Final = Route(1, "vod", "2020-11-19", "ApplyUploadInner", "CommitUploadInner")


@dataclass(frozen=True, slots=True)
class Grant:
    """Leave to upload by one route: credentials, the storage's name for our room, and until when (epoch seconds)."""

    route: Route
    credentials: Credentials
    room: str
    valid_until: float


@dataclass(frozen=True, slots=True)
class Opening:
    """An application that was granted: where the bytes may go (in this order) and what proves that they may."""

    addresses: tuple[str, ...]
    auth: Secret
    session_key: Secret


def route_of(kind: InputKind) -> Route:
    """Name the way a file takes."""
    return IMAGES if kind is InputKind.IMAGE else MEDIA


def build_token(route: Route) -> SiteRequest:
    """Build the request for leave to upload by one route."""
    return SiteRequest(Service.MWEB, "/mweb/v1/get_upload_token", {"scene": route.scene})


def parse_token(envelope: Envelope, route: Route, site: Site, *, at: float) -> Grant:
    """Read the leave to upload that was given at epoch second `at`; raise `AnswerUnreadable` when it is none."""
    data = as_dict(envelope.data)
    names = ("access_key_id", "secret_access_key", "session_token")
    access_key, secret, session_token = (as_text(data.get(name)) for name in names)
    if route is IMAGES:
        room = first_text(data.get(site.upload_service), site.image_service_id)
        region = first_text(data.get("region"), site.signing_region)
    else:
        room = as_text(data.get("space_name"))
        region = first_text(data.get("region"), _VOD_REGION)
    plain = all(_PLAIN.fullmatch(each) for each in (access_key, room, region))
    if not (plain and secret and session_token):
        raise AnswerUnreadable("The site's answer holds no credentials for an upload.", log_id=envelope.log_id)
    ends, now = _moment(data.get("expired_time")), _moment(data.get("current_time"))
    # The site's own two moments, for its clock need not be ours.
    life = ends - (at if now is None else now) if ends is not None else _UNTOLD_LIFE
    credentials = Credentials(access_key, Secret(secret), Secret(session_token), region, route.service)
    return Grant(route, credentials, room, at + life - min(_MARGIN, life / 4))


def build_apply(site: Site, grant: Grant, size: int, *, nonce: str, at: float) -> Call:
    """Build the application for a file of `size` bytes; `nonce` is some base-36 digits."""
    if grant.route is IMAGES:
        room = {"ServiceId": grant.room, "FileSize": str(size), "s": nonce} | _platform(site)
    else:
        kind = {"FileType": "video", "IsInner": "1"}  # sounds go as videos too
        room = {"SpaceName": grant.room, **kind, "FileSize": str(size), "s": nonce}
    return _build_signed(site, grant, "GET", {"Action": grant.route.apply} | room, b"", at=at)


def build_commit(site: Site, grant: Grant, opening: Opening, *, at: float) -> Call:
    """Build the call that ends an upload."""
    key = opening.session_key.reveal()
    body: dict[str, object] = {"SessionKey": key}
    if grant.route is IMAGES:
        room = {"ServiceId": grant.room} | _platform(site)
    else:
        room = {"SpaceName": grant.room}
        body["Functions"] = []
    content = json.dumps(body, separators=(",", ":")).encode()
    return _build_signed(site, grant, "POST", {"Action": grant.route.commit} | room, content, at=at)


def build_bytes(site: Site, opening: Opening, address: str, *, size: int, crc: int) -> Call:
    """Build the call that carries `size` bytes of CRC-32 `crc`, which are sent beside it."""
    headers = _headers(site) | {
        "Authorization": opening.auth.reveal(),
        "Content-CRC32": f"{crc:08x}",
        "Content-Type": "application/octet-stream",
        "Content-Disposition": 'attachment; filename="undefined"',
        "Content-Length": str(size),
    }
    return Call("POST", address, headers)


def check_upload_host(host: str, base: str) -> str | None:
    """Give the base URL of a host that an answer named, `None` when files must not go there.

    It has the scheme of `base`, the site's own storage. A public host is all that a real site may name; one of this
    machine is for a site that lies on this machine.
    """
    if not _HOST.fullmatch(host):
        return None
    try:
        own, named = urlsplit(base), urlsplit(f"{urlsplit(base).scheme}://{host}")
        name, _port = named.hostname or "", named.port
    except ValueError:
        return None
    if is_loopback(own.hostname or ""):
        return named.geturl() if is_loopback(name) else None
    return named.geturl() if own.scheme == "https" and _is_public(name) else None


def _is_public(name: str) -> bool:
    try:
        return ip_address(name).is_global
    except ValueError:
        return "." in name.strip(".") and not name.endswith((".local", ".localhost", ".internal"))


def storage_of(site: Site, route: Route) -> str:
    """Give the base URL of the storage that a route leads to."""
    return site.imagex if route is IMAGES else site.vod


def read_addresses(site: Site, route: Route, hosts: list[str], store_uri: str) -> tuple[str, ...]:
    """Build the addresses of an upload's bytes, leaving out hosts that files must not go to."""
    if not _STORE_URI.fullmatch(store_uri) or ".." in store_uri:
        return ()
    bases = (check_upload_host(host, storage_of(site, route)) for host in hosts)
    return tuple(f"{base}/upload/v1/{store_uri}" for base in bases if base)


def _build_signed(site: Site, grant: Grant, method: str, query: dict[str, str], body: bytes, *, at: float) -> Call:
    url = f"{storage_of(site, grant.route)}/?{urlencode(query | {'Version': grant.route.version})}"
    headers = _headers(site) | sign_request(grant.credentials, method, url, body, at=at)
    if body:
        headers["Content-Type"] = "application/json"
    return Call(method, url, headers, body or None)


def _platform(site: Site) -> dict[str, str]:
    return {"device_platform": "web"} if site.upload_platform else {}


def _headers(site: Site) -> dict[str, str]:
    # No cookie: the storage is another company's host as far as a browser is concerned.
    return {"Accept": "*/*", "User-Agent": AGENT, "Origin": site.origin, "Referer": site.referer}


def _moment(value: object) -> float | None:
    """Read a moment, in epoch seconds or as ISO 8601."""
    number = as_float(value)
    if number is not None:
        return number
    try:
        return datetime.fromisoformat(as_text(value)).timestamp()
    except ValueError:
        return None
