"""`/v1/videos` with the official client: start, follow, fetch, list, remix, delete, and what is refused."""

import asyncio
import base64
import io
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import openai
import pytest
import pytest_asyncio
from PIL import Image

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    # The original has ended; its client says so on every call.
    pytest.mark.filterwarnings("ignore:The Sora API:DeprecationWarning"),
]


def picture(colour: str = "red") -> bytes:
    held = io.BytesIO()
    Image.new("RGB", (640, 360), colour).save(held, "PNG")
    return held.getvalue()


@pytest_asyncio.fixture(loop_scope="session")
async def http(gateway: Any) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=gateway.url, timeout=30) as client:
        yield client


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def job_of(http: httpx2.AsyncClient, job_id: str, token: str) -> dict[str, Any]:
    job: dict[str, Any] = (await http.get(f"/v1/jobs/{job_id}", headers=bearer(token))).json()
    return job


async def test_the_official_client_makes_a_video_and_downloads_it_whole_and_in_part(gateway: Any, http: Any) -> None:
    token = "sandbox-film"
    async with gateway.client(token) as client:
        video = await client.videos.create_and_poll(prompt="waves -ra 9:16", model="sora-2", seconds="4")
        assert (video.status, video.progress, video.error) == ("completed", 100, None)
        assert video.id.startswith("video_")
        # OpenAI's lengths become lengths of the model, and the answer tells the true one.
        assert (video.model, video.seconds, video.size, video.prompt) == ("sora-2", "5", "720x1280", "waves")
        assert video.completed_at is not None
        assert video.completed_at >= video.created_at
        whole = await (await client.videos.download_content(video.id)).aread()
        assert whole[4:8] == b"ftyp"
        still = await client.videos.download_content(video.id, variant="thumbnail")
        with Image.open(io.BytesIO(await still.aread())) as image:
            assert image.width > 8
        with pytest.raises(openai.BadRequestError) as caught:
            await client.videos.download_content(video.id, variant="spritesheet")
        assert (caught.value.param, caught.value.code) == ("variant", "unsupported_option")
    path = f"/v1/videos/{video.id}/content"
    part = await http.get(path, headers={**bearer(token), "Range": "bytes=4-7"})
    assert (part.status_code, part.content, part.headers["content-type"]) == (206, b"ftyp", "video/mp4")
    assert part.headers["content-range"] == f"bytes 4-7/{len(whole)}"
    head = await http.head(path, headers=bearer(token))
    assert (head.status_code, head.headers["content-length"], head.content) == (200, str(len(whole)), b"")
    beyond = await http.get(path, headers={**bearer(token), "Range": f"bytes={len(whole)}-"})
    assert beyond.status_code == 416
    assert (await http.get(path)).status_code == 401
    assert (await http.get(path, headers=bearer("sandbox-stranger"))).status_code == 404
    # The address in the answer needs no credential, and does not mind a wrong one.
    for headers in ({}, bearer("nobody")):
        assert (await http.get(video.model_extra["url"], headers=headers)).content == whole


async def test_an_unfinished_video_says_when_to_look_again_and_refuses_its_content(gateway: Any, http: Any) -> None:
    token = "sandbox-unfinished"
    async with gateway.client(token) as client:
        raw = await client.videos.with_raw_response.create(prompt="waves [sim:stuck]")
        video = raw.parse()
        looked = await client.videos.with_raw_response.retrieve(video.id)
        for answer in (raw, looked):
            assert 1000 <= int(answer.headers["openai-poll-after-ms"]) <= 15_000
            assert 1 <= int(answer.headers["retry-after"]) <= 15
            assert answer.headers["x-job-id"] == video.id
        shown = looked.http_response.json()
        assert (shown["status"] in {"queued", "in_progress"}, shown["error"], shown["url"]) == (True, None, None)
        for name, kind in (("created_at", int), ("progress", int), ("seconds", str), ("size", str)):
            assert type(shown[name]) is kind, name
        with pytest.raises(openai.BadRequestError) as caught:
            await client.videos.download_content(video.id)
        assert caught.value.code == "video_not_ready"
        assert caught.value.response.headers["x-should-retry"] == "false"
        assert int(caught.value.response.headers["openai-poll-after-ms"]) >= 1000
        with pytest.raises(openai.BadRequestError) as caught:
            await client.videos.delete(video.id)
        assert caught.value.code == "job_running"
    await http.post(f"/v1/jobs/{video.id}/cancel", headers=bearer(token))


async def test_a_failed_video_is_returned_and_not_raised(gateway: Any) -> None:
    async with gateway.client("sandbox-failed") as client:
        video = await client.videos.create_and_poll(prompt="waves [sim:video-refused]")
        assert video.status == "failed"
        assert video.error is not None
        assert video.error.code == "content_policy_violation"
        assert video.error.message
        with pytest.raises(openai.BadRequestError) as caught:
            await client.videos.download_content(video.id)
        assert caught.value.code == "video_failed"


@pytest.mark.parametrize("form", ["file", "image_url text part", "json object", "json string", "file_id"])
async def test_an_input_reference_comes_in_every_form(gateway: Any, http: Any, form: str) -> None:
    token = "sandbox-reference"
    url = "data:image/png;base64," + base64.b64encode(picture()).decode()
    said = {"prompt": "it moves", "seconds": "5", "model": "jimeng-video-3.0"}
    if form == "file":
        async with gateway.client(token) as client:
            raw = await client.videos.with_raw_response.create(input_reference=("a.png", picture()), **said)
            job_id = raw.headers["x-job-id"]
    else:
        forms: dict[str, dict[str, Any]] = {
            # The official client sends such parts with extra_body.
            "image_url text part": {"files": {name: (None, text) for name, text in said.items()}},
            "json object": {"json": {**said, "input_reference": {"image_url": url}, "seconds": 5}},
            "json string": {"json": {**said, "input_reference": url}},
        }
        if form == "file_id":
            asset = await http.post("/v1/assets", files={"file": ("a.png", picture())}, headers=bearer(token))
            forms["file_id"] = {"json": {**said, "input_reference": {"file_id": asset.json()["id"]}}}
        else:
            forms["image_url text part"]["files"]["input_reference[image_url]"] = (None, url)
        answer = await http.post("/v1/videos", headers=bearer(token), **forms[form])
        assert answer.status_code == 200, answer.text
        job_id = answer.json()["id"]
    asked = (await job_of(http, job_id, token))["request"]
    assert (asked["mode"], len(asked["inputs"]), asked["seconds"]) == ("first_frame", 1, 5)


async def test_the_list_is_read_page_by_page_and_has_videos_only(gateway: Any, http: Any) -> None:
    token = "sandbox-film-list"
    async with gateway.client(token) as client:
        made = [(await client.videos.create(prompt=f"waves {number}")).id for number in range(5)]
        await client.images.generate(prompt="a fox", model="jimeng-4.0", n=1)
        listed = [video.id async for video in client.videos.list(limit=2)]
        assert listed == made[::-1]
        assert [video.id async for video in client.videos.list(limit=2, order="asc")] == made
        page = (await http.get("/v1/videos?limit=2", headers=bearer(token))).json()
        assert (page["object"], page["has_more"]) == ("list", True)
        assert (page["first_id"], page["last_id"]) == (made[4], made[3])
        with pytest.raises(openai.BadRequestError) as caught:
            await client.videos.list(limit=0)
        assert caught.value.param == "limit"
    assert (await http.get("/v1/videos", headers=bearer("sandbox-film-nobody"))).json()["data"] == []


async def test_a_deleted_video_is_gone_with_its_bytes(gateway: Any, http: Any) -> None:
    async with gateway.client("sandbox-film-delete") as client:
        video = await client.videos.create_and_poll(prompt="waves")
        deleted = await client.videos.delete(video.id)
        assert (deleted.id, deleted.object, deleted.deleted) == (video.id, "video.deleted", True)
        with pytest.raises(openai.NotFoundError):
            await client.videos.retrieve(video.id)
        with pytest.raises(openai.NotFoundError):
            await client.videos.download_content(video.id)
    assert (await http.get(video.model_extra["url"])).status_code == 404


async def test_a_remix_has_the_same_settings_and_inputs_with_other_words(gateway: Any, http: Any) -> None:
    token = "sandbox-remix"
    async with gateway.client(token) as client:
        first = await client.videos.create_and_poll(
            prompt="snow", model="jimeng-video-3.0", seconds="10", input_reference=("a.png", picture()),
            extra_body={"seed": 7, "resolution": "1080p"},
        )  # fmt: skip
        keyed = {"Idempotency-Key": "remix-1"}
        remixed = [await client.videos.remix(first.id, prompt="rain", extra_headers=keyed) for _ in range(2)]
        assert len({video.id for video in remixed}) == 1
        assert remixed[0].id not in {first.id, ""}
        assert remixed[0].remixed_from_video_id == first.id
        assert (remixed[0].prompt, remixed[0].seconds) == ("rain", "10")
        old, new = [(await job_of(http, each, token))["request"] for each in (first.id, remixed[0].id)]
        differing = {name for name in old if old[name] != new[name]}
        assert differing == {"prompt"}
        assert new["seed"] == 7
        done = await client.videos.poll(remixed[0].id)
        assert (done.status, done.size, done.remixed_from_video_id) == ("completed", first.size, first.id)
        # The same key for another video's remix is another request.
        with pytest.raises(openai.BadRequestError) as caught:
            await client.videos.remix(done.id, prompt="rain", extra_headers=keyed)
        assert caught.value.code == "idempotency_key_reused"
        with pytest.raises(openai.NotFoundError):
            await client.videos.remix("video_none", prompt="rain")
    wordless = await http.post(f"/v1/videos/{first.id}/remix", json={"model": "x"}, headers=bearer(token))
    assert (wordless.status_code, wordless.json()["error"]["param"]) == (400, "prompt")


async def test_every_route_of_jobs_takes_a_video_and_a_video_route_takes_any_job_that_makes_one(
    gateway: Any, http: Any
) -> None:
    token = "sandbox-film-jobs"
    headers = bearer(token)
    waited = await http.post(
        "/v1/videos/generations", json={"prompt": "waves", "model": "jimeng-video-3.0"}, headers=headers
    )
    job_id = waited.headers["x-job-id"]
    assert job_id.startswith("job_")
    async with gateway.client(token) as client:
        assert (await client.videos.retrieve(job_id)).status == "completed"
        video = await client.videos.create(prompt="waves")
        assert (await job_of(http, video.id, token))["kind"] == "video"
        image = await http.post("/v1/images/generations", json={"prompt": "a fox", "n": 1}, headers=headers)
        with pytest.raises(openai.NotFoundError):
            await client.videos.retrieve(image.headers["x-job-id"])
        await client.videos.poll(video.id)
    gone = await http.delete(f"/v1/jobs/{video.id}", headers=headers)
    assert gone.json()["deleted"] is True


async def test_twenty_identical_starts_with_one_key_are_one_video(gateway: Any) -> None:
    async with gateway.client("sandbox-film-key") as client:
        keyed = {"Idempotency-Key": "film-1"}
        videos = await asyncio.gather(*(client.videos.create(prompt="waves", extra_headers=keyed) for _ in range(20)))
        assert len({video.id for video in videos}) == 1
        assert [video.id async for video in client.videos.list()] == [videos[0].id]


@pytest.mark.parametrize(
    ("fields", "kind", "param"),
    [
        ({"seconds": "7"}, openai.BadRequestError, "seconds"),
        ({"seconds": "soon"}, openai.BadRequestError, "seconds"),
        ({"size": "720x900"}, openai.BadRequestError, "size"),
        ({"model": "sora-9"}, openai.NotFoundError, "model"),
        ({"model": "jimeng-4.0"}, openai.BadRequestError, "model"),
        ({"prompt": ""}, openai.BadRequestError, "prompt"),
        ({"prompt": "waves -d 7"}, openai.BadRequestError, "prompt"),
        ({"input_reference": b"no picture"}, openai.BadRequestError, "input_reference"),
        ({"extra_body": {"n": 2}}, openai.BadRequestError, "n"),
        ({"extra_body": {"fps": 30}}, openai.BadRequestError, "fps"),
    ],
)
async def test_what_cannot_be_is_a_plain_error_that_names_the_field_and_makes_no_job(
    gateway: Any, http: Any, fields: dict[str, Any], kind: type[openai.APIStatusError], param: str
) -> None:
    token = "sandbox-film-wrong"
    async with gateway.client(token) as client:
        with pytest.raises(kind) as caught:
            await client.videos.create(**{"prompt": "waves", **fields})
    assert caught.value.param == param
    assert caught.value.response.headers["x-should-retry"] == "false"
    assert (await http.get("/v1/jobs", headers=bearer(token))).json()["data"] == []


async def test_a_wrong_key_is_an_authentication_error_on_every_route(gateway: Any) -> None:
    async with gateway.client("nobody") as client:
        for call in (
            client.videos.create(prompt="waves"),
            client.videos.retrieve("video_a"),
            client.videos.list(),
            client.videos.delete("video_a"),
            client.videos.download_content("video_a"),
            client.videos.remix("video_a", prompt="rain"),
        ):
            with pytest.raises(openai.AuthenticationError):
                await call
