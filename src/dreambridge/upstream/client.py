"""The sites' web API as coroutines: submit, follow, credit, session check."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final, TypeVar

from dreambridge.catalog.catalog import Catalog
from dreambridge.domain.account import Credit, Session
from dreambridge.domain.errors import AccountBarred, AnswerUnreadable, ContentRefused, GatewayError, SessionExpired
from dreambridge.domain.followup import ToolRequest
from dreambridge.domain.generation import GenerationRequest
from dreambridge.domain.live_model import LiveModel
from dreambridge.domain.submission import HistoryRecord, Submission, UploadedInput
from dreambridge.upstream.caller import Caller
from dreambridge.upstream.outcomes import Accepted, Refused, SubmitOutcome, Unclear
from dreambridge.upstream.seam import Transport
from dreambridge.upstream.wire import credit, history, live_models, records, submit
from dreambridge.upstream.wire.call import Answer
from dreambridge.upstream.wire.document import Ink
from dreambridge.upstream.wire.drafting import Desk, Sending, build_paper
from dreambridge.upstream.wire.envelope import Envelope, open_envelope, parse_envelope, refusal_of
from dreambridge.upstream.wire.identity import SiteRequest
from dreambridge.upstream.wire.reading import Document, read_document

T = TypeVar("T")

_NO_UPLOADS: Final[Mapping[str, UploadedInput]] = MappingProxyType({})
# These say something of the session, whatever was asked.
_OF_THE_SESSION: Final = (SessionExpired, AccountBarred)


class UpstreamClient:
    """Speak to every site for every session; keeps no state of its own.

    `clock` gives epoch seconds and `new_id` UUIDs. `on_unreadable` gets the path of a call and the scrubbed shape of an
    answer that could not be read.
    """

    def __init__(
        self,
        transport: Transport,
        catalog: Catalog,
        *,
        clock: Callable[[], float],
        new_id: Callable[[], str],
        on_unreadable: Callable[[str, object], None] | None = None,
    ) -> None:
        self._caller = Caller(transport, catalog, clock=clock, on_unreadable=on_unreadable)
        self._catalog = catalog
        self._codes = catalog.codes
        self._clock = clock
        self._new_id = new_id

    async def submit(
        self,
        session: Session,
        request: GenerationRequest | ToolRequest,
        submission: Submission,
        uploads: Mapping[str, UploadedInput] = _NO_UPLOADS,
    ) -> SubmitOutcome:
        """Send the paid call once: touches the network and SPENDS CREDIT.

        The intent must be on disk: `submission` has its submit id and `send_before`, which is compared with the clock
        when a connection stands and before the first byte leaves. `uploads` gives every input of the request as it
        lies on the site, by `sha256`. Raises nothing for what the site or the network do.
        """
        submit_id, send_before = submission.submit_id, submission.send_before
        if submit_id is None or send_before is None:
            raise ValueError("a submission is sent only after its intent was written down")
        try:
            wire = self._draft(session, request, submission, submit_id, uploads)
        except GatewayError as error:
            return Refused(error)
        answer = await self._caller.send_once(session, wire, lambda: self._clock() < send_before)
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
                self._caller.keep_shape(wire.path, document)
            return Unclear(error.message, error.site_code, log_id)

    async def fetch_history(self, session: Session, wanted: Mapping[str, int]) -> dict[str, HistoryRecord]:
        """Ask for several records in one call over the network; spends nothing and is not retried here.

        `wanted` maps submit ids to the number of items each should have; an absent one is not visible on the site.
        Raises `SessionExpired`, `SiteBusy`, `AccountBarred`, `SiteUnreachable`, `AnswerUnreadable` or `SiteRefused`.
        """
        request = history.build_history_request(tuple(wanted))
        return await self._caller.once(
            session, request, lambda document: history.parse_history(open_envelope(document, self._codes), wanted)
        )

    def failure_of(self, record: HistoryRecord) -> GatewayError:
        """Say why a record failed, as an error of the tree; touches nothing."""
        return history.failure_of(record, self._codes)

    async def fetch_credit(self, session: Session) -> Credit:
        """Read the balance over the network; spends nothing; raises as `fetch_history`."""
        return await self._caller.again(session, credit.CREDIT, self._opening(credit.parse_credit))

    async def claim_credit(self, session: Session) -> int:
        """Claim today's free credits over the network, once, and give their number; raises as `fetch_history`."""
        return await self._caller.once(session, credit.build_claim(), self._opening(credit.parse_claim))

    async def fetch_ledger(self, session: Session, count: int = 20) -> tuple[credit.LedgerRow, ...]:
        """Read the newest rows of the ledger over the network; spends nothing; raises as `fetch_history`."""
        return await self._caller.again(session, credit.build_ledger(count), self._opening(credit.parse_ledger))

    async def check_session(self, session: Session) -> credit.SessionCheck:
        """Ask the site over the network whether a session is signed in; spends nothing.

        Raises `SiteUnreachable` when the network decided nothing, and another `GatewayError` when the answer did not.
        """
        return await self._caller.again(
            session, credit.CHECK, lambda document: credit.parse_check(document, self._codes)
        )

    async def fetch_membership(self, session: Session) -> credit.Membership:
        """Read over the network whether the account is a member; spends nothing; raises as `fetch_history`."""
        request = credit.build_membership(self._catalog.site(session.site).aid)
        return await self._caller.again(session, request, self._opening(credit.parse_membership))

    async def cancel(self, session: Session, record_id: str) -> None:
        """Stop a record over the network, once; the site returns its credits. Raises as `fetch_history`."""
        await self._tell(session, records.build_cancel(record_id))

    async def remove(self, session: Session, record_ids: tuple[str, ...]) -> None:
        """Delete records from the account over the network, once. Raises as `fetch_history`."""
        await self._tell(session, records.build_remove(record_ids))

    async def fetch_image_urls(self, session: Session, uris: tuple[str, ...]) -> dict[str, str]:
        """Get fresh addresses of stored pictures over the network; spends nothing; raises as `fetch_history`."""
        parse = self._opening(records.parse_image_urls, bare=False)
        return await self._caller.again(session, records.build_image_urls(uris), parse)

    async def fetch_video_urls(self, session: Session, item_ids: tuple[str, ...]) -> dict[str, str]:
        """Get the addresses of videos in download quality over the network; spends nothing; raises as `fetch_history`.

        An item that the site does not give is left out: its address in the record is still good.
        """
        parse = self._opening(lambda envelope: records.parse_video_urls(envelope, item_ids), bare=False)
        return await self._caller.again(session, records.build_video_urls(item_ids), parse)

    async def check_input(self, session: Session, uri: str) -> None:
        """Have the site look at an uploaded picture, over the network, where its own page does; spends nothing.

        Raises `ContentRefused` for a picture it refuses, `SessionExpired` or `AccountBarred`. Whatever else goes wrong
        is no reason to hold the picture back: the generation is what decides.
        """
        if not self._catalog.site(session.site).content_check:
            return
        try:
            await self._tell(session, records.build_input_check(uri))
        except ContentRefused as error:
            raise ContentRefused(
                "The site refuses an input picture.", param="image", site_code=error.site_code, log_id=error.log_id
            ) from error
        except _OF_THE_SESSION:
            raise
        except GatewayError:
            return

    async def fetch_image_models(self, session: Session) -> tuple[LiveModel, ...]:
        """Read the image models this account is offered now, over the network; spends nothing.

        Raises as `fetch_history`.
        """
        codes = self._catalog.geometry.codes
        parse = self._opening(lambda envelope: live_models.parse_image_models(envelope, codes), bare=False)
        return await self._caller.again(session, live_models.IMAGE_MODELS, parse)

    async def fetch_video_models(self, session: Session) -> tuple[LiveModel, ...]:
        """Read the video models this account is offered now, over the network; spends nothing.

        Raises as `fetch_history`.
        """
        parse = self._opening(live_models.parse_video_models, bare=False)
        return await self._caller.again(session, live_models.VIDEO_MODELS, parse)

    async def _tell(self, session: Session, request: SiteRequest) -> None:
        """Make a call, once, whose answer says no more than that it was heard."""
        await self._caller.once(session, request, lambda document: open_envelope(document, self._codes))

    def _draft(
        self,
        session: Session,
        request: GenerationRequest | ToolRequest,
        submission: Submission,
        submit_id: str,
        uploads: Mapping[str, UploadedInput],
    ) -> SiteRequest:
        site = self._catalog.site(session.site)
        sending = Sending(submit_id, submission.count, submission.seed or request.seed or submit.derive_seed(submit_id))
        paper = build_paper(Desk(Ink(self._ids(), self._clock()), self._catalog, site, uploads), request, sending)
        return submit.build_submit_request(paper, submit_id=submit_id, aid=site.aid)

    def _ids(self) -> Iterator[str]:
        while True:
            yield self._new_id()

    def _opening(self, parse: Callable[[Envelope], T], *, bare: bool = True) -> Callable[[Document], T]:
        """Open an answer before parsing it; one of the commerce server may come `bare`, without any wrapper."""
        return lambda document: parse(open_envelope(document, self._codes, bare=bare))
