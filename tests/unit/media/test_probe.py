from collections.abc import Callable
from pathlib import Path

import pytest

from dreambridge.domain.generation import Dimensions
from dreambridge.media.probe import PictureFormat, PictureUnusable, probe_file, read_format

Draw = Callable[..., bytes]
KINDS = [
    ("PNG", {}),
    ("JPEG", {}),
    ("JPEG", {"progressive": True}),
    ("WEBP", {}),
    ("WEBP", {"lossless": True}),
    ("GIF", {}),
]


def kept(folder: Path, body: bytes) -> Path:
    path = folder / "picture"
    path.write_bytes(body)
    return path


@pytest.mark.parametrize(("form", "options"), KINDS)
@pytest.mark.parametrize(("width", "height"), [(1, 1), (3, 517), (640, 360), (2048, 17)])
def test_format_and_dimensions_are_read_from_the_bytes(
    tmp_path: Path, draw: Draw, form: str, options: dict[str, object], width: int, height: int
) -> None:
    body = draw(width, height, form, **options)
    probed = probe_file(kept(tmp_path, body))
    assert (probed.format, probed.dimensions) == (PictureFormat(form.lower()), Dimensions(width, height))
    assert probed.bytes == len(body)


def test_a_webp_with_transparency_and_a_jpeg_with_long_marks_are_read(tmp_path: Path, draw: Draw) -> None:
    marked = draw(33, 44, "WEBP", "RGBA", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0")
    assert marked[12:16] == b"VP8X"
    assert probe_file(kept(tmp_path, marked)).dimensions == Dimensions(33, 44)
    long = draw(70, 30, "JPEG", icc_profile=b"p" * 100_000)
    assert probe_file(kept(tmp_path, long)).dimensions == Dimensions(70, 30)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x89PN",
        b"<!doctype html><script>alert(1)</script>",
        b"%PDF-1.7 ...",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"PK\x03\x04" + b"\0" * 60,
        b"BM" + b"\0" * 80,
        b"\x89PNG\r\n\x1a\n" + b"\0" * 60,
        b"RIFF\x40\0\0\0WEBPJUNK" + b"\0" * 60,
        b"\xff\xd8\xff\xe0\0\x01" + b"\0" * 60,
        b"\xff\xd8\xff\xd9",
        b"\0\0\0\x18ftypmp42" + b"\0" * 60,
    ],
)
def test_what_is_no_picture_of_ours_is_refused(tmp_path: Path, body: bytes) -> None:
    with pytest.raises(PictureUnusable):
        probe_file(kept(tmp_path, body))


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_second_file_behind_the_first_and_a_missing_end_are_refused(tmp_path: Path, draw: Draw, form: str) -> None:
    body = draw(64, 64, form)
    for wrong in (body + b"PK\x03\x04 a hidden archive", body + b"<script>", body[: len(body) // 2], body[:-1]):
        with pytest.raises(PictureUnusable):
            probe_file(kept(tmp_path, wrong))


@pytest.mark.parametrize("declared", ["text/html", "text/html; charset=utf-8", "video/mp4", "application/pdf"])
def test_a_declared_type_of_another_kind_is_refused(tmp_path: Path, draw: Draw, declared: str) -> None:
    path = kept(tmp_path, draw(8, 8))
    with pytest.raises(PictureUnusable, match="declared"):
        probe_file(path, declared_type=declared)


@pytest.mark.parametrize("declared", [None, "", "image/webp", "IMAGE/PNG", "application/octet-stream"])
def test_an_honest_or_generic_declaration_is_fine(tmp_path: Path, draw: Draw, declared: str | None) -> None:
    assert probe_file(kept(tmp_path, draw(8, 8)), declared_type=declared).format is PictureFormat.PNG


def test_media_types_and_extensions_come_from_the_allow_list() -> None:
    assert [(form.media_type, form.extension) for form in PictureFormat] == [
        ("image/png", "png"),
        ("image/jpeg", "jpg"),
        ("image/webp", "webp"),
        ("image/gif", "gif"),
    ]
    assert read_format(b"\x00" * 64) is None
