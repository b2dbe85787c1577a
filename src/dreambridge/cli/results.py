"""What becomes of a job: it is followed, its files are saved as they land, and its end is told."""

import asyncio
import os
import shlex
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from dreambridge.cli.answers import GatewayRefused, GatewayUnreachable, Refusal
from dreambridge.cli.connection import Target, fail_refused, fail_unreachable
from dreambridge.cli.following import ProgressView, open_view
from dreambridge.cli.gateway import PAUSES, Gateway, open_gateway
from dreambridge.cli.preview import Preview, may_show, show_stills
from dreambridge.cli.saving import build_stem, choose_extension, find_same, save_new
from dreambridge.cli.stills import fetch_stills
from dreambridge.cli.terminal import Exit, choose_language, fail, note, print_json, write_amount
from dreambridge.cli.watching import watch

_PIECE: Final = 1 << 18


@dataclass(slots=True)
class Work:
    """A job that a command has to do with, where its files go, and what became known so far."""

    target: Target
    folder: Path
    as_json: bool
    quiet: bool = False
    key: str | None = None
    job: dict[str, Any] | None = None
    preview: Preview = Preview.AUTO
    files: dict[str, Path] = field(default_factory=dict)
    stills: list[bytes] = field(default_factory=list)

    @property
    def job_id(self) -> str | None:
        """Give the job's id, once there is one."""
        return None if self.job is None else str(self.job["id"])

    @property
    def address(self) -> str:
        """Give the address at which the job can be asked for."""
        return f"{self.target.url.rstrip('/')}/v1/jobs/{self.job_id}"

    def known(self) -> dict[str, Any]:
        """Give what is known, for programs."""
        if self.job is None:
            return {}
        return {"job": self.job, "address": self.address, "files": [str(path) for path in self.files.values()]}

    def command(self, verb: str) -> str:
        """Write the command that does something more with the job."""
        folder = "" if self.folder == Path() else f" -o {shlex.quote(str(self.folder))}"
        return f"`dreambridge jobs {verb} {self.job_id}{folder}{self.target.options()}`"


def attend(work: Work, act: Callable[[Gateway, ProgressView], Coroutine[Any, Any, None]]) -> None:
    """Act on a job through the gateway; whatever ends that early, the job is named, for it goes on."""

    async def carry_out() -> None:
        with open_view(quiet=work.as_json or work.quiet) as view:
            async with open_gateway(work.target.url, work.target.token, language=choose_language()) as gateway:
                await act(gateway, view)

    try:
        asyncio.run(carry_out())
    except KeyboardInterrupt:
        _fail_interrupted(work)
    except GatewayUnreachable as error:
        if work.job is None:
            fail_unreachable(error)
        fail_unreachable(error, remedy=_goes_on(work), beside=work.known())
    except GatewayRefused as error:
        fail_refused(error.refusal, beside=work.known())
    except OSError as error:
        remedy = None if work.job is None else f"They stay at the gateway: {work.command('save')}"
        fail(f"the files cannot be saved: {error.strerror or error}", remedy=remedy, beside=work.known())


def check_folder(folder: Path) -> None:
    """End the command, before anything is spent, where files cannot be saved."""
    remedy = "Name another folder with --output."
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        fail(f"{folder} cannot hold the files: {error.strerror}", remedy=remedy)
    if not os.access(folder, os.W_OK | os.X_OK):
        fail(f"{folder} cannot be written to", remedy=remedy)


async def see_through(work: Work, gateway: Gateway, view: ProgressView) -> None:
    """Follow the job to its end, and save each of its files as soon as it is there."""
    job = work.job
    if job is None:
        raise TypeError(work)

    async def land(artifact: Mapping[str, Any]) -> None:
        # A video has a better address in the end; pictures beyond those asked for are not in the answer.
        wanted = artifact.get("kind") == "image" and artifact.get("index", 0) < (job["request"].get("n") or 1)
        if wanted and artifact["id"] not in work.files:
            try:
                await _save(work, gateway, artifact)
            except (GatewayRefused, GatewayUnreachable):
                return  # it is fetched at the end

    work.job = await watch(gateway, job, view, land)
    await save_all(work, gateway, view)
    if work.job.get("cost") is None:
        await _learn_cost(work, gateway)


async def _learn_cost(work: Work, gateway: Gateway) -> None:
    """Ask once more for a job whose account had not been charged when it ended."""
    try:
        work.job = (await gateway.job(str(work.job_id))).document
    except (GatewayRefused, GatewayUnreachable):
        return


async def save_all(work: Work, gateway: Gateway, view: ProgressView) -> None:
    """Save every file of an ended job that is not saved yet."""
    artifacts = [each for each in (work.job or {}).get("artifacts") or () if each["id"] not in work.files]
    for number, artifact in enumerate(artifacts):
        view.tell(f"saving {number + 1} of {len(artifacts)}", number, len(artifacts))
        for pause in (*PAUSES, None):
            try:
                await _save(work, gateway, artifact)
                break
            except GatewayUnreachable:
                if pause is None:
                    raise
                await asyncio.sleep(pause)
    if may_show(work.preview) and not work.as_json:
        saved = [each for each in (work.job or {}).get("artifacts") or () if each["id"] in work.files]
        work.stills = await fetch_stills(gateway, saved)


async def _save(work: Work, gateway: Gateway, artifact: Mapping[str, Any]) -> None:
    prompt = str(((work.job or {}).get("request") or {}).get("prompt") or "")
    video = artifact.get("kind") == "video"
    stem = build_stem(prompt, "video" if video else "picture")
    name = stem if video else f"{stem}-{len(work.files) + 1}"
    extension = choose_extension(artifact.get("media_type"), artifact["url"])
    # A job that is taken up again, or saved twice, leaves no second copy.
    if (same := find_same(work.folder, name, extension, artifact.get("sha256"))) is not None:
        work.files[artifact["id"]] = same
        return
    async with gateway.download(artifact["url"]) as answer:
        extension = choose_extension(answer.content_type, artifact["url"])
        pieces = answer.content.iter_chunked(_PIECE)
        work.files[artifact["id"]] = await save_new(work.folder, name, extension, pieces)


def conclude(work: Work) -> None:
    """Print the files, or the whole as JSON; end the command as failed if the job did."""
    job = work.job or {}
    paths = list(work.files.values())
    if not work.as_json:
        show_stills(work.stills, work.preview)
        for path in paths:
            print(path)
    if job.get("status") != "completed":
        state = job.get("state")
        error = job.get("error") or {"message": f"the job is {state}", "code": state}
        fail_refused(Refusal.read(error), beside=work.known())
    if work.as_json:
        print_json(work.known())
        return
    wanted = (job.get("request") or {}).get("n")
    if job.get("partial"):
        note(f"the site made {len(paths)} of {wanted}")
    if job.get("cost") is not None:
        note(f"cost: {write_amount(job['cost'])} credits")


def _goes_on(work: Work) -> str:
    return f"The job goes on: {work.address}\n  To take it up again: {work.command('follow')}"


def _fail_interrupted(work: Work) -> None:
    if work.job is not None:
        message, remedy = f"The job goes on: {work.address}", f"To take it up again: {work.command('follow')}"
    elif work.key is not None:
        message = "Interrupted. The request may have arrived."
        remedy = f"To join its job, if there is one: the same command with --idempotency-key {work.key}"
    else:
        message, remedy = "Interrupted.", None
    fail(message, remedy=remedy, code=Exit.INTERRUPTED, beside=work.known())
