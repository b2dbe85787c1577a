"""Which rows are run, how each is judged, and what is told of it."""

import argparse
import asyncio
import contextlib
import os
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.conformance.materials import clip, faults_of, picture, sound
from tests.conformance.rows import Materials, Row, forecast, list_rows, once_each, wish_for, within_budget
from tests.conformance.worlds import World, real_world, simulated_world

from dreambridge.catalog import Catalog, load_catalog
from dreambridge.domain.errors import GatewayError
from dreambridge.domain.generation import VideoWish
from dreambridge.domain.job import JobState
from dreambridge.engine.service import CreateOptions, JobView
from dreambridge.logs import configure_logs

_KEPT: Final = Path(__file__).resolve().parents[2] / "build" / "conformance"
_AT_ONCE: Final = 6
_SECONDS: Final = 60.0
_LOOKS: Final = 60
_LOOK_SECONDS: Final = 0.1
# A real site lets videos wait in a queue for hours; what comes after is followed up by hand.
_REAL_SECONDS: Final = 2 * 3600.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one row: nothing in `faults` means that it went well."""

    row: Row
    faults: tuple[str, ...]
    seconds: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the rows asked for and tell of each; 0 when all went well, 1 otherwise, 2 when nothing was asked rightly."""
    chosen = _parse(arguments)
    configure_logs("error", "console")
    site = os.environ.get("DREAMBRIDGE_CONFORMANCE_SITE")
    catalog = load_catalog(chosen.data)
    rows = [row for row in list_rows(catalog) if site is None or row.site == site]
    names = [name.strip() for name in os.environ.get("DREAMBRIDGE_CONFORMANCE_ROWS", "").split(",") if name.strip()]
    names += chosen.rows or []
    if unknown := set(names) - {row.name for row in rows}:
        print(f"no such rows: {', '.join(sorted(unknown))}; --list shows them")
        return 2
    rows = [row for row in rows if not names or row.name in names]
    rows = once_each(rows) if chosen.once else rows
    if chosen.list:
        _print_list(rows, catalog)
        return 0
    if site is not None:
        if "DREAMBRIDGE_CONFORMANCE_SESSION" not in os.environ:
            print("a real site needs a session: DREAMBRIDGE_CONFORMANCE_SESSION")
            return 2
        budget = float(os.environ.get("DREAMBRIDGE_CONFORMANCE_BUDGET", "0"))
        rows, left = within_budget(rows, catalog, budget=budget, named=bool(names))
        for row, reason in left:
            print(f"left out  {row.site} {row.name}: {reason}")
    if not rows:
        print("no rows are left to run")
        return 1
    with contextlib.ExitStack() as stack:
        # What a real site was paid for must not be lost with a folder: the next run takes unfinished jobs up.
        folder = chosen.keep if site else Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dreambridge-")))
        folder.mkdir(parents=True, exist_ok=True)
        verdicts, refusals = asyncio.run(_run(rows, folder, site, chosen.data))
    failed = [each for each in verdicts if each.faults]
    for refusal in refusals:
        print(f"REFUSED   {refusal}")
    print(f"{len(verdicts) - len(failed)} of {len(verdicts)} rows went from request to artifact")
    return 1 if failed or refusals else 0


def _print_list(rows: Sequence[Row], catalog: Catalog) -> None:
    for row in rows:
        price = forecast(row, catalog)
        print(f"{row.site:8} {row.name:55} {'unknown' if price is None else f'{price:g}'}")
    print(f"{len(rows)} rows; the last column is what each should cost in credits")


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Take every row of the catalogue from request to artifact.")
    parser.add_argument("--list", action="store_true", help="print the rows with what each should cost in credits")
    parser.add_argument("--once", action="store_true", help="each model and mode on one site only, sites in turn")
    parser.add_argument("--rows", nargs="*", help="only these, each as model:mode")
    parser.add_argument("--data", type=Path, help="folder of catalogue files that are laid over the catalogue")
    parser.add_argument("--keep", type=Path, default=_KEPT, help="where jobs at a real site and their results are kept")
    return parser.parse_args(arguments)


async def _run(
    rows: Sequence[Row], folder: Path, site: str | None, data: Path | None
) -> tuple[list[Verdict], list[str]]:
    opened = real_world(folder, site) if site else simulated_world(folder, data)
    async with opened as world:
        take = world.gateway.service.acquire_input
        materials = Materials(
            tuple([await take(picture(each), param="image") for each in ("red", "green", "blue")]),
            await take(await asyncio.to_thread(clip, folder), param="video"),
            await take(sound(), param="audio"),
        )
        # One after another where credit is real: whoever watches can stop it.
        limit = asyncio.Semaphore(1 if site else _AT_ONCE)

        async def judge(row: Row) -> Verdict:
            async with limit:
                began = time.monotonic()
                faults = await _try(world, row, materials)
                verdict = Verdict(row, tuple(faults), time.monotonic() - began)
            print(f"{_told(verdict)}", flush=True)
            return verdict

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(judge(row)) for row in rows]
        return [task.result() for task in tasks], await _refusals(world)


def _told(verdict: Verdict) -> str:
    name = f"{verdict.row.site} {verdict.row.name}"
    if verdict.faults:
        return f"FAILED    {name}: {'; '.join(verdict.faults)}"
    return f"went well {name} ({verdict.seconds:.1f} s)"


async def _try(world: World, row: Row, materials: Materials) -> list[str]:
    """Take one row from request to artifact, and say what was wrong on the way."""
    token, session = await world.token(row)
    service = world.gateway.service
    wish = wish_for(row, materials, world.gateway.catalog)
    caller = await world.gateway.credentials.read(f"Bearer {token}")
    options = CreateOptions(route="conformance", fingerprint=f"{row.site} {row.name}")
    try:
        if isinstance(wish, VideoWish):
            created = await service.create_video(wish, caller, options)
        else:
            created = await service.create_image(wish, caller, options)
        view = await service.wait(created.view.job.id, _REAL_SECONDS if world.real_token else _SECONDS)
        faults = await _result_faults(world, view)
    except GatewayError as error:
        faults = [f"{error.code}: {error}"]
    return faults + (await _bill_faults(world, row, session) if session else [])


async def _result_faults(world: World, view: JobView) -> list[str]:
    job = view.job
    if job.state is not JobState.COMPLETED:
        reason = f": {job.error.code}, {job.error.message}" if job.error else ""
        return [f"the job is {job.state}{reason}"]
    faults = [] if not job.partial else ["the job has fewer results than asked for"]
    if not view.artifacts:
        faults.append("the job has no artifact")
    for artifact in view.artifacts:
        content = await world.gateway.service.artifact_bytes(artifact)
        found = await asyncio.to_thread(faults_of, content, job.request)
        faults += [f"artifact {artifact.index} {fault}" for fault in found]
    return faults


async def _bill_faults(world: World, row: Row, session: str) -> list[str]:
    """Read on the simulated site whether the account paid once, and what a single submission costs."""
    lines: list[dict[str, Any]] = []
    for _ in range(_LOOKS):  # the bill is written a moment after the result is there
        lines = [line for line in await world.read(row.site, "ledger") if line["session"] == session]
        if all(line["charged"] == line["credits"] for line in lines):
            break
        await asyncio.sleep(_LOOK_SECONDS)
    if len(lines) != 1:
        return [f"{len(lines)} submissions were accepted, not one"]
    paid, price = lines[0]["charged"], lines[0]["credits"]
    return [] if paid == price else [f"{paid} credits were charged, not {price}"]


async def _refusals(world: World) -> list[str]:
    """List what the simulated sites refused: with nothing going wrong there is no reason for any."""
    return [
        f"{site} refused {each['call']} with {each['ret']}: {each['detail']}"
        for site in world.controls
        for each in await world.read(site, "refusals")
    ]
