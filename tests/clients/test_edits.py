"""Unmodified clients hand in pictures and get edited ones."""

import base64
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openai
import pytest
from PIL import Image
from tests.clients.counting import jobs_of
from tests.clients.media_host import picture
from tests.clients.official import Official
from tests.clients.packages import Program
from tests.running import Running

pytestmark = pytest.mark.asyncio(loop_scope="session")
WISH: dict[str, Any] = {"prompt": "make it night", "n": 1, "size": "1024x1024", "response_format": "b64_json"}
RED, BLUE = picture("red"), picture("blue")


def text(content: bytes) -> str:
    return base64.b64encode(content).decode()


def edit(**fields: Any) -> Callable[[Any], Any]:
    return lambda client: client.images.edit(**fields)


def check(response: Any) -> None:
    (item,) = response.data
    with Image.open(io.BytesIO(base64.b64decode(item.b64_json, validate=True))) as opened:
        assert opened.size == (1024, 1024)
    assert response._request_id


async def test_python_edits_bytes_a_named_file_a_tuple_and_lists(official: Official, tmp_path: Path) -> None:
    path = tmp_path / "red.png"
    path.write_bytes(RED)
    token = f"sandbox-edit-{'sync' if official.synchronous else 'async'}"
    forms: list[Any] = [RED, path, ("red.png", RED, "image/png"), [RED], [("a.png", RED), ("b.png", BLUE)]]
    for form in forms:
        check(await official.ask(token, edit(model="jimeng-4.0", image=form, **WISH)))
    jobs = await jobs_of(official.url, token)
    assert [len(job["request"]["inputs"]) for job in jobs] == [2, 1, 1, 1, 1]


async def test_python_is_told_that_there_is_no_mask_and_what_is_wrong_with_a_picture(official: Official) -> None:
    token = f"sandbox-mask-{'sync' if official.synchronous else 'async'}"
    for changes, param in (({"mask": BLUE}, "mask"), ({"image": b"no picture"}, "image")):
        with pytest.raises(openai.BadRequestError) as caught:
            await official.ask(token, edit(**{"model": "jimeng-4.0", "image": RED, **WISH, **changes}))
        assert caught.value.param == param
    assert await jobs_of(official.url, token) == []


async def test_python_gets_base64_from_the_newer_names_without_asking(official: Official) -> None:
    wish = edit(model="gpt-image-1", image=RED, prompt="night", size="1024x1024")
    check(await official.ask("sandbox-edit-gpt", wish))


@pytest.mark.parametrize("files", [[RED], [RED, BLUE]])
async def test_node_edits(gateway: Running, node_openai: Program, files: list[bytes]) -> None:
    edited = await node_openai.run(
        "edit",
        gateway.url,
        "sandbox-node-edit",
        body={**WISH, "model": "jimeng-4.0"},
        files=[text(each) for each in files],
    )
    assert edited["pictures"] == [{"kind": "png", "url": False}], edited


@pytest.mark.parametrize("files", [[RED], [RED, BLUE]])
async def test_the_ai_sdk_edits(gateway: Running, ai_sdk: Program, files: list[bytes]) -> None:
    edited = await ai_sdk.run(
        "generateImage",
        gateway.url,
        "sandbox-ai-edit",
        provider="compatible",
        model="jimeng-4.0",
        prompt="make it night",
        files=[text(each) for each in files],
        n=1,
        size="1024x1024",
    )
    assert edited["pictures"] == [{"kind": "png", "type": "image/png"}], edited
    assert len((await jobs_of(gateway.url, "sandbox-ai-edit"))[0]["request"]["inputs"]) == len(files)


async def test_litellm_edits(gateway: Running, litellm: Program) -> None:
    body = {"model": "openai/gpt-image-1", "prompt": "make it night", "size": "1024x1024"}
    edited = await litellm.run("edit", gateway.url, "sandbox-litellm-edit", body=body, file=RED.hex())
    assert "failure" not in edited, edited
    assert [bool(item["b64_json"]) for item in edited["data"]] == [True]
