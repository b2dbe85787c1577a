"""Operations on tasks, in the words of the task gateway."""

from types import MappingProxyType
from typing import Any, Final

from dreambridge.api.gateways.tasks import TaskHistory
from dreambridge.api.openapi.operation import Answer, Content, Operation
from dreambridge.api.openapi.shapes import Task, TaskList

_ID: Final = "job_bda4dqpiv25mnu3vjpzhkzh2va"
_SUBMIT_ID: Final = "0f6c2c1e-6a3b-4c55-9a58-0e7b3d6f4a21"
_UNKNOWN: Final = "3b1d2f4a-5c6e-4f70-8192-a3b4c5d6e7f8"
_URL: Final = "http://127.0.0.1:8000/v1/artifacts/art_ga63s6gjaf2f66y3xkqfqwle55.png"
_FOUND: Final[MappingProxyType[str, Any]] = MappingProxyType(
    {
        "submit_id": _SUBMIT_ID,
        "images": [_URL],
        "error": None,
        "taskId": _ID,
        "status": "completed",
        "progress": 100,
        "createdAt": 1795518782,
        "found": True,
    }
)
_NOT_FOUND: Final[MappingProxyType[str, Any]] = MappingProxyType(
    {
        "submit_id": _UNKNOWN,
        "images": [],
        "error": "not_found: No such task, or not one of yours.",
        "taskId": None,
        "status": "failed",
        "progress": 0,
        "createdAt": None,
        "found": False,
    }
)

TASK: Final = Operation(
    "Images",
    "Look at a task",
    "The state of a task in the words of the task gateway. A failed task is 200 as well, as its scripts expect.",
    {
        200: Answer(
            "The task.",
            (
                Content(
                    Task,
                    {
                        "pending": {"taskId": _ID, "status": "pending", "progress": 0, "createdAt": 1795518782},
                        "completed": {
                            "taskId": _ID,
                            "status": "completed",
                            "progress": 100,
                            "images": [_URL],
                            "createdAt": 1795518782,
                        },
                    },
                ),
            ),
            ("x-job-id",),
        )
    },
    errors=(404,),
)
HISTORY: Final = Operation(
    "Images",
    "Look at several tasks",
    "One entry for each id, in the order asked, by the id of a task or of its submission. An id that is unknown, or "
    "another owner's, has an entry that is failed and not found. No site is asked.",
    {
        200: Answer(
            "The tasks.",
            (
                Content(
                    TaskList,
                    {"one of two": {"created": 1795518790, "data": [dict(_FOUND), dict(_NOT_FOUND)]}},
                ),
            ),
            ("x-dreambridge-lenient",),
        )
    },
    bodies=(Content(TaskHistory, {"two": {"submit_ids": [_SUBMIT_ID, _UNKNOWN]}}),),
    errors=(400, 413),
)
