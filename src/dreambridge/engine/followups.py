"""Work on results of earlier jobs: find them on the site again, in the account that made them."""

from dreambridge.catalog.tool_planning import plan_tool, require_tool
from dreambridge.domain.account import Account
from dreambridge.domain.artifact import Artifact
from dreambridge.domain.errors import JobNotFound, UnsupportedOption
from dreambridge.domain.followup import MadeItem, ToolRequest, ToolWish
from dreambridge.domain.generation import AgentRequest
from dreambridge.domain.job import Job
from dreambridge.domain.submission import Submission
from dreambridge.engine.credentials import Caller
from dreambridge.engine.workshop import Workshop


async def plan_followup(
    shop: Workshop, wish: ToolWish, source: Artifact, caller: Caller
) -> tuple[ToolRequest, tuple[str, ...]]:
    """Check a wish; give the request with the one account that can do it, that of the source.

    Reads the source's record over the network, for what only the site knows of it; spends nothing. Raises
    `JobNotFound` for another owner's artifact, `RequestError`s, and what `UpstreamClient.fetch_history` does.
    """
    job = await shop.jobs.load(source.job_id, owners=caller.owners)
    if job is None:
        raise JobNotFound("No such artifact, or not one of yours.", code="artifact_not_found", param="artifact_id")
    if source.cover_of is not None:
        raise UnsupportedOption("This is a still of a video, which no tool works on.", param="artifact_id")
    made_by = next((each for each in job.submissions if each.part == source.part), None)
    account = shop.roster.get(made_by.account_id or "") if made_by is not None else None
    if made_by is None or account is None or account.id not in caller.accounts:
        raise UnsupportedOption(
            "Only the session that made this can have more made of it, and it is not among those of this request.",
            param="artifact_id",
        )
    tool = require_tool(shop.catalog, wish, account.session.site, source.kind)
    made = await _find(shop, account, made_by, source, _key_of(shop, job, account.session.site))
    return plan_tool(tool, wish, made), (account.id,)


async def _find(shop: Workshop, account: Account, made_by: Submission, source: Artifact, model_key: str) -> MadeItem:
    submit_id = made_by.submit_id or ""
    record = (await shop.client.fetch_history(account.session, {submit_id: made_by.count})).get(submit_id)
    items = record.items if record is not None else ()
    item = next((each for each in items if each.item_id == source.item_id), None)
    if record is None or item is None or item.dimensions is None:
        raise UnsupportedOption("The site no longer has this result.", param="artifact_id")
    return MadeItem(
        record_id=record.record_id,
        item_id=item.item_id,
        model_key=model_key,
        dimensions=item.dimensions,
        uri=item.uri,
        vid=item.vid,
        seconds=item.seconds,
        fps=item.fps,
    )


def _key_of(shop: Workshop, job: Job, site: str) -> str:
    """Give the site's name of the model that made the results of a job."""
    request = job.request
    if isinstance(request, ToolRequest):
        return request.made.model_key
    name = request.image_model if isinstance(request, AgentRequest) else request.model
    spec = shop.catalog.models.get(name or "")
    key = spec.key_on(shop.catalog.site(site)) if spec is not None else None
    if key is None:
        raise UnsupportedOption("Which model made this is not known, and the site wants that.", param="artifact_id")
    return key
