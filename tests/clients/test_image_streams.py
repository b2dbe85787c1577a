"""Unmodified clients have pictures streamed to them."""

import base64
import io
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
WISH: dict[str, Any] = {"model": "jimeng-4.0", "prompt": "a fox", "size": "1024x1024", "stream": True}


def check(events: list[Any], kind: str, finished: int, most_partial: int) -> None:
    types = [event.type for event in events]
    assert types.count(f"{kind}.completed") == finished
    assert set(types) <= {f"{kind}.completed", f"{kind}.partial_image"}
    partial = [event.partial_image_index for event in events if event.type == f"{kind}.partial_image"]
    assert len(partial) <= most_partial * finished
    for event in events:
        with Image.open(io.BytesIO(base64.b64decode(event.b64_json, validate=True))) as opened:
            opened.load()
            if event.type.endswith("completed"):
                assert f"{opened.width}x{opened.height}" == event.size == "1024x1024"
        assert type(event.created_at) is int
        assert event.output_format in {"png", "jpeg", "webp"}
    for usage in (event.usage for event in events if event.type.endswith("completed")):
        details = usage.input_tokens_details
        numbers = (
            usage.input_tokens,
            usage.output_tokens,
            usage.total_tokens,
            details.image_tokens,
            details.text_tokens,
        )
        assert all(type(number) is int for number in numbers)


@pytest.mark.parametrize(("n", "partial_images"), [(1, 0), (1, 2), (2, 1)])
async def test_python_gets_each_picture_as_an_event(official: Official, n: int, partial_images: int) -> None:
    token = f"sandbox-stream-{n}-{partial_images}-{'sync' if official.synchronous else 'async'}"
    events = await official.ask(
        token, lambda client: client.images.generate(**WISH, n=n, partial_images=partial_images)
    )
    check(events, "image_generation", n, partial_images)
    assert len(await jobs_of(official.url, token)) == 1


async def test_python_gets_an_edit_as_events(official: Official) -> None:
    events = await official.ask(
        "sandbox-stream-edit", lambda client: client.images.edit(**WISH, n=1, image=picture(), partial_images=1)
    )
    check(events, "image_edit", 1, 1)


async def test_python_raises_before_the_stream_where_nothing_was_begun(official: Official) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        await official.ask("sandbox-stream-no", lambda client: client.images.generate(**{**WISH, "size": "9000x10"}))
    assert (caught.value.param, bool(caught.value.request_id)) == ("size", True)


async def test_python_raises_in_the_stream_where_it_fails_later(official: Official) -> None:
    with pytest.raises(openai.APIError) as caught:
        await official.ask(
            "sandbox-stream-fails",
            lambda client: client.images.generate(**{**WISH, "prompt": "a [sim:output-refused]"}, n=1),
        )
    assert caught.value.code == "content_policy_violation"
    assert not isinstance(caught.value, openai.APIConnectionError)


async def test_node_gets_events(gateway: Running, node_openai: Program) -> None:
    body = {"model": "jimeng-4.0", "prompt": "a fox", "size": "1024x1024", "n": 1, "partial_images": 1}
    events = await node_openai.run("generateStream", gateway.url, "sandbox-node-stream", body=body)
    assert (events[-1]["type"], events[-1]["kind"]) == ("image_generation.completed", "png"), events
    files = [base64.b64encode(picture()).decode()]
    events = await node_openai.run("editStream", gateway.url, "sandbox-node-stream", body=body, files=files)
    assert (events[-1]["type"], events[-1]["kind"]) == ("image_edit.completed", "png"), events
