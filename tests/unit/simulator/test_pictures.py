import io
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from PIL import Image

from dreambridge.simulator.lettering import Lettering
from dreambridge.simulator.pictures import PictureOrder, draw_picture
from dreambridge.simulator.server import SimulatorServer

OpenSite = Callable[..., Awaitable[SimulatorServer]]
Ask = Callable[..., Awaitable[Any]]
Submit = Callable[..., Awaitable[dict[str, Any]]]
Look = Callable[..., Awaitable[dict[str, Any] | None]]
Move = Callable[[float], None]


@pytest.mark.parametrize("form", ["png", "jpeg", "webp"])
@pytest.mark.parametrize("size", [(1328, 1328), (846, 360), (64, 64), (512, 1024)])
def test_a_picture_has_exactly_the_size_and_format_asked(form: str, size: tuple[int, int]) -> None:
    content = draw_picture(PictureOrder(*size, form, prompt="a fox 雪", label="sandbox"))
    image = Image.open(io.BytesIO(content))
    image.load()
    assert (image.size, image.format) == (size, form.upper())


def test_the_same_order_gives_the_same_bytes_and_another_prompt_others() -> None:
    order = PictureOrder(400, 300, "png", prompt="a fox")
    assert draw_picture(order) == draw_picture(order)
    assert draw_picture(order) != draw_picture(PictureOrder(400, 300, "png", prompt="a bear"))


def test_the_prompt_is_written_on_the_picture() -> None:
    bare = Image.open(io.BytesIO(draw_picture(PictureOrder(600, 600, "png", seed=3))))
    written = Image.open(io.BytesIO(draw_picture(PictureOrder(600, 600, "png", prompt=" ", seed=3, label="sandbox"))))
    assert bare.size == written.size
    corner = (300, 0, 600, 80)
    assert len(written.crop(corner).getcolors(1 << 20) or []) > len(bare.crop(corner).getcolors(1 << 20) or [])


@pytest.mark.parametrize("size", [(2048, 2048), (5404, 3040)])
@pytest.mark.parametrize("form", ["png", "webp"])
def test_tiny_pictures_keep_their_size_within_64_kilobytes(form: str, size: tuple[int, int]) -> None:
    content = draw_picture(PictureOrder(*size, form, tiny=True))
    assert len(content) <= 64 * 1024
    assert Image.open(io.BytesIO(content)).size == size


@pytest.mark.parametrize("text", ["a red fox " * 40, "雪地里的红狐狸，" * 20, "x" * 500, "", "mixed 雪 and snow"])
def test_lines_fit_the_width_and_the_number_allowed(text: str) -> None:
    lettering = Lettering(text, 20)
    lines = lettering.lines(300, 3)
    assert len(lines) <= 3
    assert all(lettering.width(line) <= 300 or " " not in line for line in lines)


async def _item(site: SimulatorServer, submit: Submit, look: Look, move: Move, **changes: Any) -> dict[str, Any]:
    record = await submit(site, **changes)
    move(60)
    shown = await look(site, record["submit_id"])
    assert shown is not None
    item: dict[str, Any] = shown["item_list"][0]
    return item


@pytest.mark.parametrize("form", ["png", "jpeg", "webp"])
async def test_items_are_real_files_of_the_records_size(
    open_site: OpenSite, submit: Submit, look: Look, move: Move, web: aiohttp.ClientSession, form: str
) -> None:
    site = await open_site(picture_format=form)
    item = await _item(site, submit, look, move, size=(1024, 576), resolution="1k", model="high_aes_general_v40")
    large = item["image"]["large_images"][0]
    async with web.get(large["image_url"]) as answer:
        content = await answer.read()
        assert (answer.status, answer.content_type) == (200, f"image/{form}")
    assert Image.open(io.BytesIO(content)).size == (large["width"], large["height"]) == (1024, 576)


async def test_covers_are_resized(
    open_site: OpenSite, submit: Submit, look: Look, move: Move, web: aiohttp.ClientSession
) -> None:
    site = await open_site()
    item = await _item(site, submit, look, move, size=(2560, 1440))
    async with web.get(item["common_attr"]["cover_url_map"]["480"]) as answer:
        image = Image.open(io.BytesIO(await answer.read()))
    assert (image.size, image.format) == ((480, 270), "WEBP")


async def test_addresses_expire_and_can_be_asked_for_anew(
    open_site: OpenSite, submit: Submit, look: Look, move: Move, ask: Ask, web: aiohttp.ClientSession
) -> None:
    site = await open_site(url_seconds=100, tiny_items=True)
    item = await _item(site, submit, look, move)
    large = item["image"]["large_images"][0]
    statuses = []
    for seconds in (0, 101):
        move(seconds)
        async with web.get(large["image_url"]) as answer:
            statuses.append(answer.status)
    fresh = (await ask(site, "image", {"uris": [large["image_uri"], "unknown/x"]}))["data"]["uri2image"]
    assert list(fresh) == [large["image_uri"]]
    async with web.get(fresh[large["image_uri"]]["image_url"]) as answer:
        statuses.append(answer.status)
    assert statuses == [200, 403, 200]
    assert (await ask(site, "image", {"uri": "x"}))["ret"] == "1000"


async def test_history_never_hands_out_an_expired_address(
    open_site: OpenSite, submit: Submit, look: Look, move: Move, web: aiohttp.ClientSession
) -> None:
    site = await open_site(url_seconds=100, tiny_items=True)
    record = await submit(site)
    move(20)
    for _ in range(6):
        shown = await look(site, record["submit_id"])
        assert shown is not None
        async with web.get(shown["item_list"][3]["image"]["large_images"][0]["image_url"]) as answer:
            assert answer.status == 200
        move(49)


async def test_a_changed_address_is_refused(
    open_site: OpenSite, submit: Submit, look: Look, move: Move, web: aiohttp.ClientSession
) -> None:
    site = await open_site(tiny_items=True)
    url = (await _item(site, submit, look, move))["image"]["large_images"][0]["image_url"]
    for wrong, status in [(url.replace("x-expires=1", "x-expires=2"), 403), (url.replace("~tplv", "~nope"), 404)]:
        async with web.get(wrong) as answer:
            assert answer.status == status


async def test_media_faults_strike_each_item_as_often_as_they_say(
    open_site: OpenSite, submit: Submit, look: Look, move: Move, web: aiohttp.ClientSession
) -> None:
    site = await open_site(tiny_items=True)
    url = (await _item(site, submit, look, move, prompt="[sim:media-404]"))["image"]["large_images"][0]["image_url"]
    statuses = []
    for _ in range(3):
        async with web.get(url) as answer:
            statuses.append(answer.status)
    assert statuses == [404, 404, 200]
    cut = (await _item(site, submit, look, move, prompt="[sim:media-truncated]"))["image"]["large_images"][0]
    async with web.get(cut["image_url"]) as answer:
        with pytest.raises(aiohttp.ClientPayloadError):
            await answer.read()
