"""Everything the simulated site remembers."""

import base64
import random
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

from dreambridge.simulator.account import Account
from dreambridge.simulator.agent.conversation import Conversation, Conversations
from dreambridge.simulator.belongings import Belongings
from dreambridge.simulator.cinema import load_cinema
from dreambridge.simulator.envelope import Refusal
from dreambridge.simulator.gate import Gate
from dreambridge.simulator.journal import Journal
from dreambridge.simulator.market import load_market
from dreambridge.simulator.progress import parse_generation
from dreambridge.simulator.record import Acceptance, Record, Wish, accept
from dreambridge.simulator.revival import load_record, save_record
from dreambridge.simulator.scenarios import Fault, Scenario, load_scenarios
from dreambridge.simulator.settings import SimulatorOptions
from dreambridge.simulator.stats import Stats
from dreambridge.simulator.uploads.depot import Depot, KeptFile

LEDGER_DELAY = 5.0  # seconds, scaled, from the end of a record to its ledger row


@dataclass(frozen=True, slots=True)
class Registration:
    """A session made known through the control interface. `cluster` None means this one."""

    session: str
    alive: bool = True
    credit: int | None = None
    vip: int = 0
    purchase: int = 0
    scenario: str | None = None
    cluster: str | None = None
    member: bool = False


class World:
    """Accounts, records, ledger and options of one running site. Not thread-safe: one event loop owns it."""

    def __init__(self, options: SimulatorOptions, clock: Callable[[], float] = time.time) -> None:
        self.options = options
        self.clock = clock
        self.market = load_market(options.cluster)
        self.cinema = load_cinema(options.cluster)
        self.scenarios = load_scenarios()
        self.check_options(options)
        self.stats = Stats()
        self.gate = Gate()
        self.refusals: deque[dict[str, Any]] = deque(maxlen=1000)
        self.journal = Journal(options.state_dir)
        self.accounts: dict[str, Account] = {}
        self.records: dict[str, Record] = {}
        self.depot = Depot()
        self.conversations = Conversations(self.journal)
        self._met: Counter[tuple[str, str]] = Counter()
        self._restore()

    def check_options(self, options: SimulatorOptions) -> None:
        """Raise `ValueError` when options name a scenario or a distribution that does not exist."""
        parse_generation(options.generation)
        self.scenarios.named(options.scenario)

    # ------------------------------------------------------------------ accounts

    def account(self, session: str) -> Account | None:
        """Return the living account of a session, settled up to now; None when it is dead here."""
        account = self.accounts.get(session)
        if account is None:
            if not session or self.options.sessions == "listed":
                return None
            account = self.register(Registration(session))
        scenario = self.scenario_of(account)
        if not account.alive or (scenario and scenario.dead_session):
            return None
        account.settle(self.clock(), LEDGER_DELAY * self.options.time_scale)
        return account

    def register(self, registration: Registration) -> Account:
        """Make a session known, or change what is known of it; raise `ValueError` for an unknown scenario."""
        self.scenarios.named(registration.scenario)
        if registration.credit is None:
            # Written down with today's start credit: a restart with another one must not change old balances.
            registration = replace(registration, credit=self.options.credit)
        account = self._open(registration)
        self.journal.append("account", **asdict(registration))
        return account

    def claim(self, account: Account) -> bool:
        """Give an account the credit of the day; False when it had it already."""
        now = self.clock()
        if not account.claim(self.options.daily_credit, now):
            return False
        self.journal.append("claim", session=account.session, amount=self.options.daily_credit, at=now)
        return True

    def scenario_of(self, account: Account | None) -> Scenario | None:
        """Return the mishap of an account, or the one that concerns everybody."""
        if account is not None and account.scenario is not None:
            return account.scenario
        return self.scenarios.named(self.options.scenario)

    def fault(self, scenario: Scenario | None, call: str, key: str) -> Fault | None:
        """Return the fault of a scenario for this call, counting it; None when it is used up for this key."""
        fault = scenario.fault if scenario else None
        if scenario is None or fault is None or not fault.touches(call):
            return None
        if fault.times:
            if self._met[scenario.name, key] >= fault.times:
                return None
            self._met[scenario.name, key] += 1
        return fault

    # ------------------------------------------------------------------ records

    def accept(self, wish: Wish, account: Account, scenario: Scenario) -> Record:
        """Accept a wish: from here it will be charged. Return the first record for an ignored repetition.

        Raises `Refusal` 1000 for a repeated submit id (unless the options say otherwise) and 1006 without credit.
        """
        earlier = account.by_submit.get(wish.submit_id)
        if earlier is not None:
            self.stats.repeated_submits += 1
            if self.options.duplicate_submit == "ignore":
                return earlier
            if self.options.duplicate_submit == "refuse":
                raise Refusal(1000, f"submit_id {wish.submit_id} was used before", contract=False)
        acceptance = Acceptance(
            record_id=self._new_record_id(wish.submit_id), session=account.session, now=self.clock(), scenario=scenario
        )
        record = accept(wish, acceptance, self.options, self.market)
        if not account.can_pay(record.credits):
            raise Refusal(
                1006, f"{record.credits} credits needed, {account.total - account.reserved} free", contract=False
            )
        self._keep(record, account)
        self.stats.accepted += 1
        self.journal.append("record", **save_record(record))
        return record

    def find(self, account: Account, *, record_id: str = "", submit_id: str = "") -> Record | None:
        """Return a record of this account that can be seen now, counting the look."""
        record = self.records.get(record_id) if record_id else account.by_submit.get(submit_id)
        if record is None or record.session != account.session or record.deleted:
            return None
        record.looks += 1
        if record.looks <= record.scenario.absent_polls or self.clock() < record.visible_at:
            return None
        return record

    def cancel(self, record: Record, account: Account) -> None:
        """Cancel a record that has not ended."""
        now = self.clock()
        account.cancel(record, now, LEDGER_DELAY * self.options.time_scale)
        self.journal.append("cancel", record_id=record.record_id, at=now)

    def delete(self, record: Record) -> None:
        """Delete a record: nobody sees it any more. One that has not ended is cancelled with it."""
        if not record.phase(self.clock()).ended:
            self.cancel(record, self.accounts[record.session])
        record.deleted = True
        self.journal.append("delete", record_id=record.record_id)

    # ------------------------------------------------------------------ uploads

    def keep_file(self, file: KeptFile) -> None:
        """Keep a committed upload."""
        self.depot.kept[file.name] = file
        self.journal.append("file", **asdict(file) | {"proof": base64.b64encode(file.proof).decode()})

    def file_of(self, account: Account, name: str) -> KeptFile | None:
        """Return a kept upload of this account by its storage uri or vid."""
        file = self.depot.kept.get(name)
        return file if file is not None and file.session == account.session else None

    def belongings(self, account: Account) -> Belongings:
        """Return what drafts of an account may refer to."""
        return Belongings(account.session, self.depot.kept, self.records)

    def leaves(self, key: str) -> bool:
        """Tell whether a model is one that leaves the site under the scenario `model-leaves`."""
        moving = self.cinema.models.get(key)
        return moving.leaving if moving else any(row.leaving for row in self.market.models.get(key, ()))

    def refuse(self, **facts: Any) -> None:
        """Put a refusal on the list that the control interface shows."""
        self.refusals.append({"at": self.clock(), **facts})

    def reset(self) -> None:
        """Forget accounts, records, counts and journal; options stay."""
        self.accounts.clear()
        self.records.clear()
        self._met.clear()
        self.refusals.clear()
        self.depot.clear()
        self.conversations.clear()
        self.stats = Stats()
        self.gate.release()
        self.journal.forget()

    # ------------------------------------------------------------------ inside

    def _open(self, registration: Registration) -> Account:
        account = self.accounts.setdefault(registration.session, Account(registration.session))
        account.gift, account.vip, account.purchase = registration.credit or 0, registration.vip, registration.purchase
        here = registration.cluster in {None, self.options.cluster}
        account.alive = registration.alive and here
        named = self.scenarios.named(registration.scenario)
        account.registered_member = registration.member
        account.scenario = named or self.scenarios.in_session(registration.session)
        return account

    def _keep(self, record: Record, account: Account) -> None:
        self.records[record.record_id] = record
        account.add(record)

    def _new_record_id(self, submit_id: str) -> str:
        rng = random.Random(f"{self.options.seed}:{submit_id}:{len(self.records)}")  # noqa: S311 -- an id, not a secret
        while (record_id := str(rng.randrange(10**12, 10**14))) in self.records:
            pass
        return record_id

    def _restore(self) -> None:
        for facts in self.journal.replay():
            match facts.pop("event"):
                case "account":
                    self._open(Registration(**facts))
                case "claim":
                    self.accounts[facts["session"]].claim(facts["amount"], facts["at"])
                case "record":
                    record = load_record(facts, self.scenarios)
                    self._keep(record, self.accounts[record.session])
                case "cancel":
                    record = self.records[facts["record_id"]]
                    delay = LEDGER_DELAY * self.options.time_scale
                    self.accounts[record.session].cancel(record, facts["at"], delay)
                case "file":
                    self.depot.kept[facts["name"]] = KeptFile(**facts | {"proof": base64.b64decode(facts["proof"])})
                case "turn":
                    self.conversations.restore(Conversation(**facts))
                case "delete":
                    self.records[facts["record_id"]].deleted = True
