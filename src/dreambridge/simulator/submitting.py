"""The paid call."""

from dreambridge.simulator.calls import Call, Data
from dreambridge.simulator.contract import Contract
from dreambridge.simulator.draft import read_draft, read_wish, schema_of
from dreambridge.simulator.envelope import Refusal, dump
from dreambridge.simulator.record import Wish
from dreambridge.simulator.scenarios import PLAIN, Scenario


class Submitting:
    """Accept drafts."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract

    async def __call__(self, call: Call) -> Data:
        """Check a draft, accept it, and answer its new record."""
        world, user = call.world, call.user
        wish = read_wish(
            call.body,
            world.market,
            strict=world.options.strict,
            cinema=world.cinema,
            belongings=world.belongings(user),
        )
        if world.options.strict:
            draft = read_draft(wish.draft)
            if told := self._contract.complaint(schema_of(draft), draft):
                raise Refusal(1002, told)
        scenario = world.scenarios.in_prompt(wish.prompt) or world.scenario_of(user) or PLAIN
        # A client that was refused asks again under another submit id, one that lost the answer under the same.
        refuses = scenario.fault is not None and scenario.fault.kind == "ret"
        key = f"{user.session}:{wish.prompt}" if refuses else wish.submit_id
        call.fault = world.fault(scenario, call.endpoint.name, key)
        await call.strike()
        self._check_sale(call, wish, scenario)
        await world.gate.pass_through("before")
        record = world.accept(wish, user, scenario)
        await world.gate.pass_through("after")
        now = world.clock()
        shown = call.scribe.record(record, record.phase(record.accepted_at), now)
        return dump({"aigc_data": shown})

    def _check_sale(self, call: Call, wish: Wish, scenario: Scenario) -> None:
        """Raise `Refusal` when the model is for members only, or left the site with the scenario."""
        world = call.world
        model = world.cinema.models.get(wish.model)
        if model is not None and model.members and not call.user.member:
            raise Refusal(model.members, f"{model.key} is for members", contract=False)
        if "model_leaves" in scenario.shape and world.leaves(wish.model):
            raise Refusal(2061, f"{wish.model} has left the site", contract=False)
