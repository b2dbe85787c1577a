"""A turn with the agent: a stream of events, and the records that its tool calls make."""

import asyncio
import hashlib
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from typing import Any

from starlette.responses import Response, StreamingResponse

from dreambridge.simulator import mishaps
from dreambridge.simulator.agent import events
from dreambridge.simulator.agent.conversation import Conversation
from dreambridge.simulator.agent.plan import Plan, make_plan
from dreambridge.simulator.agent.work import submit
from dreambridge.simulator.calls import Call
from dreambridge.simulator.envelope import Refusal
from dreambridge.simulator.record import Record
from dreambridge.simulator.scenarios import PLAIN, Fault, Scenario

_STEP_SECONDS = 0.05  # scaled, between two events
_NO_PERMISSION = 1017


@dataclass(frozen=True, slots=True)
class _Turn:
    """What a person said, and with what."""

    conversation_id: str
    text: str
    files: tuple[str, ...]
    wanted: dict[str, Any] | None


async def converse(call: Call) -> Response:
    """Answer one turn. The submissions happen while the stream goes on."""
    turn = _read(call)
    world, user = call.world, call.user
    scenario = world.scenarios.in_prompt(turn.text) or world.scenario_of(user) or PLAIN
    call.fault = world.fault(scenario, "agent", f"{user.session}:{turn.conversation_id}")
    await call.strike()
    earlier = world.conversations.get(turn.conversation_id)
    plan = _plan(call, turn, earlier)
    conversation = world.conversations.take_turn(turn.conversation_id, user.session, plan.prompt if plan else "")
    fault = call.fault if call.fault and call.fault.kind in {"agent_error", "agent_cut"} else None
    stream = _Stream(call, conversation, scenario, fault, plan, turn.text)
    headers = {"cache-control": "no-cache", "x-accel-buffering": "no"}
    return StreamingResponse(stream.events(), media_type="text/event-stream", headers=headers)


def _read(call: Call) -> _Turn:
    conversation_id = call.body.get("conversation_id")
    if not isinstance(conversation_id, str) or not conversation_id:
        raise Refusal(1000, "conversation_id is missing")
    parts = _content_parts(call.body)
    files = [str(part["file"].get("uri", "")) for part in parts if isinstance(part.get("file"), dict)]
    for uri in files:
        if call.world.belongings(call.user).picture_size(uri) is None:
            raise Refusal(1000, f"{uri} names no picture of this account")
    text = "\n".join(part["text"] for part in parts if isinstance(part.get("text"), str)).strip()
    if not text:
        raise Refusal(1000, "the last message says nothing")
    wanted = [part["generate_args"] for part in parts if isinstance(part.get("generate_args"), dict)]
    return _Turn(conversation_id, text, tuple(files), (wanted[-1].get("image_args") or {}) if wanted else None)


def _content_parts(body: dict[str, Any]) -> list[dict[str, Any]]:
    messages = body.get("messages")
    said = messages[-1] if isinstance(messages, list) and messages else None
    content = said.get("content") if isinstance(said, dict) else None
    parts = content.get("content_parts") if isinstance(content, dict) else None
    if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
        raise Refusal(1000, "the last message has no content_parts")
    return parts


def _plan(call: Call, turn: _Turn, earlier: Conversation | None) -> Plan | None:
    forced = bool(turn.files) or turn.wanted is not None
    plan = make_plan(turn.text, earlier=earlier.prompt if earlier else "", forced=forced)
    if plan is None:
        return None
    wanted = turn.wanted or {}
    codes = {number: ratio for ratio, number in call.world.market.ratios.items()}
    told = "" if wanted.get("intelligent_ratio") else codes.get(wanted.get("image_ratio", 0), "")
    return replace(
        plan,
        ratio=plan.ratio or told,
        resolution=plan.resolution or str(wanted.get("image_resolution_type") or ""),
        model=str(wanted.get("model_key") or ""),
        inputs=turn.files,
    )


@dataclass(frozen=True, slots=True)
class _Stream:
    """The events of one turn."""

    call: Call
    conversation: Conversation
    scenario: Scenario
    fault: Fault | None
    plan: Plan | None
    text: str

    @property
    def _older(self) -> bool:
        """Tell which of the two ways this conversation goes: by its scenario, else by its id."""
        for name, older in (("agent_older", True), ("agent_newer", False)):
            if name in self.scenario.shape:
                return older
        digest = hashlib.md5(self.conversation.conversation_id.encode(), usedforsecurity=False).digest()
        return digest[0] % 2 == 1

    async def events(self) -> AsyncIterator[bytes]:
        """Write the turn, event by event."""
        for one in self._all():
            yield one
            await asyncio.sleep(_STEP_SECONDS * self.call.world.options.time_scale)
        if self.fault is not None and self.fault.kind == "agent_cut":
            await mishaps.hang_up(self.call.request)

    def _all(self) -> Iterator[bytes]:
        chinese = any("\u4e00" <= letter <= "\u9fff" for letter in self.text)
        message_id = str(uuid.uuid4())
        yield events.handshake(self.conversation.conversation_id)
        if self.fault is not None and self.fault.kind == "agent_error":
            yield events.error(int(self.fault.value), "upstream receive error", older=self._older)
            return
        if self.conversation.turns == 1 and not self._older:
            yield events.title(self.text[:16])
        yield events.message(message_id)
        if not self._older:
            yield from events.reasoning("先想清楚要画什么。" if chinese else "First think about what is wanted.")
        told = self._words(chinese=chinese)
        yield from events.text_pieces(told)
        if self.plan is not None:
            yield from self._work(self.plan)
        if self.fault is not None:
            return
        yield events.message(message_id, told, ended=True)
        if not self._older:
            yield events.summary(told)
        yield events.end(older=self._older)

    def _words(self, *, chinese: bool) -> str:
        turn = self.conversation.turns
        if self.plan is None:
            if chinese:
                return f"你好，这是沙盒里的第 {turn} 轮对话。想画什么？告诉我数量、比例和清晰度就行。"
            return f"Hello from the sandbox, turn {turn}. Tell me what to draw, how many, and in which shape."
        what = ("视频" if self.plan.video else "图片") if chinese else ("video" if self.plan.video else "pictures")
        count = len(self.plan.calls())
        if chinese:
            return f"好的，马上为你生成{what}，分 {count} 次提交。"
        return f"All right, I am making the {what} now, in {count} submission{'s' * (count > 1)}."

    def _work(self, plan: Plan) -> Iterator[bytes]:
        index = 0
        if not self._older:
            skill = {"name": "video_creation" if plan.video else "image_creation"}
            yield from events.tool_call(index, str(uuid.uuid4()), "activate_skill", skill)
            index += 1
        for depth, one in enumerate(plan.calls(), 1):
            tries = ("4k", "2k") if "agent_retries" in self.scenario.shape and not one.video else (one.resolution,)
            for resolution in tries:
                refused = "agent_refused" in self.scenario.shape or (resolution == "4k" and len(tries) > 1)
                yield from self._tool(index, replace(one, resolution=resolution), min(depth, 3), refused=refused)
                index += 1

    def _tool(self, index: int, plan: Plan, depth: int, *, refused: bool) -> Iterator[bytes]:
        call_id, arguments = str(uuid.uuid4()), _arguments(plan)
        if not self._older:
            yield from events.tool_call(index, call_id, "dreamina_cli", arguments)
        if refused:
            yield events.tool_refused(call_id, _NO_PERMISSION, "CheckPermission")
            return
        try:
            record = submit(self.call.world, self.call.user, plan, self.scenario)
        except Refusal as refusal:
            yield events.tool_refused(call_id, refusal.ret, refusal.words)
            return
        result = _result(record)
        if self._older:
            yield from events.older_tool_call(index, call_id, arguments, result)
        yield events.tool_result(call_id, result, depth)


def _arguments(plan: Plan) -> dict[str, Any]:
    asked: dict[str, Any] = {"prompt": plan.prompt, "resolution_type": plan.resolution or "2k"}
    if plan.ratio:
        asked["ratio"] = plan.ratio
    if plan.inputs:
        asked["images"] = list(plan.inputs)
    if plan.video:
        return {"text2video_param": asked | {"duration": plan.seconds}}
    return {"image2image_param" if plan.inputs else "text2image_param": asked | {"gen_count": plan.number}}


def _result(record: Record) -> dict[str, Any]:
    kind = "video" if record.wish.clip else "image"
    return {"submit_id": record.wish.submit_id, "history_id": record.record_id, "resource_type": kind}
