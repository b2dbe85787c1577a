"""Who is let in, what is refused and in which words, and what agents read first."""

import asyncio
import sys

import httpx2
import pytest
from mcp import MCPError, types
from tests.agents import HANDSHAKE, STATELESS, Connect, texts
from tests.running import Running

pytestmark = pytest.mark.asyncio(loop_scope="session")
ERAS = pytest.mark.parametrize("era", [HANDSHAKE, STATELESS])
LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
ACCEPT = {"accept": "application/json, text/event-stream"}


@ERAS
async def test_a_client_with_an_unknown_credential_is_told_what_to_do(connect: Connect, era: str) -> None:
    with pytest.raises((MCPError, ExceptionGroup)) as refused:
        async with connect("nonsense", era=era) as client:
            await client.list_tools()
    error = refused.value
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, MCPError)
    assert error.data["code"] == "invalid_api_key"
    assert error.data["remedy"] in error.message


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer nonsense"}, {"authorization": "Basic sandbox"}])
async def test_a_missing_or_wrong_credential_is_401(gateway: Running, headers: dict[str, str]) -> None:
    async with httpx2.AsyncClient() as http:
        answer = await http.post(f"{gateway.url}/mcp", json=LIST, headers={**ACCEPT, **headers})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["x-request-id"]
    assert answer.json()["error"]["data"]["code"] == "invalid_api_key"


async def test_pages_of_others_and_strange_hosts_are_kept_out(gateway: Running) -> None:
    headers = {**ACCEPT, "authorization": "Bearer sandbox"}
    async with httpx2.AsyncClient() as http:
        page = await http.post(f"{gateway.url}/mcp", json=LIST, headers={**headers, "origin": "https://evil.example"})
        host = await http.post(f"{gateway.url}/mcp", json=LIST, headers={**headers, "host": "evil.example"})
    assert (page.status_code, page.json()["error"]["code"]) == (403, "origin_not_allowed")
    assert (host.status_code, host.json()["error"]["code"]) == (403, "host_not_allowed")


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_there_are_no_sessions_to_listen_to_or_to_end(gateway: Running, method: str) -> None:
    async with httpx2.AsyncClient(headers={"authorization": "Bearer sandbox", **ACCEPT}) as http:
        answer = await http.request(method, f"{gateway.url}/mcp")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


@ERAS
@pytest.mark.parametrize(
    ("tool", "arguments", "param", "code"),
    [
        ("generate_image", {}, "prompt", "missing_required_parameter"),
        ("generate_image", {"prompt": "a fox", "n": "many"}, "n", "invalid_value"),
        ("generate_image", {"prompt": "a fox", "n": 99}, "n", None),
        ("generate_image", {"prompt": "a fox", "model": "no-such-model"}, "model", "model_not_found"),
        ("generate_image", {"prompt": "a fox", "ratio": "7:1"}, "ratio", None),
        ("generate_image", {"prompt": "a fox", "max_credits": 0}, "max_credits", None),
        ("generate_image", {"prompt": "a fox", "references": ["art_none"]}, "references[0]", "artifact_not_found"),
        ("generate_image", {"prompt": "a fox", "references": ["http://127.0.0.1:1/x.png"]}, "references[0]", None),
        ("generate_video", {"prompt": "a fox", "seconds": 977}, None, None),
        ("submit", {"prompt": "a fox"}, "kind", "missing_required_parameter"),
        ("submit", {"kind": "video", "prompt": "a fox", "mode": "dance"}, "mode", "invalid_value"),
        ("search_gallery", {"limit": 0}, "limit", "invalid_value"),
        ("search_gallery", {"since": "yesterday"}, "since", "invalid_value"),
        ("get_job", {"job_id": "job_none"}, "id", "job_not_found"),
    ],
)
async def test_wrong_arguments_are_named_and_cost_nothing(
    connect: Connect, era: str, tool: str, arguments: dict[str, object], param: str | None, code: str | None
) -> None:
    async with connect("sandbox-mcp-clumsy", era=era) as client:
        result = await client.call_tool(tool, arguments)
        made = await client.call_tool("search_gallery", {})
    assert result.is_error
    error = result.structured_content["error"]
    assert param in {None, error["param"]}, error
    assert code in {None, error["code"]}, error
    assert error["charged"] == "no"
    assert error["remedy"] in texts(result)
    assert made.structured_content["jobs"] == []


async def test_arguments_that_are_not_known_have_no_effect_and_are_named(connect: Connect) -> None:
    async with connect() as client:
        result = await client.call_tool("generate_image", {"prompt": "a fox", "n": 1, "quality": "best"})
    assert not result.is_error
    assert "No effect had: quality." in texts(result)


@ERAS
async def test_a_tool_that_is_not_there_is_an_error_of_the_protocol(connect: Connect, era: str) -> None:
    async with connect(era=era) as client:
        with pytest.raises(MCPError) as refused:
            await client.call_tool("paint", {})
    assert refused.value.code == types.INVALID_PARAMS
    assert "generate_image" in refused.value.message


async def test_what_agents_read_first_has_the_addresses_under_which_they_called(gateway: Running) -> None:
    async with httpx2.AsyncClient() as http:
        answer = await http.get(f"{gateway.url}/llms.txt")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    text = answer.text
    assert text.startswith("# Dreambridge\n\n> ")
    assert f"({gateway.url}/mcp)" in text
    assert f"({gateway.url}/v1)" in text
    assert "$" not in text


async def test_the_figures_count_calls_of_agents(gateway: Running, connect: Connect) -> None:
    async with connect() as client:
        await client.list_tools()
    async with httpx2.AsyncClient() as http:
        figures = (await http.get(f"{gateway.url}/metrics")).text
    assert any('"/mcp"' in line and 'status="200"' in line for line in figures.splitlines())


async def test_nothing_of_the_protocols_package_is_imported_at_start() -> None:
    program = "import sys, dreambridge.wiring.server; print({'mcp', 'mcp_types', 'httpx2'} & set(sys.modules))"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    assert (process.returncode, out.decode().strip()) == (0, "set()")
