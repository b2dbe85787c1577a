"""One call that makes something, from its body to its answer; what every such route has in common."""

import hashlib
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

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
from dreambridge.api.forms import Form, open_body
from dreambridge.api.gate import QUOTA
from dreambridge.api.native.rendering import render_job, render_preview
from dreambridge.api.reader import LENIENT_HEADER, Body
from dreambridge.domain.errors import Charged, GatewayError, JobCancelled, JobNotFound, StillRunning
from dreambridge.domain.job import JobState
from dreambridge.domain.key import ImagesMode
from dreambridge.engine.credentials import Caller
from dreambridge.engine.intake import Wish
from dreambridge.engine.service import CreateOptions, Creation, JobView

# How soon it makes sense to look at an accepted job for the first time.
POLL_SECONDS: Final = "2"
# How the answer is to come, and not what it is: a client that lost a stream may ask for the whole.
_HOW: Final = frozenset({"stream", "stream_options"})


class Shape(Protocol):
    """How a route answers: how long it may wait (s), and what becomes of a job's view."""

    @property
    def longest(self) -> float:
        """Give the longest wait of the route, in seconds."""
        ...

    def render_task(self, view: JobView) -> dict[str, Any]:
        """Make the answer of a call that asked for a task."""
        ...

    async def finish(self, view: JobView, headers: dict[str, str], receipt: Receipt) -> Response:
        """Make the answer of a job that completed."""
        ...


@dataclass(frozen=True, slots=True)
class Call:
    """A request that makes something: whose it is, what it says, how its answer is wanted."""

    context: ApiContext
    request: Request
    caller: Caller
    body: Body
    preferences: Preferences
    route: str

    @property
    def task_answers(self) -> bool:
        """Tell whether image calls that do not say what they want are answered with a task."""
        mode = self.caller.key.limits.images_mode if self.caller.key is not None else None
        return self.context.options.task_answers if mode is None else mode is ImagesMode.TASK

    def options(
        self, *, task_shape: bool = False, max_credits: float | None = None, id_prefix: str = "job"
    ) -> CreateOptions:
        """Put together what the engine wants to know beyond the wish. Raises InvalidRequest."""
        return CreateOptions(
            route=self.route,
            idempotency_key=read_idempotency_key(self.request.headers),
            retry_count=read_retry_count(self.request.headers),
            fingerprint=fingerprint(self.route, self.body),
            task_shape=task_shape,
            max_credits=max_credits,
            id_prefix=id_prefix,
        )

    def headers(self, creation: Creation, ignored: Iterable[str]) -> dict[str, str]:
        """Say beside the answer what it is, and what of the request had no effect."""
        job = creation.view.job
        headers = {"x-job-id": job.id, "vary": "Prefer", **self.reading_headers()}
        if names := list_names([*ignored, *job.request.ignored]):
            headers["x-dreambridge-ignored"] = names
        if creation.joined:
            headers["x-dreambridge-joined"] = "true"
        return headers

    def reading_headers(self) -> dict[str, str]:
        """Say whether the body was read leniently."""
        return {LENIENT_HEADER: "true"} if self.body.lenient else {}

    def leave(self, job_id: str) -> None:
        """Say that this request goes without the answer, so that the next identical one is given it."""
        self.context.service.leave(job_id, retry_count=read_retry_count(self.request.headers))

    def receipt(self, job_id: str) -> Receipt:
        """Give whom to tell what became of the answer."""
        return Receipt(partial(self.context.service.delivered, job_id), partial(self.leave, job_id))

    async def settle(self, view: JobView, error: GatewayError, *, joined: bool) -> None:
        """Decide whether an error that ends this call may be given to the next identical one."""
        if joined or error.charged in {Charged.NO, Charged.REFUNDED}:
            # Nothing was paid, or this was already told twice: asking again is a new attempt.
            await self.context.service.delivered(view.job.id)
        else:
            self.leave(view.job.id)


@asynccontextmanager
async def open_call(context: ApiContext, request: Request, route: str, *, spends: bool = True) -> AsyncIterator[Call]:
    """Name the caller and read the body, in this order; what came in a form is gone when the block ends.

    A call that `spends` needs an account, and its answer says how the caller's key stands against its limits. Raises
    NotAuthenticated and the like, NoAccountReady, BodyTooLarge, InvalidRequest.
    """
    caller = await context.caller(request)
    if spends:
        if caller.key is not None and caller.key.limits.counted:
            setattr(request.state, QUOTA, await context.service.key_allowance.standing(caller.key))
        caller.require_accounts()
    async with open_body(request, context.options.max_upload_bytes) as body:
        yield Call(context, request, caller, body, read_preferences(request.headers), route)


def fingerprint(route: str, body: Body) -> str:
    """Digest what was asked, so that the same request is recognised whatever the order or spelling of its body."""
    sent = {name: value for name, value in body.fields.items() if value is not None and name not in _HOW}
    files = [(file.field, file.sha256) for file in body.files] if isinstance(body, Form) else []
    text = json.dumps([sent, files] if files else sent, sort_keys=True)
    return hashlib.sha256(f"{route}\n{text}".encode()).hexdigest()


async def show_plan(call: Call, wish: Wish, options: CreateOptions, ignored: Iterable[str]) -> Response:
    """Answer a dry run: what would be sent, by which account, at what price. Writes and spends nothing."""
    preview = await call.context.service.preview(wish, call.caller, options)
    headers = call.reading_headers()
    if names := list_names([*ignored, *preview.request.ignored]):
        headers["x-dreambridge-ignored"] = names
    return JSONResponse(render_preview(call.request, preview), headers=headers)


def error_of(view: JobView) -> GatewayError:
    """Give why a job has nothing to give: it was not completed, or its results are deleted."""
    if view.emptied:
        return JobNotFound("The results of this job were deleted.", code="artifact_gone", job_id=view.job.id)
    return view.error or JobCancelled("The job was cancelled.", job_id=view.job.id)


def still_running(call: Call, view: JobView) -> StillRunning:
    """Say that the wait ended before the job did."""
    location = call.context.addresses.job(call.request, view.job.id)
    return StillRunning(
        f"The job is still running and goes on; fetch it at {location}, or send the same request again.",
        job_id=view.job.id,
        retry_after=view.job.progress.remaining,
    )


async def answer(
    call: Call, creation: Creation, shape: Shape, headers: dict[str, str], *, task_shape: bool = False
) -> Response:
    """Wait as long as the client will, and make the answer that fits; a client that hangs up cancels nothing.

    Until the answer is delivered or lost, the engine keeps it for this request.
    """
    making = _Answer(call, shape, creation.joined, headers, task_shape)
    try:
        return await making.make(creation.view)
    except BaseException:
        call.leave(creation.view.job.id)
        raise


@dataclass(frozen=True, slots=True)
class _Answer:
    """One answer in the making."""

    call: Call
    shape: Shape
    joined: bool
    headers: dict[str, str]
    task_shape: bool

    async def make(self, view: JobView) -> Response:
        call = self.call
        if self.task_shape:
            return self._deliver(view, self.shape.render_task(view))
        if not view.job.state.ended and (seconds := self._seconds()) > 0:
            waited = await wait_while_connected(call.request, call.context.service.wait(view.job.id, seconds))
            if waited is None:
                call.leave(view.job.id)
                return Silence()
            view = waited
        if view.job.state.ended:
            return await self._finish(view)
        return self._accept(view) if call.preferences.respond_async else self._give_up(view)

    def _seconds(self) -> float:
        preferences = self.call.preferences
        longest = read_patience(self.call.request.headers, self.shape.longest)
        if preferences.wait is not None:
            return min(longest, preferences.wait)
        return 0.0 if preferences.respond_async else longest

    async def _finish(self, view: JobView) -> Response:
        if view.job.state is JobState.COMPLETED and not view.emptied:
            if view.job.partial:
                self.headers["x-dreambridge-partial"] = "true"
            if view.spare:
                self.headers["x-dreambridge-spare"] = str(view.spare)
            return await self.shape.finish(view, self.headers, self.call.receipt(view.job.id))
        error = error_of(view)
        await self.call.settle(view, error, joined=self.joined)
        return error_response(error, self.call.request, self.headers)

    def _accept(self, view: JobView) -> Response:
        call = self.call
        headers = {
            "location": call.context.addresses.job(call.request, view.job.id),
            "retry-after": POLL_SECONDS,
            "preference-applied": call.preferences.applied,
        }
        return self._deliver(view, render_job(call.context, call.request, view), 202, **headers)

    def _give_up(self, view: JobView) -> Response:
        self.call.leave(view.job.id)
        location = self.call.context.addresses.job(self.call.request, view.job.id)
        return error_response(still_running(self.call, view), self.call.request, {**self.headers, "location": location})

    def _deliver(self, view: JobView, content: dict[str, Any], status: int = 200, **headers: str) -> Delivery:
        return deliver_json(content, {**self.headers, **headers}, self.call.receipt(view.job.id), status)


def deliver_json(content: dict[str, Any], headers: dict[str, str], receipt: Receipt, status: int = 200) -> Delivery:
    """Make an answer of JSON whose delivery is noted."""
    body = dump_json(content)
    return Delivery([body], len(body), headers, receipt, status)
