import hashlib
import io
import wave
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from PIL import Image

from dreambridge.simulator.server import SimulatorServer
from dreambridge.simulator.uploads.sigv4 import SignedRequest, complaint, read_claim

OpenSite = Callable[..., Awaitable[SimulatorServer]]
Ask = Callable[..., Awaitable[Any]]
Move = Callable[[float], None]


def picture(width: int = 64, height: int = 48, form: str = "PNG", colour: str = "red") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(file, form)
    return file.getvalue()


def sound(seconds: float) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(b"\0\0" * round(8000 * seconds))
    return file.getvalue()


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF"])
async def test_a_picture_is_measured_when_its_upload_is_committed(open_site: OpenSite, bring: Any, form: str) -> None:
    site = await open_site()
    content = picture(form=form)
    result = await bring.brought(site, content)
    told = result["PluginResult"][0]
    assert result["Results"] == [{"Uri": told["ImageUri"], "UriStatus": 2000}]
    assert (told["ImageWidth"], told["ImageHeight"], told["ImageFormat"]) == (64, 48, form.lower())
    assert (told["ImageSize"], told["ImageMd5"]) == (
        len(content),
        hashlib.md5(content, usedforsecurity=False).hexdigest(),
    )


async def test_the_same_bytes_get_another_uri_each_time(open_site: OpenSite, bring: Any) -> None:
    site = await open_site()
    assert await bring.picture(site, picture()) != await bring.picture(site, picture())


@pytest.mark.parametrize(("cluster", "service"), [("cn", "tb4s082cfz"), ("us", "wopfjsm1ax"), ("asia", "wopfjsm1ax")])
async def test_credentials_name_the_service_of_their_cluster(
    open_site: OpenSite, bring: Any, cluster: str, service: str
) -> None:
    site = await open_site(cluster=cluster)
    token = await bring.token(site)
    assert token["space_name"] == service
    assert token.get("service_id") == (service if cluster == "cn" else None)
    assert token["session_token"].startswith("STS2")
    assert token["upload_domain"] == urlsplit(site.base_url).netloc
    assert (await bring.token(site, 1))["space_name"] == "dreamina"


async def test_a_token_without_a_known_scene_is_refused(open_site: OpenSite, ask: Ask) -> None:
    site = await open_site()
    assert (await ask(site, "token", {"scene": 4}))["ret"] == "1000"
    assert (await ask(site, "token", {"scene": 2}, session=""))["ret"] == "1015"


async def test_a_file_that_is_no_picture_is_committed_without_success(open_site: OpenSite, bring: Any) -> None:
    site = await open_site()
    result = await bring.brought(site, b"this is a text")
    assert result["Results"][0]["UriStatus"] == 2001
    assert result["PluginResult"] == []
    assert not site.world.depot.kept


async def test_a_sound_goes_the_way_of_videos(open_site: OpenSite, bring: Any) -> None:
    site = await open_site()
    meta = (await bring.brought(site, sound(2.5), scene=1))["Results"][0]["VideoMeta"]
    assert (meta["Duration"], meta["Width"], meta["Format"]) == (2.5, 0, "WAV")
    bare = (await bring.brought(site, sound(1), scene=1, session="x-audio-no-duration"))["Results"][0]["VideoMeta"]
    assert "Duration" not in bare


@pytest.mark.parametrize("content", [sound(1)[:-9], b"text", b"\0\0\0\x18ftypisom" + b"\0" * 12, b""])
async def test_a_broken_video_or_sound_is_refused(open_site: OpenSite, bring: Any, content: bytes) -> None:
    site = await open_site()
    token = await bring.token(site, 1)
    place = await bring.apply(site, token, max(1, len(content)))
    await bring.send(place, content or b" ")
    answer = await bring.commit(site, token, place)
    assert answer["ResponseMetadata"]["Error"]["Code"] == "InvalidMedia"


async def test_bytes_must_be_as_many_as_applied_for_and_fit_their_checksum(open_site: OpenSite, bring: Any) -> None:
    site = await open_site()
    token = await bring.token(site)
    place = await bring.apply(site, token, 5)
    for content, crc in ((b"1234", None), (b"123456", None), (b"12345", "00000000")):
        status, _ = await bring.send(place, content, crc)
        assert status == 400
        assert (await bring.commit(site, token, place))["ResponseMetadata"]["Error"]["Code"] == "UploadIncomplete"
    assert (await bring.send(place | {"Auth": "x"}, b"12345"))[0] == 403
    assert (await bring.send(place, b"12345"))[0] == 200
    assert len([one for one in site.world.refusals if one["contract"]]) == 7


async def test_a_session_key_serves_its_own_account_once(open_site: OpenSite, bring: Any) -> None:
    site = await open_site()
    token, other = await bring.token(site), await bring.token(site, session="bob")
    place = await bring.apply(site, token, len(picture()))
    await bring.send(place, picture())
    codes = []
    for owner in (other, token, token):
        answer = await bring.commit(site, owner, place)
        codes.append(answer["ResponseMetadata"].get("Error", {}).get("CodeN"))
    assert codes == [30406, None, 30406]


async def test_credentials_die_when_they_say(open_site: OpenSite, bring: Any, move: Move) -> None:
    site = await open_site(token_seconds=60)
    token = await bring.token(site)
    move(61)
    answer = await bring.storage(site, token, "ApplyImageUpload", FileSize="5")
    assert answer["ResponseMetadata"]["Error"]["CodeN"] == 100024


async def test_credentials_of_one_service_do_not_open_the_other(open_site: OpenSite, bring: Any) -> None:
    site = await open_site()
    token = await bring.token(site) | {"vod": True}
    answer = await bring.storage(site, token, "ApplyUploadInner", FileSize="5")
    assert answer["ResponseMetadata"]["Error"]["Code"] == "SignatureDoesNotMatch"


async def test_another_secret_does_not_sign(open_site: OpenSite, bring: Any) -> None:
    site = await open_site()
    token = await bring.token(site) | {"secret_access_key": "guessed"}
    answer = await bring.storage(site, token, "ApplyImageUpload", FileSize="5")
    assert answer["ResponseMetadata"]["Error"]["Code"] == "SignatureDoesNotMatch"


ONCE = {"upload-crc-once": 400, "upload-500-once": 500, "upload-edge-once": 204}


@pytest.mark.parametrize("name", ONCE)
async def test_a_mishap_of_the_upload_host_happens_once(open_site: OpenSite, bring: Any, name: str) -> None:
    site = await open_site(scenario=name)
    token = await bring.token(site)
    place = await bring.apply(site, token, len(picture()))
    assert [(await bring.send(place, picture()))[0] for _ in range(2)] == [ONCE[name], 200]
    assert not [one for one in site.world.refusals if one["contract"]]


async def test_the_first_credentials_can_be_dead_already(open_site: OpenSite, bring: Any) -> None:
    site = await open_site()
    codes = []
    for _ in range(2):
        token = await bring.token(site, session="x-upload-token-expired")
        answer = await bring.storage(site, token, "ApplyImageUpload", FileSize="5")
        codes.append(answer["ResponseMetadata"].get("Error", {}).get("CodeN"))
    assert codes == [100024, None]


async def test_content_checks_pass_and_refuse(open_site: OpenSite, bring: Any, ask: Ask) -> None:
    site = await open_site()
    for session, check, audit in (("alice", "0", 1), ("x-image-refused", "2003", 1), ("x-audit-refused", "0", 2)):
        uri = await bring.picture(site, picture(), session=session)
        told = await ask(site, "check", {"file_list": [{"file_uri": uri}]}, session=session)
        assert told["ret"] == check
        told = await ask(site, "audit", {"material_list": [{"material_type": 1, "uri": uri}]}, session=session)
        assert told["data"]["result_list"] == [{"audit_decision": audit}]
        assert (await ask(site, "audit_job", {"uri_list": [uri]}, session=session))["ret"] == "0"
        assert (await ask(site, "check", {"file_list": [{"file_uri": uri}]}, session="eve"))["ret"] == "1000"


async def test_uploads_survive_a_restart(open_site: OpenSite, bring: Any, tmp_path: Any) -> None:
    first = await open_site(state_dir=tmp_path)
    uri = await bring.picture(first, picture())
    await first.stop()
    second = await open_site(state_dir=tmp_path)
    kept = second.world.depot.kept[uri]
    assert (kept.width, kept.height, kept.session) == (64, 48, "alice")
    assert Image.open(io.BytesIO(kept.proof)).size == (64, 48)


# ------------------------------------------------------------------ the signature by itself

SIGNING = [("GET", b""), ("POST", b'{"SessionKey":"abc"}')]


@pytest.mark.parametrize(("method", "body"), SIGNING)
def test_the_own_signature_is_botocores(sign: Any, method: str, body: bytes) -> None:
    url = "http://imagex.example/?Action=A&Version=2018-08-01&s=a%20b%2Fc&FileSize=5"
    headers = sign(url, body if method == "POST" else None)
    claim = read_claim(headers["authorization"])
    assert claim is not None
    query = [("Action", "A"), ("Version", "2018-08-01"), ("s", "a b/c"), ("FileSize", "5")]
    request = SignedRequest(method, "/", query, headers, body)
    assert complaint(request, claim, "secret") is None
    assert complaint(request, claim, "Secret") is not None
    changed = SignedRequest(method, "/", [*query[:-1], ("FileSize", "6")], headers, body)
    assert complaint(changed, claim, "secret") is not None
    later = SignedRequest(method, "/", query, headers | {"x-amz-date": "20300101T000000Z"}, body)
    assert complaint(later, claim, "secret") is not None
    if method == "POST":
        other = SignedRequest(method, "/", query, headers, body + b" ")
        assert "hash" in (complaint(other, claim, "secret") or "")


def test_what_is_no_signature_is_no_claim() -> None:
    for text in ("", "Bearer x", "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=00"):
        assert read_claim(text) is None


def test_the_session_token_must_be_signed() -> None:
    text = (
        f"AWS4-HMAC-SHA256 Credential=k/20260101/r/imagex/aws4_request, SignedHeaders=x-amz-date, Signature={'0' * 64}"
    )
    claim = read_claim(text)
    assert claim is not None
    request = SignedRequest("GET", "/", [], {"x-amz-date": "20260101T000000Z"}, b"")
    assert complaint(request, claim, "s") == "x-amz-security-token is not signed"
