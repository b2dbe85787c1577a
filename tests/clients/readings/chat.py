"""How clients read the answer of a chat."""

import json
import re
from collections.abc import Mapping
from typing import Any

from tests.clients.readings.images import check_picture, decode
from tests.clients.readings.reading import Reading
from tests.clients.replay import Answer

_MARKDOWN = re.compile(r"!\[[^\]]*\]\((\S+?)\)")
_VIDEO = re.compile(r'<source src="(\S+?)"|\[[^\]]*\]\((\S+?\.mp4)\)')


def addresses(content: str) -> list[str]:
    """Find the pictures of Markdown."""
    return _MARKDOWN.findall(content)


def completion(answer: Answer) -> dict[str, Any]:
    """Take an answer for a chat completion and give its message."""
    assert answer.status == 200, (answer.status, answer.content[:300])
    content = answer.json
    assert content["object"] == "chat.completion"
    assert isinstance(content["id"], str)
    assert type(content["created"]) is int
    (choice,) = content["choices"]
    assert (choice["index"], choice["finish_reason"]) == (0, "stop")
    assert choice["message"]["role"] == "assistant"
    if usage := content.get("usage"):
        assert all(type(usage[name]) is int for name in ("prompt_tokens", "completion_tokens", "total_tokens"))
    message: dict[str, Any] = choice["message"]
    return message


def chunks(answer: Answer) -> list[dict[str, Any]]:
    """Read a stream as Open WebUI does: lines of data until [DONE], everything else skipped."""
    assert answer.status == 200, (answer.status, answer.content[:300])
    assert answer.headers["content-type"].startswith("text/event-stream")
    found: list[dict[str, Any]] = []
    for line in answer.content.decode().split("\n"):
        if not line.startswith("data:"):
            continue
        data = line.removeprefix("data:").strip()
        if data == "[DONE]":
            return found
        found.append(json.loads(data))
    raise AssertionError("the stream ended without [DONE]")


def told(parts: list[dict[str, Any]], name: str = "content") -> str:
    """Join what the deltas of a stream say."""
    deltas = [choice["delta"] for part in parts for choice in part["choices"]]
    assert all(delta.get("role") in {None, "assistant"} for delta in deltas)
    return "".join(delta.get(name) or "" for delta in deltas)


async def text_only(answer: Answer) -> None:
    """Take the message for text, a title or a sign of life."""
    message = completion(answer)
    assert message["content"]
    assert not addresses(message["content"])


async def streamed_text(answer: Answer) -> None:
    """Take a stream for text, with the usage in a chunk of its own at the end."""
    parts = chunks(answer)
    text = told(parts)
    assert text
    assert not addresses(text)
    assert parts[-1]["choices"] == []
    assert type(parts[-1]["usage"]["total_tokens"]) is int


async def _show(answer: Answer, content: str) -> None:
    found = addresses(content)
    assert len(found) == answer.exchange.pictures, content[:300]
    for url in found:
        if url.startswith("data:"):
            decode(answer, url.partition("base64,")[2])
        else:
            check_picture(answer, await answer.media(url, "image"))


async def markdown(answer: Answer) -> None:
    """Show the pictures of the message's Markdown, each once."""
    message = completion(answer)
    assert not message.get("images")
    await _show(answer, message["content"])


async def streamed_markdown(answer: Answer) -> None:
    """Show the pictures of a stream's Markdown; think aloud what comes as reasoning."""
    parts = chunks(answer)
    assert len({(part["id"], part["created"], part["model"], part["object"]) for part in parts}) == 1
    assert parts[0]["object"] == "chat.completion.chunk"
    reasons = [choice["finish_reason"] for part in parts for choice in part["choices"] if choice["finish_reason"]]
    assert reasons == ["stop"]
    assert not [1 for part in parts for choice in part["choices"] if choice["delta"].get("images")]
    await _show(answer, told(parts))


async def whole_links(answer: Answer) -> None:
    """Render a link only where one chunk holds all of it."""
    parts = chunks(answer)
    deltas = [choice["delta"].get("content") or "" for part in parts for choice in part["choices"]]
    assert sum(len(addresses(delta)) for delta in deltas) == answer.exchange.pictures


async def message_images(answer: Answer) -> None:
    """Take `message.images[0].image_url.url`, an address or a data URL."""
    image = completion(answer)["images"][0]
    assert image["type"] == "image_url"
    url = image["image_url"]["url"]
    if url.startswith("data:image/"):
        decode(answer, url.partition("base64,")[2])
    else:
        check_picture(answer, await answer.media(url, "image"))


async def strict_blocks(answer: Answer) -> None:
    """Read a stream as Dify does: blocks end with an empty line, and a block that is no data stops it."""
    assert answer.headers["content-type"].startswith("text/event-stream")
    content = ""
    for block in answer.content.decode().split("\n\n"):
        piece = block.strip()
        if not piece or piece.startswith(":"):  # It drops the whole block, data below a comment too.
            continue
        assert piece.startswith("data:"), f"Non-JSON encountered: {piece[:100]}"
        data = piece.removeprefix("data:").strip()
        if data == "[DONE]":
            continue
        part = json.loads(data)
        assert "error" not in part
        if part["choices"]:
            content += part["choices"][0]["delta"].get("content") or ""
    await _show(answer, content)


async def video_link(answer: Answer) -> None:
    """Show a link to a video."""
    parts = chunks(answer)
    found = [first or second for first, second in _VIDEO.findall(told(parts))]
    assert found
    content = await answer.media(found[0], "video")
    assert content[4:8] == b"ftyp"


READINGS: Mapping[str, Reading] = {
    "chat: text": text_only,
    "chat: streamed text, usage last": streamed_text,
    "chat: Markdown": markdown,
    "chat: streamed Markdown, data lines until [DONE]": streamed_markdown,
    "chat: each link in one chunk": whole_links,
    "chat: message.images": message_images,
    "chat: blocks of data only": strict_blocks,
    "chat: streamed link to a video": video_link,
}
