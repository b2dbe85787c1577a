"""How much longer a job is likely to take."""

from dataclasses import replace

from dreambridge.domain.job import Job
from dreambridge.engine.experience import work_key
from dreambridge.engine.workshop import Workshop


class Outlook:
    """Estimate when jobs end, from the site's words and from experience."""

    def __init__(self, shop: Workshop) -> None:
        self._shop = shop

    def seconds_left(self, job: Job) -> float:
        """Estimate the seconds until an open job ends; before the site has it, what such work takes on average."""
        if job.progress.remaining is not None:
            return job.progress.remaining
        if job.site is None:
            account = next(filter(None, map(self._shop.roster.get, job.candidates)), None)
            job = replace(job, site=account.session.site if account is not None else None)
        return self._shop.following.usual(work_key(job))
