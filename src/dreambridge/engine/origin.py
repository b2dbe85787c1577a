"""Where results come from."""

from dataclasses import dataclass

from dreambridge.domain.account import Account


@dataclass(frozen=True, slots=True)
class Origin:
    """Tell where an artifact comes from.

    `account` made it, if its session is still known; `private_ok` when its site lies on loopback (the sandbox, or an
    overridden site), so that its media may too; `out_of_reach` when it lies behind a proxy that is no longer known.
    """

    account: Account | None
    private_ok: bool
    out_of_reach: bool = False
