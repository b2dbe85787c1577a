"""Bring a job's inputs to the site before anything is paid for, and anew where the site no longer has them."""

import structlog

from dreambridge.domain.account import Account
from dreambridge.domain.errors import ContentRefused, GatewayError, RequestError, SiteRefused
from dreambridge.engine.stages.prepare import unless_cancelled
from dreambridge.engine.workshop import Work, Workshop

log = structlog.get_logger("bring")


async def bring_inputs(work: Work, shop: Workshop, account: Account) -> None:
    """Have every input of the job on the account's site; free of charge, and at once when all are remembered.

    Touches the network. Raises what `InputDesk.bring` does, and `JobCancelled`.
    """
    inputs = work.job.request.inputs
    if inputs and work.brought is None:
        work.brought = await unless_cancelled(work, shop.inputs.bring(account, inputs))


async def renew_uploads(work: Work, shop: Workshop, refusal: GatewayError) -> bool:
    """Forget what the site may no longer have; tell whether it is worth bringing the inputs anew.

    The site surely refused: nothing was paid. It has no word of its own for a picture it does not know (protocol: 1000,
    a wrong parameter), so any refusal of the request itself may mean that.
    """
    meant = isinstance(refusal, RequestError | SiteRefused) and not isinstance(refusal, ContentRefused)
    if work.brought is None or not work.brought.remembered or not meant:
        return False
    log.info("uploads_renewed", job=work.job.id, code=refusal.specific_code, site_code=refusal.site_code)
    await shop.inputs.forget(work.job.account_id or "", work.brought.remembered)
    work.brought = None
    return True
