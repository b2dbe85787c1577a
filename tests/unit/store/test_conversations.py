from dataclasses import replace

import pytest

from dreambridge.domain.generation import AgentRequest, Kind
from dreambridge.domain.job import Job, JobState, Reply
from dreambridge.domain.submission import Submission, SubmissionState
from dreambridge.store.conversations import Conversation, Conversations
from dreambridge.store.database import Database
from dreambridge.store.jobs import Jobs

HERE = Conversation("a1b2c3d4-0000-4000-8000-00000000c0de", "acct_one", "us", 100.0)
TURN = "22222222-2222-4222-8222-222222222222"


def turn_of(name: str = "job_turn") -> Job:
    return Job(
        id=name,
        owner="own_a",
        kind=Kind.AGENT,
        request=AgentRequest("画三张哈士奇 16:9", HERE.id, ratio="16:9"),
        candidates=("acct_one",),
        created_at=100.0,
    )


@pytest.fixture
def conversations(database: Database) -> Conversations:
    return Conversations(database)


async def test_a_conversation_is_found_by_each_of_its_owners_and_nobody_else(conversations: Conversations) -> None:
    await conversations.keep(HERE, ["own_a", "own_b", "own_a"])
    assert await conversations.find(HERE.id, ["own_x", "own_b"]) == HERE
    assert await conversations.find(HERE.id, ["own_x"]) is None
    assert await conversations.find("another", ["own_a"]) is None


async def test_using_a_conversation_again_keeps_it_longer(conversations: Conversations) -> None:
    later = Conversation(HERE.id, "acct_one", "us", 900.0)
    await conversations.keep(HERE, ["own_a", "own_b"])
    await conversations.keep(later, ["own_a"])
    assert await conversations.prune(500.0) == 1
    assert await conversations.find(HERE.id, ["own_a"]) == later
    assert await conversations.find(HERE.id, ["own_b"]) is None


async def test_a_turn_keeps_its_request_and_what_was_said(database: Database) -> None:
    jobs = Jobs(database)
    await jobs.create(turn_of())
    job = await jobs.load("job_turn")
    assert job == turn_of()
    leased = replace(turn_of(), state=JobState.PREPARING, reply=Reply("好的", "两只哈士奇"))
    assert await jobs.advance(leased, expected=JobState.QUEUED, epoch=0)
    assert await jobs.load("job_turn") == leased


async def test_submissions_of_any_job_are_known(database: Database, conversations: Conversations) -> None:
    turn = Submission(part=0, count=0, state=SubmissionState.INTENDED, submit_id=TURN)
    job = replace(turn_of(), submissions=(turn,))
    await Jobs(database).create(job)
    assert await conversations.known([TURN, "nobody"]) == {TURN}
    assert await conversations.known([]) == frozenset()
    assert job.generations == ()
