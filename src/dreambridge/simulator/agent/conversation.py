"""What the agent remembers."""

from dataclasses import asdict, dataclass

from dreambridge.simulator.envelope import Refusal
from dreambridge.simulator.journal import Journal


@dataclass(frozen=True, slots=True)
class Conversation:
    """One conversation of one session: how many turns it had, and what was asked for last."""

    conversation_id: str
    session: str
    turns: int
    prompt: str


class Conversations:
    """All conversations of a site."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._kept: dict[str, Conversation] = {}

    def get(self, conversation_id: str) -> Conversation | None:
        """Return a conversation."""
        return self._kept.get(conversation_id)

    def take_turn(self, conversation_id: str, session: str, prompt: str) -> Conversation:
        """Open a conversation or go on with it; `prompt` is what is asked for now, if anything.

        Raises `Refusal` 1000 for a conversation of somebody else.
        """
        earlier = self._kept.get(conversation_id)
        if earlier is not None and earlier.session != session:
            raise Refusal(1000, "conversation_id names a conversation of another account")
        turns = earlier.turns + 1 if earlier else 1
        now = Conversation(conversation_id, session, turns, prompt or (earlier.prompt if earlier else ""))
        self.restore(now)
        self._journal.append("turn", **asdict(now))
        return now

    def restore(self, conversation: Conversation) -> None:
        """Take in what an earlier run remembered."""
        self._kept[conversation.conversation_id] = conversation

    def clear(self) -> None:
        """Forget everything."""
        self._kept.clear()
