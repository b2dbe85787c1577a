"""The tools, called by the protocol's own client in both eras of the protocol."""

import base64
import io

import pytest
from mcp import types
from PIL import Image
from tests.agents import HANDSHAKE, STATELESS, Connect, texts

pytestmark = pytest.mark.asyncio(loop_scope="session")
ERAS = pytest.mark.parametrize("era", [HANDSHAKE, STATELESS])


@ERAS
async def test_tools_are_listed_with_schemas_that_name_what_is_required(connect: Connect, era: str) -> None:
    async with connect(era=era) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert set(tools) == {
        "list_models",
        "generate_image",
        "generate_video",
        "submit",
        "get_job",
        "wait_job",
        "cancel_job",
        "search_gallery",
        "balance",
    }
    assert tools["generate_image"].input_schema["required"] == ["prompt"]
    for tool in tools.values():
        assert tool.description
        assert all(part.get("description") for part in tool.input_schema["properties"].values()), tool.name
    looks = {name for name, tool in tools.items() if tool.annotations and tool.annotations.read_only_hint}
    assert looks == {"list_models", "get_job", "wait_job", "search_gallery", "balance"}


@ERAS
async def test_a_picture_is_made_with_progress_and_comes_as_link_and_small_version(connect: Connect, era: str) -> None:
    told: list[tuple[float, str | None]] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        assert total == 100
        told.append((progress, message))

    async with connect(era=era) as client:
        result = await client.call_tool(
            "generate_image", {"prompt": f"a fox in {era}", "n": 1, "ratio": "16:9"}, progress_callback=hear
        )
    assert not result.is_error, texts(result)
    steps = [progress for progress, _ in told]
    assert steps == sorted(set(steps))
    assert steps[-1] == pytest.approx(100, abs=0.5)
    job_id = result.structured_content["job_id"]
    assert all(message and job_id in message for _, message in told)
    (made,) = result.structured_content["artifacts"]
    (link,) = [each for each in result.content if isinstance(each, types.ResourceLink)]
    (small,) = [each for each in result.content if isinstance(each, types.ImageContent)]
    assert link.uri == made["uri"]
    assert made["url"] in texts(result)
    picture = Image.open(io.BytesIO(base64.b64decode(small.data)))
    assert max(picture.size) == 512
    assert len(small.data) < 200_000
