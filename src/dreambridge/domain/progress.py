"""How far a job is, in a sentence for people."""

from types import MappingProxyType
from typing import Final

from dreambridge.domain.job import Job, JobState
from dreambridge.domain.remedies import Language

_WORDS: Final = MappingProxyType(
    {
        Language.EN: MappingProxyType(
            {
                JobState.QUEUED: "Accepted.",
                JobState.PREPARING: "Preparing.",
                JobState.SUBMITTING: "Sending to the site.",
                JobState.GENERATING: "The site is making it.",
                JobState.COLLECTING: "Collecting the results.",
                "place": "In the site's queue: place {place}{of}.",
                "of": " of {length}",
                "left": " About {seconds} s.",
                "percent": "{percent} %.",
            }
        ),
        Language.ZH: MappingProxyType(
            {
                JobState.QUEUED: "已接受。",
                JobState.PREPARING: "准备中。",
                JobState.SUBMITTING: "正在提交到站点。",
                JobState.GENERATING: "站点正在生成。",
                JobState.COLLECTING: "正在收取结果。",
                "place": "站点排队中：第 {place} 位{of}。",
                "of": "，共 {length} 位",
                "left": " 约 {seconds} 秒。",
                "percent": "{percent}%。",
            }
        ),
    }
)
_STEP: Final = 10


def describe_progress(job: Job, language: Language) -> str:
    """Say where a job is; the same sentence while nothing worth telling has changed. Empty for an ended job."""
    words, progress = _WORDS[language], job.progress
    if job.state.ended:
        return ""
    if job.state is not JobState.GENERATING:
        return words[job.state]
    if progress.queue_position:
        of = words["of"].format(length=progress.queue_length) if progress.queue_length else ""
        left = words["left"].format(seconds=round(progress.remaining)) if progress.remaining else ""
        return words["place"].format(place=progress.queue_position, of=of) + left
    step = progress.percent // _STEP * _STEP
    return words["percent"].format(percent=step) if step else words[job.state]
