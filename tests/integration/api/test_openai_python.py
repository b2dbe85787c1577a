"""The official OpenAI client for Python, unmodified, against a gateway with its sandbox."""

import asyncio
import base64
import io
import json
from typing import Any

import httpx2
import openai
import pytest
from openai import AsyncOpenAI, OpenAI
from openai.types import ImagesResponse
from PIL import Image

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def bytes_of(response: ImagesResponse) -> list[bytes]:
    """Get every picture of an answer, addresses without any credential."""
    found = []
    async with httpx2.AsyncClient() as plain:
        for item in response.data or []:
            assert (item.url is None) != (item.b64_json is None)
            if item.b64_json is not None:
                found.append(base64.b64decode(item.b64_json, validate=True))
                continue
            answer = await plain.get(str(item.url), headers={"Authorization": "Bearer of something else"})
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith("image/")
            found.append(answer.content)
    return found


def size_of(content: bytes) -> str:
    with Image.open(io.BytesIO(content)) as picture:
        picture.load()
        return f"{picture.width}x{picture.height}"


async def refusal(client: AsyncOpenAI, **fields: Any) -> openai.APIStatusError:
    with pytest.raises(openai.APIStatusError) as caught:
        await client.images.generate(**{"prompt": "a fox", **fields})
    assert caught.value.request_id
    assert caught.value.response.headers["x-should-retry"] == "false"
    return caught.value


async def test_models_are_listed_in_full_and_found_one_by_one(gateway: Any) -> None:
    async with gateway.client() as client:
        models = [model async for model in client.models.list()]
        names = {model.id for model in models}
        assert {"jimeng-4.5", "jimeng-4.0", "gpt-image-1", "dall-e-3"} <= names
        assert all(model.object == "model" and isinstance(model.created, int) and model.owned_by for model in models)
        assert len(names) == len(models)
        one = await client.models.retrieve("jimeng-4.5")
        assert one.model_extra is not None
        assert one.model_extra["supported_endpoint_types"] == ["image-generation", "openai"]
        details = one.model_extra["dreambridge"]
        assert details["kind"] == "image"
        assert details["sites"] == ["sandbox"]
        assert details["sizes"]["2k"]["1:1"] == "2048x2048"
        assert (details["live"], details["stale"]) == (True, False)
        alias = (await client.models.retrieve("GPT-image-1")).model_extra or {}
        assert alias["dreambridge"]["alias_of"] in names
        with pytest.raises(openai.NotFoundError):
            await client.models.retrieve("nobody/knows:this")


@pytest.mark.parametrize("count", [1, 2, 3, 4])
@pytest.mark.parametrize("form", ["url", "b64_json"])
async def test_n_pictures_are_n_pictures(gateway: Any, count: int, form: str) -> None:
    async with gateway.client("sandbox-count") as client:
        response = await client.images.generate(
            model="jimeng-4.0", prompt=f"{count} {form}", n=count, size="512x512", response_format=form
        )
        contents = await bytes_of(response)
        assert len(contents) == count
        assert {size_of(content) for content in contents} == {"512x512"}
        assert response.size == "512x512"


@pytest.mark.parametrize("size", ["1024x1024", "1536x1024", "512x512", "auto"])
async def test_a_picture_has_the_size_asked_for(gateway: Any, size: str) -> None:
    async with gateway.client("sandbox-sizes") as client:
        urls, packed = await asyncio.gather(
            client.images.generate(model="jimeng-4.0", prompt="url", n=1, size=size, response_format="url"),
            client.images.generate(model="jimeng-4.0", prompt="base64", n=1, size=size, response_format="b64_json"),
        )
        for response in (urls, packed):
            (content,) = await bytes_of(response)
            assert size_of(content) == response.size == ("2048x2048" if size == "auto" else size)


async def test_ratio_and_resolution_come_through_extra_body_and_flags_beat_them(gateway: Any) -> None:
    async with gateway.client("sandbox-ratio") as client:
        body, flags = await asyncio.gather(
            client.images.generate(
                model="jimeng-4.0", prompt="a", n=1, extra_body={"ratio": "16:9", "resolution": "1k"}
            ),
            client.images.generate(model="jimeng-4.0", prompt="a -ra 9:16", n=1, extra_body={"resolution": "1k"}),
        )
        assert (body.size, flags.size) == ("1664x936", "936x1664")
        assert [size_of(content) for content in await bytes_of(flags)] == ["936x1664"]


async def test_without_response_format_the_name_of_the_model_decides(gateway: Any) -> None:
    async with gateway.client("sandbox-form") as client:
        gpt, dall_e = await asyncio.gather(
            client.images.generate(model="gpt-image-1", prompt="a", size="1024x1024"),
            client.images.generate(model="dall-e-3", prompt="a", size="1024x1024"),
        )
    assert [item.b64_json is not None for item in gpt.data or []] == [True]
    assert [item.url is not None for item in dall_e.data or []] == [True]
    assert (gpt.model_extra or {})["model"] == "gpt-image-1"


async def test_the_file_format_asked_for_is_the_one_delivered(gateway: Any) -> None:
    async with gateway.client("sandbox-webp") as client:
        response = await client.images.generate(
            model="jimeng-4.0", prompt="a", n=1, size="512x512", output_format="webp", response_format="b64_json"
        )
    (content,) = await bytes_of(response)
    assert content[8:12] == b"WEBP"
    assert response.output_format == "webp"


async def test_the_synchronous_client_works_alike(gateway: Any) -> None:
    def draw() -> tuple[int, ImagesResponse]:
        with OpenAI(base_url=f"{gateway.url}/v1", api_key="sandbox-sync") as client:
            return len(client.models.list().data), client.images.generate(prompt="a", n=1, size="512x512")

    listed, response = await asyncio.to_thread(draw)
    assert listed > 10
    assert len(response.data or []) == 1


async def test_parameters_without_a_counterpart_are_named(gateway: Any) -> None:
    async with gateway.client("sandbox-ignored") as client:
        raw = await client.images.with_raw_response.generate(
            prompt="a", n=1, size="512x512", quality="hd", style="vivid", user="u", extra_body={"steps": 20}
        )
    assert raw.headers["x-dreambridge-ignored"] == "quality, style, user, steps"
    assert raw.headers["x-job-id"].startswith("job_")


@pytest.mark.parametrize("key", ["nonsense", "us-short", "sk-" + "0" * 48])
async def test_a_bad_key_is_an_authentication_error(gateway: Any, key: str) -> None:
    async with gateway.client(key) as client:
        assert isinstance(await refusal(client), openai.AuthenticationError)
        with pytest.raises(openai.AuthenticationError) as caught:
            await client.models.list()
    assert (caught.value.code, caught.value.type) == ("invalid_api_key", "invalid_request_error")


@pytest.mark.parametrize(
    ("fields", "kind", "param"),
    [
        ({"model": "jimeng-4.55"}, openai.NotFoundError, "model"),
        ({"size": "1000x10"}, openai.BadRequestError, "size"),
        ({"size": "large"}, openai.BadRequestError, "size"),
        ({"size": "9000x9000"}, openai.BadRequestError, "size"),
        ({"prompt": ""}, openai.BadRequestError, "prompt"),
        ({"prompt": "  -ra 1:1 "}, openai.BadRequestError, "prompt"),
        ({"prompt": "x" * 32_001}, openai.BadRequestError, "prompt"),
        ({"n": 0}, openai.BadRequestError, "n"),
        ({"n": 11}, openai.BadRequestError, "n"),
        ({"n": "2"}, openai.BadRequestError, "n"),
        ({"background": "transparent"}, openai.BadRequestError, "background"),
        ({"output_format": "svg"}, openai.BadRequestError, "output_format"),
        ({"extra_body": {"ratio": "5:1"}}, openai.BadRequestError, "ratio"),
        ({"extra_body": {"resolution": "8k"}}, openai.BadRequestError, "resolution"),
        ({"extra_body": {"images": ["ftp://example.com/a.png"]}}, openai.BadRequestError, "images[0]"),
        ({"extra_body": {"max_credits": 1}}, openai.BadRequestError, "max_credits"),
    ],
)
async def test_impossible_wishes_raise_the_right_class_and_spend_nothing(
    gateway: Any, fields: dict[str, Any], kind: type[openai.APIStatusError], param: str
) -> None:
    async with gateway.client("sandbox-impossible") as client:
        refused = await refusal(client, **fields)
        assert isinstance(refused, kind)
        assert refused.param == param
        jobs = await client.get("/jobs", cast_to=httpx2.Response)
        assert jobs.json()["data"] == []


async def test_an_unknown_model_is_told_its_neighbours(gateway: Any) -> None:
    async with gateway.client() as client:
        assert "jimeng-4.5" in (await refusal(client, model="jimeng-4.55")).message


async def test_an_expired_session_is_the_callers_to_renew(gateway: Any) -> None:
    async with gateway.client("sandbox-a-expired-at-submit") as client:
        refused = await refusal(client, n=1)
    assert isinstance(refused, openai.AuthenticationError)
    assert refused.code == "session_expired"


async def test_no_credit_is_told_once_and_not_tried_again(gateway: Any) -> None:
    async with gateway.client("sandbox-a-no-credit", max_retries=2) as client:
        refused = await refusal(client, n=1)
        assert isinstance(refused, openai.RateLimitError)
        assert (refused.code, refused.type) == ("insufficient_quota", "insufficient_quota")
        assert json.loads(refused.response.content)["error"]["charged"] == "no"
        jobs = await client.get("/jobs", cast_to=httpx2.Response)
        assert len(jobs.json()["data"]) == 1


async def test_refused_content_is_a_bad_request(gateway: Any) -> None:
    async with gateway.client("sandbox-content") as client:
        refused = await refusal(client, prompt="a fox [sim:refused]")
    assert isinstance(refused, openai.BadRequestError)
    assert refused.code == "content_policy_violation"
