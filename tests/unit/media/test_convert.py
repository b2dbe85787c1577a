import asyncio
import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from dreambridge.domain.generation import Dimensions, OutputFormat
from dreambridge.media.convert import Converter, convert_picture, plan_conversion
from dreambridge.media.probe import PictureFormat, PictureUnusable, Probed, probe_file
from dreambridge.media.workbench import Workbench

Draw = Callable[..., bytes]
pixels = st.integers(min_value=1, max_value=6000)


def a_png(width: int, height: int) -> Probed:
    return Probed(PictureFormat.PNG, Dimensions(width, height), 1000)


@given(width=pixels, height=pixels, exact_width=pixels, exact_height=pixels)
def test_a_plan_never_enlarges_and_never_cuts_more_than_two_percent(
    width: int, height: int, exact_width: int, exact_height: int
) -> None:
    exact = Dimensions(exact_width, exact_height)
    plan = plan_conversion(a_png(width, height), exact=exact, output_format=None)
    if plan is None:
        return
    assert plan.size == exact
    assert plan.box is not None
    left, top, right, bottom = plan.box
    assert 0 <= left < right <= width
    assert 0 <= top < bottom <= height
    assert (right - left) * (bottom - top) >= 0.98 * width * height - 1e-6
    assert (right - left) >= exact_width - 1e-9
    assert (bottom - top) >= exact_height - 1e-9
    assert (right - left) / (bottom - top) == pytest.approx(exact_width / exact_height)


@given(exact_width=pixels, exact_height=pixels, factor=st.fractions(min_value=1, max_value=4), hair=st.floats(0, 0.019))
def test_whatever_is_large_enough_and_a_hair_off_in_shape_gets_the_exact_size(
    exact_width: int, exact_height: int, factor: float, hair: float
) -> None:
    exact = Dimensions(exact_width, exact_height)
    width, height = round(exact_width * factor), round(exact_height * factor * (1 + hair))
    shape_off = width * exact_height / (height * exact_width)
    plan = plan_conversion(a_png(width, height), exact=exact, output_format=None)
    if Dimensions(width, height) != exact and 0.98 <= shape_off <= 1 / 0.98:
        assert plan is not None
        assert plan.size == exact


@pytest.mark.parametrize(
    ("native", "exact"),
    [
        ((2048, 2048), (1024, 1024)),
        ((1328, 1328), (512, 512)),
        ((1584, 1056), (1536, 1024)),
        ((1664, 936), (1280, 720)),
        ((1056, 1584), (1024, 1536)),
        ((2016, 864), (1195, 512)),
    ],
)
@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_pictures_become_exactly_the_size_asked(
    tmp_path: Path, draw: Draw, native: tuple[int, int], exact: tuple[int, int], form: str
) -> None:
    source, target = tmp_path / "raw", tmp_path / "done"
    source.write_bytes(draw(*native, form))
    converted = convert_picture(source, target, exact=Dimensions(*exact), output_format=None)
    with Image.open(target) as image:
        image.load()
        assert (image.size, image.format) == (exact, form)
    assert converted.dimensions == Dimensions(*exact)
    assert (converted.bytes, converted.changed) == (target.stat().st_size, True)
    assert converted.sha256 == hashlib.sha256(target.read_bytes()).hexdigest()
    assert [path.name for path in tmp_path.iterdir()] == ["done"]


@pytest.mark.parametrize("exact", [(800, 800), (701, 100), (100, 200)])
def test_too_small_or_differently_shaped_pictures_keep_their_own_size(
    tmp_path: Path, draw: Draw, exact: tuple[int, int]
) -> None:
    body = draw(700, 700)
    source, target = tmp_path / "raw", tmp_path / "done"
    source.write_bytes(body)
    converted = convert_picture(source, target, exact=Dimensions(*exact), output_format=None)
    assert (converted.dimensions, converted.changed) == (Dimensions(700, 700), False)
    assert target.read_bytes() == body


def test_the_cut_is_at_the_centre(tmp_path: Path) -> None:
    image = Image.new("RGB", (1000, 1018), "blue")
    image.paste("red", (0, 0, 1000, 9))
    image.paste("red", (0, 1009, 1000, 1018))
    image.save(tmp_path / "raw", "PNG")
    convert_picture(tmp_path / "raw", tmp_path / "done", exact=Dimensions(1000, 1000), output_format=None)
    with Image.open(tmp_path / "done") as done:
        assert done.getcolors() == [(1_000_000, (0, 0, 255))]


@pytest.mark.parametrize("source_form", ["PNG", "JPEG", "WEBP", "GIF"])
@pytest.mark.parametrize("wanted", list(OutputFormat))
def test_every_format_becomes_every_other(tmp_path: Path, draw: Draw, source_form: str, wanted: OutputFormat) -> None:
    source, target = tmp_path / "raw", tmp_path / "done"
    source.write_bytes(draw(60, 40, source_form))
    converted = convert_picture(source, target, exact=None, output_format=wanted)
    assert probe_file(target).format == wanted.value == converted.format.value
    assert converted.media_type == f"image/{wanted.value}"
    assert converted.changed is (source_form.lower() != wanted.value)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "L", "1", "I;16", "CMYK"])
def test_every_mode_of_pixels_can_be_scaled_and_written_as_jpeg(tmp_path: Path, mode: str) -> None:
    form = "JPEG" if mode == "CMYK" else "PNG"
    Image.new(mode, (64, 64)).save(tmp_path / "raw", form)
    wanted = OutputFormat.WEBP if mode == "CMYK" else OutputFormat.JPEG
    convert_picture(tmp_path / "raw", tmp_path / "done", exact=Dimensions(32, 32), output_format=wanted)
    assert probe_file(tmp_path / "done").dimensions == Dimensions(32, 32)


def test_transparency_stays_in_png_and_becomes_white_in_jpeg(tmp_path: Path) -> None:
    for form, expected in ((None, (0, 0, 0, 0)), (OutputFormat.JPEG, (255, 255, 255))):
        Image.new("RGBA", (64, 64), (0, 0, 0, 0)).save(tmp_path / "raw", "PNG")
        convert_picture(tmp_path / "raw", tmp_path / "done", exact=Dimensions(32, 32), output_format=form)
        with Image.open(tmp_path / "done") as image:
            assert image.getpixel((5, 5)) == expected


def test_marks_that_the_site_put_into_a_picture_survive(tmp_path: Path) -> None:
    marks = PngImagePlugin.PngInfo()
    marks.add_text("AIGC", '{"Label":"1"}')
    marks.add_itxt("XML:com.adobe.xmp", "<x:xmpmeta>made by AI</x:xmpmeta>")
    exif = Image.Exif()
    exif[0x010E] = "AI generated"
    for wanted in OutputFormat:
        Image.new("RGB", (64, 64)).save(tmp_path / "raw", "PNG", pnginfo=marks, exif=exif)
        convert_picture(tmp_path / "raw", tmp_path / "done", exact=Dimensions(32, 32), output_format=wanted)
        with Image.open(tmp_path / "done") as image:
            image.load()
            assert image.getexif()[0x010E] == "AI generated"
            assert b"made by AI" in (tmp_path / "done").read_bytes()
            assert wanted is not OutputFormat.PNG or image.info["AIGC"] == '{"Label":"1"}'


def test_a_huge_or_broken_picture_is_refused_and_nothing_is_left(tmp_path: Path, draw: Draw) -> None:
    huge = bytearray(draw(8, 8))
    huge[16:24] = (60_000).to_bytes(4) * 2
    broken = bytearray(draw(640, 480))
    broken[60:1000] = b"\xff" * 940
    for body in (bytes(huge), bytes(broken)):
        (tmp_path / "raw").write_bytes(body)
        with pytest.raises(PictureUnusable):
            convert_picture(
                tmp_path / "raw", tmp_path / "done", exact=Dimensions(8, 8), output_format=OutputFormat.JPEG
            )
        assert [path.name for path in tmp_path.iterdir()] == ["raw"]


async def test_many_conversions_share_the_bytes_they_may_hold(tmp_path: Path, draw: Draw) -> None:
    body = draw(400, 400)
    peak = 0
    one = 4 * (400 * 400 + 200 * 400 + 200 * 200)
    bench = Workbench(max_bytes_in_flight=2 * one, threads=4)
    converter = Converter(bench)

    async def convert(number: int) -> None:
        nonlocal peak
        source = tmp_path / f"{number}.raw"
        source.write_bytes(body)
        await converter.convert(source, tmp_path / f"{number}", exact=Dimensions(200, 200), output_format=None)

    async def watch() -> None:
        nonlocal peak
        while True:
            peak = max(peak, bench.bytes_in_flight)
            await asyncio.sleep(0)

    watcher = asyncio.create_task(watch())
    async with asyncio.TaskGroup() as group:
        for number in range(12):
            group.create_task(convert(number))
    watcher.cancel()
    await asyncio.wait({watcher})
    await bench.close()
    assert 0 < peak <= 2 * one
    assert bench.bytes_in_flight == 0
    assert all(probe_file(tmp_path / str(number)).dimensions == Dimensions(200, 200) for number in range(12))


async def test_one_larger_than_the_bound_runs_alone_and_cancelled_ones_give_their_share_back(
    tmp_path: Path, draw: Draw
) -> None:
    body = draw(300, 300)
    bench = Workbench(max_bytes_in_flight=1000)
    converter = Converter(bench)
    tasks = []
    for number in range(6):
        source = tmp_path / f"{number}.raw"
        source.write_bytes(body)
        work = converter.convert(source, tmp_path / f"{number}", exact=Dimensions(100, 100), output_format=None)
        tasks.append(asyncio.create_task(work))
    await asyncio.sleep(0)
    for task in tasks[:5:2]:
        task.cancel()
    done = await asyncio.gather(*tasks, return_exceptions=True)
    assert [isinstance(each, asyncio.CancelledError) for each in done] == [True, False, True, False, True, False]
    assert bench.bytes_in_flight == 0
    await bench.close()
