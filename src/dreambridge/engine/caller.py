"""Who asks."""

from dataclasses import dataclass

from dreambridge.domain.errors import NoAccountReady, Retry
from dreambridge.domain.key import GatewayKey


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: the owners whose jobs they may see (the first makes new ones), and the accounts they may use.

    `accounts` are account ids in the caller's order, `sites` their sites in the same order; both are empty for a
    gateway key while the server has no account. `key` is the key that was sent, whose limits count.
    """

    owners: tuple[str, ...]
    accounts: tuple[str, ...]
    sites: tuple[str, ...]
    key: GatewayKey | None = None

    def require_accounts(self) -> None:
        """Raise `NoAccountReady` when there is no account to do anything with."""
        if not self.accounts:
            raise NoAccountReady(
                "This server has no account that a gateway key could use: none was added, or all are paused. The "
                "operator adds one with `dreambridge accounts add`.",
                code="no_account",
                retry=Retry.NEVER,
            )
