import json
from typing import Any

import pytest

from dreambridge.catalog import Catalog
from dreambridge.catalog.site import Site
from dreambridge.domain import errors
from dreambridge.domain.generation import Dimensions, InputKind, MediaInput
from dreambridge.domain.secret import Secret
from dreambridge.upstream.wire import upload, uploaded
from dreambridge.upstream.wire.call import Answer, Call
from dreambridge.upstream.wire.envelope import parse_envelope
from dreambridge.upstream.wire.upload import IMAGES, MEDIA, Grant, Opening, Route, check_upload_host

AT = 1767323045.0
TOKEN = {
    "access_key_id": "AKTPx",
    "secret_access_key": "s",
    "session_token": "STS2x",
    "space_name": "room",
    "current_time": "2026-01-02T03:04:05Z",
    "expired_time": "2026-01-02T04:04:05Z",
}
PICTURE = MediaInput("a" * 64, InputKind.IMAGE, "image/png", ".png", 10, "a", Dimensions(4, 3))
SOUND = MediaInput("b" * 64, InputKind.AUDIO, "audio/wav", ".wav", 10, "b", None, 2.5)


def grant_of(site: Site, route: Route = IMAGES, **changes: Any) -> Grant:
    data = {key: value for key, value in (TOKEN | changes).items() if value is not None}
    return upload.parse_token(parse_envelope({"ret": "0", "data": data}), route, site, at=AT)


def answer(document: Any, status: int = 200) -> Answer:
    return Answer(status, json.dumps(document).encode())


def query_of(call: Call) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in call.url.partition("?")[2].split("&"))


@pytest.mark.parametrize(
    ("site", "changes", "room"),
    [
        ("cn", {"service_id": "own"}, "own"),
        ("cn", {}, "tb4s082cfz"),
        ("us", {"service_id": "own"}, "room"),
        ("sg", {"space_name": None}, "wopfjsm1ax"),
    ],
)
def test_the_storage_of_a_site_is_named_by_its_token_or_else_its_row(
    catalog: Catalog, site: str, changes: dict[str, Any], room: str
) -> None:
    there = catalog.site(site)
    grant = grant_of(there, **changes)
    assert grant.room == room
    query = query_of(upload.build_apply(there, grant, 123, nonce="0a", at=AT))
    assert query == {
        "Action": "ApplyImageUpload",
        "Version": "2018-08-01",
        "ServiceId": room,
        "FileSize": "123",
        "s": "0a",
    } | ({} if site == "cn" else {"device_platform": "web"})


@pytest.mark.parametrize(
    ("site", "route", "told", "region"),
    [
        ("cn", IMAGES, None, "cn-north-1"),
        ("us", IMAGES, None, "us-east-1"),
        ("sg", IMAGES, "ap-singapore-1", "ap-singapore-1"),
        ("us", MEDIA, None, "cn-north-1"),
        ("us", MEDIA, "us-east-1", "us-east-1"),
    ],
)
def test_a_signature_is_for_the_region_of_the_token_or_else_of_the_row(
    catalog: Catalog, site: str, route: Route, told: str | None, region: str
) -> None:
    there = catalog.site(site)
    call = upload.build_apply(there, grant_of(there, route, region=told), 1, nonce="0", at=AT)
    assert f"/20260102/{region}/{route.service}/aws4_request" in call.headers["authorization"]


def test_no_call_to_a_storage_carries_a_cookie(catalog: Catalog) -> None:
    site = catalog.site("cn")
    grant = grant_of(site)
    opening = Opening(("https://up.example.com/upload/v1/a",), Secret("auth"), Secret("key"))
    calls = (
        upload.build_apply(site, grant, 1, nonce="0", at=AT),
        upload.build_bytes(site, opening, opening.addresses[0], size=1, crc=0),
        upload.build_commit(site, grant, opening, at=AT),
    )
    assert not any(name.casefold() == "cookie" for call in calls for name in call.headers)
    assert calls[1].headers["Content-CRC32"] == "00000000"


@pytest.mark.parametrize(
    ("changes", "life"),
    [
        ({}, 3600 - 60),
        ({"current_time": 100, "expired_time": "1100"}, 1000 - 60),
        ({"current_time": None, "expired_time": AT + 40}, 30),
        ({"expired_time": None}, 300 - 60),
        ({"current_time": "2026-01-02T03:04:05+08:00", "expired_time": "2026-01-02T03:05:05+08:00"}, 45),
    ],
)
def test_leave_to_upload_ends_a_little_early_by_the_sites_own_clock(
    catalog: Catalog, changes: dict[str, Any], life: float
) -> None:
    assert grant_of(catalog.site("cn"), **changes).valid_until == AT + life


@pytest.mark.parametrize(
    "changes", [{"access_key_id": None}, {"secret_access_key": ""}, {"space_name": "a b&c"}, {"region": "x/../y"}]
)
def test_credentials_that_are_none_are_unreadable(catalog: Catalog, changes: dict[str, Any]) -> None:
    with pytest.raises(errors.AnswerUnreadable):
        grant_of(catalog.site("us"), **changes)


@pytest.mark.parametrize(
    ("host", "base", "url"),
    [
        ("tos-d-x-lf.snssdk.com", "https://imagex.example.com", "https://tos-d-x-lf.snssdk.com"),
        ("up.example.com:8443", "https://imagex.example.com", "https://up.example.com:8443"),
        ("8.8.8.8", "https://imagex.example.com", "https://8.8.8.8"),
        ("127.0.0.1:9000", "http://127.0.0.1:8000", "http://127.0.0.1:9000"),
        ("localhost", "https://imagex.example.com", None),
        ("127.0.0.1", "https://imagex.example.com", None),
        ("169.254.169.254", "https://imagex.example.com", None),
        ("10.1.2.3", "https://imagex.example.com", None),
        ("[::1]", "https://imagex.example.com", None),
        ("router.local", "https://imagex.example.com", None),
        ("intranet", "https://imagex.example.com", None),
        ("user@up.example.com", "https://imagex.example.com", None),
        ("up.example.com/path", "https://imagex.example.com", None),
        ("up.example.com:99999", "https://imagex.example.com", None),
        ("tos-d-x-lf.snssdk.com", "http://127.0.0.1:8000", None),
        ("", "https://imagex.example.com", None),
    ],
)
def test_files_go_only_to_public_hosts_unless_the_site_lies_here(host: str, base: str, url: str | None) -> None:
    assert check_upload_host(host, base) == url


def image_place(**changes: Any) -> dict[str, Any]:
    place = {
        "StoreInfos": [{"StoreUri": "tos-cn-i-x/abc", "Auth": "SpaceKey/1", "UploadID": "1"}],
        "UploadHosts": ["edge.example.com", "10.0.0.1", "direct.example.com"],
        "SessionKey": "key",
    }
    return {"ResponseMetadata": {}, "Result": {"UploadAddress": place | changes}}


def test_an_opening_names_every_host_that_may_be_used_in_order(catalog: Catalog) -> None:
    site = catalog.site("cn")
    opening = uploaded.parse_apply(answer(image_place()), grant_of(site), site)
    assert opening.addresses == (
        "https://edge.example.com/upload/v1/tos-cn-i-x/abc",
        "https://direct.example.com/upload/v1/tos-cn-i-x/abc",
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"UploadHosts": ["10.0.0.1"]},
        {"UploadHosts": []},
        {"SessionKey": ""},
        {"StoreInfos": []},
        {"StoreInfos": [{"StoreUri": "../../etc", "Auth": "a"}]},
        {"StoreInfos": [{"StoreUri": "a?b=c", "Auth": "a"}]},
    ],
)
def test_an_opening_that_leads_nowhere_is_unreadable(catalog: Catalog, changes: dict[str, Any]) -> None:
    site = catalog.site("cn")
    with pytest.raises(errors.AnswerUnreadable):
        uploaded.parse_apply(answer(image_place(**changes)), grant_of(site), site)


@pytest.mark.parametrize("status", [200, 401])
def test_a_storages_refusal_is_read_under_any_status(catalog: Catalog, status: int) -> None:
    site = catalog.site("cn")
    refusal = {"ResponseMetadata": {"Error": {"CodeN": 100024, "Code": "InvalidAuthorization", "Message": "x"}}}
    with pytest.raises(errors.SiteRefused) as caught:
        uploaded.parse_apply(answer(refusal, status), grant_of(site), site)
    assert caught.value.site_code == "100024"


@pytest.mark.parametrize(
    ("found", "outcome"),
    [
        (Answer(204, b""), False),
        (answer({"code": 2000, "data": {"crc32": "0000002A"}}), True),
        (answer({"code": 2000, "data": {}}), True),
        (answer({"code": 2000, "data": {"crc32": "0000002b"}}), errors.SiteRefused),
        (answer({"code": 4003, "message": "x"}, 400), errors.SiteRefused),
        (answer({"code": 4003, "message": "x"}), errors.SiteRefused),
        (Answer(502, b"<html>"), errors.SiteUnreachable),
        (Answer(200, b"<html>"), errors.AnswerUnreadable),
        (Answer(302, b""), errors.SiteRefused),
    ],
)
def test_bytes_have_come_only_when_the_host_says_so(found: Answer, outcome: bool | type[Exception]) -> None:
    if isinstance(outcome, bool):
        assert uploaded.parse_bytes(found, 42) is outcome
        return
    with pytest.raises(outcome):
        uploaded.parse_bytes(found, 42)


@pytest.mark.parametrize(
    ("result", "uri", "size"),
    [
        (
            {"Results": [{"Uri": "a/1", "UriStatus": 2000}], "PluginResult": [{"ImageUri": "a/2", "ImageWidth": 0}]},
            "a/2",
            Dimensions(4, 3),
        ),
        (
            {"Results": [{"Uri": "a/1", "UriStatus": 2000}], "PluginResult": [{"ImageWidth": 8, "ImageHeight": 6}]},
            "a/1",
            Dimensions(8, 6),
        ),
        ({"Results": [{"Uri": "a/1"}]}, "a/1", Dimensions(4, 3)),
        # One client takes 2001 for success too; with an address it is one.
        ({"Results": [{"Uri": "a/1", "UriStatus": 2001}], "PluginResult": [{"ImageUri": "a/1"}]}, "a/1", None),
    ],
)
def test_a_committed_picture_has_its_address_and_size(result: Any, uri: str, size: Dimensions | None) -> None:
    found = uploaded.parse_commit(answer({"ResponseMetadata": {}, "Result": result}), PICTURE)
    assert (found.sha256, found.uri, found.vid) == (PICTURE.sha256, uri, None)
    assert found.dimensions == (size or Dimensions(4, 3))


def test_a_picture_the_site_cannot_read_is_the_callers_to_replace() -> None:
    result = {"Results": [{"Uri": "a/1", "UriStatus": 2001}], "PluginResult": []}
    with pytest.raises(errors.InputUnusable) as caught:
        uploaded.parse_commit(answer({"Result": result}), PICTURE)
    assert caught.value.param == "image"


def test_a_sound_without_a_length_keeps_the_one_we_measured() -> None:
    result = {"Results": [{"Vid": "v028", "VideoMeta": {"Width": 0, "Height": 0}}]}
    found = uploaded.parse_commit(answer({"Result": result}), SOUND)
    assert (found.vid, found.uri, found.seconds, found.dimensions) == ("v028", None, 2.5, None)
    with pytest.raises(errors.AnswerUnreadable):
        uploaded.parse_commit(answer({"Result": {"Results": [{}]}}), SOUND)
