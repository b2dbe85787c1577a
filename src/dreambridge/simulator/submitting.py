"""The paid call."""

from dreambridge.simulator.calls import Call, Data
from dreambridge.simulator.contract import Contract
from dreambridge.simulator.draft import read_draft, read_wish
from dreambridge.simulator.envelope import Refusal, dump
from dreambridge.simulator.scenarios import PLAIN


class Submitting:
    """Accept drafts."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract

    async def __call__(self, call: Call) -> Data:
        """Check a draft, accept it, and answer its new record."""
        world, user = call.world, call.user
        wish = read_wish(call.body, world.market, strict=world.options.strict)
        if world.options.strict and (told := self._contract.complaint("draft", read_draft(wish.draft))):
            raise Refusal(1002, told)
        scenario = world.scenarios.in_prompt(wish.prompt) or world.scenario_of(user) or PLAIN
        call.fault = world.fault(scenario, call.endpoint.name, wish.submit_id)
        await call.strike()
        await world.gate.pass_through("before")
        record = world.accept(wish, user, scenario)
        await world.gate.pass_through("after")
        now = world.clock()
        shown = call.scribe.record(record, record.phase(record.accepted_at), now)
        return dump({"aigc_data": shown})
