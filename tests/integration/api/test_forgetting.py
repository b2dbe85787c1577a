"""`DELETE /v1/artifacts/{id}` over HTTP: one result goes for good, its job stays, and an emptied job reads well."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest
import pytest_asyncio
from tests.running import serve_gateway

pytestmark = pytest.mark.asyncio(loop_scope="session")
OWNER = {"Authorization": "Bearer sandbox-forgetting"}
STRANGER = {"Authorization": "Bearer sandbox-forgetting-other"}
SMALL = {"model": "jimeng-4.0", "size": "512x512"}


@pytest_asyncio.fixture(loop_scope="session")
async def web(gateway: Any) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=gateway.url, timeout=60, headers=OWNER) as client:
        yield client


async def make(web: httpx2.AsyncClient, n: int, prompt: str = "a fox", **headers: str) -> tuple[str, list[str]]:
    """Have pictures made; give the job's id and theirs."""
    body = {"prompt": prompt, "n": n, **SMALL}
    made = await web.post("/v1/images/generations", json=body, headers=headers)
    assert made.status_code == 200, made.text
    ids = [each["url"].rpartition("/")[2].partition(".")[0] for each in made.json()["data"]]
    return made.headers["x-job-id"], ids


async def make_video(web: httpx2.AsyncClient) -> tuple[str, str]:
    """Have a video made; give the job's id and its own."""
    body = {"prompt": "waves", "model": "jimeng-video-3.0"}
    made = await web.post("/v1/videos/generations", json=body)
    assert made.status_code == 200, made.text
    return made.headers["x-job-id"], made.json()["data"][0]["url"].rpartition("/")[2].partition(".")[0]


async def remove(web: httpx2.AsyncClient, *artifact_ids: str) -> None:
    for each in artifact_ids:
        assert (await web.delete(f"/v1/artifacts/{each}")).status_code == 200


def code_of(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


async def test_one_result_of_several_is_deleted_and_the_job_lists_the_rest(
    web: httpx2.AsyncClient, tmp_path_factory: pytest.TempPathFactory
) -> None:
    job_id, (first, second, third) = await make(web, 3)
    address = f"/v1/artifacts/{second}.png"
    assert (await web.get(address)).status_code == (await web.get(f"{address}?w=256")).status_code == 200
    files = list(tmp_path_factory.getbasetemp().rglob(f"{second}*"))
    assert len(files) == 2
    answer = await web.delete(f"/v1/artifacts/{second}")
    assert (answer.status_code, answer.headers["x-job-id"], answer.json()) == (
        200,
        job_id,
        {"id": second, "object": "artifact.deleted", "deleted": True},
    )
    assert not any(each.exists() for each in files)
    for path in (address, f"{address}?w=256", f"/v1/artifacts/{second}"):
        assert code_of(await web.get(path)) == (404, "artifact_not_found")
    assert code_of(await web.delete(f"/v1/artifacts/{second}")) == (404, "artifact_not_found")
    job = (await web.get(f"/v1/jobs/{job_id}")).json()
    assert [(each["id"], each["index"]) for each in job["artifacts"]] == [(first, 0), (third, 2)]
    assert (job["state"], job["partial"], job["error"]) == ("completed", False, None)
    (listed,) = [each for each in (await web.get("/v1/jobs")).json()["data"] if each["id"] == job_id]
    assert listed == job


async def test_only_the_owner_deletes_and_only_by_the_bare_id(web: httpx2.AsyncClient) -> None:
    _, (artifact_id,) = await make(web, 1)
    path = f"/v1/artifacts/{artifact_id}"
    assert (await web.delete(path, headers={"Authorization": ""})).status_code == 401
    assert (await web.delete(path, headers=STRANGER)).status_code == 404
    assert code_of(await web.delete(f"{path}.png")) == (404, "artifact_not_found")
    assert code_of(await web.delete(f"/v1/artifacts/art_{'b' * 26}")) == (404, "artifact_not_found")
    assert (await web.get(f"{path}.png")).status_code == 200


async def test_an_emptied_picture_job_reads_well_everywhere(web: httpx2.AsyncClient, gateway: Any) -> None:
    key = {"Idempotency-Key": "emptied"}
    job_id, ids = await make(web, 2, "a vanishing fox", **key)
    await remove(web, *ids)
    job = (await web.get(f"/v1/jobs/{job_id}")).json()
    assert (job["state"], job["status"], job["error"], job["artifacts"]) == ("completed", "completed", None, [])
    assert any(each == job for each in (await web.get("/v1/jobs")).json()["data"])
    task = (await web.get(f"/v1/images/tasks/{job_id}")).json()
    assert (task["status"], task["error"]) == ("failed", "artifact_gone: The results of this job were deleted.")
    (entry,) = (await web.post("/v1/images/history", json={"task_ids": [job_id]})).json()["data"]
    assert (entry["status"], entry["images"], entry["found"]) == ("failed", [], True)
    async with web.stream("GET", f"/v1/jobs/{job_id}/events") as events:
        assert '"type":"end"' in "".join([line async for line in events.aiter_lines()]).replace('": "', '":"')
    again = await web.post("/v1/images/generations", json={"prompt": "a vanishing fox", "n": 2, **SMALL}, headers=key)
    assert code_of(again) == (404, "artifact_gone")
    assert again.headers["x-job-id"] == job_id
    # Without the key it is a new wish.
    assert (await make(web, 2, "a vanishing fox"))[0] != job_id
    for reference, code in ((job_id, "artifact_not_found"), (ids[0], "artifact_not_found")):
        body = {"prompt": "again", "n": 1, "images": [reference], **SMALL}
        assert code_of(await web.post("/v1/images/generations", json=body)) == (400, code)


async def test_a_stream_that_joins_an_emptied_job_ends_with_the_error(gateway: Any, web: httpx2.AsyncClient) -> None:
    key = {"Idempotency-Key": "emptied-stream"}
    _, ids = await make(web, 1, "a vanishing stream", **key)
    await remove(web, *ids)
    async with gateway.client("sandbox-forgetting", max_retries=0) as client:
        with pytest.raises(openai.APIError) as told:
            async for _ in await client.images.generate(
                prompt="a vanishing stream", n=1, stream=True, extra_headers=key, **SMALL
            ):
                pass
    assert told.value.code == "artifact_gone"


async def test_a_chat_that_means_an_earlier_picture_is_told_that_it_is_gone(web: httpx2.AsyncClient) -> None:
    talk: list[dict[str, Any]] = [{"role": "user", "content": "a fox in the snow"}]
    said = await web.post("/v1/chat/completions", json={"model": "jimeng-4.0", "messages": talk, "n": 1})
    content = said.json()["choices"][0]["message"]["content"]
    await remove(web, content.partition("/v1/artifacts/")[2].partition(".")[0])
    talk += [{"role": "assistant", "content": content}, {"role": "user", "content": "make it red"}]
    answer = await web.post("/v1/chat/completions", json={"model": "jimeng-4.0", "messages": talk, "n": 1})
    assert code_of(answer) == (400, "artifact_not_found")
    talk[-1] = {"role": "user", "content": "a new owl"}
    answer = await web.post("/v1/chat/completions", json={"model": "jimeng-4.0", "messages": talk, "n": 1})
    assert answer.status_code == 200


async def test_an_emptied_video_has_no_content_and_reads_well(
    web: httpx2.AsyncClient, tmp_path_factory: pytest.TempPathFactory
) -> None:
    job_id, film = await make_video(web)
    still = (await web.get(f"/v1/jobs/{job_id}")).json()["artifacts"][0]["thumbnail_url"]
    assert (await web.get(still)).status_code == 200
    await remove(web, film)
    assert (await web.get(still)).status_code == 404
    names = (film, still.rpartition("/")[2].partition(".")[0])
    assert not [path for name in names for path in tmp_path_factory.getbasetemp().rglob(f"{name}*")]
    for variant in ("", "?variant=thumbnail", "?variant=spritesheet"):
        assert code_of(await web.get(f"/v1/videos/{job_id}/content{variant}")) == (404, "artifact_gone")
    video = (await web.get(f"/v1/videos/{job_id}")).json()
    assert (video["status"], video["url"], video["error"]) == ("completed", None, None)
    assert any(each["id"] == job_id for each in (await web.get("/v1/videos")).json()["data"])
    relay = (await web.get(f"/v1/video/generations/{job_id}")).json()
    assert (relay["status"], relay["error"]["code"], "url" in relay) == ("failed", 404, False)
    assert (await web.delete(f"/v1/videos/{job_id}")).status_code == 200


async def test_deleting_works_alike_on_either_database_and_lasts_over_a_restart(
    database_url: str, tmp_path: Path, clean_environment: None
) -> None:
    for round_ in ("before", "after"):
        async with (
            serve_gateway(tmp_path, database_url=database_url, secret_key="s" * 40) as running,
            httpx2.AsyncClient(base_url=running.url, timeout=60, headers=OWNER) as web,
        ):
            if round_ == "before":
                job_id, (first, second) = await make(web, 2)
                await remove(web, first)
            assert (await web.get(f"/v1/artifacts/{first}.png")).status_code == 404
            assert (await web.get(f"/v1/artifacts/{second}.png")).status_code == 200
            job = (await web.get(f"/v1/jobs/{job_id}")).json()
            assert [each["id"] for each in job["artifacts"]] == [second]
    assert list((tmp_path / "artifacts").rglob(f"{first}*")) == []
