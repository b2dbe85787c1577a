"""Pictures that go in: edits by the official client, compositions, references by address, data URL, base64 and form."""

import asyncio
import base64
import io
from typing import Any

import httpx2
import openai
import pytest
from PIL import Image

pytestmark = pytest.mark.asyncio(loop_scope="session")
SMALL = {"model": "jimeng-4.0", "n": 1, "size": "512x512"}


def picture(colour: str = "red", form: str = "PNG") -> bytes:
    held = io.BytesIO()
    Image.new("RGB", (320, 240), colour).save(held, form)
    return held.getvalue()


def data_url(content: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(content).decode()


@pytest.fixture
async def http(gateway: Any) -> Any:
    async with httpx2.AsyncClient(base_url=gateway.url, timeout=30) as client:
        yield client


async def inputs_of(http: httpx2.AsyncClient, job_id: str, token: str) -> list[dict[str, Any]]:
    job = (await http.get(f"/v1/jobs/{job_id}", headers={"Authorization": f"Bearer {token}"})).json()
    assert job["status"] == "completed"
    return list(job["request"]["inputs"])


@pytest.mark.parametrize("count", [1, 3])
async def test_the_official_client_edits_one_picture_and_several(gateway: Any, http: Any, count: int) -> None:
    token = "sandbox-edit"
    async with gateway.client(token) as client:
        files = [("a.png", picture(colour), "image/png") for colour in ("red", "green", "blue")[:count]]
        raw = await client.images.with_raw_response.edit(
            image=files[0] if count == 1 else files, prompt="make it snow", response_format="b64_json", **SMALL
        )
        answer = raw.parse()
    assert len(answer.data) == 1
    with Image.open(io.BytesIO(base64.b64decode(answer.data[0].b64_json))) as made:
        assert made.size == (512, 512)
    assert len(await inputs_of(http, raw.headers["x-job-id"], token)) == count


async def test_an_unnamed_buffer_and_a_lying_type_are_read_by_their_content(gateway: Any, http: Any) -> None:
    token = "sandbox-buffer"
    async with gateway.client(token) as client:
        raw = await client.images.with_raw_response.edit(
            image=[io.BytesIO(picture()), ("a.png", picture("blue", "JPEG"), "image/png")], prompt="snow", **SMALL
        )
    kinds = [each["media_type"] for each in await inputs_of(http, raw.headers["x-job-id"], token)]
    assert kinds == ["image/png", "image/jpeg"]


@pytest.mark.parametrize(
    "images",
    [
        [data_url(picture())],
        [base64.b64encode(picture()).decode(), {"url": data_url(picture("blue"))}],
        [{"image_url": data_url(picture())}, {"image_url": {"url": data_url(picture("green"))}}],
        {"url": data_url(picture())},
        data_url(picture()),
    ],
)
@pytest.mark.parametrize("path", ["/v1/images/edits", "/v1/images/compositions", "/v1/images/generations"])
async def test_references_come_in_json_on_every_image_route(http: Any, path: str, images: Any) -> None:
    token = "sandbox-json-references"
    body = {"prompt": "snow", "images": images, **SMALL}
    answer = await http.post(path, json=body, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200, answer.text
    count = len(images) if isinstance(images, list) else 1
    assert len(await inputs_of(http, answer.headers["x-job-id"], token)) == count
    assert answer.json().get("input_images") == (count if path.endswith("compositions") else None)


async def test_a_composition_by_form_tells_its_inputs(http: Any) -> None:
    files = [("images", ("a.png", picture(), "image/png")), ("images", ("b.png", picture("blue"), "image/png"))]
    data = {"prompt": "both", "model": "jimeng-4.0", "ratio": "1:1", "resolution": "2k", "sample_strength": "0.7"}
    headers = {"Authorization": "Bearer sandbox-composition"}
    answer = (await http.post("/v1/images/compositions", data=data, files=files, headers=headers)).json()
    assert (answer["input_images"], answer["composition_type"]) == (2, "multi_image_synthesis")
    got = await asyncio.gather(*(http.get(each["url"]) for each in answer["data"]))
    assert {each.headers["content-type"].partition("/")[0] for each in got} == {"image"}
    job = (await http.get("/v1/jobs?limit=1", headers=headers)).json()["data"][0]
    assert job["request"]["strength"] == 0.7


async def test_an_edit_started_as_a_task_is_a_task(http: Any) -> None:
    headers = {"Authorization": "Bearer sandbox-edit-task"}
    body = {"prompt": "snow", "images": [data_url(picture())], "async": True, **SMALL}
    started = (await http.post("/v1/images/compositions", json=body, headers=headers)).json()
    assert (started["status"], started["input_images"]) == ("pending", 1)


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({}, "image"),
        ({"images": []}, "image"),
        ({"images": ["not base64!"]}, "images[0]"),
        ({"images": [base64.b64encode(b"no picture").decode()]}, "images[0]"),
        ({"images": ["http://127.0.0.1:1/a.png"]}, "images[0]"),
        ({"images": ["http://169.254.169.254/latest"]}, "images[0]"),
        ({"images": [3]}, "images[0]"),
        ({"images": [{}]}, "images[0]"),
        ({"images": [data_url(picture())] * 11}, "images"),
        ({"image": data_url(picture()), "mask": {"image_url": "x"}}, "mask"),
        ({"image": data_url(picture()), "strength": 2}, "strength"),
        ({"image": data_url(picture()), "model": "jimeng-2.0"}, "images"),
    ],
)
async def test_a_bad_input_is_refused_by_name_and_costs_nothing(http: Any, fields: dict[str, Any], param: str) -> None:
    headers = {"Authorization": "Bearer sandbox-bad-input"}
    answer = await http.post("/v1/images/edits", json={"prompt": "snow", **SMALL, **fields}, headers=headers)
    assert answer.status_code == 400, answer.text
    assert (answer.json()["error"]["param"], answer.json()["error"]["charged"]) == (param, "no")
    assert (await http.get("/v1/jobs", headers=headers)).json()["data"] == []


async def test_a_mask_in_a_form_is_refused(gateway: Any) -> None:
    async with gateway.client("sandbox-mask") as client:
        with pytest.raises(openai.BadRequestError) as caught:
            await client.images.edit(image=picture(), mask=picture(), prompt="snow", **SMALL)
        assert caught.value.param == "mask"


async def test_the_same_files_under_one_key_are_one_job_and_other_files_are_refused(gateway: Any) -> None:
    async with gateway.client("sandbox-edit-key") as client:
        keyed = client.images.with_raw_response
        headers = {"Idempotency-Key": "edit-1"}
        jobs = [
            (await keyed.edit(image=picture(), prompt="snow", extra_headers=headers, **SMALL)).headers["x-job-id"]
            for _ in range(2)
        ]
        assert len(set(jobs)) == 1
        with pytest.raises(openai.BadRequestError) as caught:
            await keyed.edit(image=picture("blue"), prompt="snow", extra_headers=headers, **SMALL)
        assert caught.value.code == "idempotency_key_reused"
