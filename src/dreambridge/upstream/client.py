"""The sites' web API as coroutines: submit, follow, credit, session check."""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Final, TypeVar

import stamina

from dreambridge.catalog.catalog import Catalog
from dreambridge.domain.account import Credit, Session
from dreambridge.domain.errors import AnswerUnreadable, GatewayError, SiteUnreachable, UnknownModel
from dreambridge.domain.generation import ImageRequest
from dreambridge.domain.submission import HistoryRecord, Submission
from dreambridge.upstream.failures import AnswerTooLargeError, MaybeSentError, NeverSentError
from dreambridge.upstream.outcomes import Accepted, NeverSent, Refused, SubmitOutcome, Unclear
from dreambridge.upstream.wire import credit, history, records, submit
from dreambridge.upstream.wire.call import Answer
from dreambridge.upstream.wire.draft_image import build_draft, plan_draft
from dreambridge.upstream.wire.envelope import Envelope, open_envelope, parse_envelope, refusal_of
from dreambridge.upstream.wire.identity import SiteRequest, build_call
from dreambridge.upstream.wire.reading import Document, read_document, scrub

if TYPE_CHECKING:
    from dreambridge.upstream.transport import Transport

T = TypeVar("T")

# Reads only: at most three attempts within 20 s, with jitter.
_READ_ATTEMPTS: Final = 3
_READ_SECONDS: Final = 20.0
_FIRST_WAIT: Final = 0.2


class UpstreamClient:
    """Speak to every site for every session; keeps no state of its own.

    `clock` gives epoch seconds and `new_id` UUIDs. `on_unreadable` gets the path of a call and the scrubbed shape of an
    answer that could not be read.
    """

    def __init__(
        self,
        transport: "Transport",
        catalog: Catalog,
        *,
        clock: Callable[[], float],
        new_id: Callable[[], str],
        on_unreadable: Callable[[str, object], None] | None = None,
    ) -> None:
        self._transport = transport
        self._catalog = catalog
        self._codes = catalog.codes
        self._clock = clock
        self._new_id = new_id
        self._on_unreadable = on_unreadable

    async def submit(self, session: Session, request: ImageRequest, submission: Submission) -> SubmitOutcome:
        """Send the paid call once: touches the network and SPENDS CREDIT.

        The intent must be on disk: `submission` has its submit id and `send_before`, which is compared with the clock
        when a connection stands and before the first byte leaves. Raises nothing for what the site or the network do.
        """
        submit_id, send_before = submission.submit_id, submission.send_before
        if submit_id is None or send_before is None:
            raise ValueError("a submission is sent only after its intent was written down")
        try:
            wire = self._draft(session, request, submission, submit_id)
        except GatewayError as error:
            return Refused(error)
        answer = await self._send_once(session, wire, lambda: self._clock() < send_before)
        if not isinstance(answer, Answer):
            return answer
        document: Document | None = None
        log_id = None
        try:
            document = read_document(answer)
            envelope = parse_envelope(document)
            log_id = envelope.log_id
            refusal = refusal_of(envelope, self._codes)
            if refusal is not None:
                return Refused(refusal)
            return Accepted(submit.parse_submit(envelope, submit_id=submit_id, count=submission.count))
        except GatewayError as error:
            if isinstance(error, AnswerUnreadable):
                self._keep_shape(wire.path, document)
            return Unclear(error.message, error.site_code, log_id)

    async def fetch_history(self, session: Session, wanted: Mapping[str, int]) -> dict[str, HistoryRecord]:
        """Ask for several records in one call over the network; spends nothing and is not retried here.

        `wanted` maps submit ids to the number of items each should have; an absent one is not visible on the site.
        Raises `SessionExpired`, `SiteBusy`, `AccountBarred`, `SiteUnreachable`, `AnswerUnreadable` or `SiteRefused`.
        """
        request = history.build_history_request(tuple(wanted))
        return await self._once(
            session, request, lambda document: history.parse_history(open_envelope(document, self._codes), wanted)
        )

    def failure_of(self, record: HistoryRecord) -> GatewayError:
        """Say why a record failed, as an error of the tree; touches nothing."""
        return history.failure_of(record, self._codes)

    async def fetch_credit(self, session: Session) -> Credit:
        """Read the balance over the network; spends nothing; raises as `fetch_history`."""
        return await self._again(session, credit.CREDIT, self._opening(credit.parse_credit))

    async def claim_credit(self, session: Session) -> int:
        """Claim today's free credits over the network, once, and give their number; raises as `fetch_history`."""
        return await self._once(session, credit.build_claim(), self._opening(credit.parse_claim))

    async def fetch_ledger(self, session: Session, count: int = 20) -> tuple[credit.LedgerRow, ...]:
        """Read the newest rows of the ledger over the network; spends nothing; raises as `fetch_history`."""
        return await self._again(session, credit.build_ledger(count), self._opening(credit.parse_ledger))

    async def check_session(self, session: Session) -> credit.SessionCheck:
        """Ask the site over the network whether a session is signed in; spends nothing.

        Raises `SiteUnreachable` when the network decided nothing, and another `GatewayError` when the answer did not.
        """
        return await self._again(session, credit.CHECK, lambda document: credit.parse_check(document, self._codes))

    async def cancel(self, session: Session, record_id: str) -> None:
        """Stop a record over the network, once; the site returns its credits. Raises as `fetch_history`."""
        await self._once(
            session, records.build_cancel(record_id), lambda document: open_envelope(document, self._codes)
        )

    async def fetch_image_urls(self, session: Session, uris: tuple[str, ...]) -> dict[str, str]:
        """Get fresh addresses of stored pictures over the network; spends nothing; raises as `fetch_history`."""
        return await self._again(
            session,
            records.build_image_urls(uris),
            lambda document: records.parse_image_urls(open_envelope(document, self._codes)),
        )

    def _draft(self, session: Session, request: ImageRequest, submission: Submission, submit_id: str) -> SiteRequest:
        site = self._catalog.site(session.site)
        spec = self._catalog.models.get(request.model)
        if spec is None:
            raise UnknownModel(f"No model is named {request.model!r} any more.", param="model")
        plan = plan_draft(request, spec, site, self._catalog.geometry)
        draft = build_draft(
            plan,
            count=submission.count,
            seed=submission.seed or request.seed or submit.derive_seed(submit_id),
            ids=self._ids(),
            at=self._clock(),
        )
        return submit.build_submit_request(plan, draft, submit_id=submit_id, count=submission.count, aid=site.aid)

    def _ids(self) -> Iterator[str]:
        while True:
            yield self._new_id()

    async def _send_once(
        self, session: Session, request: SiteRequest, may_send: Callable[[], bool]
    ) -> Answer | NeverSent | Unclear:
        if not may_send():
            return NeverSent("the time to send it had passed")
        call = build_call(self._catalog.site(session.site), session, request, at=self._clock())
        try:
            return await self._transport.send(call, proxy=session.proxy, may_send=may_send)
        except NeverSentError as error:
            return NeverSent(str(error))
        except MaybeSentError as error:
            return Unclear(str(error))

    def _opening(self, parse: Callable[[Envelope], T]) -> Callable[[Document], T]:
        """Open a commerce answer, which may come without any wrapper, before parsing it."""
        return lambda document: parse(open_envelope(document, self._codes, bare=True))

    async def _again(self, session: Session, request: SiteRequest, parse: Callable[[Document], T]) -> T:
        """Read, and read again when the site could not be reached; for calls that change nothing."""
        async for attempt in stamina.retry_context(
            on=SiteUnreachable, attempts=_READ_ATTEMPTS, timeout=_READ_SECONDS, wait_initial=_FIRST_WAIT
        ):
            with attempt:
                return await self._once(session, request, parse)
        raise AssertionError("a retry loop ends by returning or raising")

    async def _once(self, session: Session, request: SiteRequest, parse: Callable[[Document], T]) -> T:
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
            self._keep_shape(request.path, document)
            raise

    def _keep_shape(self, path: str, document: Document | None) -> None:
        if self._on_unreadable is not None:
            self._on_unreadable(path, scrub(document))
