"""Check what is said to the agent: hints it can be given, pictures it can be shown."""

from datetime import date
from typing import Final

from dreambridge.catalog.bounds import check_prompt
from dreambridge.catalog.catalog import Catalog
from dreambridge.domain.errors import InvalidRequest, UnsupportedOption
from dreambridge.domain.generation import AgentRequest, AgentWish, InputKind, Kind

AGENT_NAME: Final = "agent"
"""The model by which a chat is one with the site's agent; every site has one."""
AGENT_SEEN: Final = date(2026, 10, 3)
# No limit is known of the agent; this is what its pictures' tool takes.
MAX_PICTURES = 10


def refuse_agent(name: str) -> None:
    """Refuse the agent where pictures or videos are asked for directly. Raises `UnsupportedOption`."""
    if name.strip().casefold() == AGENT_NAME:
        raise UnsupportedOption("The agent is asked in a conversation only: /v1/chat/completions.", param="model")


def plan_turn(catalog: Catalog, wish: AgentWish, site: str, conversation_id: str) -> AgentRequest:
    """Turn a wish into a turn of a conversation on `site`; touches no network, spends nothing.

    Raises `InvalidRequest`, `UnknownModel` or `UnsupportedOption`; each names the field and what is possible.
    """
    check_prompt(wish.prompt)
    if any(each.kind is not InputKind.IMAGE for each in wish.inputs):
        raise UnsupportedOption("The agent takes pictures only, no videos and no sounds.", param="image")
    if len(wish.inputs) > MAX_PICTURES:
        raise InvalidRequest(f"The agent takes at most {MAX_PICTURES} pictures a turn.", param="image")
    model = None
    if wish.image_model is not None:
        spec = catalog.resolve(wish.image_model, site)
        if spec.kind is not Kind.IMAGE or not spec.offered:
            raise UnsupportedOption(f"The model {spec.name} cannot draw for the agent.", param="image_model")
        model = spec.name
    _require("ratio", wish.ratio, catalog.geometry.ratios)
    _require("resolution", wish.resolution, catalog.geometry.tiers)
    return AgentRequest(
        prompt=wish.prompt,
        conversation_id=conversation_id,
        inputs=wish.inputs,
        image_model=model,
        ratio=wish.ratio,
        resolution=wish.resolution or "",
    )


def _require(field: str, value: str | None, possible: tuple[str, ...]) -> None:
    if value is not None and value not in possible:
        raise InvalidRequest(f"{field} takes one of {', '.join(possible)}.", param=field)
