"""Which answers reached nobody, so that asking again is given the same job and pays nothing.

Clients that lose an answer ask again, some with a retry count, most with nothing. An identical request of the same
owner takes over a job whose answer nobody had, each such answer at most once; a request whose answer is being awaited
is left alone, for some clients ask for n pictures by n identical requests at once.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

from dreambridge.domain.job import Job

WINDOW: Final = 900.0


@dataclass(slots=True)
class _Answer:
    """One undelivered answer: since when, and the retry count of the request that awaits it (`None`: nobody does)."""

    job_id: str
    created_at: float
    awaited_by: int | None


class Deliveries:
    """Keep the undelivered answers of the last quarter of an hour, per owner and fingerprint."""

    def __init__(self, started_at: float) -> None:
        self._started_at = started_at
        # Jobs made here during the first window: what they deliver is known here, not to be looked up on disk.
        self.known: set[str] = set()
        self._answers: defaultdict[tuple[str, str], list[_Answer]] = defaultdict(list)
        self._where: dict[str, tuple[str, str]] = {}

    def older_matter(self, now: float) -> bool:
        """Tell whether answers from before this start may still be asked for; they are on disk only."""
        if now - self._started_at < WINDOW:
            return True
        self.known.clear()
        return False

    def open(self, job: Job, *, retry_count: int) -> None:
        """Note a new job whose answer is awaited."""
        if job.created_at - self._started_at < WINDOW:
            self.known.add(job.id)
        self._put(job, awaited_by=retry_count)

    def take_over(self, owner: str, fingerprint: str, *, retry_count: int, now: float) -> str | None:
        """Give the job whose answer this request may have, oldest first, and note that it is awaited again.

        A retry (`retry_count` above 0) also takes the answer that an earlier try still seems to await: the server may
        not have noticed yet that the connection is gone.
        """
        slot = (owner, fingerprint)
        self._prune(slot, now)
        answers = self._answers.get(slot, [])
        free = [answer for answer in answers if answer.awaited_by is None]
        stale = [answer for answer in answers if answer.awaited_by is not None and answer.awaited_by < retry_count]
        for answer in (*free, *stale):
            answer.awaited_by = retry_count
            return answer.job_id
        return None

    def leave(self, job_id: str, *, retry_count: int) -> None:
        """Note that the request that awaited this answer went away without it."""
        for answer in self._answers.get(self._where.get(job_id, ("", "")), ()):
            # A later retry may have taken it over: then it is still awaited.
            if answer.job_id == job_id and answer.awaited_by == retry_count:
                answer.awaited_by = None

    def close(self, job_id: str) -> None:
        """Note that the answer was delivered, or is not to be given to anyone else."""
        slot = self._where.pop(job_id, None)
        if slot is None:
            return
        left = [answer for answer in self._answers[slot] if answer.job_id != job_id]
        if left:
            self._answers[slot] = left
        else:
            del self._answers[slot]

    def prune(self, now: float) -> None:
        """Forget what is older than the window."""
        for slot in list(self._answers):
            self._prune(slot, now)

    def _put(self, job: Job, *, awaited_by: int) -> None:
        slot = (job.owner, job.fingerprint)
        self._answers[slot].append(_Answer(job.id, job.created_at, awaited_by))
        self._where[job.id] = slot

    def _prune(self, slot: tuple[str, str], now: float) -> None:
        answers = self._answers.get(slot)
        if answers is None:
            return
        for answer in [answer for answer in answers if answer.created_at < now - WINDOW]:
            self.close(answer.job_id)
