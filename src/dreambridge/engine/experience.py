"""How long generations have taken, per kind of work: learned here, kept in the store."""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from dreambridge.domain.job import Job
from dreambridge.engine.pacing import Distribution, learn

_KEEP: Final = 300


def work_key(job: Job) -> str:
    """Name the kind of work: site, model, kind and resolution."""
    return "|".join((job.site or "", job.request.model, job.kind, job.request.resolution))


class Experience:
    """Remember the latest times of each kind of work and fit their distribution."""

    def __init__(self, known: Mapping[str, Iterable[float]], keep: Callable[[str, float], None]) -> None:
        self._keep = keep
        self._times: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=_KEEP))
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

    def add(self, key: str, seconds: float) -> None:
        """Learn one more generation time in seconds."""
        self._times[key].append(seconds)
        self._keep(key, seconds)
        for slot in [slot for slot in self._fitted if slot[0] == key]:
            del self._fitted[slot]
