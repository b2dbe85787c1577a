"""Who makes something on a site, and how well they are."""

from dataclasses import dataclass, field
from enum import StrEnum

from dreambridge.domain.secret import Secret


@dataclass(frozen=True, slots=True)
class Session:
    """The credential of a signed-in browser on one site, with its device identity and proxy.

    `site` is a site's name in the catalogue; `token` the session id; `proxy` a URL with credentials, or `None`;
    `web_id` (about 19 digits) and `user_id` (32 hex digits) stay the same for the life of the session, so that the
    site sees one device and not many.
    """

    site: str
    token: Secret
    web_id: str
    user_id: str
    proxy: Secret | None = None


@dataclass(frozen=True, slots=True)
class Credit:
    """What an account can spend, in credits; `expires_at` is the epoch second at which the first of them lapse."""

    gift: int = 0
    purchased: int = 0
    vip: int = 0
    expires_at: float | None = None

    @property
    def total(self) -> int:
        """Sum the three purses."""
        return self.gift + self.purchased + self.vip


class Health(StrEnum):
    """Whether an account may be given work."""

    READY = "ready"
    COOLING = "cooling"
    NO_CREDIT = "no_credit"
    EXPIRED = "expired"
    BARRED = "barred"


@dataclass(frozen=True, slots=True)
class Account:
    """Our record of one user on one site.

    `id` is `acct_` (`acctp_` behind a proxy) and a keyed digest of session, site and proxy: it names the account
    without telling the session.
    `from_request` says that the session came with a request and is kept only while a job needs it. `cooling_until` is
    an epoch second; `reason` says why the account is not ready, in words for a person. A `paused` account is given no
    new work until it is resumed; a `removed` one never again, and is known only to end what it has begun.
    """

    id: str
    session: Session
    from_request: bool
    credit: Credit | None = None
    credit_read_at: float | None = None
    health: Health = Health.READY
    cooling_until: float | None = None
    reason: str | None = None
    paused: bool = False
    removed: bool = False


@dataclass(frozen=True, slots=True)
class ServerAccount:
    """An account that was added to the server, as it is kept: `id` is its `Account`'s, `name` what people call it.

    `sealed` is the session with its proxy, encrypted. `session_made_at` and `session_expires_at` (epoch seconds) are
    what the session's cookie told of itself: the site may end it earlier. `checked_at` is when the site was last asked
    whether it is alive, `note` what was wrong then, in words for a person.
    """

    id: str
    name: str
    site: str
    sealed: bytes = field(repr=False)
    created_at: float
    paused: bool = False
    session_made_at: float | None = None
    session_expires_at: float | None = None
    checked_at: float | None = None
    note: str | None = None
