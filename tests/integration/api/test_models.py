"""`/v1/models`: every name that works, what it can do, and how clients tell pictures from videos."""

import asyncio
from typing import Any

import httpx2
import pytest
import pytest_asyncio

pytestmark = pytest.mark.asyncio(loop_scope="session")
HEADERS = {"Authorization": "Bearer sandbox-models"}
CAPABILITIES = {
    *("kind", "sites", "ratios", "resolutions", "sizes", "durations", "inputs", "limits", "cost"),
    *("live", "stale", "alias_of", "status", "seen"),
}
# The names that the documents of other gateways show, and those that OpenAI's clients have built in.
OTHERS = (
    *("jimeng-4.5", "jimeng-4.1", "jimeng-4.0", "jimeng-3.1", "jimeng-3.0", "jimeng-2.1", "jimeng-2.0-pro"),
    *("jimeng-2.0", "jimeng-1.4", "jimeng-xl-pro", "jimeng-nano-banana", "nanobanana", "nanobananapro"),
    *("dreamina-4.5", "dreamina-4.1", "dreamina-4.0", "jimeng-video-3.0", "jimeng-video-3.0-pro"),
    *("jimeng-video-2.0", "jimeng-video-2.0-pro", "jimeng-video-3.0-fast", "jimeng-video-3.5-pro", "seedance-2.0"),
)
BUILT_IN = {
    **dict.fromkeys(("gpt-image-1", "gpt-image-1-mini", "gpt-image-1.5", "chatgpt-image-latest"), "jimeng-4.5"),
    **dict.fromkeys(("dall-e-2", "dall-e-3"), "jimeng-4.5"),
    **dict.fromkeys(("sora-2", "sora-2-pro"), "jimeng-video-3.5-pro"),
}


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def http(gateway: Any) -> Any:
    async with httpx2.AsyncClient(base_url=gateway.url, timeout=30, headers=HEADERS) as client:
        yield client


async def listed(http: httpx2.AsyncClient, query: str = "") -> dict[str, dict[str, Any]]:
    answer = await http.get(f"/v1/models{query}")
    assert answer.status_code == 200
    body = answer.json()
    assert body["object"] == "list"
    found = {entry["id"]: entry for entry in body["data"]}
    assert len(found) == len(body["data"])
    return found


async def test_every_entry_has_openais_fields_and_ours(http: Any) -> None:
    for entry in (await listed(http)).values():
        assert set(entry) == {
            *("id", "object", "created", "owned_by", "shutdown_date", "supported_endpoint_types", "dreambridge")
        }
        assert (entry["object"], entry["shutdown_date"]) == ("model", None)
        assert isinstance(entry["created"], int)
        assert set(entry["dreambridge"]) >= CAPABILITIES


async def test_the_first_endpoint_type_tells_pictures_from_videos_and_all_can_chat(http: Any) -> None:
    first = {"image": "image-generation", "video": "openai-video", "agent": "openai"}
    for entry in (await listed(http)).values():
        types = entry["supported_endpoint_types"]
        assert types[0] == first[entry["dreambridge"]["kind"]]
        assert "openai" in types


@pytest.mark.parametrize("kind", ["image", "video", "audio", "agent"])
async def test_the_list_is_narrowed_by_kind(http: Any, kind: str) -> None:
    found, narrowed = await listed(http), await listed(http, f"?kind={kind}")
    assert set(narrowed) == {name for name, entry in found.items() if entry["dreambridge"]["kind"] == kind}
    assert bool(narrowed) is (kind != "audio")


async def test_an_unknown_kind_is_refused(http: Any) -> None:
    answer = await http.get("/v1/models?kind=chat")
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "kind")


async def test_every_name_that_is_listed_is_found_by_itself_as_listed(http: Any) -> None:
    found = await listed(http)
    answers = await asyncio.gather(*(http.get(f"/v1/models/{name}") for name in found))
    assert [answer.json() for answer in answers] == list(found.values())


@pytest.mark.parametrize("name", [*OTHERS, *BUILT_IN, "gpt-image-2", "agent", "Agent"])
async def test_every_name_of_other_gateways_and_of_openai_is_found(http: Any, name: str) -> None:
    answer = await http.get(f"/v1/models/{name}")
    assert answer.status_code == 200
    assert answer.json()["id"].casefold() == name.casefold()


async def test_built_in_names_say_what_they_stand_for(http: Any) -> None:
    found = await listed(http)
    assert {name: found[name]["dreambridge"]["alias_of"] for name in BUILT_IN} == BUILT_IN
    assert found["dall-e-3"]["dreambridge"]["counts"]["default"] == 1
    assert found["jimeng-4.5"]["dreambridge"]["counts"]["default"] == 4


async def test_a_video_says_its_lengths_inputs_sizes_and_price(http: Any) -> None:
    found = await listed(http)
    sora, fast = found["sora-2"]["dreambridge"], found["jimeng-video-3.0-fast"]["dreambridge"]
    assert sora["durations"] == [5, 10, 12]
    assert sora["video"]["seconds_made"] == {"4": 5, "8": 10, "12": 12}
    assert found["jimeng-video-3.5-pro"]["dreambridge"]["video"]["seconds_made"] == {}
    assert sora["inputs"] == {"images": 2, "videos": 0, "audios": 0}
    assert fast["inputs"]["images"] == 10
    assert found["jimeng-video-seedance-2.0-fast"]["dreambridge"]["inputs"] == {"images": 9, "videos": 3, "audios": 3}
    assert fast["sizes"]["720p"]["16:9"] == "1280x720"
    assert fast["cost"] == {"per": "second", "credits": {"720p": 4}}
    assert found["jimeng-4.5"]["dreambridge"]["cost"]["per"] == "picture"


async def test_a_retired_model_is_found_and_not_listed(http: Any) -> None:
    answer = (await http.get("/v1/models/jimeng-2.1")).json()
    assert answer["dreambridge"]["status"] == "retired"
    assert "jimeng-2.1" not in await listed(http)


async def test_a_name_as_lobehub_writes_it_works_and_is_not_listed(http: Any) -> None:
    assert not [name for name in await listed(http) if name.endswith(":image")]
    answer = (await http.get("/v1/models/jimeng-4.5:image")).json()
    assert answer["dreambridge"]["alias_of"] == "jimeng-4.5"
    drawn = await http.post("/v1/images/generations", json={"model": "dall-e-3:image", "prompt": "a", "size": "1k"})
    assert drawn.status_code == 400  # what the model makes, and not its name, is what is wrong
    assert drawn.json()["error"]["param"] == "size"


async def test_a_model_cannot_be_deleted(http: Any) -> None:
    answer = await http.delete("/v1/models/jimeng-4.5")
    assert (answer.status_code, answer.json()["error"]["code"]) == (405, "method_not_supported")
    assert "GET" in answer.headers["allow"]


@pytest.mark.parametrize("path", ["/v1/models", "/v1/models/jimeng-4.5", "/v1/models/agent"])
async def test_a_bad_key_is_told_so(http: Any, path: str) -> None:
    answer = await http.get(path, headers={"Authorization": "Bearer sk-none"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "invalid_api_key")
