"""Looking over jobs and accounts: which jobs ids stand for, and how many of each there are."""

from collections import Counter
from collections.abc import Collection

from dreambridge.engine.credentials import Caller
from dreambridge.engine.notices import Notices
from dreambridge.engine.roster import Roster
from dreambridge.store.jobs import Jobs


class Census:
    """Count what this process holds, and find jobs by any of their ids; names nobody."""

    def __init__(self, jobs: Jobs, notices: Notices, roster: Roster) -> None:
        self._jobs = jobs
        self._notices = notices
        self._roster = roster

    async def find_ids(self, ids: Collection[str], caller: Caller) -> dict[str, str]:
        """Give, for each id of one of the caller's jobs or of a submission of it, the id of the job."""
        return await self._jobs.find_ids(ids, caller.owners)

    def open_jobs(self) -> Counter[tuple[str, str]]:
        """Count the jobs that have not ended, by kind and state."""
        return Counter((job.kind.value, job.state.value) for job in self._notices.open_jobs())

    def ended_jobs(self) -> Counter[tuple[str, str, str]]:
        """Count the jobs that have ended since the start, by kind, state and the code of their error, if any."""
        return self._notices.ended.copy()

    def accounts(self) -> Counter[tuple[str, str]]:
        """Count the accounts whose sessions are held, by site and health."""
        return Counter((account.session.site, account.health.value) for account in self._roster.all())
