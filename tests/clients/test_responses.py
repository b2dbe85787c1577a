"""Unmodified clients have pictures made by the image tool of the Responses API."""

import base64
import io
from typing import Any

import openai
import pytest
from langchain_openai import ChatOpenAI
from PIL import Image
from pydantic import SecretStr
from tests.clients.counting import jobs_of
from tests.clients.media_host import picture
from tests.clients.official import Official
from tests.clients.packages import Program
from tests.running import Running

pytestmark = pytest.mark.asyncio(loop_scope="session")
TOOL: dict[str, Any] = {"type": "image_generation", "output_format": "png", "size": "1024x1024"}
BODY: dict[str, Any] = {"model": "gpt-image-1", "input": "a fox", "tools": [TOOL]}
DATA_URL = f"data:image/png;base64,{base64.b64encode(picture()).decode()}"


def check(response: Any) -> None:
    assert (response.object, response.status) == ("response", "completed")
    assert isinstance(response.output_text, str)
    (call,) = [item for item in response.output if item.type == "image_generation_call"]
    assert call.status == "completed"
    with Image.open(io.BytesIO(base64.b64decode(call.result, validate=True))) as opened:
        assert (opened.size, opened.format) == ((1024, 1024), "PNG")


def own(official: Official, name: str) -> str:
    return f"sandbox-{name}-{'sync' if official.synchronous else 'async'}"


def respond(**changes: Any) -> Any:
    return lambda client: client.responses.create(**{**BODY, **changes})


async def test_python_gets_a_picture_from_text_and_from_a_picture(official: Official) -> None:
    token = own(official, "respond")
    check(await official.ask(token, respond(tool_choice={"type": "image_generation"})))
    content = [{"type": "input_text", "text": "make it night"}, {"type": "input_image", "image_url": DATA_URL}]
    check(await official.ask(token, respond(input=[{"role": "user", "content": content}])))
    latest, first = await jobs_of(official.url, token)
    assert (len(latest["request"]["inputs"]), len(first["request"]["inputs"])) == (1, 0)


async def test_python_gets_every_event_in_its_order(official: Official) -> None:
    tools = [{**TOOL, "partial_images": 1}]
    events = await official.ask(own(official, "respond-stream"), respond(stream=True, tools=tools))
    assert [event.sequence_number for event in events] == list(range(len(events)))
    types = [event.type for event in events]
    assert types[:2] == ["response.created", "response.in_progress"]
    call = "response.image_generation_call"
    order = [
        "response.output_item.added",
        f"{call}.in_progress",
        f"{call}.generating",
        f"{call}.completed",
        "response.output_item.done",
    ]
    assert [kind for kind in types if kind in order][: len(order)] == order
    assert types.count(f"{call}.partial_image") <= 1
    assert types[-1] == "response.completed"
    check(events[-1].response)


async def test_python_is_refused_in_its_classes(official: Official) -> None:
    token = own(official, "respond-no")
    for changes, kind in (
        ({"tools": [{**TOOL, "model": "jimeng-9"}]}, openai.NotFoundError),
        ({"input": ""}, openai.BadRequestError),
        ({"tools": [{**TOOL, "size": "9000x10"}], "stream": True}, openai.BadRequestError),
    ):
        with pytest.raises(openai.APIStatusError) as caught:
            await official.ask(token, respond(**changes))
        assert type(caught.value) is kind
    assert await jobs_of(official.url, token) == []


async def test_node_gets_a_picture_and_its_events(gateway: Running, node_openai: Program) -> None:
    answer = await node_openai.run("respond", gateway.url, "sandbox-node-respond", body=BODY)
    assert (answer.get("status"), answer.get("pictures")) == ("completed", ["png"]), answer
    streamed = await node_openai.run("respondStream", gateway.url, "sandbox-node-respond", body=BODY)
    assert (streamed.get("status"), streamed.get("pictures")) == ("completed", ["png"]), streamed
    assert streamed["types"][0] == [0, "response.created"]


async def test_langchain_keeps_the_picture_of_the_tool(gateway: Running) -> None:
    model = ChatOpenAI(
        base_url=f"{gateway.url}/v1",
        api_key=SecretStr("sandbox-langchain-tool"),
        model="gpt-image-1",
        max_retries=0,
        use_responses_api=True,
    )
    message = await model.bind_tools([TOOL]).ainvoke("a fox")
    assert isinstance(message.content, list)
    calls = [block for block in message.content if isinstance(block, dict) and block["type"] == "image_generation_call"]
    assert [base64.b64decode(call["result"])[:4] for call in calls] == [b"\x89PNG"]
