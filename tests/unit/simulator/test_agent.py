import json
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from dreambridge.simulator.agent.plan import make_plan
from dreambridge.simulator.contract import Contract
from dreambridge.simulator.server import SimulatorServer

OpenSite = Callable[..., Awaitable[SimulatorServer]]
Events = list[tuple[str, Any]]
Say = Callable[..., Awaitable[Events]]
Look = Callable[..., Awaitable[dict[str, Any] | None]]
Move = Callable[[float], None]
PATH = "/mweb/v1/creation_agent/v2/conversation"


def turn(text: str, conversation: str, *more: dict[str, Any]) -> dict[str, Any]:
    parts = [{"text": text, "is_referenced": False}, *more]
    said = {
        "author": {"role": "user"},
        "id": str(uuid.uuid4()),
        "content": {"content_type": "", "content_parts": parts},
        "metadata": {"is_visually_hidden_from_conversation": False, "conversation_id": conversation},
        "create_time": 1_775_001_600_000,
        "tools": [],
    }
    return {"conversation_id": conversation, "messages": [said], "version": "3.0.0", "workspace_id": 0}


@pytest.fixture
def say(web: aiohttp.ClientSession) -> Say:
    """Say something to the agent and return the events of its stream."""

    async def speak(
        site: SimulatorServer, text: str, *more: dict[str, Any], conversation: str = "", session: str = "alice"
    ) -> Events:
        body = turn(text, conversation or str(uuid.uuid4()), *more)
        assert Contract().complaint("agent", body) is None
        headers = {"Cookie": f"sessionid={session}", "Accept": "text/event-stream"}
        async with web.post(f"{site.base_url}{PATH}", json=body, headers=headers) as answer:
            assert answer.content_type == "text/event-stream", await answer.text()
            raw = (await answer.read()).decode()
        pairs = [block.split("\n", 1) for block in raw.strip().split("\n\n")]
        return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in pairs]

    return speak


@pytest.fixture
async def site(open_site: OpenSite) -> SimulatorServer:
    return await open_site(time_scale=0.001, generation="fixed:10000")


def kinds(events: Events) -> list[str]:
    return [data.get("type", name) if name == "system" else name for name, data in events]


def appended(events: Events, path: str) -> str:
    return "".join(data["value"] for name, data in events if name == "delta" and data["path"] == path)


def ids(events: Events) -> list[str]:
    """Return the submit ids of tool results, however deep they lie."""
    found = []
    for name, data in events:
        if name == "message" and data["author"]["role"] == "tool" and "content" in data:
            value = data["content"]["content_parts"][0]["text"]
            while isinstance(value, str):
                value = json.loads(value)
                value = value.get("result") or value.get("data") or value
            found.append(value["submit_id"])
    return found


async def test_a_newer_turn_streams_its_arguments_and_ends_as_known(site: SimulatorServer, say: Say) -> None:
    events = await say(site, "画三张雪地里的狐狸，16:9 [sim:agent-newer]")
    told = kinds(events)
    assert told[:3] == ["handshake", "title_generation", "message"]
    assert told[-3:] == ["message", "summary", "stream_complete"]
    assert appended(events, "/message/content/reasoning_content")
    begun = [json.loads(d["value"]) for n, d in events if n == "delta" and d["path"] == "/message/tool_calls/1"]
    assert begun[0]["func"]["name"] == "dreamina_cli"
    assert begun[0]["func"]["arguments"] == ""
    arguments = json.loads(appended(events, "/message/tool_calls/1/func/arguments"))
    assert arguments["text2image_param"]["ratio"] == "16:9"
    assert {"op": "replace", "path": "/message/tool_calls/1/streaming", "value": "false"} in [d for _, d in events]
    skill = json.loads(appended(events, "/message/tool_calls/0/func/arguments"))
    assert skill == {"name": "image_creation"}
    assert events[-3][1]["end_turn"] is True
    assert events[-3][1]["content"]["content_parts"][0]["text"] == appended(
        events, "/message/content/content_parts/0/text"
    )


async def test_an_older_turn_tells_its_calls_at_once_and_ends_its_own_way(site: SimulatorServer, say: Say) -> None:
    events = await say(site, "draw three huskies [sim:agent-older]")
    (call,) = [json.loads(d["value"]) for n, d in events if n == "delta" and d["path"] == "/message/tool_calls/0"]
    (submit_id,) = ids(events)
    assert call["func"]["extra"]["submit_id"] == submit_id
    assert call["func"]["extra"]["resource_type"] == "image"
    assert events[-1] == ("stream_complete", {"success": True, "error_code": 0})
    results = [d for n, d in events if n == "delta" and d["op"] == "replace"]
    assert json.loads(results[0]["value"])["submit_id"] == submit_id


async def test_both_ways_come_without_a_scenario_and_stay_with_their_conversation(
    site: SimulatorServer, say: Say
) -> None:
    ends = {}
    for number in range(12):
        conversation = str(uuid.UUID(int=number))
        first = await say(site, "hello", conversation=conversation)
        second = await say(site, "hello again", conversation=conversation)
        assert first[-1] == second[-1]
        ends[conversation] = first[-1][0]
    assert set(ends.values()) == {"system", "stream_complete"}


async def test_tool_calls_make_records_that_can_be_polled(
    site: SimulatorServer, say: Say, look: Look, move: Move
) -> None:
    events = await say(site, "画十张海报，3:4，4k")
    submitted = ids(events)
    assert len(submitted) == 3
    move(60)
    records = [await look(site, submit_id) for submit_id in submitted]
    assert [len(record["item_list"]) for record in records if record] == [4, 4, 2]
    assert {record.wish.size for record in site.world.records.values()} == {(3520, 4693)}
    assert site.world.accounts["alice"].reserved + (2000 - site.world.accounts["alice"].total) == 40


async def test_a_video_is_made_when_a_video_is_asked_for(site: SimulatorServer, say: Say, look: Look) -> None:
    events = await say(site, "make a 10 s video of waves, portrait [sim:agent-newer]")
    (submit_id,) = ids(events)
    record = site.world.accounts["alice"].by_submit[submit_id]
    assert record.wish.clip is not None
    assert (record.wish.clip.seconds, record.wish.size) == (10.0, (720, 1280))
    assert "text2video_param" in appended(events, "/message/tool_calls/1/func/arguments")


async def test_mere_talk_makes_nothing_and_counts_its_turns(site: SimulatorServer, say: Say) -> None:
    conversation = str(uuid.uuid4())
    first = await say(site, "你好", conversation=conversation)
    second = await say(site, "谢谢", conversation=conversation)
    assert not site.world.records
    assert "第 1 轮" in appended(first, "/message/content/content_parts/0/text")
    assert "第 2 轮" in appended(second, "/message/content/content_parts/0/text")
    assert not [data for name, data in second if name == "system" and data["type"] == "title_generation"]


async def test_again_means_what_was_asked_for_before(site: SimulatorServer, say: Say) -> None:
    conversation = str(uuid.uuid4())
    await say(site, "draw a red fox", conversation=conversation)
    await say(site, "谢谢", conversation=conversation)
    await say(site, "another two, please", conversation=conversation)
    assert [(one.wish.prompt, one.wish.count) for one in site.world.records.values()] == [
        ("draw a red fox", 4),
        ("draw a red fox", 2),
    ]


async def test_pictures_and_parameters_come_with_the_words(site: SimulatorServer, say: Say, bring: Any) -> None:
    content = bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
        "0000000c4944415478da6360606000000004000127340a270000000049454e44ae426082"
    )
    uri = await bring.picture(site, content)
    image = {"image_resolution_type": "4k", "model_key": "high_aes_general_v40", "image_ratio": 3}
    more = [{"file": {"uri": uri, "file_type": 5}}, {"generate_args": {"image_args": image}}]
    await say(site, "make it snow", *more)
    (record,) = site.world.records.values()
    wish = record.wish
    assert (wish.kind, wish.inputs, wish.model, wish.size) == (12, (uri,), "high_aes_general_v40", (5404, 3040))


@pytest.mark.parametrize(
    ("name", "code", "records"), [("agent-refused", 1017, 0), ("no-credit", 1006, 0), ("agent-retries", 1017, 1)]
)
async def test_a_refused_submission_is_told_inside_the_stream(
    site: SimulatorServer, say: Say, name: str, code: int, records: int
) -> None:
    events = await say(site, f"draw a fox [sim:{name}]")
    told = [d["event_data"]["submit_info"]["code"] for n, d in events if n == "message" and "event_data" in d]
    assert told == [code]
    assert len(ids(events)) == len(site.world.records) == records
    assert [one.wish.resolution for one in site.world.records.values()] == ["2k"] * records


async def test_a_stream_can_fail_once(site: SimulatorServer, say: Say) -> None:
    conversation = str(uuid.uuid4())
    first = await say(site, "draw a fox [sim:agent-7057-once]", conversation=conversation)
    assert first[-1][0] in {"error", "message"}
    assert first[-1][1]["ret"] == "7057"
    assert len(first) == 2
    assert len(ids(await say(site, "draw a fox [sim:agent-7057-once]", conversation=conversation))) == 1


async def test_a_stream_can_break_off(site: SimulatorServer, say: Say) -> None:
    with pytest.raises(aiohttp.ClientPayloadError):
        await say(site, "draw a fox [sim:agent-cut-once]")
    assert len(site.world.records) == 1


async def test_a_conversation_belongs_to_its_account(
    site: SimulatorServer, say: Say, web: aiohttp.ClientSession
) -> None:
    conversation = str(uuid.uuid4())
    await say(site, "hello", conversation=conversation)
    for session, ret in (("bob", "1000"), ("x-expired", "1015")):
        headers = {"Cookie": f"sessionid={session}"}
        async with web.post(f"{site.base_url}{PATH}", json=turn("hello", conversation), headers=headers) as answer:
            assert json.loads(await answer.text())["ret"] == ret


async def test_conversations_survive_a_restart(open_site: OpenSite, say: Say, tmp_path: Any) -> None:
    conversation = str(uuid.uuid4())
    first = await open_site(state_dir=tmp_path, time_scale=0.001)
    await say(first, "draw a red fox", conversation=conversation)
    await first.stop()
    second = await open_site(state_dir=tmp_path, time_scale=0.001)
    events = await say(second, "你好", conversation=conversation)
    assert "第 2 轮" in appended(events, "/message/content/content_parts/0/text")


PLANS = {
    "画三张雪狐，竖版，4K": (3, "9:16", "4k", False),
    "draw three huskies, 16:9": (3, "16:9", "", False),
    "paint 5 owls at night": (5, "", "", False),
    "两幅方形插画 2k": (2, "1:1", "2k", False),
    "a picture of a 1.5k landscape": (0, "16:9", "1.5k", False),
    "生成一段海浪的视频": (1, "", "", True),
    "画 99 张图": (12, "", "", False),
}


@pytest.mark.parametrize("text", PLANS)
def test_words_become_a_plan(text: str) -> None:
    plan = make_plan(text)
    assert plan is not None
    assert (plan.number, plan.ratio, plan.resolution, plan.video) == PLANS[text]


@pytest.mark.parametrize("text", ["你好", "how are you?", "what can you do"])
def test_words_that_ask_for_nothing_make_no_plan(text: str) -> None:
    assert make_plan(text) is None
