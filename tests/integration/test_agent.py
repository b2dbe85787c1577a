"""Turns with the agent through the whole engine: text as it comes, pictures in their places, nothing sent twice."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from dreambridge.domain.errors import (
    Charged,
    InvalidRequest,
    OutOfCredit,
    SiteRefused,
    SubmissionUnconfirmed,
    UnsupportedOption,
)
from dreambridge.domain.generation import AgentRequest, AgentWish, InputKind, Kind, MediaInput
from dreambridge.domain.job import JobState
from dreambridge.engine.service import CreateOptions, Creation, JobView

PIXEL = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    b"\x00\x00\x00\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\x56\xc7\x2f\x0d\x00\x00\x00\x00IEND\xaeB`\x82"
)


class Guest:
    """One caller of a gateway who talks with the agent."""

    def __init__(self, house: Any, token: str) -> None:
        self.house, self.token, self.service = house, token, house.gateway.service

    async def say(self, text: str, **more: Any) -> Creation:
        caller = await self.house.gateway.credentials.read(f"Bearer {self.token}")
        options = CreateOptions(route="chat.completions", fingerprint=str(time.monotonic()))
        creation: Creation = await self.service.create_agent(AgentWish(text, **more), caller, options)
        return creation

    async def hear(self, text: str, **more: Any) -> JobView:
        creation = await self.say(text, **more)
        view: JobView = await self.service.wait(creation.view.job.id, 20)
        return view

    def turns(self) -> int:
        return int(self.house.calls("agent"))


def conversation_of(view: JobView) -> str:
    assert isinstance(view.job.request, AgentRequest)
    return view.job.request.conversation_id


@pytest.fixture
def guest(house: Any, new_session: Callable[[str], str]) -> Guest:
    return Guest(house, f"us-{new_session('talk')}")


@pytest.mark.parametrize("form", ["agent-newer", "agent-older"])
async def test_three_huskies_are_three_pictures_with_what_the_agent_said(guest: Guest, form: str) -> None:
    view = await guest.hear(f"画三张哈士奇 16:9 [sim:{form}]")
    assert view.error is None
    assert (view.job.state, view.job.kind, view.job.partial) == (JobState.COMPLETED, Kind.AGENT, False)
    assert [(each.kind, each.index, each.part) for each in view.artifacts] == [(Kind.IMAGE, n, 1) for n in range(3)]
    for each in view.artifacts:
        assert each.dimensions is not None
        assert each.dimensions.width / each.dimensions.height == pytest.approx(16 / 9, abs=0.01)
    assert view.job.reply is not None
    assert view.job.reply.text == "好的，马上为你生成图片，分 1 次提交。"
    assert view.job.reply.title == (None if form == "agent-older" else "画三张哈士奇 16:9 [sim")
    assert guest.turns() == 1
    assert guest.house.site().world.refusals == type(guest.house.site().world.refusals)()


async def test_several_tool_calls_keep_their_order_and_a_video_comes_too(guest: Guest) -> None:
    pictures = await guest.hear("draw ten foxes")
    assert [(each.index, each.part) for each in pictures.artifacts] == [
        *((index, 1) for index in range(4)),
        *((index, 2) for index in range(4, 8)),
        *((index, 3) for index in range(8, 10)),
    ]
    film = await guest.hear("a video of a fox")
    assert [(each.kind, each.extension) for each in film.artifacts] == [(Kind.VIDEO, "mp4")]
    assert len(await guest.house.ledger()) == 4


async def test_a_turn_without_pictures_is_its_text_and_is_shown_with_it(guest: Guest) -> None:
    view = await guest.hear("hello, who are you?")
    assert (view.job.state, view.artifacts, view.job.partial) == (JobState.COMPLETED, (), False)
    assert view.job.reply is not None
    assert view.job.reply.text.startswith("Hello from the sandbox, turn 1.")
    shown = (await guest.house.ask("GET", f"/v1/jobs/{view.job.id}", guest.token)).json
    assert shown["request"]["text"] == view.job.reply.text
    assert shown["request"]["conversation_id"] == conversation_of(view)


async def test_a_conversation_goes_on_where_it_was_and_only_for_its_owner(
    guest: Guest, new_session: Callable[[str], str]
) -> None:
    first = await guest.hear("hello")
    second = await guest.hear("and again hello", conversation_id=conversation_of(first))
    assert second.job.reply is not None
    assert "turn 2" in second.job.reply.text
    assert second.job.account_id == first.job.account_id
    stranger = Guest(guest.house, f"us-{new_session('stranger')}")
    for who, name in ((stranger, conversation_of(first)), (guest, "a1b2c3d4-0000-4000-8000-00000000c0de")):
        with pytest.raises(InvalidRequest) as caught:
            await who.hear("hello", conversation_id=name)
        assert (caught.value.param, caught.value.specific_code) == ("conversation_id", "conversation_not_found")
    assert guest.turns() == 2


async def test_what_the_agent_says_is_heard_while_it_says_it_from_any_place(guest: Guest) -> None:
    guest.house.change_site(time_scale=0.3)
    creation = await guest.say("画三张哈士奇 [sim:agent-newer]")
    job_id = creation.view.job.id
    pieces = [piece async for piece in guest.service.follow_text(job_id)]
    assert len(pieces) > 1
    assert not (await guest.service.view(job_id)).job.state.ended
    view = await guest.service.wait(job_id, 20)
    assert view.job.reply.text == "".join(pieces)
    for offset in (0, 3, 10_000):
        again = "".join([piece async for piece in guest.service.follow_text(job_id, offset)])
        assert again == view.job.reply.text[offset:]


async def test_pictures_and_hints_go_with_a_turn(guest: Guest) -> None:
    kept = await guest.service.acquire_input(picture(), param="image")
    view = await guest.hear("like this one", inputs=(kept,), ratio="9:16", resolution="1k", image_model="jimeng-4.0")
    assert view.error is None
    assert view.artifacts[0].dimensions is not None
    assert view.artifacts[0].dimensions.height > view.artifacts[0].dimensions.width
    assert guest.house.calls("token") == 1


async def test_what_cannot_be_asked_of_the_agent_is_refused_at_once(guest: Guest) -> None:
    film = MediaInput("ab" * 32, InputKind.VIDEO, "video/mp4", "mp4", 10, "x.mp4")
    wishes: list[tuple[dict[str, Any], str]] = [
        ({"text": ""}, "prompt"),
        ({"text": "x", "ratio": "17:1"}, "ratio"),
        ({"text": "x", "resolution": "9k"}, "resolution"),
        ({"text": "x", "inputs": (film,)}, "image"),
        ({"text": "x", "inputs": (picture_input(),) * 11}, "image"),
        ({"text": "x", "image_model": "jimeng-video-3.0"}, "image_model"),
    ]
    for wish, param in wishes:
        with pytest.raises((InvalidRequest, UnsupportedOption)) as caught:
            await guest.say(**wish)
        assert caught.value.param == param
    assert guest.turns() == 0


async def test_a_refusal_that_the_agent_overcomes_is_none(guest: Guest) -> None:
    view = await guest.hear("draw two foxes [sim:agent-retries]")
    assert (view.job.state, view.job.partial, len(view.artifacts)) == (JobState.COMPLETED, False, 2)


async def test_refused_submissions_fail_the_turn_and_leave_the_agents_words(guest: Guest) -> None:
    view = await guest.hear("draw two foxes [sim:agent-refused]")
    assert (view.job.state, view.artifacts) == (JobState.FAILED, ())
    assert view.error is not None
    assert (view.error.site_code is not None, view.error.charged) == (True, Charged.NO)
    assert view.job.reply is not None
    assert view.job.reply.text
    assert await guest.house.ledger() == []


async def test_a_connection_that_the_agent_lost_itself_is_tried_once_more(guest: Guest) -> None:
    view = await guest.hear("draw a fox [sim:agent-7057-once]")
    assert (view.job.state, guest.turns()) == (JobState.COMPLETED, 2)
    assert [each.sends for each in view.job.submissions] == [2, 1]
    assert len(await guest.house.ledger()) == 1


async def test_the_second_loss_of_that_kind_is_the_last_and_cost_nothing(guest: Guest) -> None:
    world = guest.house.site().world
    row = world.scenarios.rows["agent-7057-once"]
    always = replace(row, name="agent-7057", fault=replace(row.fault, times=0))
    world.scenarios = replace(world.scenarios, rows={**world.scenarios.rows, "agent-7057": always})
    view = await guest.hear("draw a fox [sim:agent-7057]")
    assert isinstance(view.error, SiteRefused)
    assert (view.error.site_code, view.error.charged, guest.turns()) == ("7057", Charged.NO, 2)
    assert view.job.reply is None


async def test_what_other_jobs_made_meanwhile_is_not_taken_for_a_lost_turns(guest: Guest) -> None:
    _, view = await asyncio.gather(guest.house.draw(guest.token, n=2), guest.hear("draw a fox [sim:agent-502-once]"))
    assert isinstance(view.error, SubmissionUnconfirmed)
    assert len(await guest.house.ledger()) == 1


async def test_two_turns_on_one_account_do_not_take_each_others_pictures(guest: Guest) -> None:
    whole, lost = await asyncio.gather(guest.hear("draw two foxes"), guest.hear("draw a wolf [sim:agent-502-once]"))
    assert (whole.job.state, len(whole.artifacts)) == (JobState.COMPLETED, 2)
    assert isinstance(lost.error, SubmissionUnconfirmed)


async def test_a_stream_that_breaks_off_loses_nothing_that_was_told(guest: Guest) -> None:
    view = await guest.hear("画三张哈士奇 [sim:agent-cut-once]")
    assert (view.job.state, len(view.artifacts), guest.turns()) == (JobState.COMPLETED, 3, 1)
    assert view.job.partial
    assert guest.house.calls("assets") >= 1


async def test_a_turn_whose_answer_is_lost_before_its_first_word_is_not_sent_again(guest: Guest) -> None:
    view = await guest.hear("draw a fox [sim:agent-502-once]")
    assert isinstance(view.error, SubmissionUnconfirmed)
    assert (view.error.charged, guest.turns()) == (Charged.UNKNOWN, 1)
    assert guest.house.calls("assets") >= 5


async def test_an_account_without_credit_says_so_in_the_agents_turn(
    guest: Guest, new_session: Callable[[str], str]
) -> None:
    view = await guest.hear("draw a fox [sim:no-credit]")
    assert view.job.state is JobState.COMPLETED or isinstance(view.error, OutOfCredit | SiteRefused)
    assert view.artifacts == ()


async def test_a_turn_that_a_stop_cut_off_is_found_again_and_not_sent_twice(
    street: Any, new_session: Callable[[str], str]
) -> None:
    token = f"us-{new_session('cut')}"
    await street.site("us", time_scale=1.0, generation="fixed:1")
    async with street.gateway() as house:
        guest = Guest(house, token)
        creation = await guest.say("画三张哈士奇 [sim:agent-newer]")
        job_id = creation.view.job.id
        await begun(guest, job_id)
        assert (await guest.service.view(job_id)).job.state is JobState.SUBMITTING
        # As a crash would: nothing more is written.
        await kill_jobs(job_id)
    async with street.gateway() as house:
        view = await house.gateway.service.wait(job_id, 20)
        assert (view.job.state, len(view.artifacts)) == (JobState.COMPLETED, 3)
        assert house.calls("agent") == 1


def picture_input() -> MediaInput:
    return MediaInput("cd" * 32, InputKind.IMAGE, "image/png", "png", 10, "x.png")


def picture() -> bytes:
    return PIXEL


async def begun(guest: Guest, job_id: str) -> None:
    """Wait until a tool of the agent has made something."""
    async with asyncio.timeout(10):
        while True:
            if (await guest.service.view(job_id)).job.generations:
                return
            await asyncio.sleep(0.01)


async def kill_jobs(job_id: str) -> None:
    """End a job's task, as the end of its process would."""
    for task in asyncio.all_tasks():
        if task.get_name() == f"job-{job_id}":
            task.cancel()
            await asyncio.wait([task])
