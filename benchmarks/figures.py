"""What is measured, as values that can be kept and printed."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value with its unit; `target` is the most it should be (`None`: only told)."""

    name: str
    value: float
    unit: str
    target: float | None = None

    @property
    def met(self) -> bool | None:
        """Tell whether the target is met; `None` without one."""
        return None if self.target is None else self.value <= self.target


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the benchmark: what was done, what came out, when and at which revision."""

    key: str
    title: str
    figures: tuple[Figure, ...]
    at: str = ""
    revision: str = ""
    note: str = ""
    details: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Give the row as JSON-ready values."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Row":
        """Read what `to_json` gave."""
        return cls(**{**data, "figures": tuple(Figure(**each) for each in data["figures"])})


def quantile(values: Sequence[float], share: float) -> float:
    """Give the value below which this share (0–1) of the values lies: the nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def median(values: Sequence[float]) -> float:
    """Give the median by nearest rank."""
    return quantile(values, 0.5)
