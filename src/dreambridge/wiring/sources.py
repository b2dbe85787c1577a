"""Where results come from: which account made an artifact, and the site's newer address for it."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from dreambridge.catalog import Catalog
from dreambridge.catalog.rows import is_loopback
from dreambridge.domain.account import Account
from dreambridge.domain.artifact import Artifact
from dreambridge.domain.generation import Kind
from dreambridge.engine.notices import Notices
from dreambridge.engine.origin import Origin
from dreambridge.engine.roster import PROXIED, Roster
from dreambridge.store.jobs import Jobs
from dreambridge.upstream.client import UpstreamClient


@dataclass(frozen=True, slots=True)
class Sources:
    """Answer the harvest's two questions."""

    catalog: Catalog
    jobs: Jobs
    notices: Notices
    roster: Roster
    client: UpstreamClient

    async def origin(self, artifact: Artifact) -> Origin:
        """Tell which account made an artifact, and whether its site lies on loopback."""
        news = self.notices.latest(artifact.job_id)
        job = news.job if news is not None else await self.jobs.load(artifact.job_id)
        site = self.catalog.sites.get(job.site or "") if job is not None else None
        host = urlsplit(site.mweb).hostname if site is not None else None
        account = self.roster.get(job.account_id or "") if job is not None else None
        hidden = account is None and job is not None and (job.account_id or "").startswith(PROXIED)
        return Origin(account, private_ok=host is not None and is_loopback(host), out_of_reach=hidden)

    async def new_address(self, artifact: Artifact, account: Account) -> str | None:
        """Ask the site over the network for an artifact's present address; spends nothing."""
        job = await self.jobs.load(artifact.job_id)
        if job is None:
            return None
        wanted = {
            submission.submit_id: submission.count
            for submission in job.submissions
            if submission.submit_id is not None and submission.part == artifact.part
        }
        found = await self.client.fetch_history(account.session, wanted)
        items = [item for record in found.values() for item in record.items if item.item_id == artifact.item_id]
        if not items:
            return None
        item = items[0]
        if artifact.cover_of is not None:
            return item.cover_url
        if item.kind is not Kind.VIDEO:
            return item.url
        downloads = await self.client.fetch_video_urls(account.session, (item.item_id,))
        return downloads.get(item.item_id, item.url)
