"""Operations that make videos, and look at them."""

from types import MappingProxyType
from typing import Any, Final

from dreambridge.api.openai.video_bodies import RemixBody, VideoBody
from dreambridge.api.openapi.images import ACCEPTED, MADE_HEADERS
from dreambridge.api.openapi.operation import (
    BINARY,
    IDEMPOTENCY_KEY,
    PREFER,
    SPENDING_ERRORS,
    Answer,
    Content,
    Operation,
    Parameter,
    form_of,
)
from dreambridge.api.openapi.preview_shape import Preview
from dreambridge.api.openapi.references import picture_fields
from dreambridge.api.openapi.shapes import TaskAccepted
from dreambridge.api.openapi.video_shapes import (
    FinishedVideo,
    Video,
    VideoDeleted,
    VideoPage,
)

VIDEO_ID: Final = "video_bda4dqpiv25mnu3vjpzhkzh2va"
VIDEO_URL: Final = "http://127.0.0.1:8000/v1/artifacts/art_ga63s6gjaf2f66y3xkqfqwle55.mp4"
_DOT: Final = (
    "data:image/png;base64,"
    "iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAIAAAAlC+aJAAAAUUlEQVR42u3PMQ0AMAgAMJgk5KAdMVPBQdI6aE5XXP"
    "biOAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAYF9HxzKAehgruTdAAAAAElFTkSu"
    "QmCC"
)
_QUEUED: Final[MappingProxyType[str, Any]] = MappingProxyType(
    {
        "id": VIDEO_ID,
        "object": "video",
        "status": "queued",
        "progress": 0,
        "created_at": 1795518770,
        "completed_at": None,
        "expires_at": None,
        "model": "sora-2",
        "seconds": "5",
        "size": "1280x720",
        "prompt": "Waves against a lighthouse",
        "remixed_from_video_id": None,
        "error": None,
        "url": None,
    }
)
_DONE: Final[MappingProxyType[str, Any]] = MappingProxyType(
    {**_QUEUED, "status": "completed", "progress": 100, "completed_at": 1795518862, "url": VIDEO_URL}
)
_FAILED: Final[MappingProxyType[str, Any]] = MappingProxyType(
    {
        **_QUEUED,
        "status": "failed",
        "error": {"code": "content_policy_violation", "message": "The site refuses the prompt."},
    }
)
POLLED: Final = ("x-job-id", "openai-poll-after-ms", "retry-after")
_STARTED: Final = (*MADE_HEADERS, "openai-poll-after-ms", "retry-after")
INPUTS: Final = (
    " Inputs come as `images`, `first_frame_image` and `end_frame_image`, `file_paths`, `image_file_1` …, "
    "`video_file_1` …, `audio_file_1` … (whose names the prompt may mark as `@image_file_1`) or `input_reference`: "
    "files of the form, addresses, data URLs, base64 or ids. No picture makes a video of words, one begins it, two "
    "begin and end it; what else there is makes references of them. **Spends credit**, once."
)
_FILES: Final = MappingProxyType(
    {
        "input_reference": "The picture to begin with.",
        "images": "Pictures: first frame, last frame.",
        "image_file_1": "A picture that the prompt marks by this name; likewise _2 and on.",
        "video_file_1": "A video, likewise.",
        "audio_file_1": "A sound, likewise.",
    }
)
BODY: Final = Content(
    VideoBody,
    {
        "a prompt": {"prompt": "Waves against a lighthouse -ra 16:9 -d 5", "model": "jimeng-video-3.0"},
        "a first frame": {
            "prompt": "It begins to snow",
            "model": "jimeng-video-3.0",
            "images": [_DOT],
            "duration": 5,
            "resolution": "720p",
        },
        "OpenAI's words": {
            "prompt": "Waves against a lighthouse",
            "model": "sora-2",
            "seconds": "4",
            "size": "1280x720",
        },
        "a dry run": {"prompt": "Waves at night", "model": "jimeng-video-3.0", "dry_run": True},
    },
    fields=picture_fields(
        "images",
        "first_frame_image",
        "end_frame_image",
        "file_paths",
        "image_file_1",
        "video_file_1",
        "audio_file_1",
        "input_reference",
    ),
)
FORM: Final = form_of(
    VideoBody, _FILES, {"prompt": "It begins to snow", "seconds": "5", "input_reference": ["lighthouse.png"]}
)


def starts(description: str, started: Content) -> Answer:
    """Describe the answer of a call that starts a video."""
    return Answer(description, (started,), _STARTED)


_ONE: Final = Content(Video, {"queued": dict(_QUEUED), "completed": dict(_DONE), "failed": dict(_FAILED)})
_STARTED_ONE: Final = Content((Video, Preview), {"queued": dict(_QUEUED)})

GENERATE: Final = Operation(
    "Videos",
    "Make a video and wait for it",
    'Waits until the video exists; `Prefer: respond-async` gives 202 and the job at once, `"async": true` a task.'
    + INPUTS,
    {
        200: Answer(
            "The video, or the task that was started.",
            (
                Content(
                    (FinishedVideo, TaskAccepted, Preview),
                    {
                        "an address": {
                            "created": 1795518770,
                            "model": "jimeng-video-3.0",
                            "size": "1280x720",
                            "seconds": "5",
                            "data": [{"url": VIDEO_URL, "revised_prompt": "Waves against a lighthouse"}],
                        },
                    },
                ),
            ),
            MADE_HEADERS,
        ),
        202: ACCEPTED,
    },
    bodies=(BODY, FORM),
    parameters=(IDEMPOTENCY_KEY, PREFER),
    errors=SPENDING_ERRORS,
)
CREATE: Final = Operation(
    "Videos",
    "Start a video",
    "Answers at once; look at the video until it is completed or failed, as often as `openai-poll-after-ms` says. "
    "Lengths the model does not make are mapped for OpenAI's model names (4, 8, 12 to 5, 10, 12 seconds); `seconds` "
    "of the answer is the true one." + INPUTS,
    {200: starts("The video as it stands, or what a dry run tells.", _STARTED_ONE)},
    bodies=(BODY, FORM),
    parameters=(IDEMPOTENCY_KEY,),
    errors=SPENDING_ERRORS,
)
REMIX: Final = Operation(
    "Videos",
    "Make a video anew with other words",
    "The sites change no existing video. This makes a new one with the settings, inputs and seed of another of yours "
    "and a new prompt, whose flags count as everywhere. Inputs are kept for an hour after the last job that used "
    "them. **Spends credit**, once.",
    {200: starts("The new video as it stands, or what a dry run tells.", _STARTED_ONE)},
    bodies=(Content(RemixBody, {"other words": {"prompt": "The same at night"}}),),
    parameters=(IDEMPOTENCY_KEY,),
    errors=SPENDING_ERRORS,
)
LIST: Final = Operation(
    "Videos",
    "List videos",
    "The caller's videos, a page at a time.",
    {
        200: Answer(
            "A page.",
            (
                Content(
                    VideoPage,
                    {
                        "one video": {
                            "object": "list",
                            "data": [dict(_DONE)],
                            "first_id": VIDEO_ID,
                            "last_id": VIDEO_ID,
                            "has_more": False,
                        }
                    },
                ),
            ),
        )
    },
    parameters=(
        Parameter(
            "limit", "query", "Videos on a page.", {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}
        ),
        Parameter("after", "query", "The id of the video before the page: `last_id` of the one before."),
        Parameter("order", "query", "By time of making.", {"enum": ["desc", "asc"], "default": "desc"}),
    ),
    errors=(400,),
)
RETRIEVE: Final = Operation(
    "Videos",
    "Look at a video",
    "A failed video is 200 as well: its `error` says what became of it.",
    {200: Answer("The video.", (_ONE,), POLLED)},
    errors=(404,),
)
DELETE: Final = Operation(
    "Videos",
    "Delete a video",
    "Removes an ended video with its prompt, inputs and bytes; its address stops working.",
    {
        200: Answer(
            "It is gone.",
            (Content(VideoDeleted, {"deleted": {"id": VIDEO_ID, "object": "video.deleted", "deleted": True}}),),
            ("x-job-id",),
        )
    },
    errors=(400, 404),
)
_BYTES: Final = tuple(
    Content(BINARY, media_type=each) for each in ("video/mp4", "image/jpeg", "image/png", "image/webp")
)
CONTENT: Final = Operation(
    "Videos",
    "Fetch a video",
    "The bytes of a completed video, whole or a range; before that 400 `video_not_ready`.",
    {200: Answer("The bytes.", _BYTES), 206: Answer("A part of the bytes.", _BYTES, ("content-range",))},
    parameters=(
        Parameter(
            "variant",
            "query",
            "`thumbnail` for the still the site gives with a video.",
            {"enum": ["video", "thumbnail"], "default": "video"},
        ),
        Parameter("Range", "header", "One range of bytes, such as `bytes=0-99`."),
    ),
    errors=(400, 404, 416),
)
