"""Whether the disk has room for another job."""

from typing import Final

from dreambridge.media.library import Library

_LOOK_EVERY: Final = 5.0


class Room:
    """Watch the free space under the artifacts, looking at most every five seconds; `floor` is in bytes."""

    def __init__(self, library: Library, *, floor: int) -> None:
        self._library = library
        self._floor = floor
        self._looked_at = 0.0
        self._low = False

    def low(self, now: float) -> bool:
        """Tell whether less than the floor is free."""
        if now - self._looked_at >= _LOOK_EVERY:
            self._looked_at = now
            self._low = self._library.free_bytes() < self._floor
        return self._low
