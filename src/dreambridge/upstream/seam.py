"""What the upstream needs of a network: one call, one answer, whole or as it comes."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from dreambridge.domain.secret import Secret
from dreambridge.upstream.wire.call import Answer, Call


class Transport(Protocol):
    """Carry one call to a site and its answer back."""

    async def send(
        self,
        call: Call,
        *,
        proxy: Secret | None = None,
        may_send: Callable[[], bool] | None = None,
        timeout: float | None = None,
    ) -> Answer:
        """Send `call` once over the network and read the whole answer, whatever its status.

        `may_send` is asked when a connection stands and before its first byte leaves; "no" is `NeverSentError`.
        `timeout` bounds the whole exchange, in seconds. Raises `NeverSentError` or `MaybeSentError`, with their cause.
        """
        ...

    async def aclose(self) -> None:
        """Close every connection."""
        ...


@dataclass(frozen=True, slots=True)
class StreamedAnswer:
    """An answer whose body is still coming: `chunks` raises `MaybeSentError` when it breaks off."""

    status: int
    chunks: AsyncIterator[bytes]


class StreamingTransport(Transport, Protocol):
    """A `Transport` that can also hand over an answer while it comes."""

    def stream(
        self,
        call: Call,
        *,
        proxy: Secret | None = None,
        may_send: Callable[[], bool] | None = None,
        idle_timeout: float | None = None,
        timeout: float | None = None,
    ) -> AbstractAsyncContextManager[StreamedAnswer]:
        """Send `call` once over the network, as `send` does; entered when the answer's headers are here.

        `idle_timeout` bounds each silence, `timeout` the whole exchange, in seconds. Leaving the block early closes
        the connection.
        """
        ...
