"""Balance, daily claim, ledger, and whether a session is signed in."""

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from dreambridge.catalog.codes import Codes
from dreambridge.domain.account import Credit
from dreambridge.domain.errors import AnswerUnreadable, GatewayError, SessionExpired
from dreambridge.upstream.wire.envelope import Envelope, parse_envelope, refusal_of
from dreambridge.upstream.wire.identity import Service, SiteRequest
from dreambridge.upstream.wire.reading import Document, as_dict, as_float, as_int, as_text, first_text, objects

_SPENT: Final = 2
_INCOME: Final = 1
# Without aid the site answers in its plain envelope; with a wrong set of parameters it answers 1014.
CREDIT: Final = SiteRequest(Service.COMMERCE, "/commerce/v1/benefits/user_credit")
CHECK: Final = SiteRequest(Service.PASSPORT, "/passport/account/info/v2", query={"account_sdk_source": "web"})


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One line of an account's ledger: `amount` credits `spent`, or else given or returned; `at` in epoch seconds."""

    submit_id: str | None
    amount: int
    spent: bool
    at: float | None = None


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a submission cost by the ledger, in credits: `paid`, and of it `returned`."""

    paid: int = 0
    returned: int = 0


@dataclass(frozen=True, slots=True)
class Membership:
    """Whether an account has a membership now: its `level` in the site's words, and when it ends (epoch seconds)."""

    active: bool
    level: str | None = None
    ends_at: float | None = None
    renews: bool = False


class SessionCheck(StrEnum):
    """Whether a session is signed in."""

    ALIVE = "alive"
    DEAD = "dead"


def build_claim(time_zone: str = "Asia/Shanghai") -> SiteRequest:
    """Build the request for today's free credits."""
    return SiteRequest(Service.COMMERCE, "/commerce/v1/benefits/credit_receive", {"time_zone": time_zone})


def build_ledger(count: int) -> SiteRequest:
    """Build the request for the newest `count` rows of the ledger."""
    return SiteRequest(Service.COMMERCE, "/commerce/v1/benefits/user_credit_history", {"count": count, "cursor": "0"})


def parse_credit(envelope: Envelope) -> Credit:
    """Read a balance; raise `AnswerUnreadable` when there is none in the answer."""
    payload = read_payload(envelope, "credit")
    purses = as_dict(payload.get("credit"))
    gift, bought, vip = (as_int(purses.get(f"{name}_credit")) for name in ("gift", "purchase", "vip"))
    if gift is None and bought is None and vip is None:
        raise AnswerUnreadable("The site's answer holds no balance.", log_id=envelope.log_id)
    ends = [
        end
        for row in objects(payload.get("expiring_credits"))
        if as_int(row.get("credit_amount")) and (end := as_float(row.get("expire_time")))
    ]
    return Credit(gift or 0, bought or 0, vip or 0, min(ends, default=None))


def parse_claim(envelope: Envelope) -> int:
    """Read how many credits a claim brought."""
    amount = as_int(read_payload(envelope, "receive_quota").get("receive_quota"))
    if amount is None:
        raise AnswerUnreadable("The site's answer to a claim holds no amount.", log_id=envelope.log_id)
    return amount


def parse_ledger(envelope: Envelope) -> tuple[LedgerRow, ...]:
    """Read the rows of a ledger, newest first as the site gives them; rows without an amount are left out."""
    payload = read_payload(envelope, "records")
    if not isinstance(payload.get("records"), list | None):
        raise AnswerUnreadable("The site's ledger is no list.", log_id=envelope.log_id)
    rows = []
    for row in objects(payload.get("records")):
        amount, kind = as_int(row.get("amount")), as_int(row.get("history_type"))
        if amount is None:
            continue
        spent = kind == _SPENT if kind in {_SPENT, _INCOME} else amount < 0
        rows.append(
            LedgerRow(as_text(row.get("submit_id")) or None, abs(amount), spent, as_float(row.get("create_time")))
        )
    return tuple(rows)


def settle(rows: tuple[LedgerRow, ...]) -> dict[str, Settlement]:
    """Add up the rows of a ledger by submission; rows of none, as of daily gifts, are left out."""
    found: dict[str, Settlement] = {}
    for row in rows:
        if row.submit_id is not None:
            old = found.get(row.submit_id, Settlement())
            more = Settlement(old.paid + row.amount, old.returned) if row.spent else None
            found[row.submit_id] = more or Settlement(old.paid, old.returned + row.amount)
    return found


def build_membership(aid: int) -> SiteRequest:
    """Build the request for an account's membership."""
    body = {"aid": aid, "scene": "vip", "need_sign_info": True}
    return SiteRequest(Service.COMMERCE, "/commerce/v1/subscription/user_info", body)


def parse_membership(envelope: Envelope) -> Membership:
    """Read an account's membership; raise `AnswerUnreadable` when the answer tells none."""
    payload = read_payload(envelope, "flag")
    level = as_text(payload.get("cur_vip_level")) or None
    active = payload.get("flag") is True and level is not None
    ends_at = as_float(payload.get("end_time")) or None
    return Membership(active, level, ends_at, renews=active and payload.get("is_cancel_subscribe") is False)


def read_payload(envelope: Envelope, key: str) -> Document:
    """Find the object that holds `key`: in `data`, in the JSON string `response`, or bare beside `ret`."""
    response = envelope.document.get("response")
    candidates = [envelope.document.get("data"), response, envelope.document]
    if isinstance(response, str):
        try:
            candidates[1] = json.loads(response)
        except ValueError as error:
            raise AnswerUnreadable("The site's answer holds broken JSON.", log_id=envelope.log_id) from error
    for candidate in candidates:
        if isinstance(candidate, dict) and key in candidate:
            return candidate
    raise AnswerUnreadable(f"The site's answer has no {key!r}.", log_id=envelope.log_id)


def parse_check(document: Document, codes: Codes) -> SessionCheck:
    """Read whether the passport knows a signed-in user.

    Raises what the catalogue says of a failure that is no expiry, `AnswerUnreadable` when nothing decides.
    """
    data = as_dict(document.get("data"))
    for place in (data, document):
        if any(as_text(place.get(name)) not in {"", "0"} for name in ("user_id", "user_id_str", "sec_user_id")):
            return SessionCheck.ALIVE
    code = first_text(data.get("error_code"), document.get("error_code"))
    if code not in {"", "0"}:
        return _dead_or_raise(codes.for_passport(code).to_error(site_code=code))
    refusal = refusal_of(parse_envelope(document), codes)
    if refusal is not None:
        return _dead_or_raise(refusal)
    if as_text(document.get("message")) == "success":
        return SessionCheck.DEAD  # answered well, and nobody is signed in
    raise AnswerUnreadable("The site's answer does not tell whether the session is signed in.")


def _dead_or_raise(error: GatewayError) -> SessionCheck:
    if isinstance(error, SessionExpired):
        return SessionCheck.DEAD
    raise error
