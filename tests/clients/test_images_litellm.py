"""LiteLLM, unmodified, makes pictures."""

import pytest
from tests.clients.packages import Program
from tests.running import Running

pytestmark = pytest.mark.asyncio(loop_scope="session")
BODY = {"model": "openai/jimeng-4.0", "prompt": "a fox", "n": 1, "size": "512x512"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({}, "url"),
        ({"model": "openai/dall-e-3", "size": "1024x1024", "response_format": "url"}, "url"),
        ({"model": "openai/dall-e-3", "size": "1024x1024", "response_format": "b64_json"}, "b64_json"),
        ({"model": "openai/gpt-image-1", "size": "1024x1024"}, "b64_json"),
    ],
)
async def test_it_gets_an_address_or_base64(
    gateway: Running, litellm: Program, changes: dict[str, str], field: str
) -> None:
    answer = await litellm.run("image", gateway.url, "sandbox-litellm", body={**BODY, **changes})
    assert "failure" not in answer, answer
    assert [[name for name in ("url", "b64_json") if item[name]] for item in answer["data"]] == [[field]]


async def test_a_refusal_keeps_its_status_and_our_words(gateway: Running, litellm: Program) -> None:
    body = {**BODY, "model": "openai/jimeng-9"}
    failure = (await litellm.run("image", gateway.url, "sandbox-litellm", body=body))["failure"]
    assert (failure["class"], failure["status"]) == ("NotFoundError", 404)
    assert "jimeng-9" in failure["message"]
