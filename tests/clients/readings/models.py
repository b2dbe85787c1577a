"""How clients read the list of models."""

import re
from collections.abc import Mapping
from typing import Any

from tests.clients.readings.reading import Reading
from tests.clients.replay import Answer

_LOBEHUB_DROPS = ("embedding", "davinci", "curie", "moderation", "ada", "babbage", "tts", "whisper", "dall-e")
_NEWAPI_TYPES = {
    "openai",
    "openai-response",
    "anthropic",
    "gemini",
    "jina-rerank",
    "image-generation",
    "embeddings",
    "openai-video",
}
_PAINTING = re.compile(r"gpt-image|dall-e|seedream|flux|stable-diffusion|qwen-image|imagen|cogview", re.IGNORECASE)


def _models(answer: Answer) -> list[dict[str, Any]]:
    assert answer.status == 200, answer.content[:300]
    assert answer.json["object"] == "list"
    found: list[dict[str, Any]] = answer.json["data"]
    assert found
    return found


async def chat_models(answer: Answer) -> None:
    """List every id as a chat model; a `name` that is there has to be text."""
    for model in _models(answer):
        assert isinstance(model["id"], str)
        assert isinstance(model.get("name", ""), str)


async def dated_models(answer: Answer) -> None:
    """Format `created` as a number of ten digits, and drop ids by their words."""
    kept = [model for model in _models(answer) if not any(word in model["id"] for word in _LOBEHUB_DROPS)]
    assert {"jimeng-4.5", "jimeng-video-3.0"} <= {model["id"] for model in kept}
    for model in kept:
        assert type(model["created"]) is int
        assert len(str(model["created"])) == 10


async def painting_models(answer: Answer) -> None:
    """Offer for painting what is told as such, or belongs to a family known by name."""
    offered = {
        model["id"]
        for model in _models(answer)
        if "image-generation" in model.get("supported_endpoint_types", []) or _PAINTING.search(model["id"])
    }
    assert {"jimeng-4.5", "gpt-image-1"} <= offered
    assert not {name for name in offered if name.startswith("jimeng-video")}


async def image_names(answer: Answer) -> None:
    """Offer for pictures only ids with `dall-e` or `gpt-image` in them."""
    assert [model for model in _models(answer) if "dall-e" in model["id"] or "gpt-image" in model["id"]]


async def video_names(answer: Answer) -> None:
    """Offer for videos only ids with `sora` in them."""
    assert [model for model in _models(answer) if "sora" in model["id"]]


async def channel_models(answer: Answer) -> None:
    """Take only types of endpoints that are known."""
    types = {name for model in _models(answer) for name in model.get("supported_endpoint_types", [])}
    assert {"image-generation", "openai-video"} <= types <= _NEWAPI_TYPES


READINGS: Mapping[str, Reading] = {
    "models: every id is a chat model": chat_models,
    "models: dated, some dropped by name": dated_models,
    "models: painting": painting_models,
    "models: dall-e or gpt-image in the name": image_names,
    "models: sora in the name": video_names,
    "models: known types of endpoints": channel_models,
}
