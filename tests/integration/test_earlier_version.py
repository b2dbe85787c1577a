"""A gateway takes up what an earlier version left behind, and finishes its jobs."""

import asyncio
import sqlite3
import time
import uuid
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from dreambridge.catalog import load_catalog
from dreambridge.domain.account import Session
from dreambridge.domain.job import JobState
from dreambridge.domain.secret import Secret
from dreambridge.domain.submission import RecordStatus, Submission, SubmissionState
from dreambridge.store.database import Database
from dreambridge.store.jobs import Jobs
from dreambridge.upstream.client import UpstreamClient
from dreambridge.upstream.outcomes import Accepted
from dreambridge.upstream.transport import AiohttpTransport
from dreambridge.upstream.wire.identity import derive_device

SAMPLES = Path(__file__).parents[1] / "unit" / "store" / "samples"
KEY = "a made-up key, 32 characters long"


async def pay_again(base: str, token: Secret, submission: Submission, job: Any) -> None:
    """Have the site of this test know, and finish, the record that the earlier version paid for."""
    transport = AiohttpTransport()
    catalog = load_catalog().with_base("us", base)
    client = UpstreamClient(transport, catalog, clock=time.time, new_id=lambda: str(uuid.uuid4()))
    session = Session("us", token, *derive_device(b"key", "us", token))
    intent = Submission(
        submission.part,
        submission.count,
        SubmissionState.INTENDED,
        submission.submit_id,
        send_before=time.time() + 10,
    )
    assert isinstance(await client.submit(session, job.request, intent), Accepted)
    async with asyncio.timeout(10):
        while True:
            found = await client.fetch_history(session, {intent.submit_id or "": intent.count})
            if any(record.status is RecordStatus.DONE for record in found.values()):
                break
            await asyncio.sleep(0.05)
    await transport.aclose()


@pytest.mark.parametrize("revision", [path.stem.removeprefix("r") for path in sorted(SAMPLES.glob("r*.sql"))])
async def test_jobs_of_an_earlier_schema_are_finished_and_none_is_paid_twice(
    street: Any, new_session: Callable[[str], str], revision: str
) -> None:
    site = await street.site("us")
    data = street.folder / "data"
    data.mkdir()
    with closing(sqlite3.connect(data / "dreambridge.db")) as connection:
        connection.executescript((SAMPLES / f"r{revision}.sql").read_text(encoding="utf-8"))
    database = await Database.open(None, data_dir=data)
    under_way, waiting = await Jobs(database).unfinished()
    await database.aclose()
    token = new_session("sample")
    await pay_again(site.base_url, Secret(token), under_way.submissions[0], under_way)
    async with street.gateway(secret_key=KEY, image_timeout=1e9) as house:
        for job in (under_way, waiting):
            view = await house.gateway.service.wait(job.id, 20)
            assert (view.job.state, len(view.artifacts)) == (JobState.COMPLETED, 1), view.error
        reply = await house.ask("GET", "/v1/jobs", f"us-{token}")
        assert len(reply.json["data"]) == 4
        # The record that the earlier version paid for, and one for the job that had only waited.
        assert len(await house.ledger()) == 2
