"""Small versions of pictures, by their addresses."""

import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from PIL import Image

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def web(gateway: Any) -> AsyncIterator[httpx2.AsyncClient]:
    """Ask without a credential."""
    async with httpx2.AsyncClient(base_url=gateway.url, timeout=60) as client:
        yield client


OWNER = {"Authorization": "Bearer sandbox-thumbnails"}


async def draw(web: httpx2.AsyncClient, **fields: Any) -> dict[str, Any]:
    """Have a picture drawn and give its artifact."""
    body = {"prompt": "a small fox", "n": 1, "size": "1024x1024", **fields}
    made = await web.post("/v1/images/generations", json=body, headers=OWNER)
    assert made.status_code == 200, made.text
    job = await web.get(f"/v1/jobs/{made.headers['x-job-id']}", headers=OWNER)
    artifact: dict[str, Any] = job.json()["artifacts"][0]
    return artifact


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def artifact(web: httpx2.AsyncClient) -> dict[str, Any]:
    return await draw(web)


def size_of(content: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(content)) as picture:
        picture.load()
        return picture.size


@pytest.mark.parametrize("side", [256, 512, 1024])
async def test_an_address_with_a_width_gives_a_small_jpeg_under_the_same_guard(
    web: httpx2.AsyncClient, artifact: dict[str, Any], side: int
) -> None:
    whole = await web.get(artifact["url"])
    small = await web.get(artifact["url"], params={"w": side})
    assert (small.status_code, small.headers["content-type"]) == (200, "image/jpeg")
    assert size_of(small.content) == (side, side)
    for name in ("x-content-type-options", "content-security-policy", "referrer-policy", "cache-control"):
        assert small.headers[name] == whole.headers[name]
    assert size_of(whole.content) == (1024, 1024)


async def test_a_job_shows_where_the_thumbnail_of_each_picture_is(
    web: httpx2.AsyncClient, artifact: dict[str, Any]
) -> None:
    assert artifact["thumbnail_url"] == f"{artifact['url']}?w=512"
    assert size_of((await web.get(artifact["thumbnail_url"])).content) == (512, 512)


@pytest.mark.parametrize("width", ["0", "300", "512.0", "-256", "", "wide", "٢٥٦"])
async def test_another_width_is_refused_with_those_on_offer(
    web: httpx2.AsyncClient, artifact: dict[str, Any], width: str
) -> None:
    answer = await web.get(artifact["url"], params={"w": width})
    error = answer.json()["error"]
    assert (answer.status_code, error["param"]) == (400, "w")
    assert "256, 512, 1024" in error["message"]


async def test_a_part_of_a_thumbnail_can_be_asked_for(web: httpx2.AsyncClient, artifact: dict[str, Any]) -> None:
    whole = (await web.get(artifact["thumbnail_url"])).content
    part = await web.get(artifact["thumbnail_url"], headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, whole[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(whole)}"
    beyond = await web.get(artifact["thumbnail_url"], headers={"Range": f"bytes={len(whole)}-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{len(whole)}")


async def test_of_what_does_not_exist_there_is_no_thumbnail(web: httpx2.AsyncClient) -> None:
    answer = await web.get(f"/v1/artifacts/art_{'a' * 26}.png?w=256")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "artifact_not_found")


async def test_a_thumbnail_is_kept_and_deleted_with_its_job(
    web: httpx2.AsyncClient, tmp_path_factory: pytest.TempPathFactory
) -> None:
    made = await draw(web, prompt="a fox that goes")
    addresses = [f"{made['url']}?w={side}" for side in (256, 512, 1024)]
    first = [(await web.get(each)).headers["etag"] for each in addresses]
    assert [(await web.get(each)).headers["etag"] for each in addresses] == first

    def files() -> list[Path]:
        return sorted(tmp_path_factory.getbasetemp().rglob(f"{made['id']}*"))

    assert len(files()) == 4
    assert (await web.delete(f"/v1/jobs/{made['job_id']}", headers=OWNER)).status_code == 200
    assert files() == []
    assert {(await web.get(each)).status_code for each in addresses} == {404}
