"""`dreambridge generate`: make pictures through a running gateway."""

import asyncio
import os
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from dreambridge.cli.following import ProgressView, open_view
from dreambridge.cli.gateway import (
    Gateway,
    GatewayRefused,
    GatewayUnreachable,
    Refusal,
    Reply,
    check_target,
    open_gateway,
)
from dreambridge.cli.preview import Preview, PreviewOption, may_show, show_stills
from dreambridge.cli.saving import build_stem, choose_extension, save_new
from dreambridge.cli.stills import fetch_stills
from dreambridge.cli.terminal import SANDBOX, Exit, choose_language, fail, note, print_json

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")

# A gateway that restarts is waited for: the job is durable.
_PATIENCE_SECONDS = 120.0
_NOT_RUNNING = "Is it running? Start one with `dreambridge serve`, or name it with --url."


@dataclass(slots=True)
class _Order:
    """What is asked for, and what became known of it so far."""

    body: dict[str, Any]
    key: str
    folder: Path
    wait: bool
    as_json: bool
    preview: Preview
    job_id: str | None = None
    address: str | None = None
    files: list[str] = field(default_factory=list)
    stills: list[bytes] = field(default_factory=list)


@app.command()
def generate(  # noqa: PLR0913 - one parameter per option
    prompt: Annotated[str, typer.Argument(help="What to draw; may hold flags such as -ra 16:9 and -re 2k.")],
    *,
    model: Annotated[str | None, typer.Option("--model", "-m", help="See `dreambridge models`.")] = None,
    ratio: Annotated[str | None, typer.Option(help="Shape, such as 16:9.")] = None,
    resolution: Annotated[str | None, typer.Option(help="1k, 1.5k, 2k or 4k.")] = None,
    size: Annotated[str | None, typer.Option(help="Exact pixels, such as 1536x1024.")] = None,
    count: Annotated[int | None, typer.Option("-n", "--count", help="Number of pictures, 1 to 10.")] = None,
    negative: Annotated[str | None, typer.Option(help="What not to draw.")] = None,
    seed: Annotated[int | None, typer.Option(help="1 to 4294967295; the same seed draws alike.")] = None,
    output_format: Annotated[str | None, typer.Option("--format", help="png, jpeg or webp.")] = None,
    folder: Annotated[Path, typer.Option("-o", "--output", help="Where to save; made when absent.")] = Path(),
    url: Annotated[str, typer.Option(envvar="DREAMBRIDGE_URL", help="The gateway.")] = "http://127.0.0.1:8000",
    token: Annotated[str, typer.Option(envvar="DREAMBRIDGE_TOKEN", help="Session id, key, or sandbox.")] = SANDBOX,
    key: Annotated[str | None, typer.Option("--idempotency-key", help="Join an earlier request of this key.")] = None,
    preview: PreviewOption = Preview.AUTO,
    as_json: Annotated[bool, typer.Option("--json", help="Print the job and the files as JSON.")] = False,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Wait for the pictures, or only start.")] = True,
) -> None:
    """Make pictures and save them; prints the name of each file.

    A broken connection is mended by asking again under the same idempotency key, which never pays twice. Ctrl-C stops
    waiting, not the job.

    Exit codes: 0 saved (or started), 1 refused or failed, 2 wrong usage, 3 gateway not reachable, 130 interrupted.
    """
    check_target(url, token)
    given = {
        "model": model,
        "ratio": ratio,
        "resolution": resolution,
        "size": size,
        "n": count,
        "negative_prompt": negative,
        "seed": seed,
        "output_format": output_format,
    }
    body = {"prompt": prompt, **{name: value for name, value in given.items() if value is not None}}
    order = _Order(body, key or str(uuid.uuid4()), folder, wait, as_json, preview)
    try:
        asyncio.run(_carry_out(order, url, token))
    except KeyboardInterrupt:
        _explain_interrupt(order)
        raise typer.Exit(Exit.INTERRUPTED) from None
    except GatewayUnreachable as error:
        fail(str(error), remedy=_join_hint(order) or _NOT_RUNNING, code=Exit.UNREACHABLE)
    except GatewayRefused as error:
        _fail_refused(error.refusal)
    except OSError as error:
        fail(f"the pictures cannot be saved: {error}", remedy=_join_hint(order))


def _check_folder(folder: Path) -> None:
    """Find out before anything is spent whether pictures can be saved there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        fail(f"{folder} cannot hold the pictures: {error.strerror}", remedy="Name another folder with --output.")
    if not os.access(folder, os.W_OK | os.X_OK):
        fail(f"{folder} cannot be written to", remedy="Name another folder with --output.")


async def _carry_out(order: _Order, url: str, token: str) -> None:
    if order.wait:
        _check_folder(order.folder)
    with open_view(quiet=order.as_json or not order.wait) as view:
        async with open_gateway(url, token, language=choose_language()) as gateway:
            reply = await gateway.create(order.body, key=order.key)
            order.job_id = str(reply.document["id"])
            order.address = gateway.job_address(order.job_id)
            if not order.wait:
                _tell_started(order, reply.document)
                return
            job = await _follow(gateway, order.job_id, reply, view)
            if job["status"] == "completed":
                await _save_all(gateway, order, job)
    _tell_ended(order, job)


async def _follow(gateway: Gateway, job_id: str, reply: Reply, view: ProgressView) -> dict[str, Any]:
    loop = asyncio.get_running_loop()
    heard = loop.time()
    while True:
        job = reply.document
        view.show(job)
        if job.get("status") in {"completed", "failed"}:
            return job
        await asyncio.sleep(reply.pause)
        try:
            reply = await gateway.job(job_id)
            heard = loop.time()
        except GatewayUnreachable:
            if loop.time() - heard > _PATIENCE_SECONDS:
                raise


async def _save_all(gateway: Gateway, order: _Order, job: dict[str, Any]) -> None:
    stem = build_stem(str(order.body["prompt"]))
    for number, artifact in enumerate(job["artifacts"], start=1):
        async with gateway.download(artifact["url"]) as answer:
            extension = choose_extension(answer.content_type, artifact["url"])
            saved = await save_new(order.folder, f"{stem}-{number}", extension, answer.content.iter_chunked(1 << 18))
            order.files.append(str(saved))
    if may_show(order.preview) and not order.as_json:
        order.stills = await fetch_stills(gateway, job["artifacts"])


def _tell_started(order: _Order, job: dict[str, Any]) -> None:
    if order.as_json:
        print_json({"job": job, "address": order.address})
        return
    print(order.job_id)
    note(f"started; ask for it at {order.address}")


def _tell_ended(order: _Order, job: dict[str, Any]) -> None:
    if order.as_json:
        print_json({"job": job, "files": order.files})
    if job["status"] == "failed":
        _fail_refused(Refusal.read(job.get("error") or {"message": f"the job is {job.get('state')}"}))
    if order.as_json:
        return
    show_stills(order.stills, order.preview)
    for name in order.files:
        print(name)
    if job.get("partial"):
        note(f"the site made {len(order.files)} of {job['request']['n']} pictures")
    if job.get("cost") is not None:
        note(f"cost: {job['cost']} credits")


def _fail_refused(refusal: Refusal) -> NoReturn:
    charged = {"yes": " (it was charged)", "unknown": " (whether it was charged is unknown)"}
    fail(refusal.message + charged.get(refusal.charged or "", ""), remedy=refusal.remedy)


def _join_hint(order: _Order) -> str | None:
    if order.address is not None:
        return f"The job goes on: {order.address}"
    return None


def _explain_interrupt(order: _Order) -> None:
    if order.address is not None:
        note(f"The job goes on: {order.address}")
    else:
        note(f"The request may have arrived. To join it: the same command with --idempotency-key {order.key}")
