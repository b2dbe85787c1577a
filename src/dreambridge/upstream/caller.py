"""Makes the calls of a client: dressed for a session, sent once or read again, opened, and kept when unreadable."""

from collections.abc import Callable
from typing import Final, TypeVar

import stamina

from dreambridge.catalog.catalog import Catalog
from dreambridge.domain.account import Session
from dreambridge.domain.errors import AnswerUnreadable, SiteUnreachable
from dreambridge.upstream.failures import AnswerTooLargeError, MaybeSentError, NeverSentError
from dreambridge.upstream.outcomes import NeverSent, Unclear
from dreambridge.upstream.seam import Transport
from dreambridge.upstream.wire.call import Answer
from dreambridge.upstream.wire.identity import SiteRequest, build_call
from dreambridge.upstream.wire.reading import Document, read_document, scrub

T = TypeVar("T")

# Reads only: at most three attempts within 20 s, with jitter.
_READ_ATTEMPTS: Final = 3
_READ_SECONDS: Final = 20.0
_FIRST_WAIT: Final = 0.2


class Caller:
    """Call any site for any session; keeps no state of its own.

    `clock` gives epoch seconds. `on_unreadable` gets the path of a call and the scrubbed shape of an answer that could
    not be read.
    """

    def __init__(
        self,
        transport: Transport,
        catalog: Catalog,
        *,
        clock: Callable[[], float],
        on_unreadable: Callable[[str, object], None] | None,
    ) -> None:
        self._transport = transport
        self._catalog = catalog
        self._clock = clock
        self._on_unreadable = on_unreadable

    async def send_once(
        self, session: Session, request: SiteRequest, may_send: Callable[[], bool]
    ) -> Answer | NeverSent | Unclear:
        """Send a call once over the network, unless its time has passed; tell what became of it."""
        if not may_send():
            return NeverSent("the time to send it had passed")
        call = build_call(self._catalog.site(session.site), session, request, at=self._clock())
        try:
            return await self._transport.send(call, proxy=session.proxy, may_send=may_send)
        except NeverSentError as error:
            return NeverSent(str(error))
        except MaybeSentError as error:
            return Unclear(str(error))

    async def again(self, session: Session, request: SiteRequest, parse: Callable[[Document], T]) -> T:
        """Read, and read again when the site could not be reached; for calls that change nothing."""
        async for attempt in stamina.retry_context(
            on=SiteUnreachable, attempts=_READ_ATTEMPTS, timeout=_READ_SECONDS, wait_initial=_FIRST_WAIT
        ):
            with attempt:
                return await self.once(session, request, parse)
        raise AssertionError("a retry loop ends by returning or raising")

    async def once(self, session: Session, request: SiteRequest, parse: Callable[[Document], T]) -> T:
        """Call once over the network; raises what `parse` does, `SiteUnreachable` and `AnswerUnreadable`."""
        call = build_call(self._catalog.site(session.site), session, request, at=self._clock())
        document: Document | None = None
        try:
            document = read_document(await self._transport.send(call, proxy=session.proxy))
            return parse(document)
        except AnswerTooLargeError as error:
            raise AnswerUnreadable(f"The site could not be read: {error}.") from error
        except (NeverSentError, MaybeSentError) as error:
            raise SiteUnreachable(f"The site could not be reached: {error}.") from error
        except AnswerUnreadable:
            self.keep_shape(request.path, document)
            raise

    def keep_shape(self, path: str, document: Document | None) -> None:
        """Hand over the shape of an answer that could not be read."""
        if self._on_unreadable is not None:
            self._on_unreadable(path, scrub(document))
