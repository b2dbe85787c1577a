"""The operator of a gateway: adds accounts, makes keys, over HTTP with the admin key."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import count
from typing import Any, TypeVar

from tests.integration.conftest import House, Reply


@dataclass(frozen=True)
class Key:
    """A key that was made."""

    id: str
    text: str


T = TypeVar("T")


async def until(ask: Callable[[], Awaitable[T]], right: Callable[[T], object]) -> T:
    """Ask until the answer is right; fail after a while."""
    async with asyncio.timeout(15):
        while True:
            if right(answer := await ask()):
                return answer
            await asyncio.sleep(0.02)


class Operator:
    """Who has the admin key of a house."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.token = (house.data_dir / "admin.key").read_text().strip()
        self._names = count(1)

    async def ask(self, method: str, path: str, *, body: Any = None, **headers: str) -> Reply:
        """Send a request with the admin key."""
        return await self.house.ask(method, path, self.token, body=body, **headers)

    async def add_account(self, session: str) -> None:
        """Add an account to the server."""
        added = await self.ask("POST", "/v1/accounts", body={"session": session})
        assert added.status == 201, added.content

    async def create(self, **fields: Any) -> Key:
        """Make a key."""
        made = await self.ask("POST", "/v1/keys", body={"name": f"key {next(self._names)}", **fields})
        assert made.status == 201, made.content
        return Key(made.json["id"], made.json["key"])

    async def change(self, key: Key, **fields: Any) -> dict[str, Any]:
        """Change a key."""
        changed = await self.ask("PATCH", f"/v1/keys/{key.id}", body=fields)
        assert changed.status == 200, changed.content
        return dict(changed.json)

    async def revoke(self, key: Key) -> None:
        """Revoke a key."""
        assert (await self.ask("DELETE", f"/v1/keys/{key.id}")).json["revoked_at"]

    async def usage(self, key: Key, query: str = "") -> dict[str, Any]:
        """Read what was made with a key."""
        return dict((await self.ask("GET", f"/v1/keys/{key.id}/usage{query}")).json)
