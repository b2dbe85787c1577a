"""`dreambridge jobs`: the jobs of a credential, through a running gateway."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, TypeAlias
from urllib.parse import quote, urlencode

import typer

from dreambridge.cli.connection import LOCAL, AsJson, Target, Token, Url
from dreambridge.cli.following import ProgressView, describe
from dreambridge.cli.gateway import Gateway
from dreambridge.cli.job_table import show_job, show_jobs
from dreambridge.cli.making import Folder
from dreambridge.cli.preview import Preview, PreviewOption
from dreambridge.cli.results import Work, attend, check_folder, conclude, save_all, see_through
from dreambridge.cli.terminal import SANDBOX, Exit, fail, note, print_json
from dreambridge.cli.usage import suggest
from dreambridge.cli.watching import has_ended
from dreambridge.domain.job import JobState

app = typer.Typer(add_completion=False, rich_markup_mode="markdown", no_args_is_help=True)

_PAGE: Final = 100
_ASKING: Final = "asking the gateway"

JobId: TypeAlias = Annotated[str, typer.Argument(metavar="ID", help="The id of the job, or its address.")]


@app.callback()
def jobs() -> None:
    """List, follow, save, cancel and remove jobs."""


@app.command("list")
def list_(
    *,
    status: Annotated[str | None, typer.Option(help=f"Only those that are {', '.join(JobState)}.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many, the newest first.")] = 20,
    after: Annotated[str | None, typer.Option(help="Go on behind the job with this id.")] = None,
    url: Url = LOCAL,
    token: Token = SANDBOX,
    as_json: AsJson = False,
) -> None:
    """List jobs, the newest first."""
    if status is not None and status not in set(JobState):
        known = f"Allowed: {', '.join(JobState)}."
        fail(f"--status: there is no {status!r}.{suggest(status, JobState)}", remedy=known, code=Exit.USAGE)

    async def ask(gateway: Gateway) -> dict[str, Any]:
        found: dict[str, Any] = {"object": "list", "data": [], "has_more": True}
        last = after
        while found["has_more"] and len(found["data"]) < limit:
            wish = {"limit": min(_PAGE, limit - len(found["data"])), "after": last, "state": status}
            query = urlencode({name: value for name, value in wish.items() if value is not None})
            page = (await gateway.ask("GET", f"/v1/jobs?{query}")).document
            found["data"] += page["data"]
            found["has_more"], last = page["has_more"], page["last_id"]
        return found

    target = Target(url, token)
    found = target.run(ask, doing=_ASKING)
    if as_json:
        print_json(found)
        return
    show_jobs(found["data"])
    if found["has_more"]:
        only = f" --status {status}" if status else ""
        note(f"more: dreambridge jobs list --after {found['data'][-1]['id']} -n {limit}{only}{target.options()}")


@app.command()
def show(job: JobId, *, url: Url = LOCAL, token: Token = SANDBOX, as_json: AsJson = False) -> None:
    """Show what was asked, how it stands, what it cost, its files.

    Exit code 0, however the job ended.
    """
    work = _ask(Target(url, token), "GET", job)
    if as_json:
        print_json(work)
    else:
        show_job(work)


@app.command()
def follow(
    job: JobId,
    *,
    folder: Folder = Path(),
    url: Url = LOCAL,
    token: Token = SANDBOX,
    preview: PreviewOption = Preview.AUTO,
    as_json: AsJson = False,
) -> None:
    """Follow a job to its end and save its files.

    As the command that began it would have done. Ctrl-C stops following, not the job.
    """
    check_folder(folder)
    work = Work(Target(url, token), folder, as_json, preview=preview)

    async def act(gateway: Gateway, view: ProgressView) -> None:
        work.job = (await gateway.job(_read_id(job))).document
        await see_through(work, gateway, view)

    attend(work, act)
    conclude(work)


@app.command()
def save(
    job: JobId,
    *,
    folder: Folder = Path(),
    url: Url = LOCAL,
    token: Token = SANDBOX,
    preview: PreviewOption = Preview.AUTO,
    as_json: AsJson = False,
) -> None:
    """Save the files of a finished job.

    One that is not finished yet is exit code 4.
    """
    check_folder(folder)
    work = Work(Target(url, token), folder, as_json, preview=preview)

    async def act(gateway: Gateway, view: ProgressView) -> None:
        work.job = (await gateway.job(_read_id(job))).document
        if has_ended(work.job):
            await save_all(work, gateway, view)

    attend(work, act)
    if work.job is not None and not has_ended(work.job):
        said = f"not finished yet: {describe(work.job)}"
        fail(said, remedy=f"To wait for it: {work.command('follow')}", code=Exit.RUNNING, beside=work.known())
    conclude(work)


@app.command()
def cancel(job: JobId, *, url: Url = LOCAL, token: Token = SANDBOX, as_json: AsJson = False) -> None:
    """Cancel a job as soon as that is safe.

    What the site was paid for may still come.
    """
    done = _ask(Target(url, token), "POST", job, "/cancel")
    if as_json:
        print_json(done)
    elif done["state"] == "cancelled":
        note(f"cancelled {done['id']}")
    elif has_ended(done):
        note(f"{done['id']} had ended already: {done['state']}")
    else:
        note(f"{done['id']} is being cancelled ({describe(done)})")


@app.command()
def remove(
    job: JobId,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    url: Url = LOCAL,
    token: Token = SANDBOX,
    as_json: AsJson = False,
) -> None:
    """Erase a finished job with all that belongs to it.

    Its prompt, inputs and results go from the gateway, and links to them are dead.
    """
    target = Target(url, token)
    if not yes:
        if not sys.stdin.isatty():
            fail("nobody can be asked here", remedy="Say --yes to remove it without a question.", code=Exit.USAGE)
        _confirm(_ask(target, "GET", job))
    gone = _ask(target, "DELETE", job)
    if as_json:
        print_json(gone)
    else:
        note(f"removed {gone['id']}")


def _confirm(job: Mapping[str, Any]) -> None:
    count = len(job["artifacts"])
    what = f"{count} file{'' if count == 1 else 's'}, {job['request']['prompt'][:60]!r}"
    if not typer.confirm(f"Remove {job['id']} ({what}) from the gateway?", err=True):
        fail("not removed")


def _read_id(said: str) -> str:
    """Take an id, or the address that the commands print."""
    return said.rstrip("/").rpartition("/v1/jobs/")[2] or said


def _ask(target: Target, method: str, job: str, tail: str = "") -> dict[str, Any]:
    path = f"/v1/jobs/{quote(_read_id(job), safe='')}{tail}"

    async def ask(gateway: Gateway) -> dict[str, Any]:
        return (await gateway.ask(method, path)).document

    return target.run(ask, doing=_ASKING)
