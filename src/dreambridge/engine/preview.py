"""What would be done with a wish: who would do it, for how much, with what in the purse."""

from typing import Final

from dreambridge.domain.errors import GatewayError, NoAccountReady
from dreambridge.domain.followup import JobRequest
from dreambridge.engine.pool import why_never
from dreambridge.engine.pricing import forecast_cost
from dreambridge.engine.selection import Choice
from dreambridge.engine.views import Preview
from dreambridge.engine.workshop import Workshop

# How long a balance is waited for (s).
_PATIENCE: Final = 5.0
_USUAL_WAIT: Final = 30.0


async def preview_request(shop: Workshop, request: JobRequest, accounts: tuple[str, ...]) -> Preview:
    """Tell who would be given a request now and what it would cost; takes, writes and spends nothing.

    Touches the network, a few seconds at most, where the balance that is known is older than a minute.
    """
    cost = forecast_cost(shop.catalog, request)
    choice = shop.pool.choose(accounts, weight=len(request.parts), cost=cost)
    account = choice.account
    if account is None:
        return Preview(request, accounts, cost=cost, obstacle=_why_not(choice, shop.clock.now()))
    balance = await shop.purse.balance(account.id, patience=_PATIENCE)
    return Preview(request, accounts, account.id, account.session.site, cost, balance)


def _why_not(choice: Choice, now: float) -> GatewayError:
    if choice.never:
        return why_never(choice.hopeless)
    if choice.wait_until is not None:
        wait = max(1.0, choice.wait_until - now)
        return NoAccountReady(
            f"Every account that may do this rests for {wait:.0f} s more; a job would wait for that.", retry_after=wait
        )
    return NoAccountReady(
        "Every account that may do this has as much work as it takes at once; a job would wait its turn.",
        retry_after=_USUAL_WAIT,
    )
