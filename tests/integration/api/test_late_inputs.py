"""Streams whose inputs come slowly from elsewhere: the head does not wait for them, and what is wrong is told in it."""

import asyncio
import io
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from aiohttp import web
from PIL import Image
from tests.running import Running, serve_gateway

pytestmark = pytest.mark.asyncio(loop_scope="session")


class Host:
    """A host that gives its file only when it is told to."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.content = b""
        self.url = ""

    async def answer(self, _: web.Request) -> web.Response:
        await self.go.wait()
        return web.Response(body=self.content)


@pytest_asyncio.fixture(loop_scope="session")
async def host() -> AsyncIterator[Host]:
    held = Host()
    app = web.Application()
    app.router.add_get("/a.png", held.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert runner.addresses
    held.url = f"http://127.0.0.1:{runner.addresses[0][1]}/a.png"
    yield held
    await runner.cleanup()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def laboratory(tmp_path_factory: pytest.TempPathFactory, clean_environment: None) -> AsyncIterator[Running]:
    async with serve_gateway(tmp_path_factory.mktemp("laboratory"), allow_private_inputs=True) as running:
        yield running


def bodies(url: str) -> dict[str, dict[str, Any]]:
    """Give the same wish in the words of each route that streams."""
    talk = [{"role": "user", "content": [{"type": "text", "text": "snow"}, {"type": "image_url", "image_url": url}]}]
    return {
        "/v1/images/edits": {"prompt": "snow", "image": url, "model": "jimeng-4.0", "n": 1, "stream": True},
        "/v1/chat/completions": {"messages": talk, "model": "jimeng-4.0", "n": 1, "stream": True},
        "/v1/responses": {
            "input": [{"role": "user", "content": [{"type": "input_image", "image_url": url}]}],
            "tools": [{"type": "image_generation", "model": "jimeng-4.0"}],
            "stream": True,
        },
    }


def picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize("path", ["/v1/images/edits", "/v1/chat/completions"])
async def test_the_head_leaves_before_a_slow_input_is_here(laboratory: Running, host: Host, path: str) -> None:
    host.content = picture()
    headers = {"Authorization": f"Bearer sandbox-late{path[-5:]}"}
    async with (
        httpx2.AsyncClient(base_url=laboratory.url, timeout=60) as client,
        client.stream("POST", path, json=bodies(host.url)[path], headers=headers) as answer,
    ):
        assert answer.status_code == 200
        assert "x-job-id" not in answer.headers
        assert (await client.get("/v1/jobs", headers=headers)).json()["data"] == []
        host.go.set()
        text = (await answer.aread()).decode()
        (job,) = (await client.get("/v1/jobs", headers=headers)).json()["data"]
    assert '"error"' not in text
    assert (job["status"], len(job["request"]["inputs"])) == ("completed", 1)


@pytest.mark.parametrize("path", ["/v1/images/edits", "/v1/chat/completions", "/v1/responses"])
async def test_a_slow_input_that_is_none_is_an_error_in_the_stream(laboratory: Running, host: Host, path: str) -> None:
    host.content = b"no picture"
    headers = {"Authorization": f"Bearer sandbox-wrong{path[-5:]}"}
    async with (
        httpx2.AsyncClient(base_url=laboratory.url, timeout=60) as client,
        client.stream("POST", path, json=bodies(host.url)[path], headers=headers) as answer,
    ):
        assert answer.status_code == 200
        host.go.set()
        text = (await answer.aread()).decode()
        jobs = (await client.get("/v1/jobs", headers=headers)).json()["data"]
    assert '"unsupported_image_media_type"' in text
    assert text.endswith("data: [DONE]\n\n") is path.endswith("completions")
    assert jobs == []


async def test_a_quick_input_that_is_none_is_a_plain_error(laboratory: Running, host: Host) -> None:
    host.content = b"no picture"
    host.go.set()
    async with httpx2.AsyncClient(base_url=laboratory.url, timeout=60) as client:
        for path, body in bodies(host.url).items():
            answer = await client.post(path, json=body, headers={"Authorization": "Bearer sandbox-quick"})
            assert (answer.status_code, answer.json()["error"]["code"]) == (400, "unsupported_image_media_type")


async def test_a_client_that_leaves_before_its_input_is_here_is_given_the_job_when_it_asks_again(
    laboratory: Running, host: Host
) -> None:
    host.content = picture()
    headers = {"Authorization": "Bearer sandbox-leaves-early"}
    body = bodies(host.url)["/v1/images/edits"]
    async with httpx2.AsyncClient(base_url=laboratory.url, timeout=60) as client:
        async with client.stream("POST", "/v1/images/edits", json=body, headers=headers) as answer:
            assert answer.status_code == 200
        host.go.set()
        async with asyncio.timeout(30):
            while not (jobs := (await client.get("/v1/jobs", headers=headers)).json()["data"]):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        retry = {**headers, "x-stainless-retry-count": "1"}
        async with client.stream("POST", "/v1/images/edits", json=body, headers=retry) as again:
            text = (await again.aread()).decode()
        assert again.headers.get("x-job-id") == jobs[0]["id"]
    assert "image_edit.completed" in text
