"""Unmodified clients make videos, wait for them and fetch them."""

import base64
from typing import Any

import openai
import pytest
from tests.clients.counting import jobs_of
from tests.clients.media_host import picture
from tests.clients.official import Official
from tests.clients.packages import Program
from tests.running import Running

# The original has shut its Videos API down; the client says so at each call.
pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.filterwarnings("ignore:The Sora API:DeprecationWarning"),
]
WISH: dict[str, Any] = {"model": "jimeng-video-3.0", "prompt": "the fox runs", "seconds": "5", "size": "1280x720"}


def own(official: Official, name: str) -> str:
    return f"sandbox-{name}-{'sync' if official.synchronous else 'async'}"


def made(**changes: Any) -> Any:
    return lambda client: client.videos.create_and_poll(**{**WISH, "poll_interval_ms": 100, **changes})


async def test_python_creates_and_polls_and_downloads(official: Official) -> None:
    token = own(official, "video")
    video = await official.ask(token, made(input_reference=("frame.png", picture(), "image/png")))
    assert (video.object, video.status, video.progress, video.error) == ("video", "completed", 100, None)
    assert (video.model, video.seconds, type(video.created_at)) == ("jimeng-video-3.0", "5", int)
    content = await official.ask(token, lambda client: client.videos.download_content(video.id))
    assert content.response.headers["content-type"] == "video/mp4"
    assert content.content[4:8] == b"ftyp"
    small = await official.ask(token, lambda client: client.videos.download_content(video.id, variant="thumbnail"))
    assert small.response.headers["content-type"].startswith("image/")
    assert len(await jobs_of(official.url, token)) == 1


async def test_python_makes_a_video_by_the_name_it_knows(official: Official) -> None:
    video = await official.ask(own(official, "sora"), made(model="sora-2", seconds="4"))
    assert (video.status, video.model, video.seconds) == ("completed", "sora-2", "5")


async def test_python_lists_every_page_remixes_and_deletes(official: Official) -> None:
    token = own(official, "videos")
    first = await official.ask(token, made(prompt="first"))
    second = await official.ask(token, lambda client: client.videos.remix(first.id, prompt="at night"))
    assert second.remixed_from_video_id == first.id
    await official.ask(token, lambda client: client.videos.poll(second.id, poll_interval_ms=100))

    if official.synchronous:
        listed = await official.ask(token, lambda client: [video.id for video in client.videos.list(limit=1)])
    else:
        listed = [video.id for video in await official.ask(token, lambda client: client.videos.list(limit=1))]
    assert listed == [second.id, first.id]

    gone = await official.ask(token, lambda client: client.videos.delete(first.id))
    assert (gone.id, gone.object, gone.deleted) == (first.id, "video.deleted", True)
    with pytest.raises(openai.NotFoundError):
        await official.ask(token, lambda client: client.videos.retrieve(first.id))


async def test_python_is_given_a_failure_as_a_failed_video_and_refusals_as_errors(official: Official) -> None:
    token = own(official, "video-no")
    video = await official.ask(token, made(prompt="the fox runs [sim:video-refused]"))
    assert video.status == "failed"
    assert isinstance(video.error.code, str)
    assert video.error.message
    for changes, kind in (
        ({"model": "jimeng-video-9"}, openai.NotFoundError),
        ({"seconds": "900"}, openai.BadRequestError),
        ({"size": "10x9000"}, openai.BadRequestError),
    ):
        with pytest.raises(openai.APIStatusError) as caught:
            await official.ask(token, made(**changes))
        assert type(caught.value) is kind
        assert caught.value.request_id
    with pytest.raises(openai.APIStatusError) as early:
        await official.ask(token, lambda client: client.videos.download_content(video.id))
    assert 400 <= early.value.status_code < 500
    assert len(await jobs_of(official.url, token)) == 1


async def test_node_makes_follows_and_downloads_lists_remixes_and_deletes(
    gateway: Running, node_openai: Program
) -> None:
    token, frame = "sandbox-node-video", base64.b64encode(picture()).decode()
    done = await node_openai.run("video", gateway.url, token, body=WISH, file=frame)
    assert (done.get("kind"), done.get("type")) == ("mp4", "video/mp4"), done
    assert (done["first"]["status"] in {"queued", "in_progress"}, done["video"]["status"]) == (True, "completed")
    second = await node_openai.run("video", gateway.url, token, body={**WISH, "prompt": "another"})
    pages = await node_openai.run("videoPages", gateway.url, token)
    assert pages["listed"] == [done["video"]["id"], second["video"]["id"]], pages
    assert pages["remixed"]["remixed_from_video_id"] == done["video"]["id"]
    gone = await node_openai.run("videoDelete", gateway.url, token, id=second["video"]["id"])
    assert gone["deleted"] is True, gone


async def test_litellm_makes_follows_and_downloads(gateway: Running, litellm: Program) -> None:
    body = {"model": "openai/sora-2", "prompt": "the fox runs", "seconds": "4", "size": "1280x720"}
    done = await litellm.run("video", gateway.url, "sandbox-litellm-video", body=body)
    assert "failure" not in done, done
    assert done["video"]["status"] == "completed"
    assert bytes.fromhex(done["head"])[4:8] == b"ftyp"
