"""How Home Assistant reads a streamed response."""

import json
from collections.abc import Mapping
from typing import Any

from tests.clients.readings.images import decode
from tests.clients.readings.reading import Reading
from tests.clients.replay import Answer


def _events(answer: Answer) -> list[dict[str, Any]]:
    assert answer.status == 200, (answer.status, answer.content[:300])
    assert answer.headers["content-type"].startswith("text/event-stream")
    found = []
    for block in answer.content.decode().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if line and not line.startswith(":"))
        if lines:
            event = json.loads(lines["data"])
            assert event["type"] == lines["event"]
            found.append(event)
    return found


async def sized_picture(answer: Answer) -> None:
    """Keep the finished picture and split its size at the x."""
    events = _events(answer)
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    assert events[-1]["type"] == "response.completed"
    items = [event["item"] for event in events if event["type"] == "response.output_item.done"]
    pictures = [item for item in items if item["type"] == "image_generation_call"]
    assert len(pictures) == answer.exchange.pictures
    for item in pictures:
        decode(answer, item["result"])
        width, height = item["size"].split("x")
        assert int(width) * int(height) > 0


READINGS: Mapping[str, Reading] = {"responses: picture with a size": sized_picture}
