"""Counts for tests and benchmarks."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Stats:
    """What clients asked of the site since the start or the last reset."""

    calls: Counter[str] = field(default_factory=Counter)
    accepted: int = 0
    repeated_submits: int = 0
    dropped: int = 0
    ids_per_history_call: Counter[int] = field(default_factory=Counter)

    def report(self) -> dict[str, Any]:
        """Return the counts as JSON-ready values."""
        sizes = self.ids_per_history_call
        return {
            "calls": dict(self.calls),
            "accepted": self.accepted,
            "repeated_submits": self.repeated_submits,
            "dropped": self.dropped,
            "history": {
                "calls": sizes.total(),
                "ids": sum(size * times for size, times in sizes.items()),
                "largest": max(sizes, default=0),
                "ids_per_call": {str(size): times for size, times in sorted(sizes.items())},
            },
        }
