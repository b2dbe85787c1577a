"""What agents look at: models, balances, what was made before, results as resources."""

import base64
import io
import json

import httpx2
import pytest
from mcp import MCPError, types
from PIL import Image
from tests.agents import HANDSHAKE, STATELESS, Connect, call, texts
from tests.running import Running

pytestmark = pytest.mark.asyncio(loop_scope="session")
ERAS = pytest.mark.parametrize("era", [HANDSHAKE, STATELESS])


@ERAS
async def test_a_result_is_read_as_a_resource_by_its_owner_only(connect: Connect, era: str) -> None:
    async with connect(era=era) as client:
        made = await call(client, "generate_image", prompt=f"a lynx in {era}", n=1, size="512x512")
        uri = made["artifacts"][0]["uri"]
        (blob,) = (await client.read_resource(uri)).contents
        assert isinstance(blob, types.BlobResourceContents)
        assert Image.open(io.BytesIO(base64.b64decode(blob.blob))).size == (512, 512)
        (text,) = (await client.read_resource(f"job://{made['job_id']}")).contents
        assert isinstance(text, types.TextResourceContents)
        assert json.loads(text.text)["state"] == "completed"
        assert uri in [each.uri for each in (await client.list_resources()).resources]
        templates = [each.uri_template for each in (await client.list_resource_templates()).resource_templates]
        assert templates == ["artifact://{artifact_id}", "job://{job_id}"]
    async with connect("sandbox-mcp-other", era=era) as client:
        assert (await client.list_resources()).resources == []
        for foreign in (uri, f"job://{made['job_id']}"):
            with pytest.raises(MCPError) as refused:
                await client.read_resource(foreign)
            assert refused.value.code == types.INVALID_PARAMS
            assert refused.value.data["code"] == "job_not_found"


@pytest.mark.parametrize(
    "uri", ["artifact://", "file:///etc/passwd", "artifact://../x", "artifact://art_unknown", "job://x"]
)
async def test_what_is_no_resource_of_ours_is_refused(connect: Connect, uri: str) -> None:
    async with connect() as client:
        with pytest.raises(MCPError) as refused:
            await client.read_resource(uri)
    assert refused.value.code == types.INVALID_PARAMS
    assert refused.value.data["remedy"]


async def test_of_a_video_the_still_and_the_address_are_read(connect: Connect) -> None:
    async with connect() as client:
        made = await call(client, "generate_video", prompt="a lynx runs", model="jimeng-video-3.0")
        text, still = (await client.read_resource(made["artifacts"][0]["uri"])).contents
    assert isinstance(text, types.TextResourceContents)
    assert json.loads(text.text)["url"] == made["artifacts"][0]["url"]
    assert isinstance(still, types.BlobResourceContents)
    assert still.mime_type == "image/jpeg"


async def test_models_are_those_of_the_callers_site_with_what_they_can_do(connect: Connect) -> None:
    async with connect() as client:
        everything = await call(client, "list_models")
        videos = await call(client, "list_models", kind="video")
    kinds = {model["kind"] for model in everything["models"]}
    assert kinds == {"image", "video"}
    assert {model["kind"] for model in videos["models"]} == {"video"}
    assert all(model["seconds"] and model["modes"] for model in videos["models"])
    assert "jimeng-4.5" in {model["id"] for model in everything["models"]}


async def test_the_balance_is_told_for_each_account_without_naming_a_session(connect: Connect) -> None:
    async with connect("sandbox-mcp-rich,sandbox-mcp-poor") as client:
        result = await client.call_tool("balance", {})
    accounts = result.structured_content["accounts"]
    assert [each["site"] for each in accounts] == ["sandbox", "sandbox"]
    assert all(each["credits"] > 0 for each in accounts)
    assert "mcp-rich" not in result.model_dump_json()
    assert "credits" in texts(result)


async def test_the_gallery_is_searched_by_words_kind_and_date_a_page_at_a_time(connect: Connect) -> None:
    async with connect("sandbox-mcp-gallery") as client:
        for prompt in ("a Red owl", "a blue owl", "a red crow"):
            await call(client, "generate_image", prompt=prompt, n=1, size="512x512")

        async def search(**asked: object) -> list[str]:
            return [job["prompt"] for job in (await call(client, "search_gallery", **asked))["jobs"]]

        assert await search() == ["a red crow", "a blue owl", "a Red owl"]
        assert await search(text="RED owl") == ["a Red owl"]
        assert await search(kind="video") == []
        assert await search(since="2999-01-01") == []
        assert await search(until="2001-01-01T00:00:00Z") == []
        assert len(await search(since="2001-01-01", until="2999-01-01")) == 3
        first = await call(client, "search_gallery", limit=2)
        rest = await call(client, "search_gallery", limit=2, after=first["next_after"])
        assert [job["prompt"] for job in rest["jobs"]] == ["a Red owl"]
        assert rest["next_after"] is None
        result = await client.call_tool("search_gallery", {"text": "owl"})
    assert len([each for each in result.content if isinstance(each, types.ImageContent)]) == 2
    assert len(result.model_dump_json()) < 200_000


async def test_a_job_whose_results_were_deleted_says_so_and_leaves_the_gallery(
    connect: Connect, gateway: Running
) -> None:
    token = "sandbox-mcp-emptied"
    async with connect(token) as client, httpx2.AsyncClient(base_url=gateway.url) as http:
        made = [await call(client, "generate_image", prompt=f"lynx {number}", n=1, size="512x512") for number in (1, 2)]
        uri = made[0]["artifacts"][0]["uri"]
        gone = await http.delete(
            f"/v1/artifacts/{made[0]['artifacts'][0]['id']}", headers={"Authorization": f"Bearer {token}"}
        )
        assert gone.status_code == 200
        found = await call(client, "search_gallery")
        assert [job["job_id"] for job in found["jobs"]] == [made[1]["job_id"]]
        assert uri not in [each.uri for each in (await client.list_resources()).resources]
        with pytest.raises(MCPError):
            await client.read_resource(uri)
        waited = await client.call_tool("wait_job", {"job_id": made[0]["job_id"]})
    assert not waited.is_error
    assert waited.structured_content["artifacts"] == []
    assert "Its results were deleted since." in texts(waited)
