"""What has become of jobs: look at them, list them, follow them, have the bytes of what they made."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from dreambridge.domain.artifact import Artifact
from dreambridge.domain.errors import JobNotFound
from dreambridge.domain.generation import Kind
from dreambridge.domain.job import JobState
from dreambridge.engine.credentials import Caller
from dreambridge.engine.files import ArtifactFiles
from dreambridge.engine.harvest import Harvest
from dreambridge.engine.notices import News, Notices
from dreambridge.engine.views import ArtifactFile, JobView, build_view
from dreambridge.store.jobs import Jobs


class Reading:
    """The half of the engine's door that changes nothing."""

    def __init__(self, jobs: Jobs, notices: Notices, harvest: Harvest, files: ArtifactFiles) -> None:
        self._jobs = jobs
        self._notices = notices
        self._harvest = harvest
        self._files = files

    async def view(self, job_id: str) -> JobView:
        """Give a job whoever asks; raise `JobNotFound`."""
        news = self._notices.latest(job_id)
        if news is None:
            job = await self._jobs.load(job_id)
            if job is None:
                raise _no_job()
            news = News(job, await self._harvest.of_job(job_id))
        return self._show(news)

    async def follow(self, job_id: str) -> AsyncGenerator[JobView]:
        """Give a job as it stands, then as often as it changes, with what has landed of it; the end comes last.

        Who reads slowly is given the newest only. While somebody follows, results are told as they come. Ends with the
        server's stop, too. Raises `JobNotFound`.
        """
        view: JobView | None = None
        async with aclosing(self._notices.follow(job_id)) as told:
            async for news in told:
                view = await self._filled(self._show(news))
                yield view
        if view is None:
            yield await self.view(job_id)

    async def get(self, job_id: str, caller: Caller) -> JobView:
        """Give one of the caller's jobs; raise `JobNotFound` also for another owner's."""
        news = self._notices.latest(job_id)
        if news is None or news.job.owner not in caller.owners:
            job = await self._jobs.load(job_id, owners=caller.owners)
            if job is None:
                raise _no_job()
            news = news or News(job, await self._harvest.of_job(job_id))
        return self._show(news)

    async def list(
        self,
        caller: Caller,
        *,
        after: str | None = None,
        limit: int = 20,
        newest_first: bool = True,
        state: JobState | None = None,
        kind: Kind | None = None,
    ) -> tuple[list[JobView], bool]:
        """Give a page of the caller's jobs, and whether there are more."""
        jobs = await self._jobs.list(
            caller.owners, after=after, limit=limit + 1, state=state, newest_first=newest_first, kind=kind
        )
        found = [self._notices.latest(job.id) or News(job) for job in jobs[:limit]]
        return [await self._filled(self._show(news)) for news in found], len(jobs) > limit

    async def artifact(self, artifact_id: str, caller: Caller) -> Artifact:
        """Give the row of one of the caller's artifacts; raise `JobNotFound`."""
        artifact = await self._harvest.find(artifact_id)
        if artifact.owner not in caller.owners:
            await self.get(artifact.job_id, caller)
        return artifact

    async def artifact_file(self, artifact_id: str) -> ArtifactFile:
        """Give an artifact's bytes, fetched from the site first if need be. No credential: the id is the secret.

        Raises `JobNotFound` when there is none or its bytes are gone, `SiteUnreachable` when they cannot be had now.
        """
        return await self._files.whole(artifact_id)

    async def thumbnail(self, artifact_id: str, side: int) -> ArtifactFile:
        """Give a picture, or the still of a video, with its longer side at most `side`, one of `THUMBNAIL_SIDES`.

        It is a JPEG, or a WebP where it is transparent. Raises as `artifact_file`, `JobNotFound` too when there is no
        such picture, `InvalidRequest` for another side.
        """
        return await self._files.small(artifact_id, side)

    async def artifact_bytes(self, artifact: Artifact) -> bytes:
        """Read an artifact whole; raises as `artifact_file`."""
        file = await self.artifact_file(artifact.id)
        return await asyncio.to_thread(file.path.read_bytes)

    async def _filled(self, view: JobView) -> JobView:
        if not view.job.state.ended or view.artifacts:
            return view
        return self._show(News(view.job, await self._harvest.of_job(view.job.id)))

    def _show(self, news: News) -> JobView:
        return build_view(news, self._harvest.latest)


def _no_job() -> JobNotFound:
    return JobNotFound("No such job, or not one of yours.", code="job_not_found", param="id")
