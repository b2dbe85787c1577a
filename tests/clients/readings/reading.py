"""What a reading is: it takes an answer, and fails where its client would."""

from collections.abc import Awaitable, Callable

from tests.clients.replay import Answer

Reading = Callable[[Answer], Awaitable[None]]
