"""Unmodified clients chat with models that draw."""

import re
from typing import Any

import httpx2
import openai
import pytest
from langchain_openai import ChatOpenAI
from pydantic import SecretStr
from tests.clients.counting import jobs_of
from tests.clients.official import Official
from tests.clients.packages import Program
from tests.running import Running

pytestmark = pytest.mark.asyncio(loop_scope="session")
MODEL = "jimeng-4.0"
PROMPT = "a fox in the snow -re 1k"
BODY: dict[str, Any] = {"model": MODEL, "messages": [{"role": "user", "content": PROMPT}], "n": 1}


async def check_pictures(content: str, number: int) -> None:
    """See that the Markdown of an answer shows so many pictures, to anyone."""
    urls = re.findall(r"!\[[^\]]*\]\((\S+?)\)", content)
    assert len(urls) == number, content
    async with httpx2.AsyncClient() as web:
        for url in urls:
            answer = await web.get(url)
            assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")


def own(official: Official, name: str) -> str:
    return f"sandbox-{name}-{'sync' if official.synchronous else 'async'}"


async def test_python_gets_a_picture_in_a_message(official: Official) -> None:
    token = own(official, "chat")
    answer = await official.ask(token, lambda client: client.chat.completions.create(**BODY))
    assert (answer.object, answer.model, answer.choices[0].finish_reason) == ("chat.completion", MODEL, "stop")
    assert all(type(number) is int for number in (answer.usage.prompt_tokens, answer.usage.total_tokens))
    assert answer._request_id
    await check_pictures(answer.choices[0].message.content, 1)
    assert len(await jobs_of(official.url, token)) == 1


async def test_python_gets_a_picture_in_a_stream_with_its_usage_last(official: Official) -> None:
    options = {"stream": True, "stream_options": {"include_usage": True}}
    chunks = await official.ask(
        own(official, "chat-stream"), lambda client: client.chat.completions.create(**BODY, **options)
    )
    assert len({(chunk.id, chunk.created, chunk.model) for chunk in chunks}) == 1
    assert {chunk.object for chunk in chunks} == {"chat.completion.chunk"}
    assert chunks[0].choices[0].delta.role == "assistant"
    assert [choice.finish_reason for chunk in chunks for choice in chunk.choices if choice.finish_reason] == ["stop"]
    assert (chunks[-1].choices, type(chunks[-1].usage.total_tokens)) == ([], int)
    await check_pictures("".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices), 1)


async def test_python_is_refused_in_its_classes(official: Official) -> None:
    token = own(official, "chat-no")
    cases: list[tuple[dict[str, Any], type[openai.APIStatusError]]] = [
        ({"model": "jimeng-9"}, openai.NotFoundError),
        ({"messages": []}, openai.BadRequestError),
        ({"messages": [{"role": "user", "content": "a fox -ra 5:1"}]}, openai.BadRequestError),
        ({"messages": [{"role": "user", "content": "a fox -ra 5:1"}], "stream": True}, openai.BadRequestError),
    ]
    for changes, kind in cases:
        body = {**BODY, **changes}
        with pytest.raises(openai.APIStatusError) as caught:
            await official.ask(token, _chat(body))
        assert type(caught.value) is kind
        assert caught.value.request_id
    assert await jobs_of(official.url, token) == []


def _chat(body: dict[str, Any]) -> Any:
    return lambda client: client.chat.completions.create(**body)


async def test_python_raises_in_the_stream_where_the_drawing_fails(official: Official) -> None:
    body = {**BODY, "messages": [{"role": "user", "content": "a fox [sim:output-refused]"}], "stream": True}
    with pytest.raises(openai.APIError) as caught:
        await official.ask(own(official, "chat-fails"), _chat(body))
    assert caught.value.code == "content_policy_violation"


async def test_langchain_invokes_and_streams(gateway: Running) -> None:
    model = ChatOpenAI(
        base_url=f"{gateway.url}/v1", api_key=SecretStr("sandbox-langchain"), model=MODEL, max_retries=0, n=1
    )
    message = await model.ainvoke(PROMPT)
    await check_pictures(str(message.content), 1)
    parts = [part async for part in model.astream(PROMPT)]
    await check_pictures("".join(str(part.content) for part in parts), 1)
    assert len(await jobs_of(gateway.url, "sandbox-langchain")) == 2


async def test_node_chats_and_streams(gateway: Running, node_openai: Program) -> None:
    answer = await node_openai.run("chat", gateway.url, "sandbox-node-chat", body=BODY)
    assert answer.get("object") == "chat.completion", answer
    await check_pictures(answer["choices"][0]["message"]["content"], 1)
    chunks = await node_openai.run("chatStream", gateway.url, "sandbox-node-chat", body=BODY)
    assert isinstance(chunks, list), chunks
    await check_pictures(
        "".join(choice["delta"].get("content") or "" for chunk in chunks for choice in chunk["choices"]), 1
    )


async def test_the_ai_sdk_generates_and_streams_text_with_pictures(gateway: Running, ai_sdk: Program) -> None:
    prompt = "a fox in the snow -re 1k"
    wish = {"provider": "compatible", "model": MODEL, "prompt": prompt}
    answer = await ai_sdk.run("generateText", gateway.url, "sandbox-ai-chat", **wish)
    assert answer.get("finishReason") == "stop", answer
    await check_pictures(answer["text"], 4)
    streamed = await ai_sdk.run("streamText", gateway.url, "sandbox-ai-chat", **wish)
    assert streamed.get("finishReason") == "stop", streamed
    await check_pictures(streamed["text"], 4)
    assert streamed["reasoning"]


async def test_litellm_chats(gateway: Running, litellm: Program) -> None:
    body = {**BODY, "model": f"openai/{MODEL}"}
    answer = await litellm.run("chat", gateway.url, "sandbox-litellm-chat", body=body)
    assert "failure" not in answer, answer
    await check_pictures(answer["choices"][0]["message"]["content"], 1)
