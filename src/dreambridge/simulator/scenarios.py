"""Named mishaps: the table of `data/scenarios.toml`, and how a session or a prompt chooses one."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

from dreambridge.simulator.progress import Pace

_IN_PROMPT = re.compile(r"\[sim:([a-z0-9-]+)\]")


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with a call itself.

    `on` names calls (`generate`, `history`, `credit`, `passport`, `media`, `token`, `apply`, `upload`, `commit`,
    `check`, `any` …); `kind` is ret, http, html, truncated, garbage, slow, drop, no_record_id, integer_ret,
    expired_token, crc or storage (an error of the storage services); `value` the code or the seconds (scaled).
    With `after` a generation is accepted, and will be charged, before the fault. `times` 0 means always.
    """

    on: tuple[str, ...]
    kind: str
    value: float = 0
    after: bool = False
    times: int = 0

    def touches(self, call: str) -> bool:
        """Tell whether it concerns this call."""
        return call in self.on or "any" in self.on


@dataclass(frozen=True, slots=True)
class Ending:
    """How a record ends. `charge` is kept, none or refunded (charged first, given back in the ledger)."""

    status: int = 50
    task: int = 50
    missing: int = 0
    early: bool = False
    fail_code: str = ""
    fail_msg: str = "Success"
    key: str = ""
    message: str = ""
    charge: str = "kept"

    @property
    def delivers(self) -> bool:
        """Tell whether the record counts as a success."""
        return self.status in {10, 50}


@dataclass(frozen=True, slots=True)
class Scenario:
    """One named mishap. `zh` and `en` say what happens; `group` is where a list shows it."""

    name: str
    zh: str
    en: str
    group: str = ""
    fault: Fault | None = None
    ending: Ending = field(default_factory=Ending)
    pace: Pace = field(default_factory=Pace)
    dead_session: bool = False
    member: bool = False
    absent_polls: int = 0
    visible_after: float = 0.0
    shape: frozenset[str] = frozenset()


PLAIN = Scenario("plain", "一切正常", "Nothing goes wrong")


@dataclass(frozen=True, slots=True)
class ScenarioTable:
    """All scenarios, by name."""

    rows: Mapping[str, Scenario]

    def in_prompt(self, prompt: str) -> Scenario | None:
        """Return the scenario that `[sim:name]` in a prompt asks for."""
        if "[sim:" not in prompt:
            return None
        found = _IN_PROMPT.search(prompt)
        return self.rows.get(found[1]) if found else None

    def in_session(self, session: str) -> Scenario | None:
        """Return the scenario named by the end of a session id, as in `sandbox-no-credit` or `anything.no-credit`."""
        best: Scenario | None = None
        for name, row in self.rows.items():
            matches = session == name or session.endswith((f"-{name}", f".{name}"))
            if matches and (best is None or len(name) > len(best.name)):
                best = row
        return best

    def named(self, name: str | None) -> Scenario | None:
        """Return a scenario by name, None for None; raise `ValueError` naming the known ones otherwise."""
        if name is None:
            return None
        if name not in self.rows:
            raise ValueError(f"unknown scenario {name!r}; known: {', '.join(sorted(self.rows))}")
        return self.rows[name]


def load_scenarios() -> ScenarioTable:
    """Read the table."""
    text = (resources.files(__package__) / "data" / "scenarios.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    rows = [_scenario(row) for row in data["scenario"]]
    rows += [_scenario(row | _refusal(row["code"])) for row in data["ret"]]
    rows += [_scenario(row | {"name": f"fail-{row['name']}", "group": "content"}) for row in data["fail"]]
    return ScenarioTable({PLAIN.name: PLAIN} | {row.name: row for row in rows})


def _refusal(code: int) -> dict[str, Any]:
    return {"name": f"ret-{code}", "group": "code", "fault": {"on": ["generate"], "kind": "ret", "value": code}}


def _scenario(row: dict[str, Any]) -> Scenario:
    fault = row.get("fault")
    return Scenario(
        name=row["name"],
        zh=row["zh"],
        en=row["en"],
        group=row["group"],
        fault=Fault(**{**fault, "on": tuple(fault["on"])}) if fault else None,
        ending=Ending(**row.get("ending", {})),
        pace=Pace(**row.get("pace", {})),
        dead_session=row.get("dead_session", False),
        member=row.get("member", False),
        absent_polls=row.get("absent_polls", 0),
        visible_after=row.get("visible_after", 0.0),
        shape=frozenset(row.get("shape", ())),
    )
