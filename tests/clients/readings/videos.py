"""How clients read a video and its bytes."""

from collections.abc import Mapping
from typing import Any

from tests.clients.readings.reading import Reading
from tests.clients.replay import Answer

_WORDS = {"queued", "in_progress", "completed", "failed"}


def _video(answer: Answer) -> dict[str, Any]:
    assert answer.status == 200, (answer.status, answer.content[:300])
    video: dict[str, Any] = answer.json
    assert video["object"] == "video"
    assert video["status"] in _WORDS
    assert video["id"]
    return video


async def without_error(answer: Answer) -> None:
    """Stop at any truthy `error`, whatever the status says."""
    assert not _video(answer).get("error")


async def go_video(answer: Answer) -> None:
    """Decode into Go's types: whole progress and times, text seconds and error code."""
    video = _video(answer)
    assert type(video["progress"]) is int
    assert 0 <= video["progress"] <= 100
    assert type(video["created_at"]) is int
    assert isinstance(video["seconds"], str)
    assert all(video.get(name) is None or type(video[name]) is int for name in ("completed_at", "expires_at"))
    if error := video.get("error"):
        assert isinstance(error["code"], str)
        assert isinstance(error["message"], str)


async def done(answer: Answer) -> None:
    """See that the video is there."""
    assert _video(answer)["status"] == "completed"


async def own_address(answer: Answer) -> None:
    """Take the video's `url` where it has one, and send the key along."""
    video = _video(answer)
    assert video["status"] == "completed"
    if url := video.get("url"):
        content = await answer.media(url, "video", bearer=answer.exchange.token)
        assert content[4:8] == b"ftyp"


async def content_bytes(answer: Answer) -> None:
    """Keep the bytes as what their type says."""
    assert answer.status == 200, answer.content[:300]
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.content[4:8] == b"ftyp"


async def part_of_content(answer: Answer) -> None:
    """Hand a browser the part it asked for."""
    assert answer.status == 206
    assert answer.headers["content-range"].startswith("bytes 0-99/")
    assert len(answer.content) == 100


async def task_started(answer: Answer) -> None:
    """Take `task_id` and `status` of new-api's own video call."""
    assert answer.status == 200, answer.content[:300]
    content = answer.json
    assert content["task_id"]
    assert content["status"] in {"queued", "in_progress", "completed"}


async def task_done(answer: Answer) -> None:
    """Take `url` of new-api's own video call once its status says so."""
    content = answer.json
    assert content["status"] in {"completed", "succeeded"}
    assert content["task_id"]
    assert (await answer.media(content["url"], "video"))[4:8] == b"ftyp"


READINGS: Mapping[str, Reading] = {
    "video: no error": without_error,
    "video: Go types": go_video,
    "video: completed": done,
    "video: url with the key, if any": own_address,
    "video: bytes": content_bytes,
    "video: part of the bytes": part_of_content,
    "video: new-api's task": task_started,
    "video: new-api's result": task_done,
}
