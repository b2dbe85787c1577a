"""Operations on the catalogue."""

from collections.abc import Mapping
from typing import Any, Final

from dreambridge.api.openapi.model_shapes import Model, ModelList
from dreambridge.api.openapi.operation import Answer, Content, Operation, Parameter
from dreambridge.domain.generation import Kind

_MODEL: Final[Mapping[str, Any]] = {
    "id": "jimeng-video-3.0",
    "object": "model",
    "created": 1790985600,
    "owned_by": "dreambridge",
    "shutdown_date": None,
    "supported_endpoint_types": ["openai-video", "openai"],
    "dreambridge": {
        "kind": "video",
        "title": None,
        "alias_of": None,
        "status": "uncertain",
        "sites": ["sandbox"],
        "ratios": ["21:9", "16:9", "4:3", "1:1", "3:4", "9:16"],
        "resolutions": ["720p", "1080p"],
        "default_resolution": "720p",
        "sizes": {"720p": {"16:9": "1280x720"}, "1080p": {"16:9": "1920x1080"}},
        "durations": [5, 10],
        "inputs": {"images": 10, "videos": 0, "audios": 0},
        "counts": None,
        "limits": {"prompt_characters": 32000, "count": 1},
        "video": {
            "modes": ["first_frame", "first_last_frames", "multi_frame", "text"],
            "seconds": [5, 10],
            "default_seconds": 5,
            "seconds_made": {},
            "fps": 24,
            "max_prompt": None,
            "sound": False,
            "references": None,
            "key_frames": {"min": 2, "max": 10},
            "credits": {"per": "second", "720p": 6.0},
        },
        "intelligent_ratio": False,
        "members_only": False,
        "cost": {"per": "second", "credits": {"720p": 6.0}},
        "credits_per_picture": None,
        "seen": "2026-10-03",
        "live": True,
        "stale": False,
        "lists_read_at": "2026-11-24T11:13:03+00:00",
    },
}

LIST: Final = Operation(
    "Models",
    "List models",
    "Every name the caller's accounts can use, aliases included, with what each can do.",
    {200: Answer("The names.", (Content(ModelList, {"one model": {"object": "list", "data": [_MODEL]}}),))},
    parameters=(Parameter("kind", "query", "Only models that make this.", {"enum": [kind.value for kind in Kind]}),),
    errors=(400,),
)
RETRIEVE: Final = Operation(
    "Models",
    "Look at a model",
    "One model by any of its names, whatever the case. Retired ones are found too, and say so.",
    {200: Answer("The model.", (Content(Model, {"a video model": _MODEL}),))},
    errors=(400, 404),
)
