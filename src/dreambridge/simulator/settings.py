"""The options of one simulated site."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal, get_args

Cluster = Literal["cn", "us", "asia", "sandbox"]
Items = Literal["together", "staggered"]
Sessions = Literal["open", "listed"]
Duplicates = Literal["refuse", "ignore", "duplicate"]
CommerceEnvelope = Literal["auto", "A", "B"]
PictureFormat = Literal["png", "jpeg", "webp"]

_CHOICES: Mapping[str, tuple[str, ...]] = {
    "cluster": get_args(Cluster),
    "items": get_args(Items),
    "sessions": get_args(Sessions),
    "duplicate_submit": get_args(Duplicates),
    "commerce_envelope": get_args(CommerceEnvelope),
    "picture_format": get_args(PictureFormat),
}
_FIXED = frozenset({"cluster", "seed", "state_dir", "public_url"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorOptions:
    """Say how one simulated site behaves.

    `time_scale` multiplies every span of a record's life (0.01 makes 20 s last 0.2 s), scenario delays and
    `visible_after` included; `url_seconds` stays real time. `generation` is `protocol` (by resolution, as observed),
    `lognormal:MEAN:SIGMA` or `fixed:SECONDS`. With `sessions="open"` every session id is alive with an account of
    its own; with `listed` only registered ones are, so that a client's search for a session's site can be tested.
    `scenario` names a mishap for every call that chooses none itself. `latency` is real seconds that every call of the
    site and its storage takes longer; `token_seconds` is the life of upload credentials, in the simulator's own time.

    Raises `ValueError` for a value that is not one of the choices, or a negative number.
    """

    cluster: Cluster = "sandbox"
    strict: bool = False
    time_scale: float = 1.0
    generation: str = "protocol"
    items: Items = "together"
    tiny_items: bool = False
    picture_format: PictureFormat = "png"
    sessions: Sessions = "open"
    credit: int = 2000
    daily_credit: int = 66
    duplicate_submit: Duplicates = "refuse"
    visible_after: float = 0.0
    history_max_ids: int | None = None
    url_seconds: float = 3600.0
    token_seconds: float = 3600.0
    latency: float = 0.0
    commerce_envelope: CommerceEnvelope = "auto"
    scenario: str | None = None
    seed: int = 0
    state_dir: Path | None = None
    public_url: str | None = None

    def __post_init__(self) -> None:
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                raise ValueError(f"{name} must be one of {', '.join(choices)}, not {getattr(self, name)!r}")
        for name in (
            "time_scale",
            "credit",
            "daily_credit",
            "visible_after",
            "url_seconds",
            "token_seconds",
            "latency",
        ):
            number = getattr(self, name)
            if isinstance(number, bool) or not isinstance(number, int | float) or number < 0:
                raise ValueError(f"{name} must be a number of at least 0, not {number!r}")

    def with_changes(self, changes: dict[str, Any]) -> "SimulatorOptions":
        """Return a copy with some options changed while the site runs.

        Raises `ValueError` for an unknown option, or one that cannot change any more.
        """
        changeable = {field.name for field in fields(self)} - _FIXED
        unknown = sorted(set(changes) - changeable)
        if unknown:
            raise ValueError(f"cannot change {', '.join(unknown)}; can change {', '.join(sorted(changeable))}")
        return replace(self, **changes)
