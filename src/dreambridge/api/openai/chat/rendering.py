"""Chat completions and their chunks, and media as Markdown."""

import time
import uuid
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from dreambridge.api.sse import format_event
from dreambridge.domain.artifact import Artifact
from dreambridge.domain.generation import Kind

# The sites count credits, no tokens; clients of other gateways see these three numbers and strict ones want integers.
USAGE: Final = MappingProxyType({"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2})
DONE: Final = b"data: [DONE]\n\n"


def render_markdown(artifact: Artifact, url: str, *, number: int) -> str:
    """Write one result as Markdown; `number` counts the pictures from 0."""
    if artifact.kind is Kind.VIDEO:
        return (
            f'<video controls="controls" width="100%">\n  <source src="{url}" type="video/mp4">\n</video>\n\n'
            f"[Download Video]({url})\n"
        )
    if artifact.kind is Kind.AUDIO:
        return f"[Download Audio]({url})\n"
    return f"![image_{number}]({url})\n"


@dataclass(frozen=True, slots=True)
class Completion:
    """One answer of a chat: the same id, time and model in all of its chunks.

    `as_images` puts pictures into the list `images` instead of Markdown; `usage` asks for a last chunk with usage.
    """

    model: str
    as_images: bool = False
    usage: bool = False
    id: str = field(default_factory=lambda: f"chatcmpl-{uuid.uuid4()}")
    created: int = field(default_factory=lambda: int(time.time()))

    def message(self, content: str, images: list[str] | None = None) -> dict[str, Any]:
        """Make a whole completion."""
        message: dict[str, Any] = {"role": "assistant", "content": content}
        if images:
            message["images"] = [_image(url) for url in images]
        return {
            "id": self.id,
            "model": self.model,
            "object": "chat.completion",
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": dict(USAGE),
            "created": self.created,
        }

    def begin(self) -> bytes:
        """Make the first chunk."""
        return self._chunk({"role": "assistant", "content": ""})

    def think(self, text: str) -> bytes:
        """Make a chunk of progress, which front ends show as thinking."""
        return self._chunk({"reasoning_content": text})

    def say(self, text: str) -> bytes:
        """Make a chunk of text."""
        return self._chunk({"content": text})

    def show(self, artifact: Artifact, url: str, *, number: int) -> bytes:
        """Make the chunk of one result."""
        if self.as_images and artifact.kind is Kind.IMAGE:
            return self._chunk({"images": [_image(url)]})
        return self.say(render_markdown(artifact, url, number=number))

    def end(self) -> bytes:
        """Make the last chunks and the end of the stream."""
        last = self._chunk({}, "stop")
        if self.usage:
            last += format_event({**self._head(), "choices": [], "usage": dict(USAGE)})
        return last + DONE

    def _head(self) -> dict[str, Any]:
        return {"id": self.id, "model": self.model, "object": "chat.completion.chunk", "created": self.created}

    def _chunk(self, delta: dict[str, Any], finish: str | None = None) -> bytes:
        beside = {"usage": None} if self.usage else {}
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return format_event({**self._head(), "choices": [choice], **beside})


def _image(url: str) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url}}
