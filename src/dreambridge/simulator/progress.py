"""The life of a record, computed from the clock when somebody asks: no task and no timer per record."""

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass

# Record statuses, as the sites' own pages name them.
SUBMITTED = 20
FAILED = 30
THINKING = 42
DRAWING = 45
SUCCEEDED = 50
DELETED = 100

# Seconds (low, high, usual) from acceptance to the items, by resolution.
_OBSERVED: Mapping[str, tuple[float, float, float]] = {
    "1k": (11.0, 14.0, 12.5),
    "1.5k": (14.0, 32.0, 20.0),
    "2k": (19.0, 54.0, 26.0),
    "4k": (30.0, 80.0, 45.0),
    "hd": (6.0, 20.0, 10.0),  # guessed
    "video": (93.0, 167.0, 120.0),
}
_SUBMITTED_SECONDS = 0.9
_THINKING_SECONDS = 3.6
_LAST_POLL_SECONDS = 1.4


@dataclass(frozen=True, slots=True)
class Generation:
    """How long the site draws: `kind` is protocol, lognormal or fixed; seconds before scaling."""

    kind: str
    mean: float = 0.0
    sigma: float = 0.0

    def draw(self, rng: random.Random, resolution: str) -> float:
        """Draw the seconds of one record."""
        if self.kind == "lognormal":
            return rng.lognormvariate(math.log(self.mean) - self.sigma**2 / 2, self.sigma)
        if self.kind == "fixed":
            return self.mean
        low, high, usual = _OBSERVED.get(resolution, _OBSERVED["2k"])
        return rng.triangular(low, high, usual)

    def expected(self, resolution: str) -> float:
        """Return the mean seconds: all that a forecast may tell."""
        if self.kind == "protocol":
            return sum(_OBSERVED.get(resolution, _OBSERVED["2k"])) / 3
        return self.mean


def parse_generation(text: str) -> Generation:
    """Read `protocol`, `lognormal:MEAN:SIGMA` or `fixed:SECONDS`; raise `ValueError` for anything else."""
    kind, _, rest = text.partition(":")
    try:
        if kind == "protocol" and not rest:
            return Generation("protocol")
        if kind == "fixed" and float(rest) >= 0:
            return Generation("fixed", float(rest))
        if kind == "lognormal":
            mean, sigma = (float(part) for part in rest.split(":"))
            if mean > 0 and sigma >= 0:
                return Generation("lognormal", mean, sigma)
    except ValueError:
        pass
    raise ValueError(f"generation must be protocol, lognormal:MEAN:SIGMA or fixed:SECONDS, not {text!r}")


@dataclass(frozen=True, slots=True)
class Pace:
    """What a scenario does to a life: seconds in a queue, a stretch factor, or where it stays for ever."""

    queue: float = 0.0
    stretch: float = 1.0
    stays: str = ""  # "", "queued", "thinking", "drawing" (45 without items) or "drawn" (45 with all items)
    staggered: bool = False


@dataclass(frozen=True, slots=True)
class Life:
    """The moments of one record, in scaled seconds after acceptance; infinite ones never come."""

    queue: float
    thinking: float
    drawing: float
    items: tuple[float, ...]
    end: float

    @property
    def complete(self) -> float:
        """Return when the last item exists."""
        return self.items[-1] if self.items else self.end


@dataclass(frozen=True, slots=True)
class Phase:
    """What a record shows at one moment."""

    status: int
    items: int
    queue_status: int
    queue_idx: int
    ended: bool


def plan_life(
    *, seconds: float, count: int, scale: float, pace: Pace, rng: random.Random, early_end: bool = False
) -> Life:
    """Lay out a life of `seconds` of drawing (not yet stretched or scaled) for `count` items.

    With `early_end` the record ends before any drawing, as a refused prompt does.
    """
    total = seconds * pace.stretch
    begin = pace.queue
    thinking = begin + min(_SUBMITTED_SECONDS, total * 0.1)
    drawing = begin + min(_THINKING_SECONDS, total * 0.35)
    ready = begin + total
    # Two of four logged lives showed all items once at 45 before 50, the other two ended at once.
    end = ready + (_LAST_POLL_SECONDS if rng.random() < 0.5 else 0.0)
    if pace.staggered and count > 1:
        first = drawing + (ready - drawing) * 0.3
        items = [first + (ready - first) * index / (count - 1) for index in range(count)]
    else:
        items = [ready] * count
    if early_end:
        end = drawing
    never = math.inf
    if pace.stays:
        end = never
        if pace.stays != "drawn":
            items = [never] * count
        if pace.stays in {"queued", "thinking"}:
            drawing = never
        if pace.stays == "queued":
            begin = thinking = never
    scaled = tuple(moment * scale for moment in items)
    return Life(begin * scale, thinking * scale, drawing * scale, scaled, end * scale)


QUEUE_LENGTH = 412
_QUEUE_PLACE = 37


def phase_at(life: Life, elapsed: float) -> Phase:
    """Return what a record shows `elapsed` seconds after acceptance, its ending aside."""
    items = sum(1 for moment in life.items if elapsed >= moment)
    if elapsed >= life.end:
        return Phase(SUCCEEDED, items, 3, 0, ended=True)
    if elapsed >= life.drawing:
        return Phase(DRAWING, items, 2, 0, ended=False)
    if elapsed >= life.thinking:
        return Phase(THINKING, 0, 2, 0, ended=False)
    if elapsed < life.queue:
        left = 1.0 if math.isinf(life.queue) else 1 - elapsed / life.queue
        return Phase(SUBMITTED, 0, 1, max(1, math.ceil(left * _QUEUE_PLACE)), ended=False)
    return Phase(SUBMITTED, 0, 2, 0, ended=False)
