"""The wrapper around every answer: `ret`, `errmsg`, log id, data; a `ret` that is not zero becomes a typed error."""

from dataclasses import dataclass, field

from dreambridge.catalog.codes import Codes
from dreambridge.domain.errors import AnswerUnreadable, GatewayError
from dreambridge.upstream.wire.reading import Document, as_dict, as_int, as_text, first_text


@dataclass(frozen=True, slots=True)
class Envelope:
    """One answer, opened: `ret` (`None` when the answer has none), the site's log id, `data` as it came."""

    ret: int | None
    log_id: str | None
    document: Document = field(repr=False)

    @property
    def data(self) -> object:
        """Give the payload of a plain envelope."""
        return self.document.get("data")


def parse_envelope(document: Document) -> Envelope:
    """Open an answer of `/mweb` or of either commerce shape, without judging it.

    `ret` is a decimal string on the sites and may be a number; a bare payload has none. Raises `AnswerUnreadable` for
    a `ret` that is neither.
    """
    raw = document.get("ret")
    log_id = first_text(document.get("logid"), document.get("log_id")) or None
    ret = as_int(raw)
    if raw is not None and ret is None:
        raise AnswerUnreadable("The site's answer has a result code that is no number.", log_id=log_id)
    return Envelope(ret, log_id, document)


def refusal_of(envelope: Envelope, codes: Codes) -> GatewayError | None:
    """Give the typed error of a refused call, `None` when it was not refused.

    The telling texts only decide between the meanings of a disputed code; none of them is passed on.
    """
    if not envelope.ret:
        return None
    data = as_dict(envelope.data)
    texts = (as_text(data.get(key)) for key in ("fail_code", "fail_starling_key", "fail_starling_message"))
    meaning = codes.for_ret(envelope.ret, as_text(envelope.document.get("errmsg")), *texts)
    return meaning.to_error(site_code=str(envelope.ret), log_id=envelope.log_id)


def open_envelope(document: Document, codes: Codes, *, bare: bool = False) -> Envelope:
    """Open an answer and raise what it refuses; without `ret` it is `AnswerUnreadable` unless `bare` is allowed."""
    envelope = parse_envelope(document)
    refusal = refusal_of(envelope, codes)
    if refusal is not None:
        raise refusal
    if envelope.ret is None and not bare:
        raise AnswerUnreadable("The site's answer has no result code.", log_id=envelope.log_id)
    return envelope
