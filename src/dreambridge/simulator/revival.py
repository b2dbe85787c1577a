"""Records as the journal keeps them."""

from dataclasses import asdict
from typing import Any

from dreambridge.simulator.progress import Life
from dreambridge.simulator.record import Clip, Record, Wish
from dreambridge.simulator.scenarios import ScenarioTable

_KEPT = ("record_id", "session", "model_name", "credits", "accepted_at", "forecast", "visible_at")


def save_record(record: Record) -> dict[str, Any]:
    """Return what the journal keeps of a record."""
    facts = {name: getattr(record, name) for name in _KEPT}
    return facts | {"wish": asdict(record.wish), "life": asdict(record.life), "scenario": record.scenario.name}


def load_record(facts: dict[str, Any], scenarios: ScenarioTable) -> Record:
    """Make a record of what the journal kept; journals of earlier versions lack inputs and clips."""
    life, wish = facts["life"], facts["wish"]
    clip = wish.pop("clip", None)
    made = Clip(**clip | {"shots": tuple(clip["shots"])}) if clip else None
    lists = {"size": tuple(wish["size"]), "inputs": tuple(wish.get("inputs", ()))}
    again = {
        "life": Life(**life | {"items": tuple(life["items"])}),
        "wish": Wish(**wish | lists, clip=made),
        "scenario": scenarios.rows[facts["scenario"]],
    }
    return Record(**facts | again)
