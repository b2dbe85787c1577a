"""The shapes of answers about accounts."""

from typing import Literal

from pydantic import Field

from dreambridge.api.openapi.shapes import Shape
from dreambridge.domain.account import Health


class AccountCredit(Shape):
    """A balance, in credits."""

    gift: int
    purchased: int
    vip: int
    total: int
    expires_at: int | None = Field(description="When the first of them lapse.")


class AccountNotice(Shape):
    """Something worth knowing before the account stops working."""

    code: str = Field(description="`session_expires`, `session_expired` or `credit_low`.")
    message: str


class ServerAccount(Shape):
    """An account, as far as may be told: nothing of its session. Times are epoch seconds."""

    id: str = Field(description="As jobs name it.")
    object: Literal["account"]
    name: str | None = Field(description="Null for a session that came with the request.")
    fingerprint: str = Field(description="The same for the same session, and never a part of it.")
    site: str
    proxied: bool
    paused: bool
    health: str = Field(json_schema_extra={"enum": [each.value for each in Health]})
    reason: str | None = Field(description="Why it is not ready.")
    cooling_until: int | None
    in_flight: int = Field(description="Generations under way.")
    credit: AccountCredit | None = Field(description="Null until it was read.")
    credit_read_at: int | None
    spent_today: int | None = Field(description="Credits since 00:00 UTC; null without a ceiling.")
    daily_credits: int | None = Field(description="The ceiling of a day (setting ACCOUNT_DAILY_CREDITS).")
    session_made_at: int | None = Field(description="By its cookie, where one was pasted.")
    session_expires_at: int | None = Field(description="By its cookie; the site may end it earlier.")
    checked_at: int | None = Field(description="When the site was last asked by POST or check.")
    note: str | None = Field(description="What was wrong then.")
    notices: list[AccountNotice]
    created_at: int | None


class AccountList(Shape):
    """Accounts, the oldest first."""

    object: Literal["list"]
    data: list[ServerAccount]


class AccountDeleted(Shape):
    """An account that is no more."""

    id: str
    object: Literal["account.deleted"]
    deleted: Literal[True]
    name: str
