"""How long generations have taken, per kind of work: learned here, kept in the store."""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from dreambridge.domain.job import Job
from dreambridge.engine.pacing import Distribution, learn

_KEEP: Final = 300
# A generation that has taken this many times the mean is waited for no longer by those that began after it.
_OVERDUE: Final = 3.0


def work_key(job: Job) -> str:
    """Name the kind of work: site, model, kind and resolution."""
    return "|".join((job.site or "", job.request.model, job.kind, job.request.resolution))


@dataclass(slots=True)
class _Run:
    """A generation under way: since when (epoch seconds), and how long it took once it has ended."""

    since: float
    seconds: float | None = None


class Experience:
    """Remember the latest times of each kind of work and fit their distribution.

    Times are learned in the order in which the generations began, not in which they ended: of a burst the quick ones
    end first and would pass for all of it (1,000 at once were asked for 1.7 times as often for that reason).
    """

    def __init__(self, known: Mapping[str, Iterable[float]], keep: Callable[[str, float], None]) -> None:
        self._keep = keep
        self._times: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=_KEEP))
        self._runs: defaultdict[str, dict[str, _Run]] = defaultdict(dict)
        self._fitted: dict[tuple[str, float | None], Distribution] = {}
        for key, seconds in known.items():
            self._times[key].extend(seconds)

    def distribution(self, key: str, forecast: float | None) -> Distribution:
        """Give what is known of this kind of work; the forecast (s) matters only while experience is thin."""
        times = self._times.get(key, ())
        slot = (key, None if len(times) > _KEEP // 3 else forecast)
        fitted = self._fitted.get(slot)
        if fitted is None:
            fitted = self._fitted[slot] = learn(tuple(times), slot[1])
        return fitted

    def begin(self, key: str, name: str, since: float) -> None:
        """Note that a generation is under way since then (epoch seconds)."""
        self._runs[key][name] = _Run(since)

    def end(self, key: str, name: str, seconds: float | None, now: float) -> None:
        """Note that a generation took so many seconds; `None` when that is not known."""
        runs = self._runs[key]
        run = runs.get(name)
        if run is not None and seconds is not None:
            run.seconds = seconds
        else:
            runs.pop(name, None)
            self._learn(key, seconds)
        longest = _OVERDUE * self.distribution(key, None).mean
        while runs:
            name, run = next(iter(runs.items()))
            if run.seconds is None and now - run.since < longest:
                break
            del runs[name]
            self._learn(key, run.seconds)

    def _learn(self, key: str, seconds: float | None) -> None:
        if seconds is None:
            return
        self._times[key].append(seconds)
        self._keep(key, seconds)
        for slot in [slot for slot in self._fitted if slot[0] == key]:
            del self._fitted[slot]
