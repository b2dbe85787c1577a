"""Inputs by id: assets handed in once, artifacts and jobs of the caller's own; never another owner's, never fetched."""

import asyncio
import hashlib
import io
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from dreambridge.domain.errors import InputUnusable, JobNotFound, QueueFull
from dreambridge.domain.generation import ImageRequest, ImageWish, InputKind, MediaInput
from dreambridge.domain.job import JobState
from dreambridge.engine.assets import clean_name
from dreambridge.engine.credentials import Caller
from dreambridge.engine.service import CreateOptions, JobView

CLIP = Path(__file__).parents[2] / "src/dreambridge/simulator/data/clips/16x9.mp4"
UNKNOWN = "z" * 26


def picture(seed: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (320, 200), (seed, 0, 0)).save(out, "PNG")
    return out.getvalue()


class Guest:
    """A caller of the engine's own door."""

    def __init__(self, house: Any, caller: Caller) -> None:
        self.house, self.caller, self.service = house, caller, house.gateway.service

    async def take(self, source: Any, **kinds: Any) -> MediaInput:
        taken: MediaInput = await self.service.acquire_input(source, param="image", caller=self.caller, **kinds)
        return taken

    async def start(self, *inputs: MediaInput, prompt: str = "put the hat on the cat") -> str:
        options = CreateOptions(fingerprint=str(time.monotonic()))
        wish = ImageWish(prompt, model="jimeng-4.5", count=1, inputs=inputs)
        creation = await self.service.create_image(wish, self.caller, options)
        return str(creation.view.job.id)

    async def make(self, *inputs: MediaInput, **words: str) -> JobView:
        view: JobView = await self.service.wait(await self.start(*inputs, **words), 20)
        assert view.job.state is JobState.COMPLETED, view.error
        return view

    async def refused(self, source: Any, **kinds: Any) -> InputUnusable:
        with pytest.raises(InputUnusable) as caught:
            await self.take(source, **kinds)
        assert caught.value.param == "image"
        return caught.value


async def visit(house: Any, token: str) -> Guest:
    return Guest(house, await house.gateway.credentials.read(f"Bearer {token}"))


@pytest.fixture
async def guest(house: Any, new_session: Callable[[str], str]) -> Guest:
    return await visit(house, f"us-{new_session('a')}")


@pytest.fixture
async def stranger(house: Any, new_session: Callable[[str], str]) -> Guest:
    return await visit(house, f"us-{new_session('b')}")


def shelf(house: Any) -> set[str]:
    root = house.data_dir / "inputs"
    return {str(path.relative_to(root)) for path in root.rglob("*.*")}


async def test_an_asset_is_used_by_id_in_two_jobs_and_brought_to_the_site_once(guest: Guest, house: Any) -> None:
    assets = guest.service.assets
    asset = await assets.create(picture(1), guest.caller, param="file", name="C:\\me\\cat.png")
    assert (asset.name, asset.media.sha256) == ("cat.png", hashlib.sha256(picture(1)).hexdigest())
    for _ in range(2):
        await guest.make(await guest.take(asset.id))
    assert (house.calls("upload"), house.calls("commit")) == (1, 1)
    assert shelf(house) == {asset.media.file}
    file = await assets.file(asset.id, guest.caller)
    assert (file.path.read_bytes(), file.media_type, file.size) == (picture(1), "image/png", len(picture(1)))


async def test_two_edits_over_http_with_one_asset_bring_it_to_the_site_once(
    house: Any, new_session: Callable[[str], str]
) -> None:
    token = f"us-{new_session('a')}"
    headers = {"authorization": f"Bearer {token}", "content-type": "image/png"}
    async with house.client.post(f"{house.url}/v1/assets", data=picture(1), headers=headers) as answer:
        asset = await answer.json()
    for prompt in ("a hat", "a coat"):
        body = {"prompt": prompt, "model": "jimeng-4.5", "n": 1, "images": [asset["id"]]}
        assert (await house.ask("POST", "/v1/images/edits", token, body=body)).status == 200
    assert (house.calls("upload"), house.calls("commit"), len(await house.ledger())) == (1, 1, 2)


async def test_another_owner_has_nothing_of_it(guest: Guest, stranger: Guest) -> None:
    assets = guest.service.assets
    asset = await assets.create(picture(1), guest.caller, param="file")
    made = await guest.make()
    for name, code in (
        (asset.id, "asset_not_found"),
        (made.artifacts[0].id, "artifact_not_found"),
        (made.job.id, "job_not_found"),
    ):
        assert (await stranger.refused(name)).specific_code == code
        await guest.take(name)
    for attempt in (assets.get, assets.file, assets.delete):
        with pytest.raises(JobNotFound):
            await attempt(asset.id, stranger.caller)
    assert await assets.list(stranger.caller) == ((), False)
    assert await assets.get(asset.id, guest.caller) == asset


async def test_an_artifact_and_a_job_are_inputs_by_their_ids(guest: Guest, house: Any) -> None:
    made = await guest.make()
    artifact = made.artifacts[0]
    by_artifact, by_job = await guest.take(artifact.id), await guest.take(made.job.id)
    bytes_of_it = await guest.service.artifact_bytes(artifact)
    assert by_artifact == by_job
    assert by_artifact.sha256 == hashlib.sha256(bytes_of_it).hexdigest()
    view = await guest.make(by_artifact)
    assert isinstance(view.job.request, ImageRequest)
    assert view.job.request.inputs == (by_artifact,)
    kept = await guest.service.assets.create(artifact.id, guest.caller, param="file")
    assert kept.media == by_artifact
    await guest.service.forget(made.job.id, guest.caller)
    for name, code in ((artifact.id, "artifact_not_found"), (made.job.id, "job_not_found")):
        assert (await guest.refused(name)).specific_code == code
    assert await guest.take(kept.id) == by_artifact


async def test_a_job_without_a_result_is_told_apart_from_one_that_has_none_yet(street: Any, new_session: Any) -> None:
    await street.site("us", generation="fixed:1000")
    async with street.gateway() as house:
        guest = await visit(house, f"us-{new_session('a')}")
        job_id = await guest.start()
        assert (await guest.refused(job_id)).specific_code == "job_running"
        await guest.service.cancel(job_id, guest.caller)
        await guest.service.wait(job_id, 20)
        assert (await guest.refused(job_id)).specific_code == "artifact_not_found"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        (f"asset_{UNKNOWN}", "asset_not_found"),
        ("asset_1", "asset_not_found"),
        (f"art_{UNKNOWN}", "artifact_not_found"),
        (f"job_{UNKNOWN}", "job_not_found"),
        (f"video_{UNKNOWN}", "job_not_found"),
        ("asset_", "unsupported_image_media_type"),
        (f"asset_{UNKNOWN}\x00", "invalid_base64_image"),
        (f"album_{UNKNOWN}", "unsupported_image_media_type"),
        (f"asset_{'z' * 94}", "unsupported_image_media_type"),
    ],
)
async def test_an_id_of_nothing_is_told_by_name(guest: Guest, name: str, code: str) -> None:
    assert (await guest.refused(name)).specific_code == code


async def test_without_a_caller_no_id_names_anything(guest: Guest) -> None:
    asset = await guest.service.assets.create(picture(1), guest.caller, param="file")
    with pytest.raises(InputUnusable) as caught:
        await guest.service.acquire_input(asset.id, param="image")
    assert caught.value.specific_code == "unsupported_image_media_type"


async def test_a_video_is_refused_where_a_picture_is_wanted(guest: Guest) -> None:
    asset = await guest.service.assets.create(CLIP, guest.caller, param="file")
    assert asset.media.kind is InputKind.VIDEO
    refusal = await guest.refused(asset.id, kinds={InputKind.IMAGE})
    assert refusal.specific_code == "unsupported_image_media_type"
    assert "a picture" in refusal.message
    assert await guest.take(asset.id, kinds={InputKind.VIDEO}) == asset.media


async def test_deleting_an_asset_breaks_no_job_that_needs_its_file_and_erases_it_with_the_last(
    street: Any, new_session: Callable[[str], str]
) -> None:
    await street.site("us", generation="fixed:100")
    async with street.gateway(account_concurrency=1) as house:
        guest, stranger = await visit(house, f"us-{new_session('a')}"), await visit(house, f"us-{new_session('b')}")
        assets = guest.service.assets
        mine = await assets.create(picture(1), guest.caller, param="file")
        theirs = await assets.create(picture(1), stranger.caller, param="file")
        # The account does one job at a time: the second is still to bring its file when its asset goes.
        await guest.start()
        job_id = await guest.start(await guest.take(mine.id))
        await assets.delete(mine.id, guest.caller)
        assert (await guest.refused(mine.id)).specific_code == "asset_not_found"
        view = await guest.service.wait(job_id, 20)
        assert view.job.state is JobState.COMPLETED, view.error
        await guest.service.forget(job_id, guest.caller)
        assert shelf(house) == {mine.media.file}
        await assets.delete(theirs.id, stranger.caller)
        assert shelf(house) == set()


async def test_an_asset_never_used_outlives_every_round_and_a_restart(
    street: Any, new_session: Callable[[str], str]
) -> None:
    await street.site("us")
    token = f"us-{new_session('a')}"
    async with street.gateway() as house:
        guest = await visit(house, token)
        asset = await guest.service.assets.create(picture(1), guest.caller, param="file")
        loose = await guest.take(picture(2))
        for media in (asset.media, loose):
            os.utime(house.data_dir / "inputs" / media.file, (0, 0))
    async with street.gateway() as house:
        guest = await visit(house, token)
        async with asyncio.timeout(20):
            while True:
                if loose.file not in shelf(house):
                    break
                await asyncio.sleep(0.05)
        assert shelf(house) == {asset.media.file}
        assert await guest.take(asset.id) == asset.media
        (house.data_dir / "inputs" / asset.media.file).unlink()
        assert (await guest.refused(asset.id)).specific_code == "asset_gone"
        with pytest.raises(JobNotFound):
            await guest.service.assets.file(asset.id, guest.caller)


async def test_pages_of_assets_end_and_go_on(guest: Guest) -> None:
    assets = guest.service.assets
    made = [await assets.create(picture(seed), guest.caller, param="file") for seed in range(3)]
    first, more = await assets.list(guest.caller, limit=2)
    assert ([each.id for each in first], more) == ([made[2].id, made[1].id], True)
    assert await assets.list(guest.caller, after=made[1].id, limit=2) == ((made[0],), False)
    for strange in ("", "nonsense", "\x00", f"asset_{UNKNOWN}"):
        assert await assets.list(guest.caller, after=strange) == ((), False)


async def test_without_room_on_the_disk_no_asset_is_taken(street: Any, new_session: Callable[[str], str]) -> None:
    await street.site("us")
    async with street.gateway(min_free_bytes=2**62) as house:
        guest = await visit(house, f"us-{new_session('a')}")
        with pytest.raises(QueueFull):
            await guest.service.assets.create(picture(1), guest.caller, param="file")
        assert shelf(house) == set()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (None, None),
        ("", None),
        ("../../etc/passwd", "passwd"),
        ("a\\b\\狐狸 1.png", "狐狸 1.png"),
        ("\x00\ud800\u202e \n", None),
        ("x" * 400, "x" * 255),
        ("folder/", None),
    ],
)
def test_a_name_is_reduced_to_what_can_be_kept_and_shown(given: str | None, kept: str | None) -> None:
    assert clean_name(given) == kept
