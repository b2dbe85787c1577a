"""What callers hand in, from anywhere: taken, made upright and fit, or refused with the limit it passed."""

import base64
import hashlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from PIL import Image

from dreambridge.domain.errors import InputUnusable
from dreambridge.domain.generation import Dimensions, InputKind
from dreambridge.media.fetch import Fetcher
from dreambridge.media.inputs import MAX_PICTURE_BYTES, InputShelf
from dreambridge.media.workbench import Workbench

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Serve = Callable[[Handler], Awaitable[str]]
Draw = Callable[..., bytes]
ORIENTATION = 0x0112


@pytest.fixture
async def shelf(tmp_path: Path) -> AsyncIterator[InputShelf]:
    """Give a shelf of a laboratory, where servers lie on loopback."""
    fetcher, bench = Fetcher(seconds=5), Workbench()
    yield InputShelf(tmp_path / "inputs", fetcher=fetcher, bench=bench, private_ok=True)
    await fetcher.close()
    await bench.close()


def files(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "inputs").rglob("*") if path.is_file())


@pytest.mark.parametrize(("form", "extension"), [("JPEG", "jpg"), ("PNG", "png"), ("WEBP", "webp")])
async def test_a_picture_the_sites_take_is_kept_byte_for_byte_under_its_checksum(
    shelf: InputShelf, tmp_path: Path, draw: Draw, form: str, extension: str
) -> None:
    body = draw(320, 200, form)
    kept = await shelf.acquire(body, param="image")
    digest = hashlib.sha256(body).hexdigest()
    assert (kept.sha256, kept.kind, kept.extension, kept.bytes) == (digest, InputKind.IMAGE, extension, len(body))
    assert (kept.dimensions, kept.seconds) == (Dimensions(320, 200), None)
    assert shelf.path(kept).read_bytes() == body
    assert files(tmp_path) == [f"{digest}.{extension}"]


async def test_every_way_of_handing_in_gives_the_same_file(
    shelf: InputShelf, tmp_path: Path, draw: Draw, serve: Serve
) -> None:
    body = draw(50, 40)
    (tmp_path / "a.txt").write_bytes(body)
    text = base64.b64encode(body).decode()

    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=body, content_type="text/plain")

    async def stream() -> AsyncIterator[bytes]:
        for at in range(0, len(body), 100):
            yield body[at : at + 100]

    lines = "\n".join(text[at : at + 76] for at in range(0, len(text), 76))
    sources: list[Any] = [
        body,
        tmp_path / "a.txt",
        text,
        lines,
        text.rstrip("="),
        base64.urlsafe_b64encode(body).decode(),
        f"data:image/png;base64,{text}",
        f"DATA:application/octet-stream;charset=x;base64,{text}",
        f"{await serve(answer)}/a?sig=1",
        stream(),
    ]
    found = {await shelf.acquire(source, param="image") for source in sources}
    assert len(found) == 1
    assert len(files(tmp_path)) == 1


@pytest.mark.parametrize(
    ("form", "mode", "becomes"),
    [
        ("GIF", "P", "image/png"),
        ("AVIF", "RGB", "image/jpeg"),
        ("HEIF", "RGB", "image/jpeg"),
        ("HEIF", "RGBA", "image/png"),
    ],
)
async def test_a_format_the_sites_refuse_is_drawn_anew(
    shelf: InputShelf, draw: Draw, form: str, mode: str, becomes: str
) -> None:
    if form == "HEIF":
        pytest.importorskip("pillow_heif").register_heif_opener()
    kept = await shelf.acquire(draw(160, 96, form, mode), param="image")
    assert (kept.media_type, kept.dimensions) == (becomes, Dimensions(160, 96))
    with Image.open(shelf.path(kept)) as image:
        image.load()
        assert image.get_format_mimetype() == becomes
        # The gradient runs from top to bottom in red and upwards in green.
        top, bottom = image.convert("RGB").getpixel((80, 4)), image.convert("RGB").getpixel((80, 91))
        assert isinstance(top, tuple)
        assert isinstance(bottom, tuple)
        assert (top[0] < 40, bottom[0] > 200) == (True, True)


@pytest.mark.parametrize(("form", "becomes"), [("GIF", "png"), ("WEBP", "jpg")])
async def test_of_a_moving_picture_the_first_frame_is_taken(
    shelf: InputShelf, tmp_path: Path, form: str, becomes: str
) -> None:
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("red", "blue", "green")]
    frames[0].save(tmp_path / "moving", form, save_all=True, append_images=frames[1:], duration=100)
    kept = await shelf.acquire(tmp_path / "moving", param="image")
    assert kept.extension == becomes
    with Image.open(shelf.path(kept)) as image:
        pixel = image.convert("RGB").getpixel((20, 15))
        assert isinstance(pixel, tuple)
        assert (pixel[0] > 240, pixel[2] < 20) == (True, True)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
async def test_a_picture_is_turned_upright(shelf: InputShelf, tmp_path: Path, form: str, orientation: int) -> None:
    upright = Image.new("RGB", (64, 32), "black")
    upright.paste("red", (0, 0, 16, 16))  # the mark is at the top left
    turned = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    lying = upright.transpose(turned[orientation]) if orientation > 1 else upright
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    lying.save(tmp_path / "a", form, exif=exif)
    kept = await shelf.acquire(tmp_path / "a", param="image")
    assert kept.dimensions == Dimensions(64, 32)
    with Image.open(shelf.path(kept)) as image:
        pixel, other = image.convert("RGB").getpixel((8, 8)), image.convert("RGB").getpixel((56, 24))
        assert image.size == (64, 32)
        assert isinstance(pixel, tuple)
        assert isinstance(other, tuple)
        assert (pixel[0] > 200, other[0] < 60) == (True, True)
        assert image.getexif().get(ORIENTATION, 1) == 1


async def test_what_a_camera_hides_behind_a_jpeg_is_left_out(shelf: InputShelf, draw: Draw) -> None:
    kept = await shelf.acquire(draw(64, 48, "JPEG") + b"PK\3\4 and a whole archive" * 200, param="image")
    body = shelf.path(kept).read_bytes()
    assert (kept.dimensions, b"archive" in body, body[-2:]) == (Dimensions(64, 48), False, b"\xff\xd9")


def png_header(width: int, height: int, size: int) -> bytes:
    """Make the start of a PNG of any size, padded to `size` bytes."""
    header = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + width.to_bytes(4) + height.to_bytes(4) + b"\x08\x02\0\0\0" + b"\0" * 4
    return header + b"\0" * (size - len(header) - 12) + b"\0\0\0\0IEND\xaeB`\x82"


BAD: dict[str, tuple[Callable[[Draw], bytes], str, str]] = {
    "a picture of 21 MB": (lambda _: png_header(100, 100, 21_000_000), "20 MB", "image_too_large"),
    "a bomb of 2 MB": (lambda _: png_header(30_000, 30_000, 2_000_000), "64 million", "invalid_image"),
    "a thin bomb": (lambda _: png_header(60_000, 10, 2_000), "16384", "invalid_image"),
    "text": (lambda _: b"I am no picture, only called one.", "is text", "unsupported_image_media_type"),
    "a web page": (lambda _: b"<!doctype html><script>1</script>", "web page", "unsupported_image_media_type"),
    "a drawing": (lambda _: b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG", "unsupported_image_media_type"),
    "an archive": (lambda _: b"PK\3\4" + b"\0" * 90, "ZIP", "unsupported_image_media_type"),
    "nothing": (lambda _: b"", "empty", "empty_image_file"),
    "half a PNG": (lambda draw: draw(300, 300)[:-500], "cut short", "invalid_image"),
    "half a JPEG": (lambda draw: draw(300, 300, "JPEG")[:-500], "cannot be decoded", "invalid_image"),
    "half a WebP": (lambda draw: draw(300, 300, "WEBP")[:-50], "cut short", "invalid_image"),
    "half an AVIF": (lambda draw: draw(300, 300, "AVIF")[:-300], "cannot be decoded", "invalid_image"),
    "a PNG with more behind it": (lambda draw: draw(30, 30) + b"GIF89a", "behind its end", "invalid_image"),
    "a video": (lambda _: b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", "a video (mp4)", "unsupported_image_media_type"),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("way", ["bytes", "url"])
async def test_bad_pictures_are_refused_by_name_and_nothing_is_kept(
    shelf: InputShelf, tmp_path: Path, draw: Draw, serve: Serve, name: str, way: str
) -> None:
    make, words, code = BAD[name]
    body = make(draw)
    source: bytes | str = body
    if way == "url":

        async def answer(_: web.Request) -> web.Response:
            return web.Response(body=body, content_type="image/png")

        source = f"{await serve(answer)}/a.png"
    with pytest.raises(InputUnusable, match=words.replace("(", r"\(").replace(")", r"\)")) as caught:
        await shelf.acquire(source, param="image[2]", kinds={InputKind.IMAGE})
    assert (caught.value.param, caught.value.specific_code) == ("image[2]", code)
    assert files(tmp_path) == []


async def test_bytes_without_end_are_given_up_at_the_limit(shelf: InputShelf, tmp_path: Path, draw: Draw) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield draw(1000, 1000)
        while True:
            sent += 65_536
            yield b"\0" * 65_536

    with pytest.raises(InputUnusable, match="20 MB"):
        await shelf.acquire(endless(), param="image")
    assert sent < MAX_PICTURE_BYTES + 2 * 65_536
    assert files(tmp_path) == []


@pytest.mark.parametrize(
    ("source", "words", "code"),
    [
        ("no/such+thing?", "neither an http", "invalid_base64_image"),
        ("data:image/png,%89PNG", "not in base64", "invalid_image_url"),
        ("file:///etc/passwd", "neither an http", "invalid_base64_image"),
        ("http://127.0.0.1:1/a.png", "fetching from 127.0.0.1 failed", "failed_to_download_image"),
        ("http://169.254.169.254/latest/meta-data", "not a public address", "failed_to_download_image"),
        ("http://user:pass@example.com/a.png", "carries a user name", "failed_to_download_image"),
    ],
)
async def test_text_that_leads_nowhere_is_refused(shelf: InputShelf, source: str, words: str, code: str) -> None:
    with pytest.raises(InputUnusable, match=words) as caught:
        await shelf.acquire(source, param="image")
    assert (caught.value.param, caught.value.specific_code) == ("image", code)


async def test_private_addresses_are_not_opened_even_behind_a_redirect(
    shelf: InputShelf, tmp_path: Path, serve: Serve
) -> None:
    asked = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        raise web.HTTPFound("http://[::ffff:169.254.169.254]/latest")

    fetcher, bench = Fetcher(seconds=5), Workbench()
    strict = InputShelf(tmp_path / "strict", fetcher=fetcher, bench=bench)
    base = await serve(answer)
    with pytest.raises(InputUnusable, match="not a public address"):
        await strict.acquire(f"{base}/a.png", param="image")
    assert asked == []
    with pytest.raises(InputUnusable, match="not a public address"):
        await shelf.acquire(f"{base}/a.png", param="image")
    assert asked == ["/a.png"]
    with pytest.raises(InputUnusable, match="local network"):
        await strict.acquire("http://localhost/a.png", param="image")
    await fetcher.close()
    await bench.close()


async def test_a_missing_picture_tells_host_and_status_and_no_more(shelf: InputShelf, serve: Serve) -> None:
    async def answer(_: web.Request) -> web.Response:
        raise web.HTTPNotFound

    with pytest.raises(InputUnusable) as caught:
        await shelf.acquire(f"{await serve(answer)}/secret.png?token=1", param="image")
    assert caught.value.message == "image could not be fetched: 127.0.0.1 answers 404."


async def test_files_untouched_for_long_are_named_and_deleted_and_others_stay(shelf: InputShelf, draw: Draw) -> None:
    old, new = await shelf.acquire(draw(10, 10), param="image"), await shelf.acquire(draw(11, 10), param="image")
    os.utime(shelf.path(old), (1000, 1000))
    assert list(shelf.untouched_since(2000)) == [old.file]
    again = await shelf.acquire(draw(10, 10), param="image")
    assert (again, list(shelf.untouched_since(2000))) == (old, [])
    assert shelf.delete(old.file)
    assert not shelf.delete(old.file)
    assert shelf.path(new).is_file()
    for name in ("../a.png", "incoming/a", "ab/cd.png"):
        with pytest.raises(ValueError, match="not a file"):
            shelf.delete(name)
