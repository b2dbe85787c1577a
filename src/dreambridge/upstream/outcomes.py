"""What can become of the paid call. There is no fifth possibility."""

from dataclasses import dataclass

from dreambridge.domain.errors import GatewayError
from dreambridge.domain.submission import HistoryRecord


@dataclass(frozen=True, slots=True)
class Accepted:
    """The site has a record: paid for, or about to be."""

    record: HistoryRecord


@dataclass(frozen=True, slots=True)
class Refused:
    """The site answered with a code that is not zero: surely no record."""

    error: GatewayError


@dataclass(frozen=True, slots=True)
class NeverSent:
    """No byte left us: the same work may be sent as if nothing had happened. `cause` holds no secret."""

    cause: str


@dataclass(frozen=True, slots=True)
class Unclear:
    """The call may have arrived: lost, timed out, an HTTP error, no readable answer, no record id."""

    cause: str
    site_code: str | None = None
    log_id: str | None = None


SubmitOutcome = Accepted | Refused | NeverSent | Unclear
