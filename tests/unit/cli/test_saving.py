from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dreambridge.cli.saving import build_stem, choose_extension, save_new


@pytest.mark.parametrize(
    ("prompt", "stem"),
    [
        ("A red fox, in snow!", "a-red-fox-in-snow"),
        ("../../etc/passwd", "etc-passwd"),
        ("雪地里的红狐狸 -ra 16:9", "雪地里的红狐狸-ra-16-9"),
        ("!!! ...", "picture"),
        ("", "picture"),
        ("word " * 40, "-".join(["word"] * 9)),
        ("x" * 300, "x" * 48),
        ("a\x00b\nc", "a-b-c"),
    ],
)
def test_a_prompt_becomes_a_short_and_harmless_name(prompt: str, stem: str) -> None:
    assert build_stem(prompt) == stem


@pytest.mark.parametrize(
    ("media_type", "url", "extension"),
    [
        ("image/png", "http://a/b.webp", "png"),
        ("image/jpeg; charset=x", "http://a/b", "jpg"),
        ("application/octet-stream", "http://a/b.WEBP?sig=1", "webp"),
        (None, "http://a/b", "bin"),
    ],
)
def test_the_extension_follows_the_bytes(media_type: str | None, url: str, extension: str) -> None:
    assert choose_extension(media_type, url) == extension


async def test_half_a_file_does_not_stay(tmp_path: Path) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"half"
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await save_new(tmp_path / "new", "fox-1", "png", pieces())
    assert list((tmp_path / "new").iterdir()) == []


async def test_taken_names_get_a_number(tmp_path: Path) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"x"

    names = [(await save_new(tmp_path, "fox-1", "png", pieces())).name for _ in range(3)]
    assert names == ["fox-1.png", "fox-1-2.png", "fox-1-3.png"]
