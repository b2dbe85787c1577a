"""What a wish would cost: forecast from the catalogue, and held against the limit that a caller sets. Pure."""

import math

from dreambridge.catalog import Catalog
from dreambridge.domain.errors import CostTooHigh, CostUnknown
from dreambridge.domain.followup import JobRequest, ToolRequest
from dreambridge.domain.generation import AgentRequest


def forecast_cost(catalog: Catalog, request: JobRequest) -> int | None:
    """Forecast what a request costs with all its parts, in whole credits; `None` when no price is known.

    What the agent will make, nobody knows beforehand.
    """
    if isinstance(request, AgentRequest):
        return None
    if isinstance(request, ToolRequest):
        tool = catalog.tools.get(request.tool)
        cost = tool.price if tool is not None else None
    else:
        spec = catalog.models.get(request.model)
        cost = spec.forecast(request) if spec is not None else None
    return None if cost is None else math.ceil(cost)


def check_cost(cost: int | None, limit: float | None) -> None:
    """Raise `CostTooHigh` when a request costs more than its caller allows, `CostUnknown` when nobody knows its cost.

    `limit` may be 0, which only what is free keeps to; `None` sets none.
    """
    if limit is None:
        return
    if cost is None:
        raise CostUnknown(
            f"What this costs is not known beforehand, so max_credits ({limit:g}) cannot be kept to. Leave max_credits "
            "out, or choose a model and a resolution with a known price; nothing was spent.",
            param="max_credits",
        )
    if not cost <= limit:
        raise CostTooHigh(
            f"This is forecast to cost {cost} credits, more than max_credits allows ({limit:g}). Raise max_credits, "
            "or ask for fewer or smaller results; nothing was spent.",
            param="max_credits",
        )
