"""Tools that look: at jobs, at what was made, at models and balances. They spend nothing; one of them cancels."""

from datetime import UTC, datetime
from typing import Any, Final

from mcp import types

from dreambridge.catalog import ListedModel
from dreambridge.domain.generation import Kind
from dreambridge.domain.job import JobState
from dreambridge.engine.service import JobView
from dreambridge.mcp.arguments import GalleryArguments, JobArguments, ModelsArguments, NoArguments, WaitArguments
from dreambridge.mcp.desk import Visit
from dreambridge.mcp.making import finish
from dreambridge.mcp.results import head_of, link_to, render_job, say, small_versions

# How long a list of models waits for a site's own, and a balance for the site (s).
_LIST_PATIENCE: Final = 2.0
_BALANCE_PATIENCE: Final = 15.0
_PAGE: Final = 100
# A search reads prompts one after another; this many jobs, and then it says where it stopped.
_MOST_READ: Final = 1000
_FINGERPRINT: Final = 6


async def get_job(visit: Visit, asked: JobArguments) -> types.CallToolResult:
    """Tell how a job stands. Raises JobNotFound."""
    view = await visit.desk.service.get(asked.job_id, visit.guest.caller)
    return await finish(visit, view, 0.0)


async def wait_job(visit: Visit, asked: WaitArguments) -> types.CallToolResult:
    """Wait for a job's end. Raises JobNotFound."""
    view = await visit.desk.service.get(asked.job_id, visit.guest.caller)
    return await finish(visit, view, asked.wait_seconds)


async def cancel_job(visit: Visit, asked: JobArguments) -> types.CallToolResult:
    """Cancel a job as soon as that is safe; an ended one stays as it is. Raises JobNotFound."""
    service, caller = visit.desk.service, visit.guest.caller
    before = await service.get(asked.job_id, caller)
    if before.job.state.ended:
        text = f"Job {before.job.id} had ended before: {before.job.state.value}. Nothing was changed."
        return say(text, render_job(before, visit.guest))
    view = await service.cancel(asked.job_id, caller)
    said = {
        True: f"Job {view.job.id} ended: {view.job.state.value}.",
        False: f"Job {view.job.id} is asked to stop and ends as soon as that is safe; see get_job.",
    }
    return say(said[view.job.state.ended], render_job(view, visit.guest))


async def list_models(visit: Visit, asked: ModelsArguments) -> types.CallToolResult:
    """Tell which models the caller's accounts can use, and what each can do."""
    caller, catalog = visit.guest.caller, visit.desk.catalog
    await visit.desk.service.live.refresh(caller.accounts, patience=_LIST_PATIENCE)
    kinds = {Kind.IMAGE, Kind.VIDEO} if asked.kind is None else {asked.kind}
    entries = [each for each in catalog.listed(caller.sites) if not each.alias_of and each.spec.kind in kinds]
    models = [_render_model(visit, each) for each in entries]
    lines = [_describe_model(each) for each in models]
    options = visit.desk.options
    head = f"{len(models)} models. Default: {options.image_model} for images, {options.video_model} for videos."
    return say("\n".join([head, *lines]), {"models": models})


def _render_model(visit: Visit, entry: ListedModel) -> dict[str, Any]:
    spec, sites = entry.spec, [visit.desk.catalog.site(name) for name in entry.sites]
    video = spec.video
    price = spec.price if video is None else video.price
    unit = "picture" if video is None else "clip" if video.per_clip else "second"
    return {
        "id": entry.id,
        "kind": spec.kind.value,
        "sites": list(entry.sites),
        "ratios": list(dict.fromkeys(ratio for site in sites for ratio in spec.ratios_on(site))),
        "resolutions": list(dict.fromkeys(tier for site in sites for tier in spec.resolutions_on(site))),
        "references": max((spec.max_inputs_on(site) for site in sites), default=0) if video is None else None,
        "seconds": list(video.seconds) if video else [],
        "modes": sorted(mode.value for mode in video.modes) if video else [],
        "credits": {"per": unit, **price} if price else None,
    }


def _describe_model(model: dict[str, Any]) -> str:
    parts = [f"{model['kind']}, {'/'.join(model['resolutions'])}"]
    if model["seconds"]:
        parts.append(f"{'/'.join(map(str, model['seconds']))} s, {'/'.join(model['modes'])}")
    if model["references"]:
        parts.append(f"up to {model['references']} references")
    return f"- {model['id']}: {', '.join(parts)}"


async def balance(visit: Visit, _: NoArguments) -> types.CallToolResult:
    """Tell what the caller's accounts can spend; touches the network, spends nothing."""
    caller = visit.guest.caller
    accounts = []
    for account, site in zip(caller.accounts, caller.sites, strict=True):
        credit = await visit.desk.service.balance(account, patience=_BALANCE_PATIENCE)
        known = None if credit is None else {"gift": credit.gift, "purchased": credit.purchased, "vip": credit.vip}
        total = None if credit is None else credit.total
        accounts.append({"account": f"…{account[-_FINGERPRINT:]}", "site": site, "credits": total, "of": known})
    lines = [
        f"{each['account']} on {each['site']}: "
        + ("not known, the site did not tell" if each["credits"] is None else f"{each['credits']} credits")
        for each in accounts
    ]
    return say("\n".join(lines), {"accounts": accounts})


async def search_gallery(visit: Visit, asked: GalleryArguments) -> types.CallToolResult:
    """Find what the caller made before, the newest first."""
    found: list[JobView] = []
    after, read, more = asked.after, 0, True
    since, until = _moment(asked.since), _moment(asked.until)
    words = (asked.text or "").casefold().split()
    while more and len(found) < asked.limit and read < _MOST_READ:
        views, more = await visit.desk.service.list(
            visit.guest.caller, after=after, limit=_PAGE, state=JobState.COMPLETED, kind=asked.kind
        )
        for index, view in enumerate(views):
            read, after = read + 1, view.job.id
            if since is not None and view.job.created_at < since:
                more = False
                break
            young = until is not None and view.job.created_at >= until
            if not young and view.artifacts and all(word in view.job.request.prompt.casefold() for word in words):
                found.append(view)
            if len(found) == asked.limit:
                more = more or index + 1 < len(views)
                break
    return await _show_gallery(visit, found, after if more else None)


async def _show_gallery(visit: Visit, found: list[JobView], after: str | None) -> types.CallToolResult:
    firsts = [view.artifacts[0] for view in found if view.artifacts]
    small = await small_versions(visit, firsts)
    lines = [
        f"{number}. {view.job.request.prompt[:200]!r}: {head_of(view.job, len(view.artifacts))}"
        for number, view in enumerate(found, 1)
    ]
    head = (
        "Nothing was found." if not found else f"{len(found)} found, the newest first; pictures show the first of each."
    )
    if after is not None:
        lines.append(f"There may be more: call again with after={after}.")
    facts = {"jobs": [render_job(view, visit.guest) for view in found], "next_after": after}
    return say("\n".join([head, *lines]), facts, [*map(link_to, firsts), *small])


def _moment(said: datetime | None) -> float | None:
    """Read a time without a zone as UTC."""
    if said is None:
        return None
    return (said if said.tzinfo is not None else said.replace(tzinfo=UTC)).timestamp()
