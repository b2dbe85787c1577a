"""How scripts for other gateways to the same sites read our answers."""

import re
from collections.abc import Mapping
from typing import Any

from tests.clients.readings.chat import addresses, chunks, completion, told
from tests.clients.readings.images import check_picture, decode
from tests.clients.readings.reading import Reading
from tests.clients.replay import Answer

_FOUR = re.compile(r"(?:!\[image_\d+\]\((\S+?)\)\n)+")
_VIDEO = re.compile(
    r'<video controls="controls" width="100%">\n  <source src="(\S+?)" type="video/mp4">\n</video>\n\n'
    r"\[Download Video\]\(\1\)\n"
)


async def _check_all(answer: Answer, urls: list[str]) -> None:
    assert len(urls) == answer.exchange.pictures
    for url in urls:
        check_picture(answer, await answer.media(url, "image"))


async def numbered_pictures(answer: Answer) -> None:
    """Take lines of `![image_0](…)`, numbered from 0, and nothing else."""
    content = completion(answer)["content"]
    assert _FOUR.fullmatch(content), content
    assert [int(number) for number in re.findall(r"image_(\d+)", content)] == list(range(answer.exchange.pictures))
    assert set(answer.json) >= {"id", "model", "object", "choices", "usage", "created"}
    await _check_all(answer, addresses(content))


async def video_block(answer: Answer) -> None:
    """Take the block of a video and the link below it."""
    content = completion(answer)["content"]
    found = _VIDEO.fullmatch(content)
    assert found, content
    assert (await answer.media(found[1], "video"))[4:8] == b"ftyp"


async def agent_turn(answer: Answer) -> None:
    """Take the agent's text and its pictures from one message."""
    content = completion(answer)["content"]
    assert content.strip()
    await _check_all(answer, addresses(content))


async def agent_stream(answer: Answer) -> None:
    """Take the agent's text as it comes, and its pictures after it."""
    parts = chunks(answer)
    content = told(parts)
    assert len([part for part in parts if any(choice["delta"].get("content") for choice in part["choices"])]) > 1
    await _check_all(answer, addresses(content))


async def begun_and_ended(answer: Answer) -> None:
    """Take a first chunk that says that it has begun, and a last one with the picture and `stop`."""
    parts = chunks(answer)
    first = next(choice["delta"] for part in parts for choice in part["choices"] if len(choice["delta"]) > 0)
    says = [each for each in parts if any(_says(choice["delta"]) for choice in each["choices"])]
    assert first.get("role") in {None, "assistant"}
    assert says
    assert not addresses(_says(says[0]["choices"][0]["delta"]))
    assert parts[-1]["choices"] == [] or parts[-1]["choices"][0]["finish_reason"] == "stop"
    await _check_all(answer, addresses(told(parts)))


def _says(delta: dict[str, Any]) -> str:
    return str(delta.get("content") or delta.get("reasoning_content") or "")


def _data(answer: Answer) -> list[dict[str, Any]]:
    assert answer.status == 200, (answer.status, answer.content[:300])
    assert type(answer.json["created"]) is int
    items: list[dict[str, Any]] = answer.json["data"]
    return items


async def listed_pictures(answer: Answer) -> None:
    """Take `data[].url` of pictures."""
    await _check_all(answer, [item["url"] for item in _data(answer)])


async def listed_base64(answer: Answer) -> None:
    """Take `data[].b64_json` of pictures."""
    items = _data(answer)
    assert len(items) == answer.exchange.pictures
    for item in items:
        decode(answer, item["b64_json"])


async def listed_video(answer: Answer) -> None:
    """Take `data[0].url` of a video."""
    (item,) = _data(answer)
    assert (await answer.media(item["url"], "video"))[4:8] == b"ftyp"


async def revised_prompt(answer: Answer) -> None:
    """Show the prompt beside each result."""
    assert all(isinstance(item["revised_prompt"], str) and item["revised_prompt"] for item in _data(answer))


async def composition_of(answer: Answer, inputs: int) -> None:
    """Take `data`, the number of inputs and the kind of composition."""
    items = _data(answer)
    assert len(items) == answer.exchange.pictures
    assert answer.json["input_images"] == inputs
    assert answer.json["composition_type"] == "multi_image_synthesis"


async def composition_of_one(answer: Answer) -> None:
    """Take the answer for a composition of one picture."""
    await composition_of(answer, 1)


async def composition_of_two(answer: Answer) -> None:
    """Take the answer for a composition of two pictures."""
    await composition_of(answer, 2)


async def live(answer: Answer) -> None:
    """Take the word on a token."""
    assert (answer.status, answer.json) == (200, {"live": True})


async def not_live(answer: Answer) -> None:
    """Take the word on a token that is none."""
    assert (answer.status, answer.json) == (200, {"live": False})


def _points(row: dict[str, Any]) -> None:
    assert set(row) == {"giftCredit", "purchaseCredit", "vipCredit", "totalCredit"}
    assert all(type(value) is int for value in row.values())
    assert row["totalCredit"] == row["giftCredit"] + row["purchaseCredit"] + row["vipCredit"]


async def points(answer: Answer) -> None:
    """Take the points of each token, none of which is told back."""
    assert answer.status == 200, answer.content[:300]
    assert answer.exchange.token not in answer.content.decode()
    for row in answer.json:
        assert set(row) == {"token", "points"}
        _points(row["points"])


async def received(answer: Answer) -> None:
    """Take what each token received."""
    assert answer.status == 200, answer.content[:300]
    assert answer.exchange.token not in answer.content.decode()
    for row in answer.json:
        assert {"token", "credits", "received"} <= set(row) <= {"token", "credits", "received", "error"}
        assert isinstance(row["received"], bool)
        _points(row["credits"])


async def token(answer: Answer) -> None:
    """Take a word on each token, which is not told back."""
    assert answer.status == 200, answer.content[:300]
    assert answer.exchange.token not in answer.content.decode()
    assert answer.json


async def health(answer: Answer) -> None:
    """Take any JSON under 200 for health."""
    assert answer.status == 200
    assert answer.json["status"]


async def pong(answer: Answer) -> None:
    """Take the word for a sign of life."""
    assert (answer.status, answer.content.strip(b'"')) == (200, b"pong")


async def task(answer: Answer) -> None:
    """Take a task to ask for later."""
    assert answer.status == 200, answer.content[:300]
    content = answer.json
    assert {"task_id", "submit_id", "status", "message", "created"} <= set(content)
    assert content["status"] == "pending"
    assert all(isinstance(content[name], str) and content[name] for name in ("task_id", "submit_id", "message"))
    assert type(content["created"]) is int


async def task_so_far(answer: Answer) -> None:
    """Take a task's progress; pictures may be there already."""
    content = answer.json
    assert {"taskId", "status", "progress", "createdAt"} <= set(content)
    assert content["status"] in {"pending", "processing", "completed"}
    assert type(content["progress"]) is int
    assert 0 <= content["progress"] <= 100


async def task_done(answer: Answer) -> None:
    """Take the pictures of a task that has ended."""
    content = answer.json
    assert set(content) == {"taskId", "status", "progress", "images", "createdAt"}
    assert (content["status"], content["progress"]) == ("completed", 100)
    assert type(content["createdAt"]) is int
    await _check_all(answer, content["images"])


async def history(answer: Answer) -> None:
    """Take one entry for each task asked about, in order."""
    assert answer.status == 200, answer.content[:300]
    (entry,) = answer.json["data"]
    assert (entry["status"], entry["progress"]) == ("completed", 100)
    await _check_all(answer, entry["images"])


async def task_failed(answer: Answer) -> None:
    """Take the reason of a task that failed."""
    content = answer.json
    assert content["status"] == "failed"
    assert isinstance(content["error"], str)
    assert content["error"]


READINGS: Mapping[str, Reading] = {
    "gateway: numbered pictures": numbered_pictures,
    "gateway: video block": video_block,
    "gateway: agent's turn": agent_turn,
    "gateway: agent's stream": agent_stream,
    "gateway: begun, then picture and stop": begun_and_ended,
    "gateway: data[].url": listed_pictures,
    "gateway: data[].b64_json": listed_base64,
    "gateway: data[0].url of a video": listed_video,
    "gateway: revised prompt": revised_prompt,
    "gateway: composition of 1": composition_of_one,
    "gateway: composition of 2": composition_of_two,
    "gateway: live": live,
    "gateway: not live": not_live,
    "gateway: points": points,
    "gateway: received": received,
    "gateway: token": token,
    "gateway: health": health,
    "gateway: pong": pong,
    "gateway: task": task,
    "gateway: task so far": task_so_far,
    "gateway: task done": task_done,
    "gateway: history": history,
    "gateway: task failed": task_failed,
}
