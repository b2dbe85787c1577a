"""Jobs to store, and the databases of two replicas."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from dreambridge.domain.artifact import Artifact
from dreambridge.domain.generation import Dimensions, ImageRequest, Kind
from dreambridge.domain.job import Job
from dreambridge.store.artifacts import Artifacts
from dreambridge.store.database import Database
from dreambridge.store.jobs import Jobs

MakeJob: TypeAlias = Callable[..., Job]
MakeArtifact: TypeAlias = Callable[..., Artifact]


@pytest.fixture
def make_job() -> MakeJob:
    """Make jobs of one owner, created one second after another, with any field changed."""
    made = 0

    def make(**changes: Any) -> Job:
        nonlocal made
        made += 1
        request = ImageRequest(
            "a fox 狐狸 \x00 \ud800", "jimeng-4.5", "dall-e-3", 4, (4,), "1:1", "2k", Dimensions(2048, 2048)
        )
        job = Job(f"job_{made}", "owner", Kind.IMAGE, request, ("acct_1",), 1000.0 + made, fingerprint="same")
        return replace(job, **changes)

    return make


@pytest.fixture
def make_artifact() -> MakeArtifact:
    """Make results of the first job, with any field changed."""
    made = 0

    def make(**changes: Any) -> Artifact:
        nonlocal made
        made += 1
        artifact = Artifact(f"art_{made}", "job_1", "owner", Kind.IMAGE, made - 1, "https://site/a.png", 1000.0 + made)
        return replace(artifact, **changes)

    return make


@pytest.fixture
def jobs(database: Database) -> Jobs:
    return Jobs(database)


@pytest.fixture
def artifacts(database: Database) -> Artifacts:
    return Artifacts(database)


@pytest.fixture
async def replicas(database: Database, database_url: str, tmp_path: Path) -> AsyncIterator[list[Jobs]]:
    """Give the jobs as two processes see them where the database allows it, and as one where it does not."""
    if database_url.startswith("sqlite"):
        yield [Jobs(database)]
        return
    second = await Database.open(database_url, data_dir=tmp_path)
    yield [Jobs(database), Jobs(second)]
    await second.aclose()
