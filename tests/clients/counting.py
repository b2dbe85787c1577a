"""What was generated for a credential, as its owner can see it."""

from typing import Any

import httpx2


async def jobs_of(url: str, token: str) -> list[dict[str, Any]]:
    """List the jobs of a credential, newest first."""
    async with httpx2.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {token}"}) as client:
        answer = await client.get("/v1/jobs?limit=100")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["data"]
    return found
