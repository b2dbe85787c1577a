"""Keys of this gateway: who may use the accounts of the server, and within what limits."""

from dataclasses import dataclass, field
from enum import StrEnum


class ImagesMode(StrEnum):
    """Whether image calls wait for the pictures or answer with a task."""

    WAIT = "wait"
    TASK = "task"


@dataclass(frozen=True, slots=True)
class KeyLimits:
    """What a key may do; `None` sets no limit.

    `models` are names that the key may ask for: a name stands for its model, under all its names. `concurrency` counts
    jobs that have not ended, `rpm` jobs made within a minute, `credits_per_day` credits of a day of UTC. `images_mode`
    takes the place of the server's.
    """

    models: tuple[str, ...] | None = None
    concurrency: int | None = None
    rpm: int | None = None
    credits_per_day: int | None = None
    images_mode: ImagesMode | None = None

    @property
    def counted(self) -> bool:
        """Tell whether anything is counted against a limit."""
        return any(each is not None for each in (self.concurrency, self.rpm, self.credits_per_day))


@dataclass(frozen=True, slots=True)
class GatewayKey:
    """A key as it is kept: the digest of its text, and its last four characters as a `hint`; times are epoch seconds.

    `admin` says that it may also look after accounts and keys.
    """

    id: str
    name: str
    digest: str = field(repr=False)
    hint: str
    created_at: float
    limits: KeyLimits = KeyLimits()
    admin: bool = False
    revoked_at: float | None = None
    last_used_at: float | None = None


@dataclass(frozen=True, slots=True)
class DayUse:
    """What was made with a key on one day of UTC (`2026-11-24`): jobs, pictures, videos, credits."""

    day: str
    requests: int = 0
    images: int = 0
    videos: int = 0
    credits: float = 0.0
