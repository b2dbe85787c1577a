"""The official client for Node and the AI SDK, unmodified, make pictures."""

from typing import Any

import pytest
from tests.clients.counting import jobs_of
from tests.clients.packages import Program
from tests.running import Running

pytestmark = pytest.mark.asyncio(loop_scope="session")
SMALL = {"model": "jimeng-4.0", "prompt": "a fox", "n": 1, "size": "512x512"}


async def test_node_lists_models_and_finds_one(gateway: Running, node_openai: Program) -> None:
    found = await node_openai.run("models", gateway.url, "sandbox", model="jimeng-4.5")
    assert {"jimeng-4.5", "jimeng-video-3.0", "gpt-image-1", "dall-e-3"} <= set(found["names"])
    assert (found["one"]["id"], found["one"]["object"]) == ("jimeng-4.5", "model")


async def test_node_gets_addresses_and_base64(gateway: Running, node_openai: Program) -> None:
    urls = await node_openai.run("generate", gateway.url, "sandbox-node-url", body={**SMALL, "n": 2})
    assert urls["pictures"] == [{"status": 200, "type": "image/png", "kind": "png", "url": True}] * 2
    assert (urls["size"], bool(urls["requestId"])) == ("512x512", True)
    body = {"model": "gpt-image-1", "prompt": "a fox", "size": "1024x1024"}
    plain = await node_openai.run("generate", gateway.url, "sandbox-node-b64", body=body)
    assert plain["pictures"] == [{"kind": "png", "url": False}]


@pytest.mark.parametrize(
    ("token", "body", "kind", "status", "code", "param"),
    [
        ("nonsense", SMALL, "AuthenticationError", 401, "invalid_api_key", None),
        ("sandbox", {**SMALL, "size": "9000x9000"}, "BadRequestError", 400, "unsupported_option", "size"),
        ("sandbox", {**SMALL, "model": "jimeng-9"}, "NotFoundError", 404, "model_not_found", "model"),
        ("sandbox-node.punished", SMALL, "PermissionDeniedError", 403, "account_barred", None),
        ("sandbox-node.no-credit", SMALL, "RateLimitError", 429, "insufficient_quota", None),
        ("sandbox-node.failed", SMALL, "InternalServerError", 502, "generation_failed", None),
    ],
)
async def test_node_raises_its_class_for_each_refusal(
    gateway: Running,
    node_openai: Program,
    token: str,
    body: dict[str, Any],
    kind: str,
    status: int,
    code: str,
    param: str | None,
) -> None:
    failure = (await node_openai.run("generate", gateway.url, token, body=body))["failure"]
    assert (failure["class"], failure["status"]) == (kind, status)
    assert failure["requestId"]
    assert (failure["code"], failure["param"]) == (code, param)


@pytest.mark.parametrize(
    ("provider", "model"), [("compatible", "jimeng-4.0"), ("openai", "jimeng-4.0"), ("openai", "gpt-image-1")]
)
async def test_the_ai_sdk_makes_a_picture(gateway: Running, ai_sdk: Program, provider: str, model: str) -> None:
    made = await ai_sdk.run(
        "generateImage",
        gateway.url,
        "sandbox-ai",
        provider=provider,
        model=model,
        prompt="a fox",
        n=1,
        size="1024x1024",
    )
    assert made["pictures"] == [{"kind": "png", "type": "image/png"}], made


async def test_four_pictures_of_the_ai_sdk_are_four_parallel_calls_and_four_jobs(
    gateway: Running, ai_sdk: Program
) -> None:
    made = await ai_sdk.run(
        "generateImage",
        gateway.url,
        "sandbox-ai-4",
        provider="openai",
        model="jimeng-4.0",
        prompt="a fox",
        n=4,
        size="512x512",
    )
    assert [each["kind"] for each in made["pictures"]] == ["png"] * 4
    jobs = await jobs_of(gateway.url, "sandbox-ai-4")
    assert [len(job["artifacts"]) for job in jobs] == [1] * 4


async def test_the_compatible_provider_asks_once_for_four(gateway: Running, ai_sdk: Program) -> None:
    made = await ai_sdk.run(
        "generateImage",
        gateway.url,
        "sandbox-ai-one",
        provider="compatible",
        model="jimeng-4.0",
        prompt="a",
        n=4,
        size="512x512",
    )
    assert [each["kind"] for each in made["pictures"]] == ["png"] * 4
    assert len(await jobs_of(gateway.url, "sandbox-ai-one")) == 1


async def test_the_ai_sdk_shows_our_words_of_a_refusal(gateway: Running, ai_sdk: Program) -> None:
    made = await ai_sdk.run(
        "generateImage",
        gateway.url,
        "sandbox-ai",
        provider="compatible",
        model="jimeng-9",
        prompt="a",
        n=1,
        size="512x512",
    )
    assert made["failure"]["status"] == 404
    assert "jimeng-9" in made["failure"]["message"]
