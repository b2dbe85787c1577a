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
from dreambridge.api.openapi.shapes import TaskAccepted
from dreambridge.api.openapi.video_shapes import (
    FinishedVideo,
    RelayTask,
    RelayTaskStarted,
    Video,
    VideoDeleted,
    VideoPage,
)

_ID: Final = "video_bda4dqpiv25mnu3vjpzhkzh2va"
_URL: Final = "http://127.0.0.1:8000/v1/artifacts/art_ga63s6gjaf2f66y3xkqfqwle55.mp4"
_DOT: Final = (
    "data:image/png;base64,"
    "iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAIAAAAlC+aJAAAAUUlEQVR42u3PMQ0AMAgAMJgk5KAdMVPBQdI6aE5XXP"
    "biOAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAYF9HxzKAehgruTdAAAAAElFTkSu"
    "QmCC"
)
_QUEUED: Final[MappingProxyType[str, Any]] = MappingProxyType(
    {
        "id": _ID,
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
_DONE: Final = {**_QUEUED, "status": "completed", "progress": 100, "completed_at": 1795518862, "url": _URL}
_FAILED: Final = {
    **_QUEUED,
    "status": "failed",
    "error": {"code": "content_policy_violation", "message": "The site refuses the prompt."},
}
_POLLED: Final = ("x-job-id", "openai-poll-after-ms", "retry-after")
_STARTED: Final = (*MADE_HEADERS, "openai-poll-after-ms", "retry-after")
_INPUTS: Final = (
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
_BODY: Final = Content(
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
        "OpenAI's words": {"prompt": "Waves against a lighthouse", "seconds": "4", "size": "1280x720"},
    },
)
_FORM: Final = form_of(
    VideoBody, _FILES, {"prompt": "It begins to snow", "seconds": "5", "input_reference": ["lighthouse.png"]}
)


def _starts(description: str, started: Content) -> Answer:
    return Answer(description, (started,), _STARTED)


_ONE: Final = Content(Video, {"queued": dict(_QUEUED), "completed": _DONE, "failed": _FAILED})

GENERATE: Final = Operation(
    "Videos",
    "Make a video and wait for it",
    'Waits until the video exists; `Prefer: respond-async` gives 202 and the job at once, `"async": true` a task.'
    + _INPUTS,
    {
        200: Answer(
            "The video, or the task that was started.",
            (
                Content(
                    (FinishedVideo, TaskAccepted),
                    {
                        "an address": {
                            "created": 1795518770,
                            "model": "jimeng-video-3.0",
                            "size": "1280x720",
                            "seconds": "5",
                            "data": [{"url": _URL, "revised_prompt": "Waves against a lighthouse"}],
                        },
                    },
                ),
            ),
            MADE_HEADERS,
        ),
        202: ACCEPTED,
    },
    bodies=(_BODY, _FORM),
    parameters=(IDEMPOTENCY_KEY, PREFER),
    errors=SPENDING_ERRORS,
)
CREATE: Final = Operation(
    "Videos",
    "Start a video",
    "Answers at once; look at the video until it is completed or failed, as often as `openai-poll-after-ms` says. "
    "Lengths the model does not make are mapped for OpenAI's model names (4, 8, 12 to 5, 10, 12 seconds); `seconds` "
    "of the answer is the true one." + _INPUTS,
    {200: _starts("The video as it stands.", _ONE)},
    bodies=(_BODY, _FORM),
    parameters=(IDEMPOTENCY_KEY,),
    errors=SPENDING_ERRORS,
)
REMIX: Final = Operation(
    "Videos",
    "Make a video anew with other words",
    "The sites change no existing video. This makes a new one with the settings, inputs and seed of another of yours "
    "and a new prompt, whose flags count as everywhere. Inputs are kept for an hour after the last job that used "
    "them. **Spends credit**, once.",
    {200: _starts("The new video as it stands.", _ONE)},
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
                            "data": [_DONE],
                            "first_id": _ID,
                            "last_id": _ID,
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
    {200: Answer("The video.", (_ONE,), _POLLED)},
    errors=(404,),
)
DELETE: Final = Operation(
    "Videos",
    "Delete a video",
    "Removes an ended video with its prompt, inputs and bytes; its address stops working.",
    {
        200: Answer(
            "It is gone.",
            (Content(VideoDeleted, {"deleted": {"id": _ID, "object": "video.deleted", "deleted": True}}),),
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
START: Final = Operation(
    "Videos",
    "Start a video as a task",
    "In the words of a relay's unified video interface: answers at once with a task." + _INPUTS,
    {
        200: _starts(
            "The task that was started.", Content(RelayTaskStarted, {"queued": {"task_id": _ID, "status": "queued"}})
        )
    },
    bodies=(_BODY, _FORM),
    parameters=(IDEMPOTENCY_KEY,),
    errors=SPENDING_ERRORS,
)
TASK: Final = Operation(
    "Videos",
    "Look at a video's task",
    "A failed task is 200 as well.",
    {
        200: Answer(
            "The task.",
            (
                Content(
                    RelayTask,
                    {
                        "queued": {"task_id": _ID, "status": "queued"},
                        "completed": {
                            "task_id": _ID,
                            "status": "completed",
                            "url": _URL,
                            "format": "mp4",
                            "metadata": {"duration": 5.0, "fps": 24, "width": 1280, "height": 720, "seed": None},
                        },
                        "failed": {
                            "task_id": _ID,
                            "status": "failed",
                            "error": {"code": 400, "message": "The site refuses the prompt."},
                        },
                    },
                ),
            ),
            _POLLED,
        )
    },
    errors=(404,),
)
