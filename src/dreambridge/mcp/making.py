"""Tools that make something: a wish in, a job behind it, its results or its id out."""

import asyncio
import hashlib
from collections.abc import Collection
from contextlib import aclosing
from typing import Any, Final

from mcp import types

from dreambridge.domain.generation import ImageWish, InputKind, Kind, MediaInput, VideoMode, VideoWish
from dreambridge.domain.job import Job, JobState
from dreambridge.domain.progress import describe_progress
from dreambridge.engine.flags import read_flags
from dreambridge.engine.service import CreateOptions, Creation, JobView
from dreambridge.mcp.arguments import (
    GenerateImageArguments,
    GenerateVideoArguments,
    ImageArguments,
    Making,
    SubmitArguments,
    VideoArguments,
    read_arguments,
)
from dreambridge.mcp.desk import Visit
from dreambridge.mcp.results import end_error, refuse, render_job, say, show_completed, tells_end

_PICTURES: Final = frozenset({InputKind.IMAGE})
_ANY: Final = frozenset(InputKind)
_OWN: Final = ("artifact://", "job://")
# Places in a queue say nothing of percent, yet what is reported has to grow with every report.
_STEP: Final = 0.01
_NOT_THE_WISH: Final = ("idempotency_key", "wait_seconds", "max_credits")


async def generate_image(visit: Visit, asked: GenerateImageArguments) -> types.CallToolResult:
    """Make pictures and wait for them. SPENDS CREDIT; raises every error of the tree."""
    creation = await _create_image(visit, asked)
    return await finish(visit, creation.view, asked.wait_seconds, joined=creation.joined, ignored=_ignored(asked))


async def generate_video(visit: Visit, asked: GenerateVideoArguments) -> types.CallToolResult:
    """Make a video and wait for it. SPENDS CREDIT; raises every error of the tree."""
    creation = await _create_video(visit, asked)
    return await finish(visit, creation.view, asked.wait_seconds, joined=creation.joined, ignored=_ignored(asked))


async def submit(visit: Visit, asked: SubmitArguments) -> types.CallToolResult:
    """Start a job and answer with its id. SPENDS CREDIT; raises what is wrong with the wish."""
    given = asked.model_dump(exclude_unset=True, exclude={"kind"})
    if asked.kind == Kind.IMAGE.value:
        image = read_arguments(ImageArguments, given)
        creation, ignored = await _create_image(visit, image), _ignored(image)
    else:
        video = read_arguments(VideoArguments, given)
        creation, ignored = await _create_video(visit, video), _ignored(video)
    view = creation.view
    # The id is the answer; the result is asked for by it.
    visit.guest.answers[view.job.id] = True
    text = f"Accepted as job {view.job.id} ({view.job.request.model}). Use wait_job or get_job for its results."
    return say(_with_ignored(text, [*ignored, *view.job.request.ignored]), render_job(view, visit.guest))


async def _create_image(visit: Visit, asked: ImageArguments) -> Creation:
    flags = read_flags(asked.prompt)
    inputs = await _take_in(visit, asked.references, _PICTURES)
    wish = ImageWish(
        prompt=flags.prompt,
        model=asked.model,
        count=asked.n,
        size=asked.size,
        ratio=flags.ratio or asked.ratio,
        resolution=flags.resolution or asked.resolution,
        negative_prompt=asked.negative_prompt,
        seed=asked.seed,
        default_model=visit.desk.options.image_model,
        inputs=inputs,
        strength=asked.strength,
    )
    creation = await visit.desk.service.create_image(wish, visit.guest.caller, _options(asked, Kind.IMAGE))
    return _note(visit, creation)


async def _create_video(visit: Visit, asked: VideoArguments) -> Creation:
    flags = read_flags(asked.prompt)
    inputs = await _take_in(visit, asked.references, _ANY)
    wish = VideoWish(
        prompt=flags.prompt,
        model=asked.model,
        mode=None if asked.mode is None else VideoMode(asked.mode),
        ratio=flags.ratio or asked.ratio,
        resolution=flags.resolution or asked.resolution,
        size=asked.size,
        seconds=asked.seconds if flags.duration is None else flags.duration,
        seed=asked.seed,
        inputs=inputs,
        input_names=tuple(f"references[{index}]" for index in range(len(inputs))),
        default_model=visit.desk.options.video_model,
    )
    creation = await visit.desk.service.create_video(wish, visit.guest.caller, _options(asked, Kind.VIDEO))
    return _note(visit, creation)


def _note(visit: Visit, creation: Creation) -> Creation:
    """Note that this call owes the caller the job, whatever becomes of the call."""
    visit.guest.answers[creation.view.job.id] = False
    return creation


def _options(asked: Making, kind: Kind) -> CreateOptions:
    # A waiting call and one that does not wait are the same wish: each finds the job of the other.
    wish = asked.model_dump_json(exclude=set(_NOT_THE_WISH), exclude_defaults=True)
    return CreateOptions(
        route=f"mcp.{kind.value}",
        idempotency_key=asked.idempotency_key,
        fingerprint=hashlib.sha256(f"mcp.{kind.value}\n{wish}".encode()).hexdigest(),
        max_credits=asked.max_credits,
    )


async def _take_in(visit: Visit, references: list[str], kinds: Collection[InputKind]) -> tuple[MediaInput, ...]:
    """Have every reference here, in order; touches the network for addresses, spends nothing."""
    taken: list[MediaInput] = []
    for index, text in enumerate(references):
        source = visit.guest.as_id(text.strip())
        for scheme in _OWN:
            source = source.removeprefix(scheme)
        param = f"references[{index}]"
        taken.append(
            await visit.desk.service.acquire_input(source, param=param, kinds=kinds, caller=visit.guest.caller)
        )
    return tuple(taken)


async def finish(
    visit: Visit, view: JobView, seconds: float | None, *, joined: bool = False, ignored: list[str] | None = None
) -> types.CallToolResult:
    """Wait for a job, telling how far it is, and answer with what came of it; a call that ends first stops nothing."""
    options = visit.desk.options
    longest = options.image_wait if view.job.kind is Kind.IMAGE else options.video_wait
    if not view.job.state.ended:
        view = await _follow(visit, view, min(longest, longest if seconds is None else seconds))
    if view.job.id in visit.guest.answers:
        visit.guest.answers[view.job.id] = tells_end(view) or (joined and view.job.state.ended)
    elif view.job.state.ended:
        # Whoever looks changes nothing for those who wait, except that an end that was told is told.
        visit.guest.seen.add(view.job.id)
    error = end_error(view)
    if error is not None:
        return refuse(error, visit.guest)
    result = await show_completed(visit, view) if view.job.state is JobState.COMPLETED else show_running(visit, view)
    if names := [*(ignored or ()), *view.job.request.ignored]:
        result.content.append(types.TextContent(text=_with_ignored("", names)))
    return result


def show_running(visit: Visit, view: JobView) -> types.CallToolResult:
    """Answer with how far a job is that has not ended."""
    now = describe_progress(view.job, visit.guest.language)
    text = f"Job {view.job.id} is {view.job.state.value} and goes on. {now} Use wait_job to wait for its results."
    return say(text, render_job(view, visit.guest))


async def _follow(visit: Visit, view: JobView, seconds: float) -> JobView:
    """Read along until the end of a job, of the time, or of the server's service; give the newest view."""
    clock = asyncio.get_running_loop().time
    deadline, told = clock() + seconds, _Telling(visit)
    async with aclosing(visit.desk.service.follow(view.job.id)) as views:
        while not view.job.state.ended:
            try:
                view = await asyncio.wait_for(anext(views), deadline - clock())
            except (TimeoutError, StopAsyncIteration):
                break
            await told.tell(view)
    return view


class _Telling:
    """Report a job's progress, each time it is news."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._last = -_STEP
        self._said = ""

    async def tell(self, view: JobView) -> None:
        """Report where a job is now, unless that was said."""
        text = self._describe(view.job, len(view.artifacts))
        percent = 100.0 if view.job.state is JobState.COMPLETED else float(view.job.progress.percent)
        if text == self._said and percent <= self._last:
            return
        self._said, self._last = text, max(percent, self._last + _STEP)
        await self._visit.report(self._last, text)

    def _describe(self, job: Job, landed: int) -> str:
        made = f" {landed} of {job.request.count} there." if landed and job.request.count > 1 else ""
        return f"{describe_progress(job, self._visit.guest.language) or 'Ended.'}{made} Job {job.id}."


def _ignored(asked: Making) -> list[str]:
    return list(asked.model_extra or {})


def _with_ignored(text: str, names: list[Any]) -> str:
    return f"{text} No effect had: {', '.join(map(str, names))}.".strip() if names else text
