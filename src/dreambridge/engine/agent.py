"""Everything about the agent that the stages and the doors share: its client, its conversations, what it says."""

import uuid
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from dreambridge.catalog import Catalog
from dreambridge.catalog.agent_planning import plan_turn
from dreambridge.domain.errors import GatewayError, InvalidRequest
from dreambridge.domain.generation import AgentRequest, AgentWish, Kind
from dreambridge.engine.credentials import Caller
from dreambridge.engine.speech import Speech
from dreambridge.engine.views import JobView
from dreambridge.store.conversations import Conversation, Conversations
from dreambridge.upstream.agent import AgentClient


@dataclass(frozen=True, slots=True)
class AgentDesk:
    """Bundle the agent's parts."""

    client: AgentClient
    conversations: Conversations
    speech: Speech
    catalog: Catalog

    async def plan(self, wish: AgentWish, caller: Caller) -> tuple[AgentRequest, tuple[str, ...]]:
        """Check a turn; give it with the accounts that may have it: of a conversation that goes on, only its own.

        Touches no network. Raises `RequestError`s.
        """
        if wish.conversation_id is not None:
            kept = await self.conversations.find(wish.conversation_id, caller.owners)
            if kept is None or kept.account_id not in caller.accounts:
                raise InvalidRequest(
                    "No such conversation, or not one of yours; leave conversation_id out to begin a new one.",
                    param="conversation_id",
                    code="conversation_not_found",
                )
            return plan_turn(self.catalog, wish, kept.site, kept.id), (kept.account_id,)
        conversation_id = str(uuid.uuid4())
        plans: dict[str, AgentRequest] = {}
        refusals: list[GatewayError] = []
        for site in dict.fromkeys(caller.sites):
            try:
                plans[site] = plan_turn(self.catalog, wish, site, conversation_id)
            except GatewayError as error:
                refusals.append(error)
        if not plans:
            raise refusals[0]
        chosen = next(iter(plans.values()))
        places = zip(caller.accounts, caller.sites, strict=True)
        return chosen, tuple(account for account, site in places if plans.get(site) == chosen)

    async def speak(self, view: JobView, offset: int) -> AsyncGenerator[str]:
        """Give the live text of a job that may still say more, from a place on; of another job nothing."""
        job = view.job
        if job.kind is Kind.AGENT and job.reply is None and not job.state.ended:
            async with aclosing(self.speech.follow(job.id, offset)) as said:
                async for piece in said:
                    yield piece

    async def remember(
        self, request: AgentRequest, account_id: str, site: str, at: float, owners: tuple[str, ...]
    ) -> None:
        """Note where a conversation lives, so that its owners can go on with it."""
        await self.conversations.keep(Conversation(request.conversation_id, account_id, site, at), owners)
