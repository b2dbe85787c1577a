"""`/v1/assets` over HTTP: a file handed in three ways, listed, read, used by id and by address, deleted."""

import base64
import hashlib
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from PIL import Image

pytestmark = pytest.mark.asyncio(loop_scope="session")
CLIP = Path(__file__).parents[3] / "src/dreambridge/simulator/data/clips/16x9.mp4"
KEYS = [
    *("id", "object", "kind", "media_type", "bytes", "sha256", "size", "width", "height", "seconds", "name"),
    *("created_at", "url"),
]
SMALL = {"model": "jimeng-4.0", "n": 1, "size": "512x512", "prompt": "make it snow"}


def picture(colour: str = "red") -> bytes:
    held = io.BytesIO()
    Image.new("RGB", (320, 240), colour).save(held, "PNG")
    return held.getvalue()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def visitor(gateway: Any) -> AsyncIterator[httpx2.AsyncClient]:
    headers = {"Authorization": "Bearer sandbox-assets"}
    async with httpx2.AsyncClient(base_url=gateway.url, timeout=30, headers=headers) as client:
        yield client


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stranger(gateway: Any) -> AsyncIterator[httpx2.AsyncClient]:
    headers = {"Authorization": "Bearer sandbox-stranger"}
    async with httpx2.AsyncClient(base_url=gateway.url, timeout=30, headers=headers) as client:
        yield client


async def hand_in(client: httpx2.AsyncClient, content: bytes = b"", name: str = "cat.png") -> dict[str, Any]:
    answer = await client.post("/v1/assets", files={"file": (name, content or picture())})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def refusal(answering: Any, status: int) -> dict[str, Any]:
    answer = await answering
    assert answer.status_code == status, answer.text
    return dict(answer.json()["error"])


async def test_a_file_of_a_form_becomes_an_asset(gateway: Any, visitor: Any) -> None:
    answer = await visitor.post("/v1/assets", files={"file": ("a/狐狸.png", picture())}, data={"purpose": "vision"})
    asset = answer.json()
    assert (answer.status_code, list(asset)) == (201, KEYS)
    assert answer.headers["location"] == f"{gateway.url}/v1/assets/{asset['id']}"
    assert answer.headers["x-dreambridge-ignored"] == "purpose"
    told = [asset[key] for key in ("object", "kind", "media_type", "size", "width", "height", "seconds", "name")]
    assert told == ["asset", "image", "image/png", "320x240", 320, 240, None, "狐狸.png"]
    assert (asset["bytes"], asset["sha256"]) == (len(picture()), hashlib.sha256(picture()).hexdigest())
    assert (await visitor.get(f"/v1/assets/{asset['id']}")).json() == asset


async def test_the_body_itself_may_be_the_file(visitor: Any) -> None:
    headers = {"Content-Type": "video/mp4"}
    answer = await visitor.post("/v1/assets?name=clip.mp4", content=CLIP.read_bytes(), headers=headers)
    asset = answer.json()
    assert (answer.status_code, asset["kind"], asset["media_type"], asset["name"]) == (
        201, "video", "video/mp4", "clip.mp4",
    )  # fmt: skip
    assert asset["seconds"] > 0
    # What it is, its content says.
    lying = await visitor.post("/v1/assets", content=picture(), headers={"Content-Type": "audio/mpeg"})
    assert (lying.status_code, lying.json()["kind"]) == (201, "image")


@pytest.mark.parametrize("field", ["data", "url", "image_url", "image", "b64_json"])
async def test_json_may_hold_the_file_as_text(visitor: Any, field: str) -> None:
    text = base64.b64encode(picture()).decode()
    for value in (text, f"data:image/png;base64,{text}", {"url": text}):
        answer = await visitor.post("/v1/assets", json={field: value, "name": "n"})
        assert (answer.status_code, answer.json()["name"]) == (201, "n")
        assert "x-dreambridge-ignored" not in answer.headers


async def test_a_result_is_kept_as_an_asset_by_its_own_address(visitor: Any, stranger: Any) -> None:
    made = (await visitor.post("/v1/images/generations", json=SMALL)).json()["data"][0]["url"]
    asset = (await visitor.post("/v1/assets", json={"url": made})).json()
    assert asset["sha256"] == hashlib.sha256((await visitor.get(made)).content).hexdigest()
    # Whoever has the address may look at it; as an input it is its owner's.
    assert (await stranger.get(made)).status_code == 200
    error = await refusal(stranger.post("/v1/assets", json={"url": made}), 400)
    assert (error["code"], error["param"]) == ("artifact_not_found", "url")


async def test_the_bytes_are_their_owners_and_come_whole_or_in_part(visitor: Any, stranger: Any) -> None:
    asset = await hand_in(visitor)
    whole = await visitor.get(asset["url"])
    assert (whole.status_code, whole.content, whole.headers["content-type"]) == (200, picture(), "image/png")
    assert whole.headers["x-content-type-options"] == "nosniff"
    assert whole.headers["content-security-policy"] == "sandbox; default-src 'none'"
    part = await visitor.get(asset["url"], headers={"Range": "bytes=1-3"})
    assert (part.status_code, part.content) == (206, b"PNG")
    assert (await visitor.get(asset["url"], headers={"Range": "bytes=999999-"})).status_code == 416
    assert (await visitor.head(asset["url"])).headers["content-length"] == str(len(picture()))
    for method, path in (("GET", ""), ("GET", "/content"), ("DELETE", "")):
        error = await refusal(stranger.request(method, f"/v1/assets/{asset['id']}{path}"), 404)
        assert error["code"] == "asset_not_found"
    async with httpx2.AsyncClient() as nobody:
        assert (await nobody.get(asset["url"])).status_code == 401


async def test_an_asset_is_an_input_by_id_by_address_and_in_a_form(visitor: Any, stranger: Any) -> None:
    asset = await hand_in(visitor, picture("blue"))
    name, host = asset["id"], visitor.base_url.host
    local = f"http://localhost:{visitor.base_url.port}/v1/assets/{name}"
    for images in ([name], [{"id": name}], [{"file_id": name}], asset["url"], [{"image_url": {"url": local}}]):
        answer = await visitor.post("/v1/images/edits", json={**SMALL, "images": images})
        assert answer.status_code == 200, answer.text
        assert await inputs_of(visitor, answer) == [asset["sha256"]]
    answer = await visitor.post("/v1/images/edits", files={"image": (None, name), "prompt": (None, "snow")})
    assert await inputs_of(visitor, answer) == [asset["sha256"]]
    for mine in (name, asset["url"]):
        error = await refusal(stranger.post("/v1/images/edits", json={**SMALL, "images": [mine]}), 400)
        assert (error["code"], error["param"], error["charged"]) == ("asset_not_found", "images[0]", "no")
    # Another server's address of the same form is fetched, and this one is private.
    foreign = f"http://{host}:9/v1/assets/{name}/content"
    error = await refusal(visitor.post("/v1/images/edits", json={**SMALL, "images": [foreign]}), 400)
    assert error["code"] == "failed_to_download_image"


async def test_an_artifact_and_a_job_are_inputs_by_id_and_by_address(gateway: Any, visitor: Any) -> None:
    made = await visitor.post("/v1/images/generations", json=SMALL)
    job_id, url = made.headers["x-job-id"], made.json()["data"][0]["url"]
    digest = hashlib.sha256((await visitor.get(url)).content).hexdigest()
    artifact_id = url.rpartition("/")[2].partition(".")[0]
    for source in (url, artifact_id, job_id, f"{gateway.url}/v1/jobs/{job_id}"):
        answer = await visitor.post("/v1/images/edits", json={**SMALL, "images": [source]})
        assert answer.status_code == 200, answer.text
        assert await inputs_of(visitor, answer) == [digest]


async def inputs_of(client: httpx2.AsyncClient, answer: Any) -> list[str]:
    job = (await client.get(f"/v1/jobs/{answer.headers['x-job-id']}")).json()
    return [each["sha256"] for each in job["request"]["inputs"]]


async def test_a_list_is_read_a_page_at_a_time_in_either_order(gateway: Any) -> None:
    headers = {"Authorization": "Bearer sandbox-collector"}
    async with httpx2.AsyncClient(base_url=gateway.url, headers=headers) as client:
        nothing: dict[str, Any] = {"object": "list", "data": [], "first_id": None, "last_id": None, "has_more": False}
        assert (await client.get("/v1/assets")).json() == nothing
        made = [(await hand_in(client, name=f"{n}.png"))["id"] for n in range(3)]
        page = (await client.get("/v1/assets?limit=2")).json()
        assert [each["id"] for each in page["data"]] == [made[2], made[1]]
        assert (page["first_id"], page["last_id"], page["has_more"]) == (made[2], made[1], True)
        rest = (await client.get(f"/v1/assets?limit=2&after={page['last_id']}")).json()
        assert ([each["id"] for each in rest["data"]], rest["has_more"]) == ([made[0]], False)
        oldest = (await client.get("/v1/assets?order=asc&limit=1")).json()
        assert oldest["data"][0]["id"] == made[0]
        assert (await client.get("/v1/assets?after=%00")).json() == nothing
        for query in ("limit=0", "limit=101", "limit=x", "order=up"):
            assert (await refusal(client.get(f"/v1/assets?{query}"), 400))["param"] == query.partition("=")[0]


async def test_a_deleted_asset_is_gone(visitor: Any) -> None:
    asset = await hand_in(visitor, picture("green"))
    deleted = await visitor.delete(f"/v1/assets/{asset['id']}")
    assert (deleted.status_code, deleted.json()) == (
        200,
        {"id": asset["id"], "object": "asset.deleted", "deleted": True},
    )
    for method, path in (("GET", ""), ("GET", "/content"), ("DELETE", "")):
        assert (await refusal(visitor.request(method, f"/v1/assets/{asset['id']}{path}"), 404))["param"] == "id"


@pytest.mark.parametrize(
    ("sent", "code", "param"),
    [
        ({"json": {}}, "missing_required_parameter", "file"),
        ({"json": {"url": 5}}, "invalid_type", "url"),
        ({"json": {"data": "no base64!"}}, "invalid_base64_image", "data"),
        ({"json": {"data": "aGVsbG8="}}, "unsupported_image_media_type", "data"),
        ({"json": {"url": "http://127.0.0.1:9/a.png"}}, "failed_to_download_image", "url"),
        ({"json": {"url": "http://[::1"}}, "failed_to_download_image", "url"),
        ({"json": {"data": ["aGVsbG8=", "aGVsbG8="]}}, "array_above_max_length", "data[1]"),
        ({"json": {"data": "aGVsbG8=", "name": 5}}, "invalid_type", "name"),
        ({"json": {"url": "asset_nothing"}}, "asset_not_found", "url"),
        ({"files": {"file": ("a.png", b"hello")}}, "unsupported_image_media_type", "file"),
        ({"files": {"file": ("a.png", b"")}}, "empty_image_file", "file"),
        ({"content": b"", "headers": {"Content-Type": "image/png"}}, "empty_image_file", "body"),
        ({"content": picture()[:90], "headers": {"Content-Type": "image/png"}}, "invalid_image", "body"),
    ],
)
async def test_what_is_no_file_is_told_by_name(visitor: Any, sent: Any, code: str, param: str) -> None:
    before = (await visitor.get("/v1/assets")).json()["first_id"]
    error = await refusal(visitor.post("/v1/assets", **sent), 400)
    assert (error["code"], error["param"], error["charged"]) == (code, param, "no")
    assert (await visitor.get("/v1/assets")).json()["first_id"] == before


async def test_a_body_beyond_the_limit_is_refused_before_it_is_read(visitor: Any) -> None:
    large = b"\x89PNG\r\n\x1a\n" + bytes(9 * 1024**2)
    error = await refusal(visitor.post("/v1/assets", content=large, headers={"Content-Type": "image/png"}), 413)
    assert error["code"] == "body_too_large"
