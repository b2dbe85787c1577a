"""Operations on jobs, and the examples of a job that others show too."""

from types import MappingProxyType
from typing import Any, Final

from dreambridge.api.openapi.operation import STREAM, Answer, Content, Operation, Parameter
from dreambridge.api.openapi.shapes import Job, JobDeleted, JobPage
from dreambridge.domain.job import JobState

_ID: Final = "job_xrhsl6dlvjtfnluy56e5lycn3m"

ARTIFACT_EXAMPLE: Final = MappingProxyType(
    {
        "id": "art_ga63s6gjaf2f66y3xkqfqwle55",
        "object": "artifact",
        "job_id": _ID,
        "kind": "image",
        "index": 0,
        "url": "http://127.0.0.1:8000/v1/artifacts/art_ga63s6gjaf2f66y3xkqfqwle55.png",
        "size": "2560x1440",
        "width": 2560,
        "height": 1440,
        "seconds": None,
        "thumbnail_url": "http://127.0.0.1:8000/v1/artifacts/art_ga63s6gjaf2f66y3xkqfqwle55.png?w=512",
        "media_type": "image/png",
        "bytes": 314634,
        "sha256": "9def2d79510231929c3fbb1d93f8f86b40db7d4a8bd686531e71c78752d1d0bf",
        "state": "stored",
        "created_at": 1795518782,
    }
)
QUEUED_JOB: Final[MappingProxyType[str, Any]] = MappingProxyType(
    {
        "id": _ID,
        "object": "job",
        "kind": "image",
        "status": "queued",
        "state": "queued",
        "model": "jimeng-4.5",
        "model_used": "jimeng-4.5",
        "site": None,
        "account": None,
        "progress": {
            "percent": 0,
            "queue_position": None,
            "queue_length": None,
            "remaining_seconds": None,
            "items": 0,
        },
        "request": {
            "prompt": "A lighthouse in a storm",
            "n": 1,
            "ratio": "16:9",
            "resolution": "2k",
            "size": "2560x1440",
            "native_size": "2560x1440",
            "seed": None,
            "output_format": None,
            "inputs": [],
            "ignored": [],
            "negative_prompt": "",
            "sample_strength": 0.5,
            "intelligent_ratio": False,
            "strength": None,
            "series": False,
        },
        "created_at": 1795518770,
        "updated_at": 1795518770,
        "ended_at": None,
        "attempts": 0,
        "submissions": 0,
        "cancel_requested": False,
        "partial": False,
        "spare": 0,
        "cost": None,
        "error": None,
        "artifacts": [],
    }
)
COMPLETED_JOB: Final[MappingProxyType[str, Any]] = MappingProxyType(
    {
        **QUEUED_JOB,
        "status": "completed",
        "state": "completed",
        "site": "sandbox",
        "account": "acct_o5k4hojeb5a4gyaxnnoyk7n7zg",
        "progress": {
            "percent": 100,
            "queue_position": None,
            "queue_length": None,
            "remaining_seconds": 0,
            "items": 1,
        },
        "updated_at": 1795518782,
        "ended_at": 1795518782,
        "attempts": 1,
        "submissions": 1,
        "artifacts": [dict(ARTIFACT_EXAMPLE)],
    }
)
_JOB: Final = Content(Job, MappingProxyType({"queued": dict(QUEUED_JOB), "completed": dict(COMPLETED_JOB)}))
_ONE: Final = Answer("The job.", (_JOB,), ("x-job-id", "retry-after"))

LIST: Final = Operation(
    "Jobs",
    "List jobs",
    "The caller's jobs, a page at a time.",
    {
        200: Answer(
            "A page.",
            (
                Content(
                    JobPage,
                    {
                        "one job": {
                            "object": "list",
                            "data": [dict(COMPLETED_JOB)],
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
            "limit", "query", "Jobs on a page.", {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}
        ),
        Parameter("after", "query", "The id of the job before the page: `last_id` of the one before."),
        Parameter("order", "query", "By time of making.", {"enum": ["desc", "asc"], "default": "desc"}),
        Parameter("state", "query", "Only jobs in this state.", {"enum": [state.value for state in JobState]}),
    ),
    errors=(400, 404),
)
RETRIEVE: Final = Operation(
    "Jobs",
    "Look at a job",
    "The job with its progress and results. A failed job is 200 as well: its `error` says what became of it.",
    {200: _ONE},
    errors=(404,),
)
EVENTS: Final = Operation(
    "Jobs",
    "Follow a job",
    "Server-sent events until the job ends: `progress` with the place in the queue, percent and a sentence, an "
    "`artifact` as each result lands, and `end` with the whole job. Comments keep the connection open. Going away "
    "changes nothing.",
    {200: Answer("The events.", (Content(STREAM, media_type="text/event-stream"),), ("x-job-id",))},
    errors=(404,),
)
CANCEL: Final = Operation(
    "Jobs",
    "Cancel a job",
    "Cancels as soon as that is safe: while the paid call is under way, only once its outcome is known. "
    "A job that has ended stays as it is.",
    {200: _ONE},
    errors=(404, 413),
)
DELETE: Final = Operation(
    "Jobs",
    "Delete a job",
    "Removes an ended job with its prompt, inputs and results; their addresses stop working.",
    {
        200: Answer(
            "It is gone.",
            (Content(JobDeleted, {"deleted": {"id": _ID, "object": "job.deleted", "deleted": True}}),),
            ("x-job-id",),
        )
    },
    errors=(400, 404),
)
