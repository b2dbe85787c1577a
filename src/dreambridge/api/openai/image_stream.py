"""Pictures as OpenAI's image events, each as soon as it exists."""

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from dreambridge.api.calls import Call, error_of
from dreambridge.api.client_hints import read_language
from dreambridge.api.delivery import dump_json
from dreambridge.api.errors import render_error
from dreambridge.api.following import follow_job
from dreambridge.api.openai.answers import FORMATS
from dreambridge.api.sse import Ending, Event, Events, comment, format_event
from dreambridge.domain.artifact import Artifact
from dreambridge.domain.errors import GatewayError
from dreambridge.domain.job import JobState
from dreambridge.domain.remedies import Language
from dreambridge.engine.service import Creation

NO_TOKENS: Final = MappingProxyType(
    {
        "input_tokens": 0,
        "output_tokens": 0,
        "total_tokens": 0,
        "input_tokens_details": {"image_tokens": 0, "text_tokens": 0},
    }
)
"""The usage that strict clients want to see: the sites count credits, no tokens."""

PARTIAL_SIDE: Final = 512
"""The longer side of a picture that comes before the finished one, in pixels."""


@dataclass(frozen=True, slots=True)
class ImageStream:
    """The stream of one image call; `family` is the first half of its events' names, `partials` 0–3."""

    call: Call
    creation: Creation
    family: str
    partials: int = 0

    async def events(self) -> Events:
        """Give one completed event of each picture, a smaller one before it where the client wants that."""
        told: set[str] = set()
        longest = self.call.context.options.sync_wait_images
        async with aclosing(follow_job(self.call, self.creation.view.job.id, seconds=longest)) as views:
            async for view in views:
                for artifact in view.artifacts:
                    if artifact.id not in told:
                        told.add(artifact.id)
                        async for event in self._show(artifact):
                            yield event
                if view.job.state.ended and view.job.state is not JobState.COMPLETED:
                    raise error_of(view)
                if view.job.partial and view.job.state.ended:
                    # No event of theirs says it, and another would be none of theirs.
                    yield comment(f"partial: {len(view.artifacts)} of {view.job.request.count}")

    async def _show(self, artifact: Artifact) -> AsyncGenerator[Event]:
        context = self.call.context
        if self.partials:
            small = await context.service.thumbnail(artifact.id, PARTIAL_SIDE)
            facts = {**_facts(small.media_type, str(small.dimensions)), "partial_image_index": 0}
            yield self._event("partial_image", facts, small.path)
        file = await context.service.artifact_file(artifact.id)
        size = str(file.dimensions or artifact.dimensions or "auto")
        yield self._event("completed", {**_facts(file.media_type, size), "usage": dict(NO_TOKENS)}, file.path)

    def _event(self, name: str, facts: dict[str, Any], path: Path) -> Event:
        kind = f"{self.family}.{name}"
        head = dump_json({"type": kind, **facts})[:-1] + b',"b64_json":"'
        return [f"event: {kind}\ndata: ".encode() + head, path, b'"}\n\n']

    def ending(self) -> Ending:
        """Tell an error in the stream's words."""

        async def fail(error: GatewayError) -> bytes:
            await self.call.settle(self.creation.view, error, joined=self.creation.joined)
            return write_error(error, read_language(self.call.request.headers))

        return Ending(self.call.receipt(self.creation.view.job.id), fail)


def write_error(error: GatewayError, language: Language) -> bytes:
    """Write an error as the last event of a stream of pictures."""
    return format_event({"error": render_error(error, language)}, "error")


def _facts(media_type: str, size: str) -> dict[str, Any]:
    return {
        "created_at": int(time.time()),
        "size": size,
        "quality": "auto",
        "background": "opaque",
        "output_format": FORMATS.get(media_type, "png"),
    }
