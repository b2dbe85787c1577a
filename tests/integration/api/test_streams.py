"""Answers as they come: image events, chat chunks, responses, a job's events; and what ends them."""

import asyncio
import base64
import io
import json
from typing import Any

import httpx2
import openai
import pytest
from PIL import Image

pytestmark = pytest.mark.asyncio(loop_scope="session")
SMALL = {"model": "jimeng-4.0", "size": "512x512"}


@pytest.fixture
async def http(gateway: Any) -> Any:
    async with httpx2.AsyncClient(base_url=gateway.url, timeout=60) as client:
        yield client


def size_of(encoded: str) -> str:
    with Image.open(io.BytesIO(base64.b64decode(encoded, validate=True))) as picture:
        picture.load()
        return f"{picture.width}x{picture.height}"


async def blocks(http: httpx2.AsyncClient, path: str, body: dict[str, Any] | None, token: str) -> list[str]:
    """Read a whole stream, in blocks between empty lines."""
    headers = {"Authorization": f"Bearer {token}"}
    method = "GET" if body is None else "POST"
    async with http.stream(method, path, json=body, headers=headers) as answer:
        text = (await answer.aread()).decode()
        assert answer.status_code == 200, text
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert answer.headers["cache-control"] == "no-cache, no-transform"
        assert answer.headers["x-accel-buffering"] == "no"
    return [block for block in text.split("\n\n") if block]


def events(found: list[str]) -> list[tuple[str, Any]]:
    """Read named events; comments stand in blocks of their own."""
    named = []
    for block in found:
        lines = block.split("\n")
        if lines[0].startswith(":"):
            assert len(lines) == 1
            continue
        assert [line.partition(":")[0] for line in lines] == ["event", "data"]
        named.append((lines[0].removeprefix("event: "), json.loads(lines[1].removeprefix("data: "))))
    return named


@pytest.mark.parametrize("count", [1, 3])
async def test_the_official_client_is_given_each_picture_as_an_event(gateway: Any, count: int) -> None:
    async with gateway.client("sandbox-stream") as client:
        stream = await client.images.generate(prompt=f"{count} [sim:staggered]", n=count, stream=True, **SMALL)
        found = [event async for event in stream]
    assert [event.type for event in found] == ["image_generation.completed"] * count
    for event in found:
        assert size_of(event.b64_json) == event.size == "512x512"
        assert event.usage.total_tokens == event.usage.input_tokens_details.image_tokens == 0
        assert (event.output_format, event.quality, event.background) == ("png", "auto", "opaque")


async def test_a_smaller_picture_comes_before_the_finished_one_where_asked_for(gateway: Any) -> None:
    async with gateway.client("sandbox-previews") as client:
        stream = await client.images.generate(
            prompt="a fox", model="jimeng-4.0", n=1, stream=True, partial_images=2, size="1024x1024"
        )
        found = [event async for event in stream]
    assert [event.type for event in found] == ["image_generation.partial_image", "image_generation.completed"]
    assert found[0].partial_image_index == 0
    assert (size_of(found[0].b64_json), size_of(found[1].b64_json)) == ("512x512", "1024x1024")


async def test_an_edit_streams_under_its_own_name(gateway: Any) -> None:
    held = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(held, "PNG")
    async with gateway.client("sandbox-edit-stream") as client:
        stream = await client.images.edit(image=held.getvalue(), prompt="snow", n=1, stream=True, **SMALL)
        assert [event.type async for event in stream] == ["image_edit.completed"]


async def test_a_failure_after_the_head_is_an_error_the_clients_raise(gateway: Any) -> None:
    async with gateway.client("sandbox-stream-failed") as client:
        stream = await client.images.generate(prompt="a fox [sim:input-refused]", n=1, stream=True, **SMALL)
        with pytest.raises(openai.APIError) as caught:
            _ = [event async for event in stream]
    assert isinstance(caught.value.body, dict)
    assert caught.value.body["code"] == "content_policy_violation"
    assert caught.value.body["remedy"]


@pytest.mark.parametrize("path", ["/v1/images/generations", "/v1/chat/completions", "/v1/responses"])
async def test_an_error_in_a_stream_has_its_remedy_in_the_language_asked_for(http: Any, path: str) -> None:
    prompt = "a fox [sim:input-refused]"
    body = {
        "stream": True,
        "model": "jimeng-4.0",
        "prompt": prompt,
        "input": prompt,
        "messages": [{"role": "user", "content": prompt}],
    }
    headers = {"Authorization": "Bearer sandbox-stream-zh", "Accept-Language": "zh-CN"}
    async with http.stream("POST", path, json=body, headers=headers) as answer:
        text = (await answer.aread()).decode()
    assert "提示词" in text.partition('"remedy"')[2]


async def test_what_is_wrong_with_a_request_is_told_before_the_stream_begins(gateway: Any) -> None:
    async with gateway.client("sandbox-stream-refused") as client:
        with pytest.raises(openai.BadRequestError) as caught:
            await client.images.generate(prompt="a fox", model="jimeng-4.0", n=11, stream=True)
        assert caught.value.param == "n"
        with pytest.raises(openai.BadRequestError):
            await client.chat.completions.create(model="jimeng-4.0", messages=[], stream=True)


async def test_a_chat_streams_progress_then_each_picture_then_its_end(http: Any) -> None:
    body = {
        "model": "jimeng-4.0",
        "n": 2,
        "size": "512x512",
        "stream": True,
        "stream_options": {"include_usage": True},
        "messages": [{"role": "user", "content": "a fox"}],
    }
    found = await blocks(http, "/v1/chat/completions", body, "sandbox-chat-stream")
    assert found[0].startswith(": ")
    data = [block.removeprefix("data: ") for block in found if not block.startswith(":")]
    assert all(block.startswith("data: ") for block in found if not block.startswith(":"))
    assert data[-1] == "[DONE]"
    chunks = [json.loads(text) for text in data[:-1]]
    assert len({(chunk["id"], chunk["created"], chunk["model"], chunk["object"]) for chunk in chunks}) == 1
    assert chunks[0]["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert (chunks[-1]["choices"], chunks[-1]["usage"]["total_tokens"]) == ([], 2)
    assert {chunk["usage"] for chunk in chunks[:-1]} == {None}
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks[:-1]]
    assert chunks[-2]["choices"][0]["finish_reason"] == "stop"
    assert any(delta.get("reasoning_content") for delta in deltas)
    pictures = [delta["content"] for delta in deltas if delta.get("content")]
    assert [text.partition("]")[0] for text in pictures] == ["![image_0", "![image_1"]
    url = pictures[0].partition("(")[2].rstrip(")\n")
    assert (await http.get(url)).headers["content-type"].startswith("image/")


async def test_the_official_client_reads_a_chat_whole_and_streamed(gateway: Any) -> None:
    async with gateway.client("sandbox-chat") as client:
        fields: dict[str, Any] = {"model": "jimeng-4.0", "messages": [{"role": "user", "content": "a fox"}], "n": 1}
        whole = await client.chat.completions.create(**fields)
        assert whole.object == "chat.completion"
        assert whole.choices[0].message.content.startswith("![image_0](http://127.0.0.1:")
        assert whole.usage.total_tokens == 2
        stream = await client.chat.completions.create(**fields, stream=True)
        text = "".join([chunk.choices[0].delta.content or "" async for chunk in stream])
        assert text.startswith("![image_0](http://127.0.0.1:")


async def test_a_video_in_a_chat_is_a_player_and_a_link(gateway: Any, http: Any) -> None:
    async with gateway.client("sandbox-chat-video") as client:
        answer = await client.chat.completions.create(
            model="jimeng-video-3.0", messages=[{"role": "user", "content": "a fox runs -d 5 -ra 16:9"}]
        )
    lines = answer.choices[0].message.content.split("\n")
    assert (lines[0], lines[2], lines[3]) == ('<video controls="controls" width="100%">', "</video>", "")
    url = lines[4].removeprefix("[Download Video](").rstrip(")")
    assert lines[1] == f'  <source src="{url}" type="video/mp4">'
    assert (await http.get(url)).headers["content-type"] == "video/mp4"


async def test_an_earlier_picture_of_the_conversation_goes_in(gateway: Any, http: Any) -> None:
    token = "sandbox-chat-earlier"
    async with gateway.client(token) as client:
        first = [{"role": "user", "content": "a fox"}]
        made = await client.chat.completions.create(model="jimeng-4.0", messages=first, n=1)
        talk = [
            *first,
            {"role": "assistant", "content": made.choices[0].message.content},
            {"role": "user", "content": "put a hat on the fox in this picture"},
        ]
        raw = await client.chat.completions.with_raw_response.create(model="jimeng-4.0", messages=talk, n=1)
    assert raw.headers["x-dreambridge-references"] == "1"
    headers = {"Authorization": f"Bearer {token}"}
    job = (await http.get(f"/v1/jobs/{raw.headers['x-job-id']}", headers=headers)).json()
    assert len(job["request"]["inputs"]) == 1


async def test_a_name_with_the_image_suffix_answers_with_a_list_of_pictures(http: Any) -> None:
    headers = {"Authorization": "Bearer sandbox-suffix"}
    body = {"model": "jimeng-4.0:image", "n": 1, "messages": [{"role": "user", "content": "a fox"}]}
    answer = (await http.post("/v1/chat/completions", json=body, headers=headers)).json()
    message = answer["choices"][0]["message"]
    assert (answer["model"], message["content"]) == ("jimeng-4.0:image", "")
    assert (await http.get(message["images"][0]["image_url"]["url"])).status_code == 200


@pytest.mark.parametrize("stream", [False, True])
async def test_the_agent_speaks_and_shows_what_it_made(gateway: Any, stream: bool) -> None:
    async with gateway.client("sandbox-agent") as client:
        messages = [{"role": "user", "content": "画三张哈士奇 16:9"}]
        answer = await client.chat.completions.create(model="agent", messages=messages, stream=stream)
        if stream:
            text = "".join([chunk.choices[0].delta.content or "" async for chunk in answer])
        else:
            text = answer.choices[0].message.content
    assert text.count("![image_") == 3
    assert not text.startswith("![")


@pytest.mark.parametrize("stream", [False, True])
async def test_housekeeping_is_answered_and_makes_no_job(gateway: Any, http: Any, stream: bool) -> None:
    token = f"sandbox-housekeeping-{stream}"
    async with gateway.client(token) as client:
        answer = await client.chat.completions.create(
            model="jimeng-4.5", messages=[{"role": "user", "content": "ping"}], max_tokens=5, stream=stream
        )
        if stream:
            assert "".join([chunk.choices[0].delta.content or "" async for chunk in answer])
        else:
            assert answer.choices[0].message.content
    jobs = await http.get("/v1/jobs", headers={"Authorization": f"Bearer {token}"})
    assert jobs.json()["data"] == []


async def test_a_response_is_read_whole_and_in_events(gateway: Any) -> None:
    async with gateway.client("sandbox-responses") as client:
        fields: dict[str, Any] = {
            "model": "gpt-5",
            "input": "a fox",
            "tools": [{"type": "image_generation", "model": "jimeng-4.0", "size": "1024x1024", "partial_images": 1}],
        }
        whole = await client.responses.create(**fields)
        (item,) = whole.output
        assert (whole.status, whole.model, item.type, item.status) == (
            "completed",
            "gpt-5",
            "image_generation_call",
            "completed",
        )
        assert size_of(item.result) == "1024x1024"
        assert whole.output_text == ""
        stream = await client.responses.create(**fields, stream=True)
        found = [event async for event in stream]
        again = await client.responses.retrieve(whole.id)
        assert again.output[0].result == item.result
    kinds = [event.type.removeprefix("response.") for event in found]
    assert [kind for kind in kinds if kind != "image_generation_call.generating"] == [
        "created",
        "in_progress",
        "output_item.added",
        "image_generation_call.in_progress",
        "image_generation_call.partial_image",
        "image_generation_call.completed",
        "output_item.done",
        "completed",
    ]
    assert [event.sequence_number for event in found] == list(range(len(found)))
    assert size_of(found[-1].response.output[0].result) == "1024x1024"
    assert found[-1].response.usage.total_tokens == 0


async def test_a_response_builds_upon_an_earlier_one(gateway: Any, http: Any) -> None:
    token = "sandbox-responses-chain"
    tools: Any = [{"type": "image_generation", "model": "jimeng-4.0", "action": "edit"}]
    async with gateway.client(token) as client:
        first = await client.responses.create(model="gpt-5", input="a fox", tools=[{"type": "image_generation"}])
        raw = await client.responses.with_raw_response.create(
            model="gpt-5", input="at night", previous_response_id=first.id, tools=tools
        )
    headers = {"Authorization": f"Bearer {token}"}
    job = (await http.get(f"/v1/jobs/{raw.headers['x-job-id']}", headers=headers)).json()
    assert len(job["request"]["inputs"]) == 1


async def test_a_response_in_the_background_is_fetched_later_and_deleted(gateway: Any) -> None:
    async with gateway.client("sandbox-responses-background") as client:
        tools: Any = [{"type": "image_generation", "model": "jimeng-4.0"}]
        started = await client.responses.create(model="gpt-5", input="a fox", tools=tools, background=True)
        assert started.status in {"queued", "in_progress"}
        async with asyncio.timeout(30):
            while (now := await client.responses.retrieve(started.id)).status not in {"completed", "failed"}:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        assert now.status == "completed"
        await client.responses.delete(started.id)
        with pytest.raises(openai.NotFoundError):
            await client.responses.retrieve(started.id)


async def test_a_response_that_fails_ends_with_the_error(gateway: Any, http: Any) -> None:
    body = {
        "model": "gpt-5",
        "input": "a fox [sim:input-refused]",
        "stream": True,
        "tools": [{"type": "image_generation", "model": "jimeng-4.0"}],
    }
    found = events(await blocks(http, "/v1/responses", body, "sandbox-responses-failed"))
    assert [name for name, _ in found[-2:]] == ["response.failed", "error"]
    assert found[-2][1]["response"]["status"] == "failed"
    assert found[-1][1]["code"] == "content_policy_violation"


async def test_a_model_without_pictures_and_without_the_tool_is_refused(gateway: Any) -> None:
    async with gateway.client("sandbox-responses-refused") as client:
        for fields in ({"model": "gpt-5"}, {"model": "jimeng-9", "tools": [{"type": "image_generation"}]}):
            with pytest.raises(openai.NotFoundError) as caught:
                await client.responses.create(input="a fox", **fields)
            assert caught.value.param == "model"
        with pytest.raises(openai.BadRequestError) as refused:
            await client.responses.create(input="a fox", model="jimeng-video-3.0")
        assert refused.value.param == "model"


async def test_the_events_of_a_job_tell_progress_each_result_and_the_end(http: Any) -> None:
    headers = {"Authorization": "Bearer sandbox-events"}
    body = {"prompt": "a fox [sim:staggered]", "n": 3, **SMALL}
    started = await http.post("/v1/images/generations", json=body, headers={**headers, "Prefer": "respond-async"})
    path = f"/v1/jobs/{started.json()['id']}/events"
    found = events(await blocks(http, path, None, "sandbox-events"))
    names = [name for name, _ in found]
    assert names[0] == "progress"
    assert names.count("artifact") == 3
    assert names[-1] == "end"
    assert found[0][1]["message"]
    ids = {data["artifact"]["id"] for name, data in found if name == "artifact"}
    assert {each["id"] for each in found[-1][1]["job"]["artifacts"]} == ids
    again = events(await blocks(http, path, None, "sandbox-events"))
    assert [name for name, _ in again] == ["artifact"] * 3 + ["end"]
    assert (await http.get(path, headers={"Authorization": "Bearer sandbox-other"})).status_code == 404


async def test_a_client_that_leaves_a_stream_is_given_the_result_when_it_asks_again(http: Any) -> None:
    headers = {"Authorization": "Bearer sandbox-leaves"}
    body = {"prompt": "a fox", "n": 1, "stream": True, **SMALL}
    async with http.stream("POST", "/v1/images/generations", json=body, headers=headers) as answer:
        job_id = answer.headers["x-job-id"]
        async for _ in answer.aiter_bytes():
            break
    # The server may not have noticed yet that the connection is gone: the client's library says that it asks again.
    retry = {**headers, "x-stainless-retry-count": "1"}
    async with http.stream("POST", "/v1/images/generations", json=body, headers=retry) as again:
        text = (await again.aread()).decode()
    assert again.headers["x-job-id"] == job_id
    assert again.headers["x-dreambridge-joined"] == "true"
    assert "image_generation.completed" in text
    jobs = (await http.get("/v1/jobs", headers=headers)).json()["data"]
    assert [job["id"] for job in jobs] == [job_id]


async def test_a_dry_run_tells_the_plan_and_a_limit_refuses_before_anything_is_made(http: Any) -> None:
    headers = {"Authorization": "Bearer sandbox-price"}
    body = {"prompt": "a fox", "model": "jimeng-4.5", "n": 2}
    plan = (await http.post("/v1/images/generations", json={**body, "dry_run": True}, headers=headers)).json()
    assert (plan["object"], plan["site"], plan["request"]["n"]) == ("preview", "sandbox", 2)
    assert plan["cost"] > 0
    low = await http.post("/v1/images/generations", json={**body, "max_credits": plan["cost"] - 1}, headers=headers)
    assert (low.status_code, low.json()["error"]["code"]) == (400, "max_credits_exceeded")
    assert (await http.get("/v1/jobs", headers=headers)).json()["data"] == []
    chat = {"model": "agent", "messages": [{"role": "user", "content": "a fox"}], "max_credits": 5}
    unknown = await http.post("/v1/chat/completions", json=chat, headers=headers)
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (400, "cost_unknown")
    enough = await http.post("/v1/images/generations", json={**body, "max_credits": plan["cost"]}, headers=headers)
    assert enough.status_code == 200
