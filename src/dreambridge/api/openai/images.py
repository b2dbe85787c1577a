"""`POST /v1/images/generations`: a wish in, a job behind it, pictures or a task out."""

import hashlib
import json
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from dreambridge.api.client_hints import (
    Preferences,
    read_idempotency_key,
    read_patience,
    read_preferences,
    read_retry_count,
)
from dreambridge.api.context import ApiContext
from dreambridge.api.delivery import Delivery, Receipt, Silence, dump_json, wait_while_connected
from dreambridge.api.errors import error_response
from dreambridge.api.fields import list_names
from dreambridge.api.gateways.tasks import render_accepted
from dreambridge.api.native.rendering import render_job
from dreambridge.api.openai.answers import deliver_base64, render_urls
from dreambridge.api.openai.schemas import (
    ImageGeneration,
    ignored_fields,
    read_image_generation,
    read_output_format,
    wants_base64,
)
from dreambridge.api.reader import LENIENT_HEADER, Body, read_body
from dreambridge.domain.errors import Charged, JobCancelled, StillRunning
from dreambridge.domain.generation import ImageWish
from dreambridge.domain.job import JobState
from dreambridge.engine.flags import Flags, read_flags
from dreambridge.engine.service import CreateOptions, Creation, JobView

ROUTE: Final = "images.generations"
# How soon it makes sense to look at an accepted job for the first time.
_POLL_SECONDS: Final = "2"


def build_wish(body: ImageGeneration, flags: Flags, default_model: str) -> ImageWish:
    """Put what the caller said into the engine's words; what a flag says beats the field."""
    return ImageWish(
        prompt=flags.prompt,
        model=body.model,
        count=body.n,
        size=body.size,
        width=body.width,
        height=body.height,
        ratio=flags.ratio or body.ratio,
        resolution=flags.resolution or body.resolution,
        negative_prompt=body.negative_prompt,
        sample_strength=body.sample_strength,
        intelligent_ratio=body.intelligent_ratio,
        seed=body.seed,
        output_format=read_output_format(body),
        default_model=default_model,
    )


def fingerprint(route: str, body: Body) -> str:
    """Digest what was asked, so that the same request is recognised whatever the order or spelling of its JSON."""
    sent = {name: value for name, value in body.fields.items() if value is not None}
    return hashlib.sha256(f"{route}\n{json.dumps(sent, sort_keys=True)}".encode()).hexdigest()


class ImageRoutes:
    """The image routes of OpenAI."""

    def __init__(self, context: ApiContext) -> None:
        self._context = context

    async def generate(self, request: Request) -> Response:
        """Make pictures: wait for them, or answer with a job or a task where the client asks for one.

        The job SPENDS CREDIT. Raises every error of the tree; a client that hangs up cancels nothing.
        """
        caller = await self._context.caller(request)
        body = await read_body(request, self._context.options.max_body_bytes)
        asked = read_image_generation(body.fields)
        preferences = read_preferences(request.headers)
        flags = read_flags(asked.prompt)
        wish = build_wish(asked, flags, self._context.options.default_image_model)
        options = CreateOptions(
            route=ROUTE,
            idempotency_key=read_idempotency_key(request.headers),
            retry_count=read_retry_count(request.headers),
            fingerprint=fingerprint(ROUTE, body),
            task_shape=self._wants_task(asked, preferences),
        )
        creation = await self._context.service.create_image(wish, caller, options)
        headers = _headers(creation, asked, flags, body)
        answer = _Answer(self._context, request, asked, preferences, options, creation.joined, headers)
        try:
            return await answer.make(creation.view)
        except BaseException:
            answer.leave(creation.view.job.id)
            raise

    def _wants_task(self, asked: ImageGeneration, preferences: Preferences) -> bool:
        if asked.run_async is not None:
            return asked.run_async
        return self._context.options.task_answers and not preferences.respond_async


def _headers(creation: Creation, asked: ImageGeneration, flags: Flags, body: Body) -> dict[str, str]:
    """Say beside the answer what it is and what of the request had no effect."""
    view = creation.view
    headers = {"x-job-id": view.job.id, "vary": "Prefer"}
    duration = ["duration"] if flags.duration is not None else []
    if names := list_names([*ignored_fields(asked), *duration, *view.job.request.ignored]):
        headers["x-dreambridge-ignored"] = names
    if creation.joined:
        headers["x-dreambridge-joined"] = "true"
    if body.lenient:
        headers[LENIENT_HEADER] = "true"
    return headers


@dataclass(frozen=True, slots=True)
class _Answer:
    """One answer in the making: until it is delivered or lost, the engine keeps it for this request."""

    context: ApiContext
    request: Request
    asked: ImageGeneration
    preferences: Preferences
    options: CreateOptions
    joined: bool
    headers: dict[str, str]

    def leave(self, job_id: str) -> None:
        """Say that this request goes without the answer, so that the next identical one is given it."""
        self.context.service.leave(job_id, retry_count=self.options.retry_count)

    async def make(self, view: JobView) -> Response:
        """Wait as long as the client will, and make the answer that fits."""
        if self.options.task_shape:
            return self._deliver(view, render_accepted(view))
        if not view.job.state.ended and (seconds := self._seconds()) > 0:
            waited = await wait_while_connected(self.request, self.context.service.wait(view.job.id, seconds))
            if waited is None:
                self.leave(view.job.id)
                return Silence()
            view = waited
        if view.job.state.ended:
            return await self._finish(view)
        if self.preferences.respond_async:
            return self._accept(view)
        return self._give_up(view)

    def _seconds(self) -> float:
        longest = read_patience(self.request.headers, self.context.options.sync_wait_images)
        if self.preferences.wait is not None:
            return min(longest, self.preferences.wait)
        return 0.0 if self.preferences.respond_async else longest

    async def _finish(self, view: JobView) -> Response:
        if view.job.state is JobState.COMPLETED:
            if view.spare:
                self.headers["x-dreambridge-spare"] = str(view.spare)
            if wants_base64(self.asked):
                return await deliver_base64(self.context, view, self.headers, self._receipt(view))
            return self._deliver(view, render_urls(self.context, self.request, view))
        error = view.error or JobCancelled("The job was cancelled.", job_id=view.job.id)
        if self.joined or error.charged in {Charged.NO, Charged.REFUNDED}:
            # Nothing was paid, or this was already told twice: asking again is a new attempt.
            await self.context.service.delivered(view.job.id)
        else:
            self.leave(view.job.id)
        return error_response(error, self.request, self.headers)

    def _accept(self, view: JobView) -> Response:
        headers = {
            "location": self.context.addresses.job(self.request, view.job.id),
            "retry-after": _POLL_SECONDS,
            "preference-applied": self.preferences.applied,
        }
        return self._deliver(view, render_job(self.context, self.request, view), 202, headers)

    def _give_up(self, view: JobView) -> Response:
        self.leave(view.job.id)
        location = self.context.addresses.job(self.request, view.job.id)
        running = StillRunning(
            f"The job is still running and goes on; fetch it at {location}, or send the same request again.",
            job_id=view.job.id,
            retry_after=view.job.progress.remaining,
        )
        return error_response(running, self.request, {**self.headers, "location": location})

    def _deliver(
        self, view: JobView, content: dict[str, Any], status: int = 200, headers: dict[str, str] | None = None
    ) -> Delivery:
        body = dump_json(content)
        return Delivery([body], len(body), {**self.headers, **(headers or {})}, self._receipt(view), status)

    def _receipt(self, view: JobView) -> Receipt:
        job_id = view.job.id
        return Receipt(partial(self.context.service.delivered, job_id), partial(self.leave, job_id))
