"""Operations that make pictures, and tasks."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from dreambridge.api.openai.schemas import ImageBody
from dreambridge.api.openapi.jobs import QUEUED_JOB
from dreambridge.api.openapi.operation import (
    IDEMPOTENCY_KEY,
    PREFER,
    SPENDING_ERRORS,
    STREAM,
    Answer,
    Content,
    Operation,
    form_of,
)
from dreambridge.api.openapi.preview_shape import Preview
from dreambridge.api.openapi.references import picture_fields
from dreambridge.api.openapi.shapes import Composition, Job, Pictures, TaskAccepted

_TASK_ID: Final = "job_bda4dqpiv25mnu3vjpzhkzh2va"
_URL: Final = "http://127.0.0.1:8000/v1/artifacts/art_ga63s6gjaf2f66y3xkqfqwle55.png"

ACCEPTED: Final = Answer(
    "With `Prefer: respond-async`: the job, which goes on.",
    (Content(Job, {"queued": dict(QUEUED_JOB)}),),
    ("x-job-id", "location", "retry-after", "preference-applied", "x-dreambridge-ignored", "x-dreambridge-lenient"),
)
MADE_HEADERS: Final = (
    "x-job-id",
    "x-dreambridge-ignored",
    "x-dreambridge-lenient",
    "x-dreambridge-joined",
    "x-dreambridge-spare",
    "x-dreambridge-partial",
)
GENERATE: Final = Operation(
    "Images",
    "Make pictures",
    "Waits until the pictures exist, or answers at once where the client asks for that: `Prefer: respond-async` gives "
    '202 and the job, `"async": true` a task. **Spends credit**, once; a client that hangs up cancels nothing and is '
    "given the result when it asks again.",
    {
        200: Answer(
            "The pictures, or the task that was started.",
            (
                Content(
                    (Pictures, TaskAccepted, Preview),
                    {
                        "addresses": {
                            "created": 1795518782,
                            "model": "jimeng-4.5",
                            "size": "2560x1440",
                            "output_format": "png",
                            "data": [{"url": _URL}],
                        },
                        "base64": {
                            "created": 1795518782,
                            "model": "gpt-image-1",
                            "size": "1024x1024",
                            "output_format": "png",
                            "data": [{"b64_json": "iVBORw0KGgo="}],
                        },
                        "a task": {
                            "task_id": _TASK_ID,
                            "submit_id": _TASK_ID,
                            "status": "pending",
                            "message": f"Task accepted; ask for it at /v1/images/tasks/{_TASK_ID}",
                            "created": 1795518782,
                        },
                    },
                ),
                Content(STREAM, media_type="text/event-stream"),
            ),
            MADE_HEADERS,
        ),
        202: ACCEPTED,
    },
    bodies=(
        Content(
            ImageBody,
            {
                "a prompt": {"prompt": "A lighthouse in a storm", "n": 1},
                "shape and resolution": {
                    "prompt": "A lighthouse in a storm",
                    "model": "jimeng-4.5",
                    "ratio": "16:9",
                    "resolution": "2k",
                    "n": 1,
                },
                "OpenAI's words": {
                    "prompt": "A lighthouse in a storm",
                    "model": "gpt-image-1",
                    "size": "1024x1024",
                    "n": 1,
                    "output_format": "webp",
                },
                "a task": {"prompt": "A lighthouse in a storm -ra 9:16", "n": 1, "async": True},
                "in events": {"prompt": "A lighthouse at dawn", "n": 1, "stream": True, "partial_images": 1},
                "a dry run": {"prompt": "A lighthouse at night", "n": 2, "dry_run": True},
                "at most so much": {"prompt": "A lighthouse at noon", "n": 1, "max_credits": 10},
            },
            fields=picture_fields("image", "images"),
        ),
    ),
    parameters=(IDEMPOTENCY_KEY, PREFER),
    errors=SPENDING_ERRORS,
)
DOT: Final = (
    "data:image/png;base64,"
    "iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAIAAAAlC+aJAAAAUUlEQVR42u3PMQ0AMAgAMJgk5KAdMVPBQdI6aE5XXP"
    "biOAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAYF9HxzKAehgruTdAAAAAElFTkSu"
    "QmCC"
)
_EDITED: Final[Mapping[str, Any]] = MappingProxyType({"prompt": "Let it snow", "model": "jimeng-4.5", "n": 1})


def _about_inputs(summary: str, description: str, field: str) -> Operation:
    """Describe a route that wants pictures: JSON or a form."""
    json_body = Content(
        ImageBody,
        {
            "a data URL": {**_EDITED, field: [DOT]},
            "objects": {**_EDITED, "images": [{"image_url": DOT}, {"url": DOT}]},
        },
        fields=picture_fields("image", "images"),
    )
    return replace(
        GENERATE,
        summary=summary,
        description=description,
        bodies=(
            json_body,
            form_of(ImageBody, {field: "One file, or several under the same name."}, {**_EDITED, field: ["fox.png"]}),
        ),
    )


EDIT: Final = _about_inputs(
    "Make pictures from pictures",
    "1–10 pictures (20 for some models) and a prompt that says what to make of them. A picture is a file of the form, "
    "an http(s) address, a data URL, base64, or the id of an asset or artifact of yours. There is no mask. **Spends "
    "credit**, once.",
    "image",
)
_COMPOSED: Final = Content(
    (Composition, TaskAccepted, Preview),
    MappingProxyType(
        {
            "addresses": {
                "created": 1795518782,
                "model": "jimeng-4.5",
                "size": "2048x2048",
                "output_format": "png",
                "data": [{"url": _URL}],
                "input_images": 2,
                "composition_type": "multi_image_synthesis",
            }
        }
    ),
)
COMPOSE: Final = replace(
    _about_inputs(
        "Compose pictures",
        "As `/v1/images/edits`, in the words of other gateways; the answer tells `input_images` as well. **Spends "
        "credit**, once.",
        "images",
    ),
    answers=MappingProxyType(
        {
            200: Answer(
                "The pictures, or the task.", (_COMPOSED, Content(STREAM, media_type="text/event-stream")), MADE_HEADERS
            ),
            202: ACCEPTED,
        }
    ),
)
