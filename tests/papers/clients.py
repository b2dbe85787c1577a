"""What is known of clients that only their own windows can set up: which page is theirs, and what they append."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tests.clients.replay import Exchange, exchanges


@dataclass(frozen=True)
class Client:
    """A client: its recorded requests, whether it appends /v1 to the address in its settings, names it insists on."""

    recorded: str
    appends_v1: bool
    insists_on: frozenset[str] = frozenset()

    def address(self, base: str, path: str) -> str:
        """Build the address that the client would call."""
        known = path.removeprefix("/") if self.appends_v1 else path.removeprefix("/v1/")
        return f"{base.rstrip('/')}/{known}"

    @property
    def exchanges(self) -> list[Exchange]:
        """List what was recorded of it."""
        return [each for each in exchanges() if each.file == self.recorded]

    def models(self) -> set[str]:
        """List the models that it was seen to ask for."""
        found = set()
        for request in (request for exchange in self.exchanges for request in exchange.requests):
            found |= set(re.findall(r'"model": "([^"]+)"', request.get("json", "")))
            found |= {part["text"] for part in request.get("part", []) if part["name"] == "model"}
        return found

    def paths(self) -> Iterator[str]:
        """List the paths below /v1 that it is known to call."""
        for exchange in self.exchanges:
            for request in exchange.requests:
                if request["path"].startswith("/v1/") and "$" not in request["path"]:
                    yield request["path"]


CLIENTS = {
    "cherry-studio": Client("cherry-studio", appends_v1=True),
    "dify": Client("dify", appends_v1=False, insists_on=frozenset({"dall-e-3", "gpt-image-1", "gpt-image-2"})),
    "home-assistant": Client("home-assistant", appends_v1=False, insists_on=frozenset({"dall-e-3", "gpt-image-1"})),
    "lobehub": Client("lobehub", appends_v1=False),
    "n8n": Client("n8n", appends_v1=False, insists_on=frozenset({"dall-e-3", "gpt-image-1", "sora-2"})),
    "new-api": Client("new-api", appends_v1=True),
    "nextchat": Client("nextchat", appends_v1=True, insists_on=frozenset({"dall-e-3"})),
    "open-webui": Client("open-webui", appends_v1=False),
}
