"""One accepted generation, and what it shows at a moment."""

import hashlib
import math
import random
from dataclasses import dataclass, field, replace
from typing import Any

from dreambridge.simulator.market import Market, Size
from dreambridge.simulator.progress import FAILED, Life, Phase, parse_generation, phase_at, plan_life
from dreambridge.simulator.scenarios import PLAIN, Scenario
from dreambridge.simulator.settings import SimulatorOptions

_QUEUED_SHARE = 0.15


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """What is said of a video only. `shots` are the seconds of its frames when each has its own."""

    mode: str
    seconds: float
    fps: int
    ratio: str
    shots: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a readable draft asks for.

    `inputs` are storage uris and vids. Name and price of the model are those of the market's table of pictures unless
    told here.
    """

    submit_id: str
    kind: int  # the site's number: 1 text to image, 12 image to image, 10 video, 32 upscaled video
    model: str
    prompt: str
    negative: str
    seed: int
    ratio: int
    resolution: str
    size: Size
    count: int
    draft: str
    inputs: tuple[str, ...] = ()
    series: bool = False
    clip: Clip | None = None
    model_name: str = ""
    credits: int | None = None

    @property
    def tempo(self) -> str:
        """Return by what the time of its generation goes: the resolution, or `video`."""
        return "video" if self.clip else self.resolution


@dataclass(slots=True, kw_only=True)
class Record:
    """An accepted wish. Only `cancelled_at`, `deleted`, `looks` and the rendering cache ever change."""

    record_id: str
    session: str
    wish: Wish
    model_name: str
    credits: int
    accepted_at: float
    life: Life
    forecast: float
    visible_at: float
    scenario: Scenario = PLAIN
    cancelled_at: float | None = None
    deleted: bool = False
    looks: int = 0
    cache_key: Any = None
    cache_text: str = field(default="", repr=False)

    @property
    def delivered(self) -> int:
        """Return how many items it ends with; a failure has none unless its scenario leaves some."""
        ending = self.scenario.ending
        if not ending.delivers and not ending.missing:
            return 0
        return max(0, self.wish.count - ending.missing)

    @property
    def settles_at(self) -> float:
        """Return when credits are taken: when the items exist, or when the failure shows. May be infinite."""
        end = self.life.complete if self.scenario.ending.delivers else self.life.end
        return self.accepted_at + end

    @property
    def ready_at(self) -> float | None:
        """Return the epoch seconds from which a history answer carries all its items; None when never."""
        if not self.delivered or self.cancelled_at is not None:
            return None
        shown = self.life.items[self.delivered - 1] if self.scenario.ending.delivers else self.life.end
        return None if math.isinf(shown) else max(self.accepted_at + shown, self.visible_at)

    def charge(self) -> int:
        """Return the credits that its end costs, a later refund aside: fewer items cost less."""
        if self.scenario.ending.charge == "none":
            return 0
        if not self.delivered:
            return self.credits
        return round(self.credits * self.delivered / self.wish.count)

    def phase(self, now: float) -> Phase:
        """Return what it shows now."""
        if self.cancelled_at is not None and now >= self.cancelled_at:
            return Phase(FAILED, 0, 3, 0, ended=True)
        phase = phase_at(self.life, now - self.accepted_at)
        ending = self.scenario.ending
        if phase.ended:
            queue_status = 3 if ending.delivers else 4
            return Phase(ending.status, min(phase.items, self.delivered), queue_status, 0, ended=True)
        # A record that is going to fail never shows items before it says so.
        items = min(phase.items, self.delivered) if ending.delivers else 0
        return replace(phase, items=items)

    def item_uri(self, bucket: str, index: int) -> str:
        """Return the storage address of an item: 32 hex digits that hold the record's id and the item's index."""
        tail = hashlib.md5(f"{self.record_id}:{index}".encode(), usedforsecurity=False).hexdigest()[:18]
        return f"{bucket}/{int(self.record_id):012x}{index:02x}{tail}"

    def item_id(self, bucket: str, index: int) -> str:
        """Return the id of an item: 19 digits."""
        return str(7_500_000_000_000_000_000 + int(self.item_uri(bucket, index)[-18:], 16) % 10**17)

    def item_index(self, bucket: str, item_id: str) -> int | None:
        """Return which item has this id; None when none has."""
        return next((index for index in range(self.wish.count) if self.item_id(bucket, index) == item_id), None)


def read_item_uri(uri: str) -> tuple[str, int] | None:
    """Return the record id and item index that a storage address holds; None for a foreign address."""
    name = uri.rpartition("/")[2]
    try:
        if len(name) != 32:
            return None
        return str(int(name[:12], 16)), int(name[12:14], 16)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """Where and when a wish was accepted."""

    record_id: str
    session: str
    now: float
    scenario: Scenario


def accept(wish: Wish, acceptance: Acceptance, options: SimulatorOptions, market: Market) -> Record:
    """Make the record of a wish: draw its life, price it. Equal seeds and submit ids give equal lives."""
    scenario = acceptance.scenario
    rng = random.Random(f"{options.seed}:{wish.submit_id}:{acceptance.record_id}")  # noqa: S311 -- play, not secrecy
    generation = parse_generation(options.generation)
    seconds = generation.draw(rng, wish.tempo)
    pace = replace(scenario.pace, staggered=scenario.pace.staggered or options.items == "staggered" or wish.series)
    if wish.clip and not pace.queue:
        # Videos wait in a queue before they are drawn: a part of their time, not more of it.
        pace = replace(pace, queue=seconds * _QUEUED_SHARE)
        seconds -= pace.queue
    life = plan_life(
        seconds=seconds,
        count=wish.count,
        scale=options.time_scale,
        pace=pace,
        rng=rng,
        early_end=scenario.ending.early,
    )
    model = market.model(wish.model, wish.resolution)
    visible_after = max(options.visible_after, scenario.visible_after) * options.time_scale
    return Record(
        record_id=acceptance.record_id,
        session=acceptance.session,
        wish=wish,
        model_name=wish.model_name or (model.name if model else wish.model),
        credits=wish.credits
        if wish.credits is not None
        else (model.price_of(wish.resolution, wish.count) if model else 0),
        accepted_at=acceptance.now,
        life=life,
        forecast=generation.expected(wish.tempo) * options.time_scale,
        visible_at=acceptance.now + visible_after,
        scenario=scenario,
    )
