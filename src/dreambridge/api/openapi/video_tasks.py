"""Operations on videos in the words of a relay's unified interface."""

from typing import Final

from dreambridge.api.openapi.operation import IDEMPOTENCY_KEY, SPENDING_ERRORS, Answer, Content, Operation
from dreambridge.api.openapi.preview_shape import Preview
from dreambridge.api.openapi.video_shapes import RelayTask, RelayTaskStarted
from dreambridge.api.openapi.videos import BODY, FORM, INPUTS, POLLED, VIDEO_ID, VIDEO_URL, starts

START: Final = Operation(
    "Videos",
    "Start a video as a task",
    "In the words of a relay's unified video interface: answers at once with a task." + INPUTS,
    {
        200: starts(
            "The task that was started.",
            Content((RelayTaskStarted, Preview), {"queued": {"task_id": VIDEO_ID, "status": "queued"}}),
        )
    },
    bodies=(BODY, FORM),
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
                        "queued": {"task_id": VIDEO_ID, "status": "queued"},
                        "completed": {
                            "task_id": VIDEO_ID,
                            "status": "completed",
                            "url": VIDEO_URL,
                            "format": "mp4",
                            "metadata": {"duration": 5.0, "fps": 24, "width": 1280, "height": 720, "seed": None},
                        },
                        "failed": {
                            "task_id": VIDEO_ID,
                            "status": "failed",
                            "error": {"code": 400, "message": "The site refuses the prompt."},
                        },
                    },
                ),
            ),
            POLLED,
        )
    },
    errors=(404,),
)
