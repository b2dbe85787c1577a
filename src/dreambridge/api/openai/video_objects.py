"""A video job as OpenAI's Video object, and how soon to look at it again."""

import math
from typing import Any, Final

from starlette.requests import Request

from dreambridge.api.calls import error_of
from dreambridge.api.context import ApiContext
from dreambridge.api.native.rendering import status_word
from dreambridge.domain.artifact import Artifact
from dreambridge.domain.generation import Dimensions, VideoRequest
from dreambridge.domain.job import JobState
from dreambridge.engine.service import JobView

_SHORTEST: Final = 1000
_LONGEST: Final = 15_000
# A look comes late by half a pause on average: a twentieth of what was left.
_LOOKS: Final = 10


def render_video(context: ApiContext, request: Request, view: JobView) -> dict[str, Any]:
    """Make the Video object; clients check the types of its fields strictly.

    Times and progress are whole numbers, `seconds` is text, `error` is null unless the video failed. `url` needs no
    credential and is null until the video exists.
    """
    job = view.job
    done = job.state is JobState.COMPLETED
    failed = job.state.ended and not done
    made = view.artifacts[0] if done and view.artifacts else None
    size = _size_of(view, made)
    wish = job.request
    video: dict[str, Any] = {
        "id": job.id,
        "object": "video",
        "status": status_word(job.state),
        "progress": 100 if done else int(job.progress.percent),
        "created_at": int(job.created_at),
        "completed_at": int(job.ended_at) if done and job.ended_at is not None else None,
        "expires_at": None,
        "model": wish.asked_model,
        "seconds": seconds_of(view),
        "size": None if size is None else str(size),
        "prompt": wish.prompt,
        "remixed_from_video_id": wish.remixed_from if isinstance(wish, VideoRequest) else None,
        "error": None,
        "url": None if made is None else context.result_url(request, made),
    }
    if failed:
        error = error_of(view)
        video["error"] = {"code": error.specific_code, "message": error.message}
    return video


def seconds_of(view: JobView) -> str:
    """Tell the length in seconds, as text: what was asked of the site, which may differ from what the caller said."""
    wish = view.job.request
    if isinstance(wish, VideoRequest):
        return str(wish.seconds)
    known = next((each.seconds for each in view.artifacts if each.seconds is not None), None)
    return "0" if known is None else f"{known:g}"


def _size_of(view: JobView, made: Artifact | None) -> Dimensions | None:
    return (made.dimensions if made is not None else None) or view.job.request.native


def poll_headers(context: ApiContext, view: JobView) -> dict[str, str]:
    """Say when to look again at an unfinished video: some looks in the time it is likely to take still."""
    if view.job.state.ended:
        return {}
    left = context.service.outlook.seconds_left(view.job)
    pause = min(_LONGEST, max(_SHORTEST, round(left * 1000 / _LOOKS)))
    return {"openai-poll-after-ms": str(pause), "retry-after": str(math.ceil(pause / 1000))}
