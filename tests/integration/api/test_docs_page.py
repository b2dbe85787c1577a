"""The page of /docs: it and all it needs come from this server, under a policy that allows nothing else."""

import re
from typing import Any

import httpx2
import pytest

pytestmark = pytest.mark.asyncio(loop_scope="session")


def directives(policy: str) -> dict[str, list[str]]:
    return {name: sources for name, *sources in (part.split() for part in policy.split(";"))}


async def test_everything_the_page_loads_is_served_here_and_needs_no_credential(gateway: Any) -> None:
    async with httpx2.AsyncClient(base_url=gateway.url) as client:
        page = await client.get("/docs")
        assert page.headers["content-type"].startswith("text/html")
        addresses = re.findall(r'(?:src|href)="([^"]*)"', page.text)
        loaded = [address for address in addresses if not address.startswith("data:")]
        assert {address.rpartition("/")[2] for address in loaded} >= {
            "swagger-ui-bundle.js",
            "swagger-ui.css",
            "page.js",
        }
        for address in loaded:
            assert not re.match(r"/|\w+:", address), "relative, so that it works below a path of a proxy as well"
            answer = await client.get(f"/{address}")
            assert answer.status_code == 200
            assert address == "openapi.json" or answer.headers["x-content-type-options"] == "nosniff"
        assert (await client.get("/docs/index.html")).status_code == 404
        assert (await client.get("/docs/..%2fdocument.py")).status_code == 404


async def test_the_pages_policy_allows_no_other_host_and_nothing_inline(gateway: Any) -> None:
    async with httpx2.AsyncClient(base_url=gateway.url) as client:
        page = await client.get("/docs")
    policy = directives(page.headers["content-security-policy"])
    assert policy["default-src"] == ["'none'"]
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == ["'self'"]
    assert {source for sources in policy.values() for source in sources} <= {"'none'", "'self'", "data:", "blob:"}
    assert not re.search(r"<style|style=|\son\w+=|<script[^>]*>[^<]", page.text)
