import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from dreambridge.catalog import Catalog, load_catalog, plan_image
from dreambridge.domain import errors
from dreambridge.domain.account import Session
from dreambridge.domain.generation import ImageRequest, ImageWish, Kind
from dreambridge.domain.secret import Secret
from dreambridge.domain.submission import HistoryRecord, RecordStatus, Submission, SubmissionState
from dreambridge.simulator.server import SimulatorServer
from dreambridge.simulator.settings import Cluster, SimulatorOptions
from dreambridge.upstream.client import UpstreamClient
from dreambridge.upstream.outcomes import Accepted, Refused, SubmitOutcome, Unclear
from dreambridge.upstream.transport import AiohttpTransport
from dreambridge.upstream.wire.credit import LedgerRow, SessionCheck
from dreambridge.upstream.wire.identity import derive_device

CLUSTERS: dict[str, Cluster] = {"cn": "cn", "us": "us", "hk": "asia", "jp": "asia", "sg": "asia", "sandbox": "sandbox"}
QUICK = {"strict": True, "time_scale": 0.01, "generation": "fixed:10", "tiny_items": True, "credit": 100_000}


LOST = "11111111-1111-4111-8111-111111111111"


@dataclass(frozen=True)
class Bench:
    """One simulated site and a client that takes it for the real one."""

    site: str
    server: SimulatorServer
    catalog: Catalog
    client: UpstreamClient

    def session(self) -> Session:
        token = Secret("made-up-session")
        web_id, user_id = derive_device(b"key", self.site, token)
        return Session(self.site, token, web_id, user_id)

    async def submit(self, request: ImageRequest, submit_id: str | None = None) -> SubmitOutcome:
        intent = Submission(
            part=0,
            count=request.parts[0],
            state=SubmissionState.INTENDED,
            submit_id=submit_id or str(uuid.uuid4()),
            sends=1,
            send_before=time.time() + 10,
        )
        return await self.client.submit(self.session(), request, intent)

    async def follow(self, wanted: dict[str, int]) -> dict[str, HistoryRecord]:
        async with asyncio.timeout(20):
            while True:
                records = await self.client.fetch_history(self.session(), wanted)
                if len(records) == len(wanted) and not any(
                    record.status in {RecordStatus.QUEUED, RecordStatus.RUNNING} for record in records.values()
                ):
                    return records
                await asyncio.sleep(0.02)

    async def ledger_of(self, submit_id: str) -> list[LedgerRow]:
        """Wait until the site, which settles late, has written a submission down."""
        async with asyncio.timeout(5):
            while True:
                rows = await self.client.fetch_ledger(self.session())
                if found := [row for row in rows if row.submit_id == submit_id]:
                    return found
                await asyncio.sleep(0.02)

    def wish(self, prompt: str = "a fox", model: str = "jimeng-4.5") -> ImageRequest:
        return plan_image(self.catalog, ImageWish(prompt=prompt, model=model), self.site)


@asynccontextmanager
async def benching(site: str, **changes: object) -> AsyncIterator[Bench]:
    options = SimulatorOptions(cluster=CLUSTERS[site], **{**QUICK, **changes})  # type: ignore[arg-type]
    server = SimulatorServer(options)
    base = await server.start()
    transport = AiohttpTransport(total_timeout=5)
    catalog = load_catalog().with_base(site, base)
    client = UpstreamClient(transport, catalog, clock=time.time, new_id=lambda: str(uuid.uuid4()))
    try:
        yield Bench(site, server, catalog, client)
    finally:
        await transport.aclose()
        await server.stop()


def image_models(catalog: Catalog, site: str) -> list[str]:
    return [
        spec.name
        for spec in catalog.models.values()
        if spec.kind is Kind.IMAGE and spec.offered and spec.key_on(catalog.site(site))
    ]


@pytest.mark.parametrize("site", CLUSTERS)
async def test_every_image_model_of_a_site_is_accepted_in_strict_mode_and_comes_to_its_end(site: str) -> None:
    async with benching(site) as bench:
        models = image_models(bench.catalog, site)
        requests = [bench.wish(f"{model}", model) for model in models]
        outcomes = await asyncio.gather(*(bench.submit(request) for request in requests))
        refused = [
            (name, outcome) for name, outcome in zip(models, outcomes, strict=True) if type(outcome) is not Accepted
        ]
        assert refused == []
        assert list(bench.server.world.refusals) == []
        wanted = {
            str(outcome.record.submit_id): request.parts[0]
            for outcome, request in zip(outcomes, requests, strict=True)
            if isinstance(outcome, Accepted)
        }
        records = await bench.follow(wanted)
        assert {record.status for record in records.values()} == {RecordStatus.DONE}
        for request, (submit_id, count) in zip(requests, wanted.items(), strict=True):
            record = records[submit_id]
            assert len(record.items) == count
            assert {item.dimensions for item in record.items} == {request.native}
        assert len(models) >= 5


@pytest.mark.parametrize("site", CLUSTERS)
async def test_every_size_of_every_model_is_accepted_in_strict_mode(site: str) -> None:
    async with benching(site) as bench:
        there = bench.catalog.site(site)
        wishes = [
            ImageWish(prompt="x", model=spec.name, ratio=ratio, resolution=tier, count=1)
            for spec in map(bench.catalog.models.__getitem__, image_models(bench.catalog, site))
            for tier in spec.resolutions_on(there)
            for ratio in spec.ratios_on(there)
        ]
        wishes.append(ImageWish(prompt="x", model="jimeng-4.5", intelligent_ratio=True))
        requests = [plan_image(bench.catalog, wish, site) for wish in wishes]
        outcomes = await asyncio.gather(*(bench.submit(request) for request in requests))
        assert {type(outcome) for outcome in outcomes} == {Accepted}
        assert list(bench.server.world.refusals) == []


@pytest.mark.parametrize("site", CLUSTERS)
async def test_balance_claim_ledger_and_session_check_work_in_strict_mode(site: str) -> None:
    async with benching(site, credit=500) as bench:
        session = bench.session()
        assert await bench.client.check_session(session) is SessionCheck.ALIVE
        assert (await bench.client.fetch_credit(session)).total == 500
        assert await bench.client.claim_credit(session) == 66
        outcome = await bench.submit(bench.wish())
        assert isinstance(outcome, Accepted)
        submit_id = str(outcome.record.submit_id)
        await bench.follow({submit_id: 4})
        (row,) = await bench.ledger_of(submit_id)
        assert row.spent
        assert (await bench.client.fetch_credit(session)).total == 566 - row.amount
        assert list(bench.server.world.refusals) == []


@pytest.mark.parametrize("shape", ["A", "B"])
async def test_both_wrappers_of_the_balance_are_read(shape: str) -> None:
    async with benching("cn", commerce_envelope=shape, credit=123) as bench:
        assert (await bench.client.fetch_credit(bench.session())).total == 123


async def test_a_dead_session_is_dead_to_the_passport_and_expired_to_the_rest() -> None:
    async with benching("us", sessions="listed") as bench:
        assert await bench.client.check_session(bench.session()) is SessionCheck.DEAD
        outcome = await bench.submit(bench.wish())
        assert isinstance(outcome, Refused)
        assert isinstance(outcome.error, errors.SessionExpired)
        with pytest.raises(errors.SessionExpired):
            await bench.client.fetch_history(bench.session(), {str(uuid.uuid4()): 1})


@pytest.mark.parametrize(
    ("scenario", "error"),
    [
        ("no-credit", errors.OutOfCredit),
        ("no-credit-5000", errors.OutOfCredit),
        ("daily-limit", errors.OutOfCredit),
        ("expired-at-submit", errors.SessionExpired),
        ("punished", errors.AccountBarred),
        ("risk-minus-6", errors.AccountBarred),
        ("risk-4013", errors.AccountBarred),
        ("rate-1", errors.SiteBusy),
        ("rate-1057", errors.SiteBusy),
        ("rate-1310", errors.SiteBusy),
        ("refused", errors.ContentRefused),
        ("unknown-ret", errors.SiteRefused),
    ],
)
async def test_a_refused_submission_has_its_class_and_leaves_no_record(
    scenario: str, error: type[errors.GatewayError]
) -> None:
    async with benching("cn") as bench:
        outcome = await bench.submit(bench.wish(f"a fox [sim:{scenario}]"))
        assert isinstance(outcome, Refused)
        assert type(outcome.error) is error
        assert bench.server.world.records == {}


@pytest.mark.parametrize(
    ("scenario", "recorded"),
    [
        ("drop-before", False),
        ("drop-after", True),
        ("http-500-once", False),
        ("http-502-after", True),
        ("rate-429", False),
        ("html", False),
        ("html-after", True),
        ("truncated", True),
        ("garbage", True),
        ("no-record-id", True),
    ],
)
async def test_a_lost_answer_is_unclear_and_a_look_by_submit_id_tells(scenario: str, recorded: bool) -> None:
    async with benching("us") as bench:
        outcome = await bench.submit(bench.wish(f"a fox [sim:{scenario}]"), submit_id=LOST)
        assert isinstance(outcome, Unclear)
        found = await bench.client.fetch_history(bench.session(), {LOST: 4})
        assert list(found) == [LOST] * recorded
        if recorded:
            assert (await bench.follow({LOST: 4}))[LOST].status is RecordStatus.DONE


@pytest.mark.parametrize(
    ("scenario", "error"),
    [
        ("input-refused", errors.ContentRefused),
        ("input-refused-key-only", errors.ContentRefused),
        ("output-refused", errors.ContentRefused),
        ("face", errors.ContentRefused),
        ("copyright", errors.ContentRefused),
        ("failed", errors.GenerationFailed),
        ("no-resources", errors.OutOfCredit),
        ("unknown-failure", errors.GenerationFailed),
        ("empty-success", errors.GenerationFailed),
    ],
)
async def test_a_record_that_fails_says_why(scenario: str, error: type[errors.GatewayError]) -> None:
    async with benching("us") as bench:
        outcome = await bench.submit(bench.wish(f"a fox [sim:{scenario}]"))
        assert isinstance(outcome, Accepted)
        (record,) = (await bench.follow({str(outcome.record.submit_id): 4})).values()
        assert record.status is RecordStatus.FAILED
        assert type(bench.client.failure_of(record)) is error


@pytest.mark.parametrize(
    ("scenario", "items"),
    [
        ("partial", 3),
        ("failed-with-items", 2),
        ("never-50", 4),
        ("status-10", 4),
        ("no-finish-time", 4),
        ("cover-only", 4),
        ("staggered", 4),
        ("integer-ret", 4),
        ("absent", 4),
        ("queued", 4),
    ],
)
async def test_a_record_with_items_ends_with_all_it_will_have(scenario: str, items: int) -> None:
    async with benching("us", scenario=scenario) as bench:
        outcome = await bench.submit(bench.wish())
        assert isinstance(outcome, Accepted)
        (record,) = (await bench.follow({str(outcome.record.submit_id): 4})).values()
        assert record.status is RecordStatus.DONE
        assert len({item.url for item in record.items}) == items


async def test_staggered_items_are_not_the_end_before_the_last() -> None:
    async with benching("us", items="staggered", time_scale=0.03) as bench:
        outcome = await bench.submit(bench.wish())
        assert isinstance(outcome, Accepted)
        submit_id = str(outcome.record.submit_id)
        records = await bench.follow({submit_id: 4})
        assert len(records[submit_id].items) == 4


async def test_a_cancelled_record_fails_as_cancelled() -> None:
    async with benching("us", time_scale=1) as bench:
        outcome = await bench.submit(bench.wish())
        assert isinstance(outcome, Accepted)
        await bench.client.cancel(bench.session(), outcome.record.record_id)
        records = await bench.follow({str(outcome.record.submit_id): 4})
        (record,) = records.values()
        assert record.status is RecordStatus.FAILED
