import asyncio
import io
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from PIL import Image, ImageCms, PngImagePlugin

from dreambridge.domain.artifact import THUMBNAIL_SIDES
from dreambridge.domain.generation import Dimensions
from dreambridge.media.library import Library
from dreambridge.media.probe import PictureFormat, PictureUnusable, probe_file
from dreambridge.media.thumbnails import Thumbnailer, draw_thumbnail
from dreambridge.media.workbench import Workbench

Draw = Callable[..., bytes]
ID = "art_" + "c" * 26


class Shop:
    """A library with a thumbnailer."""

    def __init__(self, root: Path, bench: Workbench) -> None:
        self.library = Library(root)
        self.bench = bench
        self.thumbnailer = Thumbnailer(self.library, bench)

    def put(self, body: bytes, extension: str = "png") -> str:
        made = self.library.incoming(ID)
        made.write_bytes(body)
        return self.library.place(made, ID, extension)


@pytest_asyncio.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    bench = Workbench(threads=2)
    yield Shop(tmp_path / "artifacts", bench)
    await bench.close()


def draw_small(tmp_path: Path, body: bytes, side: int) -> Image.Image:
    source, target = tmp_path / "whole", tmp_path / "small"
    source.write_bytes(body)
    draw_thumbnail(source, target, side)
    with Image.open(target) as image:
        image.load()
    return image


def painted(image: Image.Image, form: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF"])
@pytest.mark.parametrize(
    ("size", "side", "expected"),
    [
        ((1600, 900), 512, (512, 288)),
        ((900, 1600), 256, (144, 256)),
        ((700, 300), 1024, (700, 300)),
        ((1024, 1024), 1024, (1024, 1024)),
        ((3000, 2), 256, (256, 1)),
        ((3, 2), 256, (3, 2)),
        ((1, 1), 512, (1, 1)),
    ],
)
def test_every_picture_becomes_a_jpeg_with_no_side_longer_than_asked_and_none_grows(
    tmp_path: Path, draw: Draw, form: str, size: tuple[int, int], side: int, expected: tuple[int, int]
) -> None:
    small = draw_small(tmp_path, draw(*size, form), side)
    assert (small.format, small.size) == ("JPEG", expected)


def test_a_thumbnail_shows_what_the_picture_shows(tmp_path: Path) -> None:
    halves = Image.new("RGB", (2000, 1000), (200, 30, 30))
    halves.paste((30, 30, 200), (1000, 0, 2000, 1000))
    for form in ("PNG", "JPEG", "WEBP"):
        small = draw_small(tmp_path, painted(halves, form), 256)
        for x, expected in ((40, (200, 30, 30)), (215, (30, 30, 200))):
            found = small.getpixel((x, 64))
            assert isinstance(found, tuple)
            assert all(abs(a - b) <= 8 for a, b in zip(found, expected, strict=True)), form


def test_the_largest_pictures_of_the_sites_are_scaled(tmp_path: Path, draw: Draw) -> None:
    body = draw(4096, 4096)
    small = draw_small(tmp_path, body, 256)
    assert small.size == (256, 256)
    assert (tmp_path / "small").stat().st_size < len(body)


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_what_is_transparent_stays_so_as_webp(tmp_path: Path, form: str) -> None:
    layers = Image.new("RGBA", (800, 800), (0, 200, 0, 255))
    layers.paste((0, 0, 0, 0), (0, 0, 400, 800))
    small = draw_small(tmp_path, painted(layers, form), 256)
    assert (small.format, small.mode, small.size) == ("WEBP", "RGBA", (256, 256))
    alpha = small.getchannel("A")
    assert (alpha.getpixel((20, 128)), alpha.getpixel((230, 128))) == (0, 255)


def test_a_colour_or_a_place_of_a_palette_may_be_the_transparent_one(tmp_path: Path) -> None:
    plain = Image.new("RGB", (600, 600), "red")
    plain.paste("white", (0, 0, 300, 600))
    few = Image.new("P", (600, 600), 1)
    few.putpalette([255, 255, 255, 255, 0, 0])
    few.paste(0, (0, 0, 300, 600))
    for body in (
        painted(plain, transparency=(255, 255, 255)),
        painted(few, transparency=0),
        painted(few, "GIF", transparency=0),
    ):
        small = draw_small(tmp_path, body, 256)
        assert small.format == "WEBP"
        alpha = small.getchannel("A")
        assert (alpha.getpixel((20, 128)), alpha.getpixel((230, 128))) == (0, 255)


def test_an_alpha_channel_that_hides_nothing_is_left_out(tmp_path: Path) -> None:
    assert draw_small(tmp_path, painted(Image.new("RGBA", (800, 400), "red")), 256).format == "JPEG"


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "L", "1", "I;16", "CMYK"])
def test_every_mode_of_pixels_can_be_shown(tmp_path: Path, mode: str) -> None:
    body = painted(Image.new(mode, (640, 320)), "JPEG" if mode == "CMYK" else "PNG")
    assert draw_small(tmp_path, body, 256).size == (256, 128)


def test_marks_that_the_site_put_into_a_picture_survive_unless_they_outweigh_it(tmp_path: Path) -> None:
    marks = PngImagePlugin.PngInfo()
    marks.add_itxt("XML:com.adobe.xmp", "<x:xmpmeta>made by AI</x:xmpmeta>")
    exif = Image.Exif()
    exif[0x010E] = "AI generated"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for mode in ("RGB", "RGBA"):
        body = painted(Image.new(mode, (640, 320)), pnginfo=marks, exif=exif, icc_profile=profile)
        small = draw_small(tmp_path, body, 256)
        assert small.getexif()[0x010E] == "AI generated"
        assert small.info["icc_profile"] == profile
        assert b"made by AI" in (tmp_path / "small").read_bytes()
    exif[0x010E] = "x" * 60_000
    small = draw_small(tmp_path, painted(Image.new("RGB", (640, 320)), exif=exif, icc_profile=profile), 256)
    assert not small.getexif()
    grey = draw_small(tmp_path, painted(Image.new("CMYK", (640, 320)), "JPEG", icc_profile=profile), 256)
    assert "icc_profile" not in grey.info


async def test_a_picture_that_cannot_be_decoded_is_refused_and_nothing_is_left(shop: Shop, draw: Draw) -> None:
    huge, broken = bytearray(draw(8, 8)), bytearray(draw(640, 480))
    huge[16:24] = (60_000).to_bytes(4) * 2
    broken[60:1000] = b"\xff" * 940
    for body in (bytes(huge), bytes(broken), b"not a picture at all"):
        file = shop.put(body)
        with pytest.raises(PictureUnusable):
            await shop.thumbnailer.make(file, 256)
        left = [path for path in shop.library.path(file).parents[1].rglob("*") if path.is_file()]
        assert left == [shop.library.path(file)]


async def test_a_thumbnail_is_drawn_once_and_lies_beside_its_picture(shop: Shop, draw: Draw) -> None:
    file = shop.put(draw(900, 600))
    first = await shop.thumbnailer.make(file, 512)
    assert first.probed == probe_file(first.path)
    assert (first.probed.format, first.probed.dimensions) == (PictureFormat.JPEG, Dimensions(512, 341))
    assert first.path.parent == shop.library.path(file).parent
    kept = first.path.stat()
    again = await shop.thumbnailer.make(file, 512)
    assert again == first
    assert (again.path.stat().st_ino, again.path.stat().st_ctime_ns) == (kept.st_ino, kept.st_ctime_ns)
    other = await shop.thumbnailer.make(file, 256)
    assert (other.path != first.path, other.probed.dimensions.width) == (True, 256)


async def test_who_asks_at_the_same_time_is_given_the_same_drawing(shop: Shop, draw: Draw) -> None:
    file = shop.put(draw(900, 600))
    tasks = [asyncio.create_task(shop.thumbnailer.make(file, 256)) for _ in range(8)]
    await asyncio.sleep(0)
    # All have come as far as they can: one draws, the others hold nothing.
    assert shop.bench.bytes_in_flight == 900 * 600 * 8
    made = await asyncio.gather(*tasks)
    assert len(set(made)) == 1


async def test_who_gives_up_leaves_the_others_theirs(shop: Shop, draw: Draw) -> None:
    file = shop.put(draw(900, 600))
    first, second = (asyncio.create_task(shop.thumbnailer.make(file, 256)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    assert (await second).probed.dimensions == Dimensions(256, 171)
    await asyncio.wait({first})
    assert first.cancelled()


async def test_a_jpeg_that_is_small_enough_is_its_own_thumbnail(shop: Shop, draw: Draw) -> None:
    file = shop.put(draw(500, 300, "JPEG"), "jpg")
    small = await shop.thumbnailer.make(file, 512)
    assert (small.path, small.probed.dimensions) == (shop.library.path(file), Dimensions(500, 300))
    assert [path.name for path in small.path.parent.iterdir()] == [small.path.name]


async def test_bytes_that_were_brought_anew_get_a_new_thumbnail(shop: Shop, draw: Draw) -> None:
    await shop.thumbnailer.make(shop.put(draw(900, 600)), 256)
    small = await shop.thumbnailer.make(shop.put(draw(600, 900)), 256)
    assert small.probed.dimensions == Dimensions(171, 256)


async def test_what_a_power_cut_left_of_a_thumbnail_is_drawn_anew(shop: Shop, draw: Draw) -> None:
    file = shop.put(draw(900, 600))
    first = await shop.thumbnailer.make(file, 256)
    first.path.write_bytes(b"")
    assert await shop.thumbnailer.make(file, 256) == first
    assert probe_file(first.path).dimensions == Dimensions(256, 171)


async def test_thumbnails_count_and_go_with_their_picture(shop: Shop, draw: Draw) -> None:
    file = shop.put(draw(1200, 1200))
    whole = shop.library.path(file).stat().st_size
    small = [await shop.thumbnailer.make(file, side) for side in THUMBNAIL_SIDES]
    assert shop.library.total_bytes() == whole + sum(each.probed.bytes for each in small)
    assert shop.library.retain(now=0, max_age=0, max_bytes=whole + small[0].probed.bytes) == (ID,)
    assert not any(each.path.exists() for each in small)
    assert shop.library.total_bytes() == 0
    with pytest.raises(FileNotFoundError):
        await shop.thumbnailer.make(file, 256)


async def test_a_picture_that_goes_while_it_is_drawn_leaves_no_thumbnail(shop: Shop, draw: Draw) -> None:
    file = shop.put(draw(900, 600))
    part = shop.library.incoming(ID, "256.thumb")
    part.write_bytes(b"drawn")
    shop.library.delete(file)
    with pytest.raises(FileNotFoundError):
        shop.library.place_thumbnail(part, file, 256)
    assert not shop.library.thumbnail(file, 256).exists()


async def test_thumbnails_without_their_picture_are_swept_at_the_next_start(shop: Shop, draw: Draw) -> None:
    file = shop.put(draw(900, 600))
    small = await shop.thumbnailer.make(file, 256)
    assert shop.library.sweep() == 0
    shop.library.path(file).unlink()
    assert shop.library.sweep() == 1
    assert not small.path.exists()
