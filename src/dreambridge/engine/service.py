"""The one door of the engine: create, get, list, wait, cancel."""

import asyncio
from collections.abc import AsyncGenerator, Collection
from contextlib import aclosing, suppress
from dataclasses import replace

from dreambridge.domain.account import Credit
from dreambridge.domain.artifact import Artifact
from dreambridge.domain.errors import JobNotFound, NoAccountReady, UnsupportedOption
from dreambridge.domain.followup import ToolWish
from dreambridge.domain.generation import AgentWish, ImageWish, InputKind, MediaInput, VideoWish
from dreambridge.engine.assets import AssetDesk
from dreambridge.engine.credentials import Caller
from dreambridge.engine.deliveries import Deliveries
from dreambridge.engine.dispatch import Dispatcher
from dreambridge.engine.harvest import Harvest
from dreambridge.engine.inputs import Source
from dreambridge.engine.intake import Intake, Wish
from dreambridge.engine.outlook import Outlook
from dreambridge.engine.reading import Reading
from dreambridge.engine.views import ArtifactFile, CreateOptions, Creation, JobView, Preview
from dreambridge.engine.workshop import Workshop

__all__ = ["ArtifactFile", "CreateOptions", "Creation", "GenerationService", "JobView", "Preview"]


class GenerationService(Reading):
    """Accept wishes, and tell what became of them."""

    def __init__(
        self,
        shop: Workshop,
        *,
        assets: AssetDesk,
        dispatcher: Dispatcher,
        deliveries: Deliveries,
        harvest: Harvest,
        intake: Intake,
    ) -> None:
        super().__init__(shop.jobs, shop.notices, harvest, shop.files)
        self._shop = shop
        self._dispatcher = dispatcher
        self._deliveries = deliveries
        self._intake = intake
        self._stopping = False
        self.live = shop.live
        self.key_allowance = intake.key_allowance
        self.assets = assets
        self.outlook = Outlook(shop)

    async def create_image(self, wish: ImageWish, caller: Caller, options: CreateOptions) -> Creation:
        """Check a wish, write it down as a job and have it run; or give the job that answers it already.

        The answer counts as awaited until `delivered` or `leave` is called for it. Touches no network itself; the job
        SPENDS CREDIT. Raises `RequestError`s for what cannot be done, before anything is written; `QueueFull`.
        """
        return await self._create(wish, caller, options)

    async def create_video(self, wish: VideoWish, caller: Caller, options: CreateOptions) -> Creation:
        """Do for a video what `create_image` does for pictures."""
        return await self._create(wish, caller, options)

    async def create_agent(self, wish: AgentWish, caller: Caller, options: CreateOptions) -> Creation:
        """Do for a turn with the site's agent what `create_image` does; the job's view has text and pictures."""
        return await self._create(wish, caller, options)

    async def create_followup(self, wish: ToolWish, caller: Caller, options: CreateOptions) -> Creation:
        """Do for work on an artifact what `create_image` does; reads the artifact's record over the network first."""
        return await self._create(wish, caller, options)

    async def preview(self, wish: Wish, caller: Caller, options: CreateOptions | None = None) -> Preview:
        """Tell what `create_…` would do with a wish, on which account and for how much; writes and spends nothing.

        Touches the network as creating does, and for a balance. Raises what creating would, `max_credits` included.
        """
        return await self._intake.preview(wish, caller, options or CreateOptions())

    async def follow_text(self, job_id: str, offset: int = 0) -> AsyncGenerator[str]:
        """Give what the agent says in a job, from a place on (characters), as it comes and until it says no more.

        Raises `JobNotFound`.
        """
        async with aclosing(self._shop.agent.speak(await self.view(job_id), offset)) as said:
            async for piece in said:
                offset += len(piece)
                yield piece
        reply = (await self.view(job_id)).job.reply
        if reply is not None and (rest := reply.text[offset:]):
            yield rest

    async def acquire_input(
        self,
        source: Source,
        *,
        param: str,
        kinds: Collection[InputKind] = frozenset(InputKind),
        caller: Caller | None = None,
    ) -> MediaInput:
        """Take a caller's picture, video or sound in, for a wish that is made within the hour.

        `source` is bytes, a file, text (an http(s) address, a data URL, bare base64, the id of an asset, artifact or
        job of the caller's) or bytes as they arrive. Touches the network for addresses and artifacts still at the site;
        spends nothing. Raises `InputUnusable` with `param` and the limit passed, `SiteUnreachable` for such artifacts.
        """
        return await self.assets.acquire(source, caller, param=param, kinds=kinds)

    async def _create(self, wish: Wish, caller: Caller, options: CreateOptions) -> Creation:
        if self._stopping:
            raise NoAccountReady("The server is stopping; ask again in a moment.", retry_after=5.0)
        taken = await self._intake.take(wish, caller, options)
        if taken.fresh is not None:
            return Creation(JobView(taken.fresh, ()), joined=False)
        view = await self.view(taken.job_id)
        if taken.taken_over and view.job.error is not None:
            # The error is told once more, and only once: the request after this one is a new job.
            await self.delivered(taken.job_id)
        return Creation(view, joined=True)

    async def balance(self, account_id: str, *, patience: float) -> Credit | None:
        """Give what an account can spend, as far as that is known within so many seconds; raises nothing."""
        return await self._shop.purse.balance(account_id, patience=patience)

    async def wait(self, job_id: str, seconds: float) -> JobView:
        """Wait for a job's end, at most so long, and not beyond the server's stop; give it as it then stands."""
        view = await self.view(job_id)
        if view.job.state.ended or seconds <= 0 or self._stopping:
            return view
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._notices.end(job_id)
        return await self.view(job_id)

    async def cancel(self, job_id: str, caller: Caller) -> JobView:
        """End one of the caller's jobs as soon as that is safe; an ended one stays as it is.

        Before anything was sent it ends at once; during the paid call after its confirmation; afterwards the site is
        asked to stop and returns the credit.
        """
        view = await self.get(job_id, caller)
        if not view.job.state.ended and await self._jobs.request_cancel(job_id):
            self._dispatcher.cancel(job_id)
            news = self._notices.latest(job_id)
            if news is not None and not news.job.state.ended:
                self._notices.publish(replace(news, job=replace(news.job, cancel_requested=True)))
            view = await self.wait(job_id, 1.0)
        return view

    async def forget(self, job_id: str, caller: Caller) -> None:
        """Delete one of the caller's ended jobs with its prompt, inputs and artifacts.

        Raises `UnsupportedOption` while it runs.
        """
        view = await self.get(job_id, caller)
        if not view.job.state.ended:
            raise UnsupportedOption("The job is still running: cancel it first.", param="id", code="job_running")
        artifacts = await self._jobs.forget(job_id)
        self._notices.forget(job_id)
        self._deliveries.close(job_id)
        for artifact in artifacts or ():
            self._harvest.forget(artifact)
        await self._shop.inputs.erase(view.job.request.inputs)

    async def forget_artifact(self, artifact_id: str, caller: Caller) -> Artifact:
        """Delete one result of an ended job of the caller's, with its small versions, and give what it was.

        With a video goes its still. Raises `JobNotFound`, and `UnsupportedOption` while the job runs.
        """
        artifact = await self.artifact(artifact_id, caller)
        job = (await self.view(artifact.job_id)).job
        if not job.state.ended:
            raise UnsupportedOption("The job is still running: wait for its end.", param="id", code="job_running")
        gone = await self._jobs.forget_artifact(artifact_id)
        if not gone:
            raise JobNotFound("No such artifact.", code="artifact_not_found")
        self._notices.forget_artifacts(job.id, {each.id for each in gone})
        for each in gone:
            self._harvest.forget(each)
        if job.delivered_at is None:
            # Whoever chooses among the results has had them: the next identical request is a new job.
            await self.delivered(job.id)
        return artifact

    async def delivered(self, job_id: str) -> None:
        """Note that a whole answer was handed to the client; nobody else is given it."""
        self._deliveries.close(job_id)
        await self._jobs.mark_delivered(job_id, self._shop.clock.now())

    def leave(self, job_id: str, *, retry_count: int = 0) -> None:
        """Note that a request went away without the answer: the next identical one is given it."""
        self._deliveries.leave(job_id, retry_count=retry_count)

    async def ready(self) -> None:
        """Raise what the database raises when it does not answer, `QueueFull` when no job could be taken."""
        await self._jobs.count_open()
        self._intake.check_room()

    def stop(self) -> None:
        """End every wait: the server is going down, the jobs go on at the next start."""
        self._stopping = True
        self._shop.agent.speech.end_all()
        self._notices.end_all()
