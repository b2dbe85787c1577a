"""A result deleted while its bytes are being brought: nothing of it comes back. On both databases, over real HTTP."""

import asyncio
import contextlib
import io
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from PIL import Image

from dreambridge.domain.artifact import Artifact, FetchState
from dreambridge.domain.errors import JobNotFound
from dreambridge.domain.generation import Dimensions, ImageRequest, Kind
from dreambridge.domain.job import Job, JobState
from dreambridge.engine.clock import SystemClock
from dreambridge.engine.harvest import Harvest
from dreambridge.engine.keeping import Keeper
from dreambridge.engine.origin import Origin
from dreambridge.media.convert import Converter
from dreambridge.media.fetch import Fetcher
from dreambridge.media.library import Library
from dreambridge.media.workbench import Workbench
from dreambridge.store.artifacts import Artifacts
from dreambridge.store.database import Database
from dreambridge.store.jobs import Jobs

ID = f"art_{'a' * 26}"


def _picture() -> bytes:
    drawn = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(drawn, "PNG")
    return drawn.getvalue()


@dataclass
class Host:
    """A media host that answers when it is let, with whatever status it is told."""

    url: str = ""
    status: int = 200
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    let_go: asyncio.Event = field(default_factory=asyncio.Event)
    calls: int = 0

    async def answer(self, _: web.Request) -> web.Response:
        self.calls += 1
        self.asked.set()
        await self.let_go.wait()
        return web.Response(status=self.status, body=_picture(), content_type="image/png")


@pytest.fixture
async def host() -> AsyncIterator[Host]:
    made, app = Host(), web.Application()
    app.router.add_get("/a.png", made.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/a.png"
    yield made
    made.let_go.set()
    await runner.cleanup()


@dataclass
class Barn:
    """One ended job with one result, and what brings its bytes."""

    harvest: Harvest
    jobs: Jobs
    artifact: Artifact
    root: Path
    tasks: set["asyncio.Task[None]"]

    async def delete(self) -> None:
        """Delete the result as the engine does."""
        for each in await self.jobs.forget_artifact(self.artifact.id):
            self.harvest.forget(each)

    async def idle(self) -> None:
        """Wait until nobody brings anything."""
        async with asyncio.timeout(20):
            while self.tasks:
                await asyncio.wait(set(self.tasks))

    def files(self) -> list[str]:
        """List what lies at its lasting place."""
        return [path.name for path in self.root.rglob("*") if path.is_file() and path.parent.name != "incoming"]


@pytest.fixture
async def barn(database: Database, host: Host, tmp_path: Path) -> AsyncIterator[Barn]:
    request = ImageRequest("a fox", "jimeng-4.5", "jimeng-4.5", 1, (1,), "1:1", "1k", Dimensions(64, 48))
    job = Job("job_1", "own_a", Kind.IMAGE, request, ("acct_1",), 1.0, state=JobState.COMPLETED)
    artifact = Artifact(ID, job.id, job.owner, Kind.IMAGE, 0, host.url, 1.0)
    jobs, tasks = Jobs(database), set()
    await jobs.create(Job("job_1", "own_a", Kind.IMAGE, request, ("acct_1",), 1.0, state=JobState.COLLECTING))
    assert await jobs.advance(job, expected=JobState.COLLECTING, epoch=0, artifacts=[artifact])
    fetcher, bench, library = Fetcher(seconds=20), Workbench(), Library(tmp_path / "artifacts")

    def spawn(work: Coroutine[Any, Any, None], _: str) -> None:
        task = asyncio.create_task(work)
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    async def origin(_: Artifact) -> Origin:
        return Origin(None, private_ok=True)

    async def no_address(*_: object) -> str | None:
        return None

    clock = SystemClock()
    harvest = Harvest(
        artifacts=Artifacts(database),
        library=library,
        keeper=Keeper(library=library, fetcher=fetcher, converter=Converter(bench), clock=clock),
        clock=clock,
        origin=origin,
        new_address=no_address,
        spawn=spawn,
    )
    yield Barn(harvest, jobs, artifact, tmp_path / "artifacts", tasks)
    harvest.close()
    await fetcher.close()
    await bench.close()


async def gone(barn: Barn) -> None:
    """Make sure that nothing is left, and that nobody finds anything."""
    assert barn.files() == []
    assert await barn.harvest.of_job("job_1") == ()
    for look in (barn.harvest.find, barn.harvest.ensure):
        with pytest.raises(JobNotFound) as refused:
            await look(ID)
        assert refused.value.specific_code == "artifact_not_found"


@pytest.mark.parametrize("status", [200, 404, 500])
async def test_a_fetch_that_ends_after_the_deletion_leaves_nothing_and_is_not_tried_again(
    barn: Barn, host: Host, status: int
) -> None:
    host.status = status
    barn.harvest.add([barn.artifact])
    await host.asked.wait()
    await barn.delete()
    host.let_go.set()
    await barn.idle()
    await gone(barn)
    calls = host.calls
    # Longer than the first pause after a failure.
    await asyncio.sleep(1.3)
    assert host.calls == calls
    await gone(barn)


async def test_who_waits_for_bytes_is_told_of_their_deletion_at_once(barn: Barn, host: Host) -> None:
    waiting = asyncio.create_task(barn.harvest.ensure(ID))
    await host.asked.wait()
    await barn.delete()
    with pytest.raises(JobNotFound) as refused:
        await asyncio.wait_for(waiting, 10)
    assert refused.value.specific_code == "artifact_gone"
    host.let_go.set()
    await barn.idle()
    await gone(barn)


async def test_bytes_that_are_here_go_with_the_deletion(barn: Barn, host: Host) -> None:
    host.let_go.set()
    stored = await barn.harvest.ensure(ID)
    assert stored.state is FetchState.STORED
    assert len(barn.files()) == 1
    await barn.delete()
    await gone(barn)


async def test_a_deletion_at_any_moment_of_a_fetch_leaves_nothing(barn: Barn, host: Host) -> None:
    host.let_go.set()
    waiting = asyncio.create_task(barn.harvest.ensure(ID))
    await host.asked.wait()
    # The two end side by side: one is first, and it does not matter which.
    await asyncio.gather(barn.delete(), barn.idle())
    with contextlib.suppress(JobNotFound):
        await waiting
    await gone(barn)
