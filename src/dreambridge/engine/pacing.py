"""When to look again, decided from how long such jobs have taken before. Pure.

Generation times are close to log-normal. With the distribution known, the look that costs least for the delay it saves
comes after `sqrt(2 · price / hazard)` seconds: seldom where few jobs end, often where many do.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

# What one look may cost, as seconds of delay: 1.6 s between looks at the peak of a 20-second distribution.
LOOK_PRICE: Final = 0.13
# Looks in company are cheaper, for one call asks for all; not in proportion, or the site would be asked ever more.
_COMPANY: Final = 0.08
# No pause is longer than this share of the mean, while most are still under way.
_LONGEST_SHARE: Final = 0.09
SHORTEST: Final = 0.4
LONGEST: Final = 30.0
# The first look comes when this share of the jobs has ended; in company, where looks cost less, when the smaller has.
FIRST_SHARE: Final = 0.06
FIRST_SHARE_SHARED: Final = 0.04
_SHOWN_BEFORE: Final = 1.5
_PRIOR_SECONDS: Final = 25.0
_PRIOR_SIGMA: Final = 0.6
_PRIOR_WEIGHT: Final = 4
_NORMAL: Final = NormalDist()


@dataclass(frozen=True, slots=True)
class Distribution:
    """A log-normal distribution of generation times: `mu` and `sigma` of the natural logarithm of seconds."""

    mu: float
    sigma: float

    @property
    def mean(self) -> float:
        """Give the mean in seconds."""
        return math.exp(self.mu + self.sigma**2 / 2)

    def quantile(self, share: float) -> float:
        """Give the seconds after which this share (0–1) has ended."""
        return math.exp(self.mu + self.sigma * _NORMAL.inv_cdf(share))

    def share_ended(self, age: float) -> float:
        """Give the share (0–1) that has ended by this age in seconds."""
        return _NORMAL.cdf((math.log(age) - self.mu) / self.sigma) if age > 0 else 0.0

    def hazard(self, age: float) -> float:
        """Give the rate (per second) at which those still running at this age end."""
        if age <= 0:
            return 0.0
        z = (math.log(age) - self.mu) / self.sigma
        alive = 1 - _NORMAL.cdf(z)
        if alive < 1e-9:
            return max(z, 1.0) / (self.sigma * age)
        return math.exp(-z * z / 2) / (age * self.sigma * math.sqrt(2 * math.pi)) / alive


def learn(seconds: Sequence[float], forecast: float | None = None) -> Distribution:
    """Fit the distribution to past times; the site's forecast (its mean, in seconds) and a prior fill in for few."""
    mean = forecast if forecast and forecast > 0 else _PRIOR_SECONDS
    prior_mu = math.log(mean) - _PRIOR_SIGMA**2 / 2
    logs = [math.log(value) for value in seconds if value > 0]
    weight = len(logs) + _PRIOR_WEIGHT
    mu = (sum(logs) + _PRIOR_WEIGHT * prior_mu) / weight
    spread = sum((value - mu) ** 2 for value in logs) + _PRIOR_WEIGHT * _PRIOR_SIGMA**2
    return Distribution(mu, max(0.1, math.sqrt(spread / weight)))


def first_look(known: Distribution, *, company: int = 1, slowdown: float = 1.0) -> float:
    """Give the age in seconds at which a record is first worth a look; `company` is how many are followed together."""
    share = FIRST_SHARE if company <= 1 else FIRST_SHARE_SHARED
    return max(SHORTEST, known.quantile(share)) * max(1.0, slowdown)


def next_look(
    known: Distribution,
    age: float,
    *,
    company: int = 1,
    queue_seconds: float | None = None,
    in_queue: bool = False,
    slowdown: float = 1.0,
) -> float:
    """Give the seconds until the next look at a record of this age.

    `company` is how many records one call asks for; `queue_seconds` is the site's forecast of the wait before
    generation starts; `slowdown` (≥ 1) stretches the pause after the site said that we ask too often.
    """
    if in_queue:
        # Half of what is forecast: queues move in jumps, and the forecast is a mean.
        wait = (queue_seconds or 0.0) / 2
        return min(60.0, max(4.0, wait)) * slowdown
    start = first_look(known, company=company)
    if age < start:
        return max(SHORTEST, start - age) * slowdown
    # The hazard somewhat later is the better guide while it still grows steeply.
    price = LOOK_PRICE * company**-_COMPANY
    pause = min(math.sqrt(2 * price / max(known.hazard(age + 0.5), 1e-6)), _LONGEST_SHARE * known.mean)
    # Far beyond all experience, look less and less often: one part in fifteen of the age.
    pause = max(pause, age / 15 if known.share_ended(age) > 0.999 else 0.0)
    return min(LONGEST, max(SHORTEST, pause)) * slowdown


def taken(earliest: float, latest: float, finished: float | None) -> float:
    """Estimate how many seconds a generation took that was open at `earliest` and had ended by `latest`.

    `finished` is when the site says it was over: of four observed lives two showed everything 1.4 s before that.
    """
    if finished is not None:
        latest = min(latest, max(earliest, finished))
        earliest = max(earliest, latest - _SHOWN_BEFORE)
    return (earliest + latest) / 2


def remaining(known: Distribution, age: float) -> float:
    """Estimate the seconds still to go at this age: the median of those not yet ended."""
    ended = known.share_ended(age)
    return max(1.0, known.quantile(min(0.999, ended + (1 - ended) / 2)) - age)


def percent(known: Distribution, age: float, *, items: int, expected: int) -> int:
    """Estimate progress, 1–99: the share of time gone, and never less than the share of items there."""
    whole = age + remaining(known, age)
    by_time = 100 * age / whole if whole > 0 else 0
    by_items = 100 * items / expected if expected else 0
    return int(min(99, max(1, by_time, by_items)))
