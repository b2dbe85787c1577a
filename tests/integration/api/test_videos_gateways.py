"""Videos as scripts for other gateways ask for them: the waiting call and a relay's task, over plain HTTP."""

import base64
import io
import zlib
from collections.abc import AsyncIterator
from typing import Any

import av
import httpx2
import pytest
import pytest_asyncio
from PIL import Image

pytestmark = pytest.mark.asyncio(loop_scope="session")
PATH = "/v1/videos/generations"


def picture(colour: str = "red") -> bytes:
    held = io.BytesIO()
    Image.new("RGB", (640, 360), colour).save(held, "PNG")
    return held.getvalue()


def data_url(colour: str = "red") -> str:
    return "data:image/png;base64," + base64.b64encode(picture(colour)).decode()


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("film") / "a.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = 320, 192, "yuv420p"
        for number in range(60):
            frame = av.VideoFrame.from_image(Image.new("RGB", (320, 192), (number * 4, 80, 0)))  # type: ignore[no-untyped-call]
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path.read_bytes()


class Caller:
    """One credential and plain HTTP."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self.client = client

    async def make(self, **call: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Make a video; give the answer and the request as the job has it."""
        answer = await self.client.post(PATH, **call)
        assert answer.status_code == 200, answer.text
        return answer.json(), await self.asked(answer.headers["x-job-id"])

    async def asked(self, job_id: str) -> dict[str, Any]:
        job = (await self.client.get(f"/v1/jobs/{job_id}")).json()
        asked: dict[str, Any] = job["request"]
        return asked


@pytest_asyncio.fixture(loop_scope="session")
async def caller(gateway: Any, request: pytest.FixtureRequest) -> AsyncIterator[Caller]:
    token = f"sandbox-v{zlib.crc32(request.node.name.encode())}"
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx2.AsyncClient(base_url=gateway.url, timeout=30, headers=headers) as client:
        yield Caller(client)


@pytest.mark.parametrize(
    ("body", "mode", "ratio"),
    [
        (
            {"model": "jimeng-video-3.0-pro", "prompt": "waves -ra 16:9 -d 5", "response_format": "url"},
            "text",
            "16:9",
        ),
        ({"prompt": "waves", "ratio": "9:16", "duration": 5, "resolution": "720p"}, "text", "9:16"),
        ({"prompt": "waves -RA 1:1", "aspect_ratio": "9:16", "duration": "5", "fps": 24}, "text", "1:1"),
        ({"prompt": "it moves", "images": [data_url()]}, "first_frame", "16:9"),
        ({"prompt": "it moves", "image": data_url(), "duration": 5.0}, "first_frame", "16:9"),
        ({"prompt": "it moves", "images": [data_url(), data_url("blue")]}, "first_last_frames", "16:9"),
        (
            {"prompt": "", "end_frame_image": data_url("blue"), "first_frame_image": data_url()},
            "first_last_frames",
            "16:9",
        ),
        (
            {"prompt": "it moves", "functionMode": "first_last_frames", "filePaths": [{"url": data_url()}]},
            "first_frame",
            "16:9",
        ),
    ],
)
async def test_a_body_of_another_gateway_waits_for_its_video(
    caller: Caller, body: dict[str, Any], mode: str, ratio: str
) -> None:
    answer, asked = await caller.make(json=body)
    assert isinstance(answer["created"], int)
    (made,) = answer["data"]
    assert set(made) == {"url", "revised_prompt"}
    assert "-ra" not in made["revised_prompt"].lower()
    assert (asked["mode"], asked["ratio"], asked["seconds"]) == (mode, ratio, 5)
    assert asked["ignored"] == []
    got = await caller.client.get(made["url"])
    assert (got.headers["content-type"], got.content[4:8]) == ("video/mp4", b"ftyp")
    digests = [each["sha256"] for each in asked["inputs"]]
    first = (await caller.client.post(PATH, json={"prompt": "x", "image": data_url(), "async": True})).json()
    if digests:
        # The first frame is the first input, in whichever order the fields were written.
        assert digests[0] == (await caller.asked(first["task_id"]))["inputs"][0]["sha256"]


async def test_a_video_comes_as_base64_where_that_is_asked(caller: Caller) -> None:
    answer, _ = await caller.make(json={"prompt": "waves -d 5", "response_format": "b64_json"})
    (made,) = answer["data"]
    assert (set(made), made["revised_prompt"]) == ({"b64_json", "revised_prompt"}, "waves")
    assert base64.b64decode(made["b64_json"], validate=True)[4:8] == b"ftyp"


async def test_a_flag_beats_the_field(caller: Caller) -> None:
    _, asked = await caller.make(json={"prompt": "waves -d 10 -re 1080p", "duration": 5, "resolution": "720p"})
    assert (asked["seconds"], asked["resolution"]) == (10, "1080p")


async def test_numbered_files_of_a_form_are_marked_by_their_names(caller: Caller, film: bytes) -> None:
    files = {
        "video_file_1": ("b.mp4", film, "application/octet-stream"),
        "image_file_2": ("b.png", picture("blue"), "image/png"),
        "image_file_1": ("a.png", picture("red"), "image/png"),
    }
    data = {
        "model": "seedance-2.0",
        "prompt": "@image_file_1 moves as in @video_file_1 towards @image_file_2",
        "functionMode": "omni_reference",
        "duration": "5",
        "ratio": "16:9",
    }
    answer, asked = await caller.make(data=data, files=files)
    assert asked["mode"] == "omni_reference"
    assert [each["kind"] for each in asked["inputs"]] == ["image", "image", "video"]
    assert answer["data"][0]["url"].endswith(".mp4")


async def test_a_number_in_a_name_counts_even_where_others_are_missing(caller: Caller) -> None:
    body = {"model": "seedance-2.0", "mode": "omni_reference", "image_file_7": data_url(), "async": True}
    fine = await caller.client.post(PATH, json={**body, "prompt": "show @image_file_7"})
    assert fine.status_code == 200, fine.text
    wrong = await caller.client.post(PATH, json={**body, "prompt": "show @image_file_2"})
    assert (wrong.status_code, wrong.json()["error"]["param"]) == (400, "prompt")


async def test_key_frames_carry_their_pictures_or_take_those_of_the_call(caller: Caller) -> None:
    frames: list[dict[str, Any]] = [{"seconds": 2, "prompt": "up"}, {"duration": 3}]
    body = {"model": "jimeng-video-3.0", "prompt": "down", "functionMode": "multi_frame", "async": True}
    pictures = [data_url(), data_url("blue")]
    own = [{**frame, "image": image} for frame, image in zip(frames, pictures, strict=True)]
    expected = [{"input": 0, "seconds": 2, "prompt": "up"}, {"input": 1, "seconds": 3, "prompt": "down"}]
    for fields in ({"frames": own}, {"frames": frames, "images": pictures}):
        started = await caller.client.post(PATH, json={**body, **fields})
        assert started.status_code == 200, started.text
        asked = await caller.asked(started.json()["task_id"])
        assert (asked["mode"], asked["frames"], len(asked["inputs"])) == ("multi_frame", expected, 2)


async def test_a_task_or_a_job_is_given_at_once_where_that_is_asked(caller: Caller) -> None:
    task = (await caller.client.post(PATH, json={"prompt": "waves", "async": True})).json()
    assert (task["status"], task["task_id"] in task["message"]) == ("pending", True)
    job = await caller.client.post(PATH, json={"prompt": "waves"}, headers={"Prefer": "respond-async"})
    assert (job.status_code, job.json()["kind"]) == (202, "video")
    assert job.headers["location"].endswith(job.json()["id"])


async def test_one_key_is_one_video_also_with_files(caller: Caller) -> None:
    headers = {"Idempotency-Key": "film"}
    ids = set()
    for colour, status in (("red", 200), ("red", 200), ("blue", 400)):
        files = {"image_file_1": ("a.png", picture(colour), "image/png")}
        answer = await caller.client.post(PATH, data={"prompt": "it moves"}, files=files, headers=headers)
        assert answer.status_code == status, answer.text
        ids.add(answer.headers.get("x-job-id"))
    assert len(ids - {None}) == 1


async def test_what_has_no_effect_is_named(caller: Caller) -> None:
    body = {"prompt": "it moves", "image": data_url(), "ratio": "1:1", "negative_prompt": "rain", "async": True}
    answer = await caller.client.post(PATH, json=body)
    assert set(answer.headers["x-dreambridge-ignored"].split(", ")) == {"negative_prompt", "ratio"}


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"n": 2}, "n"),
        ({"fps": 30}, "fps"),
        ({"duration": 7}, "duration"),
        ({"duration": 5.5}, "duration"),
        ({"duration": True}, "duration"),
        ({"duration": 5, "seconds": "10"}, "seconds"),
        ({"width": 720}, "height"),
        ({"functionMode": "magic"}, "functionMode"),
        ({"response_format": "gif"}, "response_format"),
        ({"end_frame_image": data_url()}, "first_frame_image"),
        ({"video_file_1": data_url()}, "video_file_1"),
        ({"images": ["not base64!"]}, "images[0]"),
        ({"images": [data_url()] * 3}, "model"),
        ({"frames": [{"image": data_url(), "seconds": 2}, {"seconds": 2}]}, "frames[1].image"),
        ({"frames": [{"image": data_url()}]}, "frames[0].seconds"),
        ({"frames": [{"image": 3, "seconds": 2}]}, "frames[0].image"),
        ({"resolution": "9k"}, "resolution"),
        ({"ratio": "7:3"}, "ratio"),
        ({"stream": True}, "stream"),
    ],
)
async def test_bad_input_is_refused_by_name_and_makes_nothing(
    caller: Caller, fields: dict[str, Any], param: str
) -> None:
    answer = await caller.client.post(PATH, json={"prompt": "waves", **fields})
    assert answer.status_code == 400, answer.text
    error = answer.json()["error"]
    assert (error["param"], error["charged"]) == (param, "no")
    assert (await caller.client.get("/v1/jobs")).json()["data"] == []


async def test_a_failure_of_the_waiting_call_is_an_error(caller: Caller) -> None:
    answer = await caller.client.post(PATH, json={"prompt": "waves [sim:video-refused]"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "content_policy_violation")


async def test_a_relay_starts_a_task_and_asks_for_it_until_it_is_done(caller: Caller) -> None:
    body = {
        "model": "jimeng-video-3.0", "prompt": "it moves", "image": data_url(), "duration": 5.0, "width": 1280,
        "height": 720, "fps": 24, "seed": 7, "n": 1, "response_format": "url", "metadata": {"a": 1},
    }  # fmt: skip
    started = await caller.client.post("/v1/video/generations", json=body)
    assert started.status_code == 200, started.text
    assert set(started.json()) == {"task_id", "status"}
    assert started.json()["status"] == "queued"
    task_id = started.json()["task_id"]
    done = await caller.client.get(f"/v1/videos/{task_id}")
    while done.json()["status"] in {"queued", "in_progress"}:
        done = await caller.client.get(f"/v1/video/generations/{task_id}")
    task = done.json()
    assert (task["task_id"], task["status"], task["format"]) == (task_id, "completed", "mp4")
    (made,) = (await caller.client.get(f"/v1/jobs/{task_id}")).json()["artifacts"]
    size = {"width": made["width"], "height": made["height"]}
    assert task["metadata"] == {"duration": 5.0, "fps": 24, "seed": 7, **size}
    assert (await caller.client.get(task["url"])).content[4:8] == b"ftyp"


async def test_a_relay_reads_why_a_task_failed_and_a_task_of_nobody_is_404(caller: Caller) -> None:
    started = await caller.client.post("/v1/video/generations", json={"prompt": "waves [sim:video-refused]"})
    task_id = started.json()["task_id"]
    task = started.json()
    while task["status"] in {"queued", "in_progress"}:
        task = (await caller.client.get(f"/v1/video/generations/{task_id}")).json()
    assert (task["status"], task["error"]["code"]) == ("failed", 400)
    assert task["error"]["message"]
    assert (await caller.client.get("/v1/video/generations/job_none")).status_code == 404
